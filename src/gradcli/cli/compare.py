"""`gradcli compare`: the derivatives of an expression as formulas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from ..errors import EvaluationError
from ..expression import Expression
from ..point import check_names
from ..render import terminal
from ..verify import beside, symbolic
from ..verify.witness import GaveUp
from ..views.comparison import Comparison, FormulaRow, Operations, Values
from ..views.names import function_name
from . import output, point, source, status
from .check import EXIT
from .command import Given, command, option, shared


@command(
    "compare",
    *shared("xaw"),
    option("--order", type=click.IntRange(1, 2), default=1, metavar="N", help="2 for the second derivatives, too."),
    option("--format", "form", type=click.Choice(["text", "pretty", "latex"]), default="text", metavar="FORMAT",
           help="Write formulas as text, which can be typed again (the default), pretty, or latex."),
    option("--no-simplify", is_flag=True, help="Leave the formulas as differentiation makes them."),
    *shared("j"),
    examples=(
        'gradcli compare "x**2*exp(x)"',
        'gradcli compare "x**2*exp(x)" --at x=1',
        'gradcli compare "x*sin(y)" --wrt y --order 2',
        'gradcli compare "1/(1 + exp(-x))" --format latex',
    ),
)  # fmt: skip
def run(given: Given) -> int:
    """The derivatives of an expression as formulas, from SymPy.

    EXPR is an expression; `-` reads it from standard input. With --at, the values of the formulas stand beside
    those of the graph, judged as `check` does.
    """
    wrt = point.names(given.wrt)
    if not given.at:
        expression = source.expression(given)
        check_names(expression.program, wrt)
        shown = _comparison(given, expression, {}, wrt or list(expression.variables))
        output.show(shown, given)
        return status.DONE
    where = point.evaluate(Given(**vars(given), dtype="float64", threads=None, seed=0, output=None), wrt or None)
    names = wrt or list(where.variables)
    values = {name: tensor._data for name, tensor in where.point.values.items()}
    formulas = _comparison(given, where.expression, values, names)
    found = beside.compare(where.expression.program, values, names, given.order)
    shown = formulas._replace(
        at=where.shown,
        derivatives=[row._replace(values=_values(found, row.wrt)) for row in formulas.derivatives],
        value=_values(found, []),
        verdict=found.report.verdict,
        operations=Operations(found.forward, found.backward, sum(row.operations for row in formulas.derivatives)),
        notes=[*where.notes, *formulas.notes, *_on_the_judgement(where.point.value, found.report.verdict)],
    )
    output.show(shown, given)
    return EXIT[found.report.verdict]


def _comparison(given: Given, expression: Expression, values: dict[str, Any], names: list[str]) -> Comparison:
    """Let SymPy find the formulas; raise EvaluationError where it does not."""
    if not names:
        raise EvaluationError("the expression has no variable to differentiate by")
    f = function_name([*expression.variables, *names])
    wish = symbolic.Wish(not given.no_simplify, _form(given), None if given.quiet or given.json else f)
    shapes = {name: value.shape for name, value in values.items()}
    found = symbolic.derive(expression.program, shapes, names, given.order, wish)
    if isinstance(found, GaveUp):
        raise EvaluationError(f"SymPy finds no formula: {found.reason}")
    rows = [FormulaRow(list(derivative.partial), *derivative[1:], values=None) for derivative in found]
    hurried = not given.no_simplify and not all(row.simplified for row in rows)
    notes = ["SymPy had no time to simplify this"] if hurried else []
    return Comparison(expression.text, {}, f, rows, None, None, None, notes)


def _on_the_judgement(value: Any, verdict: str) -> Iterator[str]:
    if np.ndim(value):
        yield f"the result has shape {np.shape(value)}: its derivatives are those of its sum"
    if EXIT[verdict] != status.DONE:
        yield "`gradcli check` shows what each witness says"


def _values(found: beside.Beside, wrt: list[str]) -> Values | None:
    pair = found.pairs.get(tuple(wrt))
    return None if pair is None else Values(*pair)


def _form(given: Given) -> str:
    boxes = given.json or (sys.stdout is not None and terminal.draws_boxes(sys.stdout))
    return "ascii" if given.form == "pretty" and not boxes else given.form
