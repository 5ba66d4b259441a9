"""Opaque instructions: functions of arrays that a program calls, and knows nothing about.

What type their results have is found out by calling them: on arrays of ones and identities, of the
lengths that are known, and of some for n, between which the lengths of the result must be affine.

Of a pointwise operation it is known that it works place by place. So it is called as a ufunc is, on
blocks and on single numbers (`Elementwise`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..ops import Op
from ..ops._registry import Untraceable
from .lengths import Length, affine, known
from .ssa import Shape, Type
from .structured import resolve

# Lengths at which an opaque function is tried: the first two give the line that the third must be on.
_TRIED = (5, 7, 12)


class Hole(NamedTuple):
    """The place of a traced value among the arguments of a call."""

    position: int


class Call:
    """A function and where its arrays go: called with the arrays, in order, and the `template` of all arguments."""

    def __init__(self, function: Callable[..., Any], template: Any, pick: int | None = None) -> None:
        self.function = function
        self.template = template
        self.pick = pick

    @classmethod
    def of(cls, function: Callable[..., Any], args: Any, kwargs: Any, found: list[Any], traced: type) -> Call:
        """Take a call apart: its traced values are appended to `found`, and leave holes."""

        def punched(value: Any) -> Any:
            if isinstance(value, traced):
                found.append(value)
                return Hole(len(found) - 1)
            if type(value) in (tuple, list):
                return type(value)(punched(part) for part in value)
            return value

        return cls(function, (punched(tuple(args)), {name: punched(value) for name, value in kwargs.items()}))

    @classmethod
    def constant(cls, array: np.ndarray) -> Call:
        """Return the call that gives an array."""
        return cls(lambda: array, ((), {}))

    def picking(self, pick: int | None) -> Call:
        """Return the same call, of whose several results one is picked."""
        return Call(self.function, self.template, pick)

    def __call__(self, *arrays: Any, call: Any = None) -> Any:
        args, kwargs = self.template if call is None else call
        result = self.function(*_filled(args, arrays), **_filled(kwargs, arrays))
        return result if self.pick is None else result[self.pick]


@dataclass(frozen=True)
class Elementwise:
    """A pointwise operation whose forward asks for elements: called with the arrays of `names`, and attributes."""

    op: Op
    names: tuple[str, ...]

    def __call__(self, *arrays: Any, **attributes: Any) -> Any:
        return self.op.forward(**dict(zip(self.names, arrays, strict=True)), **attributes)

    def dtype(self, dtypes: Sequence[Any], attributes: Mapping[str, Any]) -> np.dtype:
        """Return the dtype of the result for arguments of some dtypes, or of Python's types of numbers."""
        samples = [np.ones(1, each) if isinstance(each, np.dtype) else each(1) for each in dtypes]
        return np.asarray(self(*samples, **attributes)).dtype


def _filled(value: Any, arrays: Sequence[Any]) -> Any:
    if type(value) is Hole:
        return arrays[value.position]
    if type(value) in (tuple, list):
        return type(value)(_filled(part, arrays) for part in value)
    if type(value) is dict:
        return {name: _filled(part, arrays) for name, part in value.items()}
    return value


def result_types(call: Call, types: Sequence[Type], tracer: Any) -> tuple[list[Type], Callable[..., Any] | None]:
    """Return the types of the results of a call, and what to make of several of them, None where it is one.

    Raises Untraceable where a length of a result is not affine in n.
    """
    symbolic = any(isinstance(n, Length) for each in types for n in each.shape)
    tries = [_outcome(call, types, n) for n in (_TRIED if symbolic else _TRIED[:1])]
    first = tries[0]
    several = isinstance(first, tuple)
    results = [each if several else (each,) for each in tries]
    made = [
        Type(np.asarray(column[0]).dtype, _shape([np.shape(each) for each in column], tracer))
        for column in zip(*results, strict=True)
    ]
    kind: Any = None
    if several:
        kind = getattr(type(first), "_make", type(first))
    return made, kind


def _outcome(call: Call, types: Sequence[Type], n: int) -> Any:
    arrays = [_sample(each, n) for each in types]
    return call(*arrays, call=resolve(call.template, n))


def _sample(type: Type, n: int) -> Any:
    """Return an array that most functions have an answer to: matrices are multiples of the identity."""
    shape = tuple(known(length, n) for length in type.shape)
    if type.dtype.kind != "f":
        return np.zeros(shape, type.dtype)
    made = np.ones(shape, type.dtype)
    if len(shape) >= 2:
        made *= 2.0 * np.eye(*shape[-2:], dtype=type.dtype)
    return made if shape else made[()]


def _shape(shapes: list[tuple[int, ...]], tracer: Any) -> Shape:
    """Return the shape, in terms of n, that was met at the lengths tried."""
    if len(shapes) == 1 or len(set(shapes)) == 1:
        return shapes[0]
    if len(set(map(len, shapes))) > 1:
        raise Untraceable("the rank of a result depends on its values", tracer)
    return tuple(_line(lengths, tracer) for lengths in zip(*shapes, strict=True))


def _line(lengths: tuple[int, ...], tracer: Any) -> int | Length:
    a, b, c = lengths
    scale = (b - a) // (_TRIED[1] - _TRIED[0])
    line = affine(scale, a - scale * _TRIED[0])
    if [known(line, n) for n in _TRIED] != [a, b, c]:
        raise Untraceable("a length of a result is not affine in n", tracer)
    return line
