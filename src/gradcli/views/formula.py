"""A rule of the rule book as a formula: the rule itself, run on values that write down what is done to them.

>>> from gradcli.ops import lookup
>>> derivatives(lookup("sinh"), {"input": 0.5})
{'input': 'g*cosh(input)'}
>>> derivatives(lookup("mean"), {"input": np.ones((3, 4)), "dim": 0})
{'input': 'expand(reshape(g, [1, m])/n, input.shape)'}
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..ops import Op

# How tightly operators bind: an operand is put in brackets where it binds less tightly than it must.
COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)

# Numbers that a reader knows by another name.
_KNOWN = {
    math.log(2): "log(2)", math.log(10): "log(10)", math.pi: "pi", math.sqrt(math.pi): "sqrt(pi)",
    math.sqrt(2 * math.pi): "sqrt(2*pi)", 2 / math.sqrt(math.pi): "2/sqrt(pi)", math.pi / 180: "pi/180",
    180 / math.pi: "180/pi",
}  # fmt: skip

# The lengths of the axes.
_AXES = "nmklpq"


def derivatives(op: Op, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the derivative rules of an operation as formulas, by argument.

    `given` are the arguments of a sample call, which says of which ranks the tensors are.
    """
    given = {**dict.fromkeys(op.tensors), **op.defaults, **given}
    values: dict[str, Any] = {}
    for name in op.tensors:
        data = given[name]
        many = name == op.sequence
        values[name] = [Formula(f"{name}[{i}]", d) for i, d in enumerate(data)] if many else _tensor(name, data)
        shapes = [_shape(f"{name}[{i}]", d, str(i)) for i, d in enumerate(data)] if many else _shape(name, data)
        values[f"{name}_shape"] = tuple(shapes) if many else shapes
    result = call(op, given)
    results = result if isinstance(result, tuple) else (result,)
    for name, data in zip(op.results, results, strict=True):
        values[name] = Formula(name, data)
        values[f"g_{name}" if op.outputs else "g"] = Formula(f"g_{name}" if op.outputs else "g", np.ones_like(data))
    for name in op.attributes:
        values[name] = _attribute(name, given.get(name, ()))
    return {
        argument: shown(_listed(rule.function(*(values[need] for need in rule.needs))))
        for argument, rule in op.rules.items()
        if values.get(argument) is not None
    }


class Formula:
    """A value together with the text of how it was computed.

    The value is an array of a sample call: a rule may ask for its rank and shape, never for its elements.
    """

    __array_ufunc__ = None
    # No key, as any class with an own `==`; mypy would have to see that one, which is put in place below.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str, data: Any, level: int = ATOM) -> None:
        self.text = text
        self.data = data
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return np.shape(self.data)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return np.ndim(self.data)

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the elements."""
        return np.asarray(self.data).dtype

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        written = [shown(a) for a in args] + [f"{name}={shown(a)}" for name, a in kwargs.items()]
        text = f"{op.name}({', '.join(written)})"
        result = op(*map(data_of, args), **{name: data_of(a) for name, a in kwargs.items()})
        if isinstance(result, tuple):
            names = op.outputs or getattr(result, "_fields", ())
            return tuple(type(self)(f"{text}.{name}", r) for name, r in zip(names, result, strict=True))
        return type(self)(text, result)

    def __getitem__(self, key: Any) -> Formula:
        keys = key if isinstance(key, tuple) else (key,)
        return type(self)(f"{_inside(self, ATOM)}[{', '.join(map(shown, keys))}]", self.data[data_of(key)])

    def __neg__(self) -> Formula:
        text, level = _negated(self)
        return type(self)(text, -self.data, level)

    def __invert__(self) -> Formula:
        return type(self)(f"~{_inside(self, SIGN)}", ~self.data, SIGN)


class Length(int):
    """A whole number known by a name: the length of an axis, or an attribute."""

    text: str
    level: int

    def __repr__(self) -> str:
        return self.text


def _length(value: int, text: str, level: int = ATOM) -> Length:
    made = Length(value)
    made.text, made.level = text, level
    return made


class Lengths(tuple):
    """A shape, known by the name of its tensor."""

    text: str


class Real(float):
    """A number that is an attribute, known by its name."""

    text: str


# Operators: the sign, how tightly it binds, and how tightly its operands must.
_OPERATORS = {
    "add": (" + ", SUM, SUM, SUM), "sub": (" - ", SUM, SUM, PRODUCT), "mul": ("*", PRODUCT, PRODUCT, PRODUCT),
    "truediv": ("/", PRODUCT, PRODUCT, SIGN), "floordiv": ("//", PRODUCT, PRODUCT, SIGN),
    "mod": ("%", PRODUCT, PRODUCT, SIGN), "matmul": (" @ ", PRODUCT, PRODUCT, SIGN),
    "pow": ("**", POWER, ATOM, SIGN), "and": (" & ", COMPARISON, SUM, SUM), "or": (" | ", COMPARISON, SUM, SUM),
    "eq": (" == ", COMPARISON, SUM, SUM), "ne": (" != ", COMPARISON, SUM, SUM), "lt": (" < ", COMPARISON, SUM, SUM),
    "le": (" <= ", COMPARISON, SUM, SUM), "gt": (" > ", COMPARISON, SUM, SUM), "ge": (" >= ", COMPARISON, SUM, SUM),
}  # fmt: skip


def _written(compute: Callable[[Any, Any], Any], sign: str, level: int, left: int, right: int) -> Callable[..., Any]:
    """Make an operator that computes, and writes down that it did."""

    def write(a: Any, b: Any) -> Any:
        if sign == "*" and type(a) is int and a == 1:  # what math.prod starts with
            return b
        result = compute(data_of(a), data_of(b))
        text, bound = _tidied(sign, a, b) or (f"{_inside(a, left)}{sign}{_inside(b, right)}", level)
        text = text.replace("*1/", "/")
        for each in (a, b):
            if isinstance(each, Formula):
                return type(each)(text, result, bound)
        return _length(result, text, bound) if type(result) is int else result

    return write


def _tidied(sign: str, a: Any, b: Any) -> tuple[str, int] | None:
    """Return an operation as one writes it who leaves out ones and puts signs first, with how tightly it binds."""
    if sign in ("*", "/", "**") and shown(b) == "1":
        return shown(a), level_of(a)
    if sign == "*" and shown(a) == "1":
        return shown(b), level_of(b)
    if sign == "*" and shown(a) == "-1":
        return _negated(b)
    if sign == "*" and _signed(b):
        rest = Formula(shown(b)[1:], 1, PRODUCT)
        text, level = _tidied(sign, a, rest) or (f"{_inside(a, PRODUCT)}*{rest.text}", PRODUCT)
        return _negated(Formula(text, None, level))
    return None


def _negated(value: Any) -> tuple[str, int]:
    """Return the negative of a value, as it is written, and how tightly that binds."""
    return (shown(value)[1:], PRODUCT) if _signed(value) else (f"-{_inside(value, PRODUCT)}", SIGN)


def _signed(value: Any) -> bool:
    return shown(value).startswith("-") and level_of(value) >= PRODUCT


def _swapped(write: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: write(b, a)


for _name, _facts in _OPERATORS.items():
    _made = _written(getattr(operator, f"__{_name}__"), *_facts)
    for _type in (Formula, Length) if _name in ("add", "sub", "mul", "floordiv") else (Formula,):
        setattr(_type, f"__{_name}__", _made)
        setattr(_type, f"__r{_name}__", _swapped(_made))


def _tensor(name: str, data: Any) -> Formula | None:
    return None if data is None else Formula(name, data)


def _shape(name: str, data: Any, number: str = "") -> Lengths:
    made = Lengths(_length(n, letter + number) for n, letter in zip(np.shape(data), _AXES, strict=False))
    made.text = f"{name}.shape"
    return made


def _attribute(name: str, value: Any) -> Any:
    if type(value) is int:
        return _length(value, name)
    if type(value) is float:
        made = Real(value)
        made.text = name
        return made
    return Formula(name, value) if isinstance(value, np.ndarray) else value


def call(op: Op, given: Mapping[str, Any]) -> Any:
    """Call an operation with arguments by name."""
    positional = [given[name] for name in op.parameters if name not in op.keyword_only and name != op.collects]
    return op(*positional, *given.get(op.collects or "", ()), **{name: given[name] for name in op.keyword_only})


def _listed(value: Any) -> Any:
    return value if isinstance(value, (Formula, int, float)) else list(value)


def data_of(value: Any) -> Any:
    """Return what is behind the names: arrays and numbers."""
    if isinstance(value, Formula):
        return value.data
    if isinstance(value, Length):
        return int(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(data_of, value)) if type(value) in (list, tuple) else tuple(map(data_of, value))
    return value


def shown(value: Any) -> str:
    """Return a value as it is written."""
    if isinstance(value, (Formula, Length, Lengths, Real)):
        return value.text
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, float):
        known = _KNOWN.get(abs(value)) or repr(abs(value)).removesuffix(".0")
        return "-" + known if value < 0 else known
    if isinstance(value, slice):
        parts = ["" if part is None else shown(part) for part in (value.start, value.stop, value.step)]
        return ":".join(parts[: 3 if parts[2] else 2])
    return "..." if value is Ellipsis else repr(value)


def level_of(value: Any) -> int:
    """Return how tightly a value binds as it is written."""
    text = shown(value)
    return getattr(value, "level", SIGN if text.startswith("-") else PRODUCT if "/" in text else ATOM)


def _inside(value: Any, level: int) -> str:
    """Return a value as an operand, in brackets where it binds too loosely."""
    return shown(value) if level_of(value) >= level else f"({shown(value)})"
