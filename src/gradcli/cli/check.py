"""`gradcli check`: a verdict on the derivatives of an expression, or of a suite of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click

from .. import lang
from ..errors import GradcliError, UsageError
from ..render import terminal
from ..views import check as views
from . import claimed, output, point, progress, repair, source, status, suite, values
from .command import Given, command, option, shared

# The witnesses there are; reverse mode is what they are called for.
METHODS = ("reverse", "numeric", "complex", "symbolic")
EXIT = {"agrees": status.DONE, "disagrees": status.NO, "unjudged": status.FAILED}
# What a suite says itself.
OF_ONE = ("text", "file", "at", "wrt", "claim", "ranges")


@command(
    "check",
    *shared("xaw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N",
           help="2 judges the second derivatives as well."),
    option("--claim", multiple=True, metavar="NAME=FORMULA",
           help="Judge a formula that is said to be a derivative: `x=2*x`, `x,y=1` for a second one, or the bare "
                "formula where there is one variable. Repeatable."),
    option("--range", "ranges", multiple=True, metavar="NAME=LOW:HIGH",
           help="Sample variables between bounds: `x=-2:2,y=0:pi`. Repeatable."),
    option("--points", type=click.IntRange(min=1), default=20, metavar="N",
           help="Points to sample where --at leaves variables open; 20 unless given."),
    option("--method", multiple=True, metavar="NAMES",
           help="Hear these witnesses only: numeric, complex, symbolic."),
    option("--rtol", type=click.FloatRange(min=0), default=0.0, metavar="R",
           help="Forgive a relative difference of R on top of the witnesses' own errors."),
    *shared("s"),
    option("--suite", metavar="FILE.toml",
           help="Check what a file says: a table for each check, with expr, claim, at, range, wrt, order."),
    option("--junit", metavar="FILE", help="Write the verdicts to a file as JUnit's XML, too."),
    *shared("j"),
    examples=(
        'gradcli check "x**2*exp(x)"',
        'gradcli check "x**2*exp(x)" --at x=1 --order 2',
        'gradcli check "x**2*exp(x)" --claim "2*x*exp(x) + x**2*exp(x)"',
        'gradcli check "log(x)*y" --range x=0.1:10',
    ),
)  # fmt: skip
def run(given: Given) -> int:
    """Judge the derivatives of an expression by witnesses that share no code.

    EXPR is an expression; `-` reads it from standard input. What --at leaves open is sampled. The exit status
    is 1 where a derivative or a claim is wrong, and 2 where one could not be judged.
    """
    if given.suite is not None:
        return _suite(given)
    expression = source.expression(given)
    read = values.read("--at", given.at, given.seed)
    wrt = point.names(given.wrt)
    claims = claimed.read(given.claim, wrt or expression.variables)
    case = suite.Case("", expression, read, values.ranges("--range", given.ranges), claims, wrt, given.order)
    view, seconds = _examined(case, given)
    if given.junit is not None:
        _junit(given, [(view, seconds)])
    output.show(view._replace(name=None), given)
    return EXIT[view.verdict]


def _suite(given: Given) -> int:
    """Check all that a suite names; status 1 if any disagrees, else 2 if any was not judged."""
    from ..render import suite as drawn

    for name in OF_ONE:
        if getattr(given, name):
            called = {"text": "an expression", "file": "-f", "ranges": "--range"}.get(name, f"--{name}")
            raise UsageError(f"{called} and --suite do not go together", hint="the suite says what is checked, where")
    cases = suite.read(given.suite)
    done: list[tuple[views.Check, float]] = []
    look = output.look(given, sys.stdout)
    with progress.bar(len(cases), given.quiet) as begin:
        for case in cases:
            begin(case.name)
            done.append(_examined(case, given))
            if given.json:
                output.show(done[-1][0], given)
    checks = [view for view, _ in done]
    if not given.json:
        terminal.write(drawn.draw(checks, look), sys.stdout)
    if given.junit is not None:
        _junit(given, done)
    verdicts = {view.verdict for view in checks}
    return next((EXIT[verdict] for verdict in ("disagrees", "unjudged") if verdict in verdicts), status.DONE)


def _examined(case: suite.Case, given: Given) -> tuple[views.Check, float]:
    """Check one case; return the view of its report, and how many seconds that took."""
    began = time.perf_counter()
    expression = case.expression
    try:
        report = expression.check(
            case.at.values, wrt=case.wrt or None, order=case.order, claims=case.claims, points=given.points,
            ranges=case.ranges, methods=_methods(given.method), rtol=given.rtol, seed=given.seed,
        )  # fmt: skip
    except GradcliError as error:
        raise suite.of_case(case.name, error) if case.name else error from None
    notes = point.unused(expression, case.at, expression.program.free_names(case.at.values))
    repeat = None
    if report.counterexample is not None:
        repeat = suite.typed(case, report.counterexample, _options(given))
    return views.view(report, case.at.shown, notes, case.name, repeat), time.perf_counter() - began


def _options(given: Given) -> list[str]:
    """Return the options that change a verdict, as they were typed."""
    found = [token for names in given.method for token in ("--method", names)]
    found += ["--rtol", repr(given.rtol)] if given.rtol else []
    return found + (["--seed", str(given.seed)] if given.seed else [])


def _methods(texts: Sequence[str]) -> tuple[str, ...]:
    """Read the names of `--method`; raise UsageError for what is none, or where none is a witness."""
    found = [name.strip() for text in texts for name in text.split(",")] or [*METHODS]
    for name in found:
        if name not in METHODS:
            near = lang.suggest(name, METHODS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(METHODS)}"
            raise UsageError(f"--method {repair.quoted(name)} is no witness", hint=hint)
    witnesses = tuple(name for name in METHODS[1:] if name in found)
    if not witnesses:
        raise UsageError("reverse mode is what is judged", hint="add a witness: --method reverse,numeric")
    return witnesses


def _junit(given: Given, done: Sequence[tuple[views.Check, float]]) -> None:
    from ..render import junit

    output.write(given.junit, lambda file: junit.save(given.suite or "check", done, file))
