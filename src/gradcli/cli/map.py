"""`gradcli map`: an expression and its derivatives for every row of a table."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from .. import lang
from ..data import mapping, tables
from ..errors import DataError, UsageError
from ..point import check_names
from ..views.mapping import Summary
from . import fit, output, point, progress, values
from .command import Given, command, option, shared

# What writes a table, by the suffix of its file.
_SINKS: dict[str, str] = {
    ".parquet": "sink_parquet",
    ".csv": "sink_csv",
    ".ndjson": "sink_ndjson",
    ".arrow": "sink_ipc",
}


@command(
    "map",
    click.Argument(["text"], metavar="EXPR"),
    click.Argument(["inputs"], nargs=-1, required=True, metavar="INPUT..."),
    option("-o", "output", metavar="FILE", help="Write the table to a file: .parquet, .csv, .ndjson or .arrow."),
    option("--limit", type=click.IntRange(min=1), metavar="N", help="Print the first N rows, and write nothing."),
    option("--at", multiple=True, metavar="NAME=VALUE", help="Names that are no columns: `k=1.3`. Repeatable."),
    option("--columns", multiple=True, metavar="NAME=COLUMN",
           help="Take variables from columns of other names: `x=temp`. Repeatable."),
    option("--keep", multiple=True, metavar="COLUMNS", help="Columns that go along: `id,time`. Repeatable."),
    *shared("w"),
    option("--order", type=click.IntRange(0, 2), default=1, metavar="N",
           help="0 for the value alone, 2 for the second derivatives, too."),
    option("--on-error", type=click.Choice(["stop", "null"]), default="stop", metavar="HOW",
           help="A cell that is no number stops the run (the default), or counts as empty: null."),
    option("--input-format", type=click.Choice(list(tables.READERS)), metavar="FORMAT",
           help=f"What the inputs are, where no suffix says it: {', '.join(tables.READERS)}."),
    option("--force", is_flag=True, help="Write over an existing file."),
    *shared("j"),
    examples=(
        'gradcli map "a*exp(-b*x)" data.csv -o out.parquet --at a=2,b=0.1',
        'gradcli map "t*load" runs.csv --limit 2',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """Evaluate an expression and its derivatives for every row of a table.

    Every variable is a column, or has a value by --at. INPUT is a file, a folder, or a quoted glob: CSV, TSV
    (gzip too), Parquet, NDJSON or Arrow IPC. The new columns are value, d_x, d_y, ... and of second order d_x_y.
    """
    program = lang.parse(given.text)
    fixed = values.read("--at", given.at).values
    columns = fit.columns(given.columns)
    keep = [name.strip() for text in given.keep for name in text.split(",")]
    wrt = point.names(given.wrt)
    check_names(program, wrt)
    plan = mapping.Plan(program, tuple(wrt), given.order, fixed, columns, keep)
    plan = plan._replace(wrt=tuple(wrt or plan.variables) if given.order else ())
    frame = tables.scanned(given.inputs, given.input_format)
    mapping.checked(plan, frame.collect_schema().names())
    if given.limit:
        sys.stdout.write(f"{_mapped(given, frame.head(given.limit), plan, mapping.Tally()).collect()}\n")
        return
    if given.output is None:
        raise UsageError("where should the table go?", hint="write it by -o FILE, or look at some rows by --limit 10")
    output.check_target("-o", given.output, _SINKS, given.inputs, given.force)
    begun = time.monotonic()
    with progress.counting("rows") as watch:
        tally = _written(given, frame, plan, watch)
    seconds = time.monotonic() - begun
    counts = (tally.rows, tally.empty, tally.bad, tally.nan, tally.infinite)
    given.output, target = None, given.output
    output.show(Summary(program.text, list(given.inputs), target, plan.results, *counts, seconds, []), given)


def _mapped(given: Given, frame: Any, plan: mapping.Plan, tally: mapping.Tally) -> Any:
    return mapping.mapped(frame, plan, tally, text=given.on_error == "null")


def _written(given: Given, frame: Any, plan: mapping.Plan, watch: Callable[[int], None]) -> mapping.Tally:
    """Write the table beside its target, and rename it when it is whole; raise DataError where a cell is no number."""
    tally = mapping.Tally(watch=watch)
    target = os.path.realpath(given.output)
    draft = f"{target}.{os.getpid()}.part"
    try:
        getattr(_mapped(given, frame, plan, tally), _SINKS[os.path.splitext(target)[1]])(draft)
        with open(draft, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError as error:
        raise DataError(f"{given.output} cannot be written: {error.strerror or error}") from None
    except tables.polars().exceptions.PolarsError as error:
        raise tables.explained(error, given.inputs, given.input_format, plan.variables) from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
    return tally
