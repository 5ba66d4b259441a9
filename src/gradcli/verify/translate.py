"""From a program of the language to an expression of SymPy, through the interpreter that `lang` is handed.

No text reaches SymPy: each operation is computed by its SymPy twin of the registry, or, where it has none
because it only moves elements about, by its own forward on arrays of expressions. Symbols are real.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from .. import lang
from ..errors import Span
from ..ops import Op
from . import reals
from .labels import elements

# What a reader calls these numbers.
_NAMED = {math.pi: sympy.pi, math.tau: 2 * sympy.pi, math.e: sympy.E, math.inf: sympy.oo}

# Whose values are drawn, or made of nothing: no formula says them.
_RANDOM = {"rand", "randn"}


# Arguments that are read as Python's numbers are: where elements are, and which.
_PLACES = {"index", "mask"}

# Numbers up to here, in eighths, are left to SymPy to compute with; so are their powers, up to the same exponent.
_SIMPLE = 64

# What is true or false; SymPy's symbols might be either, and ours are numbers.
_TRUTH = (BooleanAtom, BooleanFunction, Relational)

# Which take truth values for what they are.
_OF_TRUTH = {"comparison", "shape"}


class Unable(Exception):
    """What SymPy cannot do here; completes "it gave up: ..."."""


class Exhausted(Exception):
    """What SymPy had not enough of; completes "it gave up: ...". The process is not to be used again."""

    def __init__(self, error: Exception) -> None:
        super().__init__("it needs too much memory" if isinstance(error, MemoryError) else "the expression is too deep")


def written(value: float) -> Any:
    """Return the number that a reader sees: `0.1` is a tenth, and 3.141592653589793 is pi."""
    if math.isnan(value):
        return sympy.nan
    if abs(value) in _NAMED:
        return int(math.copysign(1, value)) * _NAMED[abs(value)]
    exact = Fraction(repr(value))
    return sympy.Rational(exact.numerator, exact.denominator)


def as_float(value: float) -> Any:
    """Return exactly the number that a float is.

    But for the simplest, it is a symbol, for which SymPy computes nothing beforehand: what its value is, its name
    says.
    """
    if not math.isfinite(value):
        return written(value)
    if abs(value) <= _SIMPLE and (8 * value).is_integer():
        return sympy.Rational(int(8 * value), 8)
    return _opaque(value)


def _opaque(value: float) -> Any:
    size = sympy.Symbol(repr(abs(value)), positive=True)
    return size if value > 0 else -size


def value_of(symbol: Any) -> float | None:
    """Return the number that a symbol of `as_float` stands for, or None if it is a variable."""
    return float(symbol.name) if symbol.name[0].isdigit() else None


def variable(name: str, shape: tuple[int, ...]) -> Any:
    """Return the symbol of a variable, or an array of those of its elements."""
    made = [sympy.Symbol(label, real=True) for label in elements(name, shape)]
    return np.array(made, object).reshape(shape) if shape else made[0]


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
            given["input"] = _each(_as_base, given["input"], given["exponent"])
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
        return _each(lambda *row: self._twin(op, given | dict(zip(tensors, row, strict=True))), *tensors.values())

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
        return lifted if op.family in _OF_TRUTH or name == "condition" else _each(_as_number, lifted)

    def _attribute(self, value: Any) -> Any:
        return self.number(value) if type(value) is float else value

    def _lifted(self, value: Any) -> Any:
        """Return numbers as SymPy's, and an array without axes as its element."""
        if isinstance(value, np.ndarray) and value.ndim:
            return _each(self._lifted, np.asarray(value, object))
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.item()
        if isinstance(value, bool):
            return sympy.true if value else sympy.false
        return self.number(float(value)) if isinstance(value, (int, float)) else value

    def alias(self, value: Any, span: Span) -> Any:
        """Return new symbols for a value, and remember what they stand for."""
        if isinstance(value, np.ndarray):
            return _each(lambda v: self.alias(v, span), value)
        made = sympy.Dummy(real=True)
        self._meanings[made] = value
        return made

    def unfold(self, value: Any, keep: frozenset[Any] = frozenset()) -> Any:
        """Put what the symbols of `alias` stand for in their places, but for those to be kept."""
        if isinstance(value, np.ndarray):
            return _each(lambda v: self.unfold(v, keep), value)
        for made, meaning in reversed(self._meanings.items()):  # a later one may stand for earlier ones
            if made not in keep and value.has(made):
                value = value.xreplace({made: meaning})
        return value

    def diff(self, u: Any, x: Any, span: Span) -> Any:
        """Return the derivative of `sum(u)` by each element of `x`."""
        wanted = np.asarray(x, object)
        total = self.unfold(sympy.Add(*np.asarray(u, object).flat), keep=frozenset(wanted.flat))
        return _each(lambda symbol: reals.differentiate(total, symbol), wanted)

    def mask(self, condition: Any) -> bool | np.ndarray | None:
        """Return what a condition is known to be: None where it depends on a variable."""
        known = np.asarray(condition, object)
        if not all(c in (sympy.true, sympy.false) for c in known.flat):
            return None
        return known == sympy.true if known.ndim else bool(known.item())

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        """Choose elementwise: a Piecewise, whose pieces are differentiated each for itself."""
        return _each(_chosen, condition, then, otherwise)

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        """Return the value as it is: what a formula does not choose cannot leak."""
        return value

    def array(self, value: Any) -> Any:
        """Return the number, or array of numbers, behind a value; None if it depends on a variable."""
        if isinstance(value, (bool, int, float)):
            return value
        if self.tracked(value):
            return None
        return np.array(_each(_number, value).tolist()) if isinstance(value, np.ndarray) else _number(value)

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


def _each(function: Callable[..., Any], *values: Any) -> Any:
    """Apply a function element by element, broadcasting; of scalars alone, return a scalar."""
    if not any(isinstance(value, np.ndarray) for value in values):
        return function(*values)
    grid = np.broadcast(*(np.asarray(value, object) for value in values))
    out: Any = np.empty(grid.shape, object)
    out.flat = [function(*row) for row in grid]
    return out if out.ndim else out.item()


def _chosen(condition: Any, then: Any, otherwise: Any) -> Any:
    if not isinstance(condition, _TRUTH):
        condition = sympy.Ne(condition, 0)
    if condition in (sympy.true, sympy.false):
        return then if condition == sympy.true else otherwise
    rest = otherwise.args if isinstance(otherwise, sympy.Piecewise) else [(otherwise, True)]
    return sympy.Piecewise((then, condition), *rest, evaluate=False)


def _as_number(value: Any) -> Any:
    """Return a truth value as the number that it is in arithmetic."""
    return _chosen(value, sympy.S.One, sympy.S.Zero) if isinstance(value, _TRUTH) else value


def _as_base(value: Any, exponent: Any) -> Any:
    """Return a number as a symbol where SymPy, raising it to a power, would fill the memory with digits."""
    known = value.is_Rational and exponent.is_Rational
    simple = known and max(abs(value), value.q, abs(exponent), exponent.q) <= _SIMPLE
    return value if simple or not known or value in (0, 1) else _opaque(float(value))


def _number(value: Any) -> Any:
    """Return the number that a value is, which depends on no variable."""
    if value in (sympy.true, sympy.false):
        return value == sympy.true
    return float(value.xreplace({s: sympy.Float(value_of(s)) for s in value.free_symbols}))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
