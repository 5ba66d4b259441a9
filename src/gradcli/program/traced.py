"""Traced values: arrays without elements, which write down what NumPy is asked to do with them.

A forward is run on traced values as it stands. NumPy hands its ufuncs and functions over to them (its
protocols, NEP 13 and NEP 18), and each call becomes an instruction. What a value cannot answer without
its elements raises Untraceable, and then the operation as a whole becomes one opaque instruction, an
elementwise one if it is pointwise.

>>> tracer = Tracer([Input("x", Type(np.dtype(float), (Length(1, 0),)))])
>>> print(tracer.block([Output("value", np.exp(2.0 * tracer.values[0]).operand)]))
inputs %0 x : f64[n]
%1 = mul 2.0 %0 : f64[n]
%2 = exp %1 : f64[n]
outputs value %2
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..errors import Span
from ..ops import Op
from ..ops._registry import Untraceable
from .lengths import Length
from .opaque import Call, Elementwise, result_types
from .primitives import BY_UFUNC
from .ssa import Block, Builder, Input, Instruction, Operand, Output, Ref, Shape, Type
from .structured import REDUCTIONS

_NUMBERS = (bool, int, float)

# Of truth values, these are those.
_OF_TRUTHS = {
    np.bitwise_and: np.logical_and, np.bitwise_or: np.logical_or, np.bitwise_xor: np.logical_xor,
    np.invert: np.logical_not,
}  # fmt: skip


class Traced(NDArrayOperatorsMixin):
    """A value of a program that is being traced: NumPy's array, as far as that goes without elements."""

    __slots__ = ("operand", "tracer", "type")

    base = None

    def __init__(self, tracer: Tracer, operand: Operand, type: Type) -> None:
        self.tracer = tracer
        self.operand = operand
        self.type = type

    @property
    def dtype(self) -> np.dtype:
        return self.type.dtype

    @property
    def shape(self) -> Any:
        return self.type.shape

    @property
    def ndim(self) -> int:
        return len(self.type.shape)

    @property
    def size(self) -> Any:
        return math.prod(self.type.shape)

    @property
    def T(self) -> Any:
        return np.transpose(self)

    def astype(self, dtype: Any, **_: Any) -> Traced:
        """Return the value in another dtype."""
        return self.tracer.cast(self, np.dtype(dtype))

    def copy(self) -> Traced:
        """Return the value: no one can write to it."""
        return self

    def reshape(self, *shape: Any) -> Any:
        """Return the elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def __getitem__(self, key: Any) -> Traced:
        from .protocol import index

        return index(self, key)

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = op.arranged(args, kwargs)
        try:
            return op.forward(*args, **kwargs)
        except Untraceable:
            return self.tracer.run(op, *args, **kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if out is not None:
            self._unknown("writing in place")
        if method == "__call__" and ufunc.signature is None and ufunc.nout == 1:
            return self.tracer.elementwise(ufunc, inputs, **options)
        if method == "reduce" and ufunc in REDUCTIONS:
            return self.tracer.reduce(ufunc, *inputs, **options)
        if ufunc is np.matmul:
            from .protocol import matmul

            return matmul(self.tracer, *inputs)
        if method in ("at", "outer"):
            self._unknown(f"{ufunc.__name__}.{method}")
        return self.tracer.call(getattr(ufunc, method), inputs, options, name=ufunc.__name__)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        from .protocol import HANDLERS

        handler = HANDLERS.get(function)
        if handler is not None:
            return handler(*args, **kwargs)
        self._unknown(function.__name__)

    def _unknown(self, what: str) -> NoReturn:
        raise Untraceable(f"{what} needs a value, and while a program is traced there is none", self.tracer)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a traced value has no attribute {name!r}")
        self._unknown(name)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        self._unknown("writing in place")

    def __imul__(self, other: Any) -> Any:
        """Return the product: a forward that multiplies its own array in place gets a new value by that name."""
        return self * other

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self._unknown("the operation")

    def __bool__(self) -> NoReturn:
        self._unknown("a decision")

    def __float__(self) -> NoReturn:
        self._unknown("float()")

    def __int__(self) -> NoReturn:
        self._unknown("int()")

    __index__ = __int__

    def __len__(self) -> int:
        length = self.type.shape[0] if self.type.shape else 0
        if isinstance(length, Length):
            self._unknown("len()")
        return length

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<traced {self.operand!r} : {self.type}>"


class Tracer:
    """Writes a block down while forwards and rules are run on its `values`; `span` is where they stand."""

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._builder = Builder(inputs)
        self.span: Span | None = None
        self.values = [Traced(self, Ref(i), each.type) for i, each in enumerate(self._builder.inputs)]

    def block(self, outputs: Iterable[Output]) -> Block:
        """Return the program that computes the outputs."""
        return self._builder.block(outputs)

    def emit(self, name: str, args: Iterable[Operand], type: Type, function: Any = None, **facts: Any) -> Traced:
        """Append an instruction and return its value."""
        made = Instruction(name, tuple(args), type, facts, function, self.span)
        return Traced(self, self._builder.add(made), type)

    def lift(self, value: Any) -> Traced:
        """Return a traced value for a number, an array or a length."""
        if isinstance(value, Traced):
            return value
        if isinstance(value, Length):
            return self.emit("length", (), Type(np.dtype(np.int64), ()), of=value)
        array = np.asarray(value)
        if array.ndim == 0:
            return Traced(self, array.item(), Type(array.dtype, ()))
        return self.emit("constant", (), Type(array.dtype, array.shape), Call.constant(array.copy()))

    def full(self, number: float, type: Type) -> Traced:
        """Return a value that is one number everywhere."""
        scalar = Traced(self, number, Type(type.dtype, ()))
        return scalar if not type.shape else self.emit("broadcast", (number,), type, shape=type.shape)

    def cast(self, value: Traced, dtype: np.dtype) -> Traced:
        """Return a value in another dtype."""
        if value.dtype == dtype:
            return value
        return self.emit("cast", (value.operand,), Type(dtype, value.shape))

    def elementwise(self, ufunc: np.ufunc, inputs: tuple[Any, ...], dtype: Any = None, **options: Any) -> Traced:
        """Write down a call of a ufunc."""
        if options.keys() - {"casting", "subok", "order"}:
            raise Untraceable(f"{ufunc.__name__} has options that a program has not", self)
        values = [self.lift(each) for each in inputs]
        kinds = _kinds(inputs, values)
        if dtype is not None:
            values = [self.cast(value, np.dtype(dtype)) for value in values]
            kinds = [value.dtype for value in values]
        *wanted, made = ufunc.resolve_dtypes((*kinds, None))
        args = [
            float(value.operand) if type(value.operand) is int and want.kind == "f" else value.operand
            for value, want in zip(values, wanted, strict=True)
        ]
        name = BY_UFUNC.get(_OF_TRUTHS.get(ufunc, ufunc) if made.kind == "b" else ufunc)
        shape = broadcast_shapes(*(value.shape for value in values))
        return self.emit(name or ufunc.__name__, args, Type(made, shape), None if name else ufunc)

    def reduce(self, ufunc: np.ufunc, input: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
               keepdims: bool = False, initial: Any = None, **_: Any) -> Traced:  # fmt: skip
        """Write down a reduction; `dim` is None where all axes go."""
        value = self.lift(input)
        axes = range(value.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        dims = tuple(sorted(d % value.ndim for d in axes)) if value.ndim else ()
        made = np.dtype(dtype) if dtype is not None else ufunc.reduce(np.ones(1, value.dtype)).dtype
        if not dims:
            return self.cast(value, made)
        facts: dict[str, Any] = {} if initial is None else {"initial": initial}
        kept = tuple(n for d, n in enumerate(value.shape) if d not in dims)
        whole = len(dims) == value.ndim
        reduced = self.emit(
            REDUCTIONS[ufunc], (value.operand,), Type(made, kept), dim=None if whole else dims, keepdim=False, **facts
        )
        if not keepdims:
            return reduced
        return reduced.reshape(tuple(1 if d in dims else n for d, n in enumerate(value.shape)))

    def run(self, op: Op, *args: Any, **kwargs: Any) -> Any:
        """Write an operation down as a whole, for one whose forward looks at elements."""
        from .protocol import ADJOINTS

        adjoint = ADJOINTS.get(op.name)
        made = adjoint(*args, **kwargs) if adjoint else None
        if made is None and op.pointwise:
            made = self._pointwise(op, dict(zip(op.parameters, args, strict=False)) | kwargs)
        return self.call(op.forward, args, kwargs, name=op.name) if made is None else made

    def _pointwise(self, op: Op, given: dict[str, Any]) -> Traced | None:
        """Write down a pointwise operation as an instruction on elements; None where an attribute is traced."""
        tensors = {name: given[name] for name in op.tensors if given.get(name) is not None}
        attributes = {n: given[n] for n in op.attributes if n in given and given[n] is not op.defaults.get(n, op)}
        if any(isinstance(attribute, Traced) for attribute in attributes.values()):
            return None
        function = Elementwise(op, tuple(tensors))
        values = [self.lift(each) for each in tensors.values()]
        dtype = function.dtype(_kinds(tensors.values(), values), attributes)
        made = Type(dtype, broadcast_shapes(*(value.shape for value in values)))
        return self.emit(op.name, [value.operand for value in values], made, function, **attributes)

    def call(self, function: Callable[..., Any], args: Any, kwargs: Any, name: str) -> Any:
        """Write down a call of any function of arrays as an opaque instruction, one for each result."""
        found: list[Traced] = []
        call = Call.of(function, args, kwargs, found, Traced)
        results, kind = result_types(call, [value.type for value in found], self)
        made = [
            self.emit(name, [v.operand for v in found], type, call.picking(i if kind else None), call=call.template)
            for i, type in enumerate(results)
        ]
        return made[0] if kind is None else kind(made)


def _kinds(given: Iterable[Any], values: Iterable[Traced]) -> list[Any]:
    """Return what arguments meet as: of a Python number, the type, which has no say in what others are."""
    return [type(g) if type(g) in (int, float) else v.dtype for g, v in zip(given, values, strict=True)]


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape in which some meet; raise ValueError where they do not.

    >>> broadcast_shapes((Length(1, 0), 1), (3,))
    (n, 3)
    """
    rank = max(map(len, shapes), default=0)
    met: list[int | Length] = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, rank - len(shape)):
            if met[axis] == 1:
                met[axis] = length
            elif length not in (1, met[axis]):
                listed = " ".join(f"({','.join(map(str, each))})" for each in shapes)
                raise ValueError(f"operands could not be broadcast together with shapes {listed}")
    return tuple(met)
