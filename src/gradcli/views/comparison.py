"""Derivatives as formulas, beside what the graph says of them."""

from __future__ import annotations

from typing import Any, NamedTuple


class FormulaRow(NamedTuple):
    """A partial derivative as a formula: `partial` are the names that it is by, `operations` how many it has.

    `drawn` is the formula as LaTeX or as a drawing, `simplified` whether SymPy came to an end with that.
    """

    partial: list[str]
    formula: str
    drawn: str | None
    operations: int
    simplified: bool


class Comparison(NamedTuple):
    """The derivatives of an expression, which is called a `function` there, as formulas."""

    expression: str
    at: dict[str, Any]
    function: str
    derivatives: list[FormulaRow]
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "compare"
