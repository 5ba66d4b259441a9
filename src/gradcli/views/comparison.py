"""Derivatives as formulas, beside what the graph says of them at a point."""

from __future__ import annotations

from typing import Any, NamedTuple


class Values(NamedTuple):
    """What the graph and the formula give at a point, and how far apart they are in units in the last place.

    `digits` are those of the formula, and `formula` what a float holds of them: None where it has no value.
    `verdict` is what `check` says of a derivative.
    """

    graph: float
    formula: float | None
    digits: str | None
    ulp: float | None
    verdict: str | None


class FormulaRow(NamedTuple):
    """The partial derivative by `wrt` as a formula, with so many `operations`, and its values at the point.

    `drawn` is the formula as LaTeX or as a drawing, `simplified` whether SymPy came to an end with that.
    """

    wrt: list[str]
    formula: str
    drawn: str | None
    operations: int
    simplified: bool
    values: Values | None


class Operations(NamedTuple):
    """The operations that it takes: those of the graph, forward and backward, and those of all the formulas."""

    forward: int
    backward: int
    formulas: int


class Comparison(NamedTuple):
    """The derivatives of an expression, which is called a `function` there, as formulas.

    At a point there are its `value`, a `verdict` on all, and the `operations` it took.
    """

    expression: str
    at: dict[str, Any]
    function: str
    derivatives: list[FormulaRow]
    value: Values | None
    verdict: str | None
    operations: Operations | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "compare"
