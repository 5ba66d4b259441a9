"""What the worker can be asked for: functions of data, which yield data."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy

from .. import lang
from ..errors import GradcliError
from ..lang.tree import Literal, walk
from . import diagnosis, digits, reals, spelling, trials
from .labels import elements, partials
from .symbols import as_float, value_of, written
from .translate import Formula, Unable

Answer = dict[str, Any]
Shapes = tuple[tuple[str, tuple[int, ...]], ...]

# What may be wrong with a request, as opposed to SymPy.
EXPECTED = (Unable, digits.Undefined, GradcliError)


def testify(text: str, point: Mapping[str, Any], wrt: Sequence[str], order: int) -> Iterator[Answer]:
    """Yield the value (under no names at all) and the partial derivatives at a point, with their errors."""
    arrays = {name: np.asarray(value, float) for name, value in point.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    formula = _formula(text, _hashable(shapes), as_float)
    values = {
        formula.symbols[label]: value
        for name, array in arrays.items()
        for label, value in zip(elements(name, array.shape), array.ravel().tolist(), strict=True)
    }
    for key in partials(shapes, wrt, order):
        try:
            yield {"key": key} | _number(formula, key, values)
        except EXPECTED as error:
            yield {"key": key, "gave_up": str(error)}


def _number(formula: Formula, key: tuple[str, ...], values: Mapping[Any, float]) -> Answer:
    whole, slope = formula.derivative(), formula.derivative(*key)
    literals = {s: value_of(s) for s in whole.free_symbols | slope.free_symbols}
    known = {**{s: value for s, value in literals.items() if value is not None}, **values}
    edges = digits.evaluate(whole, known).edges
    if key and edges:
        raise digits.Undefined(f"`{spelling.spell(edges[0])}` has an edge there")
    value, error, _ = digits.evaluate(slope, known)
    return {"value": mpmath.nstr(value, digits.DIGITS), "error": mpmath.nstr(error, 3)}


def derive(
    text: str,
    shapes: Mapping[str, Sequence[int]],
    wrt: Sequence[str],
    order: int,
    simplify: bool,
    form: str,
    function: str | None,
) -> Iterator[Answer]:
    """Yield the partial derivatives as formulas: at first as they come, then simplified.

    They are drawn in a `form` beside the text, as an equation if the expression is to be called a `function`.
    """
    formula = _formula(text, _hashable(shapes), written, tuple(wrt))
    keys = partials(shapes, wrt, order)[1:]
    for simplified in (False, True) if simplify else (False,):
        for key in keys:
            slope = formula.derivative(*key)
            slope = _simplified(slope) if simplified else slope
            yield {
                "key": key,
                "formula": spelling.spell(slope, decimals=_has_decimals(text)),
                "drawn": _drawn(slope, form, function, key) if form in _DRAWN else None,
                "operations": int(sympy.count_ops(slope)),
                "simplified": simplified,
            }


def _drawn(slope: Any, form: str, function: str | None, key: Sequence[str]) -> str:
    shown = reals.plain(slope)
    if function is not None:
        names = (sympy.Symbol(name) for name in reversed(key))
        shown = sympy.Eq(sympy.Derivative(sympy.Symbol(function), *names, evaluate=False), shown, evaluate=False)
    return _DRAWN[form](shown)


def _simplified(expression: Any) -> Any:
    """Return the shortest form that SymPy finds, if it is the same function."""
    shorter = sympy.simplify(expression)
    if sympy.count_ops(shorter) < sympy.count_ops(expression) and trials.same(shorter, expression):
        return shorter
    return expression


_DRAWN: dict[str, Callable[[Any], str]] = {
    "latex": sympy.latex,
    "pretty": functools.partial(sympy.pretty, wrap_line=False, use_unicode=True),
    "ascii": functools.partial(sympy.pretty, wrap_line=False, use_unicode=False),
}


def diagnose(text: str, claim: str, name: str, point: Mapping[str, float] | None) -> Iterator[Answer]:
    """Yield what is wrong with a claim about the derivative by a name, if that can be told."""
    formula, claimed = _formula(text, (), written), _formula(claim, (), written)
    around = None if point is None else {sympy.Symbol(n, real=True): value for n, value in point.items()}
    spell = functools.partial(spelling.spell, decimals=_has_decimals(text) or _has_decimals(claim))
    said = diagnosis.diagnose(formula.derivative(), formula.symbols[name], claimed.derivative(), around, spell)
    yield {"said": said}


def _hashable(shapes: Mapping[str, Sequence[int]]) -> Shapes:
    return tuple((name, tuple(shape)) for name, shape in shapes.items())


@functools.lru_cache(maxsize=8)
def _formula(text: str, shapes: Shapes, number: Callable[[float], Any], distinct: tuple[str, ...] = ()) -> Formula:
    return Formula(lang.parse(text), dict(shapes), number, distinct)


@functools.lru_cache(maxsize=8)
def _has_decimals(text: str) -> bool:
    """Tell whether a number of a text is no whole one."""
    statements = lang.parse(text).statements
    nodes = (node for s in statements for node in walk(s.value if hasattr(s, "value") else s))
    return any(type(n) is Literal and type(n.value) is float and not n.value.is_integer() for n in nodes)


TASKS: dict[str, Callable[..., Iterator[Answer]]] = {"testify": testify, "derive": derive, "diagnose": diagnose}
