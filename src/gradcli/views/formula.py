"""A rule of the rule book as a formula: the rule itself, run on values that write down what is done to them.

>>> from gradcli.ops import lookup
>>> derivatives(lookup("tanh"), [0.5], {})
{'input': 'g*(1 - out*out)'}
>>> derivatives(lookup("mean"), [np.ones((3, 4))], {"dim": 0})
{'input': 'expand(reshape(g, [1, m])/n, input.shape)'}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..ops import Op

# How tightly operators bind: an operand is put in brackets where it binds less tightly than it must.
COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)

# Numbers that a reader knows by another name.
_KNOWN = {
    math.log(2): "log(2)", math.log(10): "log(10)", math.pi: "pi", math.sqrt(math.pi): "sqrt(pi)",
    2 / math.sqrt(math.pi): "2/sqrt(pi)", math.pi / 180: "pi/180", 180 / math.pi: "180/pi",
}  # fmt: skip

_AXES = "nmkl"


def derivatives(op: Op, tensors: Sequence[Any], attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the derivative rules of an operation as formulas, by argument.

    `tensors` and `attributes` are those of a sample call, which says of which ranks the arguments are.
    """
    values: dict[str, Any] = {}
    for name, data in zip(op.tensors, tensors, strict=True):
        many = name == op.sequence
        values[name] = [Formula(f"{name}[{i}]", d) for i, d in enumerate(data)] if many else _tensor(name, data)
        shapes = [_shape(f"{name}[{i}]", d) for i, d in enumerate(data)] if many else _shape(name, data)
        values[f"{name}_shape"] = tuple(shapes)if many else shapes
    given = dict(op.defaults) | dict(attributes)
    result = op(*tensors, **_called(op, given))
    results = result if isinstance(result, tuple) else (result,)
    for name, data in zip(op.results, results, strict=True):
        values[name] = Formula(name, data)
        values[f"g_{name}" if op.outputs else "g"] = Formula(f"g_{name}" if op.outputs else "g", np.ones_like(data))
    for name in op.attributes:
        values[name] = _attribute(name, given.get(name))
    return {
        argument: _shown(_listed(rule.function(*(values[need] for need in rule.needs))))
        for argument, rule in op.rules.items()
        if values.get(argument) is not None
    }


class Formula:
    """A value together with the text of how it was computed.

    The value is an array of a sample call: a rule may ask for its rank and shape, never for its elements.
    """

    __array_ufunc__ = None
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
        shown = [_shown(a) for a in args] + [f"{name}={_shown(a)}" for name, a in kwargs.items()]
        text = f"{op.name}({', '.join(shown)})"
        result = op(*map(_data, args), **{name: _data(a) for name, a in kwargs.items()})
        if isinstance(result, tuple):
            names = op.outputs or getattr(result, "_fields", range(len(result)))
            return tuple(Formula(f"{text}.{name}", r) for name, r in zip(names, result, strict=True))
        return Formula(text, result)

    def __getitem__(self, key: Any) -> Formula:
        keys = key if isinstance(key, tuple) else (key,)
        return Formula(f"{_inside(self, ATOM)}[{', '.join(map(_subscript, keys))}]", self.data[_data(key)])

    def __neg__(self) -> Formula:
        return Formula(f"-{_inside(self, PRODUCT)}", -self.data, SIGN)

    def __invert__(self) -> Formula:
        return Formula(f"~{_inside(self, SIGN)}", ~self.data, SIGN)


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


def _install() -> None:
    import operator

    for name, (sign, level, left, right) in _OPERATORS.items():
        compute = getattr(operator, f"__{name}__")

        def made(a: Any, b: Any, name: str = name, sign: str = sign, level: int = level, left: int = left, right: int = right,
                 compute: Callable[[Any, Any], Any] = compute) -> Any:  # fmt: skip
            text = f"{_inside(a, left)}{sign}{_inside(b, right)}"
            if name == "mul" and type(a) is int and a == 1:  # what math.prod starts with
                return b
            if isinstance(a, Formula) or isinstance(b, Formula):
                return Formula(text, compute(_data(a), _data(b)), level)
            result = compute(_data(a), _data(b))
            return _length(result, text, level) if type(result) is int else result

        setattr(Formula, f"__{name}__", made)
        setattr(Formula, f"__r{name}__", lambda a, b, made=made: made(b, a))
        if name in ("add", "sub", "mul", "floordiv"):
            setattr(Length, f"__{name}__", lambda a, b, made=made: NotImplemented if isinstance(b, Formula) else made(a, b))
            setattr(Length, f"__r{name}__", lambda a, b, made=made: made(b, a))


_install()


def _tensor(name: str, data: Any) -> Formula | None:
    return None if data is None else Formula(name, data)


def _shape(name: str, data: Any) -> Lengths:
    made = Lengths(_length(n, _AXES[i % len(_AXES)]) for i, n in enumerate(np.shape(data)))
    made.text = f"{name}.shape"
    return made


def _attribute(name: str, value: Any) -> Any:
    if type(value) is int:
        return _length(value, name)
    if type(value) is float:
        made = Real(value)
        made.text = name
        return made
    return value


def _called(op: Op, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != op.collects and name not in op.tensors}


def _listed(value: Any) -> Any:
    return value if isinstance(value, (Formula, int, float)) else list(value)


def _data(value: Any) -> Any:
    """Return what is behind the names: arrays and numbers."""
    if isinstance(value, Formula):
        return value.data
    if isinstance(value, Length):
        return int(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_data, value)) if type(value) in (list, tuple) else tuple(map(_data, value))
    return value


def _shown(value: Any) -> str:
    if isinstance(value, (Formula, Length, Lengths, Real)):
        return value.text
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, float):
        return _KNOWN.get(value) or f"{value:.17g}".rstrip("0").rstrip(".") if value == int(value) else repr(value)
    return "array" if isinstance(value, np.ndarray) else repr(value)


def _inside(value: Any, level: int) -> str:
    """Return a value as an operand, in brackets where it binds too loosely."""
    text = _shown(value)
    own = getattr(value, "level", SIGN if text.startswith("-") else PRODUCT if "/" in text else ATOM)
    return text if own >= level else f"({text})"


def _subscript(key: Any) -> str:
    if isinstance(key, slice):
        parts = ["" if part is None else _shown(part) for part in (key.start, key.stop, key.step)]
        return ":".join(parts[: 3 if parts[2] else 2])
    return "..." if key is Ellipsis else _shown(key)
