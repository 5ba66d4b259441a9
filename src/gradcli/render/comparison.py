"""Derivatives as formulas, and below them, at a point, a table of values by the graph and by the formulas."""

from __future__ import annotations

from collections.abc import Iterator

from ..views.comparison import Comparison, Values
from ..views.names import partial_name
from . import numbers, table
from .look import Line, Look

_COLUMNS = [
    table.Column("", "label"), table.Column("by the graph", "value"), table.Column("by the formula", "value"),
    table.Column("ulp"), table.Column("verdict"),
]  # fmt: skip


def draw(view: Comparison, look: Look) -> Iterator[Line]:
    """Draw the derivatives, an equation each, and what they are at the point; bare, the formulas alone."""
    labels = [partial_name(view.function, row.wrt) for row in view.derivatives]
    width = max(map(len, labels))
    for label, row in zip(labels, view.derivatives, strict=True):
        if row.drawn is not None:
            yield from (((line.rstrip(), ""),) for line in row.drawn.splitlines())
        elif look.bare:
            yield ((row.formula, ""),)
        else:
            yield (label.ljust(width), "label"), (" = ", ""), (row.formula, "")
    if look.bare or view.value is None or view.operations is None:
        return
    yield ()
    found = [(view.function, view.value), *zip(labels, (row.values for row in view.derivatives), strict=True)]
    yield from table.draw(_COLUMNS, ([label, *_cells(values, look)] for label, values in found if values))
    took = view.operations
    formulas = "the formula" if len(labels) == 1 else "the formulas"
    graph = f"{took.forward} forward and {took.backward} backward in the graph"
    yield ((f"operations: {graph}, {took.formulas} in {formulas}", ""),)


def _cells(values: Values, look: Look) -> list[str]:
    return [
        numbers.number(values.graph, look.digits),
        "" if values.formula is None else numbers.number(values.formula, look.digits),
        "" if values.ulp is None else f"{values.ulp:.2g}",
        values.verdict or "",
    ]
