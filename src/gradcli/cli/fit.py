"""`gradcli fit`: the parameters with which a formula comes closest to a table."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from .. import lang
from ..data.fitting import fit, predictions
from ..data.reading import tables
from ..errors import UsageError
from ..lang.tree import Binding
from ..views import fit as views
from . import output, repair, status, values
from .command import Given, command, option, shared

# Seconds after which a fit on a terminal says how far it is.
_PATIENCE = 1.0

_PICTURES = (".svg", ".png", ".pdf")


@command(
    "fit",
    click.Argument(["text"], metavar="MODEL"),
    click.Argument(["data"], metavar="DATA"),
    option("--y", "response", metavar="EXPR", help="What the model is to give: a column, or an expression of columns. "
                                                   "A model that reads `y = ...` needs none."),
    option("--start", multiple=True, metavar="NAME=VALUE",
           help="Parameters and where to start: `b1=500,b2=1e-4`, or `@params.json`. Repeatable."),
    option("--at", multiple=True, metavar="NAME=VALUE", help="Names that are held fixed: `k=1.3`. Repeatable."),
    option("--columns", multiple=True, metavar="NAME=COLUMN",
           help="Call columns by other names: `x=temp`. Repeatable."),
    option("--sigma", metavar="EXPR", help="Standard deviation of the response: a column, or an expression."),
    option("--bounds", multiple=True, metavar="NAME=LOW:HIGH", help="Keep a parameter between bounds: `b1=0:inf`."),
    option("--loss", type=click.Choice(["linear", "huber", "soft_l1", "cauchy"]), default="linear", metavar="LOSS",
           help="How much a large residual counts: linear (as its square, the default), huber, soft_l1 or cauchy, "
                "which flatten beyond one --sigma."),
    option("--method", type=click.Choice(["lm", "trf"]), metavar="METHOD",
           help="Search by this method only, lm or trf; several are tried unless given."),
    option("--multistart", type=click.IntRange(min=1), default=1, metavar="N", help="Search from N starts."),
    option("--plot", metavar="FILE", help="Draw data, curve, band and residuals: .svg, .png or .pdf."),
    option("-o", "output", metavar="FILE", help="Write predictions and residuals: .csv, .tsv, .parquet or .ndjson."),
    option("--force", is_flag=True, help="Write over existing files."),
    *shared("sj"),
    examples=(
        'gradcli fit "y = b1*(1 - exp(-b2*x))" data.csv --start b1=500,b2=1e-4',
        'gradcli fit "a + b*t" runs.csv --y "log(load)" --start a=0,b=0',
    ),
)  # fmt: skip
def run(given: Given) -> int:
    """Fit a formula to a table by least squares, with exact derivatives.

    MODEL is a formula of columns and parameters; DATA a file: CSV, TSV, Parquet, NDJSON, Arrow, NPY or NPZ,
    or `-` for CSV from standard input.
    """
    formula = lang.parse(given.text)
    response = _response(given, formula)
    start = _numbers("--start", given.start, given.seed)
    fixed = _numbers("--at", given.at, given.seed)
    table: tables.Table = tables.renamed(tables.opened(given.data), values.columns(given.columns))
    if not start:
        raise _no_start(given, formula, {*table.names, *fixed})
    sigma = None if given.sigma is None else lang.parse(given.sigma, "--sigma")
    for name, path, known in (("-o", given.output, predictions.SUFFIXES), ("--plot", given.plot, _PICTURES)):
        if path:
            output.check_target(name, path, known, [given.data], given.force)
    if given.plot:
        _residuals().needed()
    wish = fit.Wish(given.method, _bounds(given, start), given.loss, given.multistart, given.seed)
    model = fit.modelled(formula, response, table, start, fixed, sigma)
    with _progress() as watch:
        attempt = fit.found(model, start, wish, watch)
    found = fit.judged(model, attempt, wish)
    rows = predictions.Predictions(model, attempt)
    if given.output:
        output.write(given.output, partial(rows.save, _suffix(given.output)))
    if given.plot:
        picture = views.picture(formula.text, rows)
        output.write(given.plot, partial(_residuals().save, picture, _suffix(given.plot)[1:]))
    given.output = None
    remarks = _remarks(fixed, [formula, response, *([sigma] if sigma else [])], table.names)
    output.show(views.view(formula.text, response.text, found, table.dropped, wish.bounds, remarks), given)
    determined = found.rank == len(found.parameters)
    return status.DONE if found.converged and found.minimum and determined else status.NO


def _no_start(given: Given, formula: lang.Program, known: Container[str]) -> UsageError:
    """Explain that there are no parameters: give the command with those that the model seems to have."""
    free = [name for name in formula.free_names() if name not in known]
    error = UsageError("a fit needs parameters to find")
    if free:
        meant = repair.with_option(given.typed, "--start", ",".join(f"{name}=1" for name in free))
        error.hint = "try " + repair.command_line(given.command, meant)
    return error


def _remarks(fixed: Iterable[str], programs: Iterable[lang.Program], columns: Container[str]) -> Iterator[str]:
    used = {name for program in programs for name in program.free_names(fixed)}
    for name in fixed:
        if name not in used:
            yield f"--at {name} is not used: the model has no variable {name}"
        elif name in columns:
            yield f"--at {name} takes the place of the column {name}"


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1]


def _residuals() -> Any:
    from ..render import residuals

    return residuals


def _response(given: Given, formula: lang.Program) -> lang.Program:
    """Return what the model is to give: what `--y` says, or the name that the model binds last."""
    if given.response is not None:
        return lang.parse(given.response, "--y")
    last = formula.statements[-1]
    if not isinstance(last, Binding):
        raise UsageError("which column is the model to give?", hint='say it by --y, or write the model as "y = ..."')
    return lang.parse(last.name.name, "--y")


def _numbers(option: str, texts: tuple[str, ...], seed: int) -> dict[str, float]:
    read = values.read(option, texts, seed).values
    for name, value in read.items():
        if not isinstance(value, (int, float)):
            raise UsageError(f"{option} {name} is not one number")
    return {name: float(value) for name, value in read.items()}


def _bounds(given: Given, start: dict[str, float]) -> dict[str, tuple[float, float]]:
    bounds = values.ranges("--bounds", given.bounds, finite=False)
    for name in bounds:
        if name not in start:
            raise UsageError(f"--bounds {name}: the fit has no parameter {name}")
    for name, (low, high) in bounds.items():
        if not low <= start[name] <= high:
            raise UsageError(
                f"--start {name}={start[name]:.6g} is not between the bounds of {name}",
                hint=f"start between {low:.6g} and {high:.6g}",
            )
    if bounds and given.method == "lm":
        raise UsageError("--method lm has no bounds", hint="use --method trf, or no --method")
    return bounds


@contextmanager
def _progress() -> Iterator[Callable[[int, float], None]]:
    """Show on a terminal, once a fit takes long, how often it has looked at the data, and what is left."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    begun = time.monotonic()

    def watch(evaluations: int, cost: float) -> None:
        if time.monotonic() - begun > _PATIENCE:
            sys.stderr.write(f"\r{evaluations} evaluations, sum of squares {cost:.6g}\x1b[K")
            sys.stderr.flush()

    try:
        yield watch
    finally:
        if time.monotonic() - begun > _PATIENCE:
            sys.stderr.write("\r\x1b[K")
