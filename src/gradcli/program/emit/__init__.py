"""Programs that leave the house: the same SSA as text, as source in other languages, and as formulas.

>>> from ..ssa import parse
>>> block = parse("inputs %0 x : f64[]\\n%1 = mul %0 %0 : f64[]\\n%2 = mul 2.0 %0 : f64[]\\noutputs value %1, d_x %2")
>>> print(emit(Formula(block, ("x",)), "javascript"))
// The value and the partial derivatives at a point.
function f(x) {
  const value = x * x;
  const d_x = 2 * x;
  return { value: value, grad: {"x": d_x} };
}
"""

from __future__ import annotations

from importlib import import_module

from ...errors import GradcliError
from .results import Formula

# By the name of a language: the module that writes it has that name, and a file that suffix.
LANGUAGES = {"python": ".py", "c": ".c", "javascript": ".js", "sql": ".sql", "latex": ".tex", "ssa": ".txt"}


def emit(formula: Formula, language: str) -> str:
    """Write a formula in a language; raise GradcliError, with the place, for what the language has no words for."""
    try:
        return "\n".join(import_module(f".{language}", __package__).emit(formula))
    except GradcliError as error:
        raise error.located(formula.text) from None
