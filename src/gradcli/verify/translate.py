"""From a program of the language to an expression of SymPy, through the interpreter that `lang` is handed.

No text reaches SymPy: each operation is computed by its SymPy twin of the registry, or, where it has none
because it only moves elements about, by its own forward on arrays of expressions. Symbols are real.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import sympy

from .. import lang
from ..errors import Span
from ..ops import Op
from . import reals
from .labels import elements
from .symbols import as_base, as_float, as_number, chosen, each, number, value_of, variable

# Whose values are drawn, or made of nothing: no formula says them.
_RANDOM = {"rand", "randn"}


# Arguments that are read as Python's numbers are: where elements are, and which.
_PLACES = {"index", "mask"}

# Which take truth values for what they are.
_OF_TRUTH = {"comparison", "shape"}


class Unable(Exception):
    """What SymPy cannot do here; completes "it gave up: ..."."""


class Exhausted(Exception):
    """What SymPy had not enough of; completes "it gave up: ...". The process is not to be used again."""

    def __init__(self, error: Exception) -> None:
        super().__init__("it needs too much memory" if isinstance(error, MemoryError) else "the expression is too deep")


class SympyInterpreter:
    """Evaluate with expressions of SymPy, and object arrays of them.

    `number` says what a float is to SymPy: `as_float`, for a witness, or `written`, for a reader.
    """

    leaks = False  # a Piecewise differentiates each piece for itself

    def __init__(self, number: Any) -> None:
        self.number = number
        self._sympy = reals.namespace()
        self._meanings: dict[Any, Any] = {}
        self._applied = 0

    def constant(self, value: Any, span: Span) -> Any:
        """Return a number, or an array of numbers, as SymPy has it."""
        return self._lifted(value)

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        """Apply the twin of an operation, element by element; without a twin, its forward on expressions."""
        self._applied += 1
        if op.name in _RANDOM:
            raise Unable(f"`{op.name}` draws numbers at random")
        given = op.defaults | dict(zip(op.parameters, args, strict=False)) | kwargs
        for name, value in given.items():
            given[name] = self._tensor(op, name, value) if name in op.tensors else self._attribute(value)
        if op.name == "pow" and self.number is as_float:
            given["input"] = each(as_base, given["input"], given["exponent"])
        try:
            if not op.sympy:
                result = self._forward(op, args[len(op.parameters) :], given)
            else:
                result = self._pointwise(op, given) if op.pointwise else self._twin(op, given)
            return tuple(map(self._lifted, result)) if isinstance(result, tuple) else self._lifted(result)
        except (MemoryError, RecursionError) as error:
            raise Exhausted(error) from error
        except Exception as error:  # SymPy, and NumPy with objects, raise what they will
            raise Unable(f"SymPy cannot compute `{op.name}` ({_first_line(error)})") from error

    def _pointwise(self, op: Op, given: dict[str, Any]) -> Any:
        tensors = {name: given[name] for name in op.tensors if given.get(name) is not None}
        if not any(isinstance(value, np.ndarray) for value in tensors.values()):
            return self._twin(op, given)
        return each(lambda *row: self._twin(op, given | dict(zip(tensors, row, strict=True))), *tensors.values())

    def _twin(self, op: Op, given: dict[str, Any]) -> Any:
        twin = getattr(self._sympy, op.sympy) if isinstance(op.sympy, str) else functools.partial(op.sympy, self._sympy)
        if not op.pointwise:
            given = {n: np.asarray(v, object) if n in op.tensors and v is not None else v for n, v in given.items()}
        last = max(op.parameters.index(name) for name in op.tensors) + 1
        leading = [given.get(name) for name in op.parameters[:last]]
        return twin(*leading, **{name: given[name] for name in op.parameters[last:]})

    def _forward(self, op: Op, collected: tuple[Any, ...], given: dict[str, Any]) -> Any:
        for name in op.tensors:
            if given.get(name) is not None and name != op.sequence and name not in _PLACES:
                given[name] = np.asarray(given[name], object)
        if not op.collects:
            return op.forward(**given)
        return op.forward(*(given[name] for name in op.parameters if name in given), *collected)

    def _tensor(self, op: Op, name: str, value: Any) -> Any:
        if name in _PLACES:
            return value
        lifted = [self._lifted(v) for v in value] if isinstance(value, list) else self._lifted(value)
        return lifted if op.family in _OF_TRUTH or name == "condition" else each(as_number, lifted)

    def _attribute(self, value: Any) -> Any:
        return self.number(value) if type(value) is float else value

    def _lifted(self, value: Any) -> Any:
        """Return numbers as SymPy's, and an array without axes as its element."""
        if isinstance(value, np.ndarray) and value.ndim:
            return each(self._lifted, np.asarray(value, object))
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.item()
        if isinstance(value, bool):
            return sympy.true if value else sympy.false
        return self.number(float(value)) if isinstance(value, (int, float)) else value

    def alias(self, value: Any, span: Span) -> Any:
        """Return new symbols for a value, and remember what they stand for."""
        if isinstance(value, np.ndarray):
            return each(lambda v: self.alias(v, span), value)
        made = sympy.Dummy(real=True)
        self._meanings[made] = value
        return made

    def unfold(self, value: Any, keep: frozenset[Any] = frozenset()) -> Any:
        """Put what the symbols of `alias` stand for in their places, but for those to be kept."""
        if isinstance(value, np.ndarray):
            return each(lambda v: self.unfold(v, keep), value)
        for made, meaning in reversed(self._meanings.items()):  # a later one may stand for earlier ones
            if made not in keep and value.has(made):
                value = value.xreplace({made: meaning})
        return value

    def diff(self, u: Any, x: Any, span: Span) -> Any:
        """Return the derivative of `sum(u)` by each element of `x`."""
        wanted = np.asarray(x, object)
        total = self.unfold(sympy.Add(*np.asarray(u, object).flat), keep=frozenset(wanted.flat))
        return each(lambda symbol: reals.differentiate(total, symbol), wanted)

    def mask(self, condition: Any) -> bool | np.ndarray | None:
        """Return what a condition is known to be: None where it depends on a variable."""
        known = np.asarray(condition, object)
        if not all(c in (sympy.true, sympy.false) for c in known.flat):
            return None
        return known == sympy.true if known.ndim else bool(known.item())

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        """Choose elementwise: a Piecewise, whose pieces are differentiated each for itself."""
        return each(chosen, condition, then, otherwise)

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        """Return the value as it is: what a formula does not choose cannot leak."""
        return value

    def array(self, value: Any) -> Any:
        """Return the number, or array of numbers, behind a value; None if it depends on a variable."""
        if isinstance(value, (bool, int, float)):
            return value
        if self.tracked(value):
            return None
        return np.array(each(number, value).tolist()) if isinstance(value, np.ndarray) else number(value)

    def shape(self, value: Any) -> tuple[int, ...]:
        """Return the shape of a value."""
        return np.shape(value) if isinstance(value, np.ndarray) else ()

    def tracked(self, value: Any) -> bool:
        """Tell whether a value depends on a variable."""
        return not isinstance(value, (bool, int, float)) and any(
            value_of(s) is None for v in np.asarray(value, object).flat for s in v.free_symbols
        )

    def work(self) -> int:
        """Return how many operations were applied."""
        return self._applied


class Formula:
    """A program as SymPy has it; names that are not given a shape are scalars.

    `value` is an expression, or an array of them; `symbols` maps what the elements of names are called (`x`,
    `y[0]`) to their symbols. Raises Unable for what SymPy has no word for, and what the program's evaluation raises.
    """

    def __init__(
        self,
        program: lang.Program,
        shapes: Mapping[str, tuple[int, ...]],
        number: Callable[[float], Any],
        distinct: Collection[str] = (),
    ) -> None:
        self._interpreter = SympyInterpreter(number)
        given = {name: variable(name, shapes.get(name, ())) for name in program.free_names(shapes)}
        result, names = program.evaluate(given, self._interpreter, distinct)
        self._derivatives: dict[tuple[str, ...], Any] = {(): sympy.Add(*np.asarray(result, object).flat)}
        self.value = self._interpreter.unfold(result)
        self.symbols: dict[str, Any] = {}
        for name in (*given, *distinct):
            self.symbols |= zip(
                elements(name, np.shape(names[name])), np.asarray(names[name], object).flat, strict=True
            )

    def derivative(self, *by: str) -> Any:
        """Return the derivative of the sum of the value by one element after the other."""
        return self._interpreter.unfold(self._kept(by))

    def _kept(self, by: tuple[str, ...]) -> Any:
        if by not in self._derivatives:
            symbol = self.symbols[by[-1]]
            slope = self._interpreter.unfold(self._kept(by[:-1]), frozenset([symbol]))
            self._derivatives[by] = reals.differentiate(slope, symbol)
        return self._derivatives[by]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
