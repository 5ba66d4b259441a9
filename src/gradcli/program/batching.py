"""A program of one vector as a program of many: an axis in front of what depends on it.

What does not depend on the vector is computed once for all of them.

>>> from .ssa import parse
>>> block = parse("inputs %0 x : f64[3], %1 v : f64[3]\\n%2 = exp %0 : f64[3]\\n%3 = mul %2 %1 : f64[3]\\noutputs h %3")
>>> print(batched(block, {"v"}, 2))
inputs %0 x : f64[3], %1 v : f64[2,3]
%2 = exp %0 : f64[3]
%3 = mul %2 %1 : f64[2,3]
outputs h %3
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from .passes.walk import broadcast_shapes, is_elementwise
from .ssa import Block, Builder, Input, Instruction, Operand, Output, Ref, Shape, Type


class CannotBatch(Exception):
    """An instruction that knows nothing of further axes."""


def batched(block: Block, names: Collection[str], count: int) -> Block:
    """Return a block with an axis of that length in front of the inputs named, and of what depends on them.

    Outputs have it in any case. Raises CannotBatch for an instruction that takes whole arrays, and is not ours.
    """
    batch = _Batch(block, names, count)
    for made in block.instructions:
        batch.write(made)
    outputs = [Output(name, batch.many(operand)) for name, operand in block.outputs]
    return batch.builder.block(outputs)


class _Batch:
    """A block being written; `now` is what stands for each of its values, and `deep` tells which have the axis."""

    def __init__(self, block: Block, names: Collection[str], count: int) -> None:
        self.block = block
        self.count = count
        deep = [name in names for name, _ in block.inputs]
        self.builder = Builder(
            Input(name, self.type(type) if more else type)
            for (name, type), more in zip(block.inputs, deep, strict=True)
        )
        self.now: list[Operand] = [Ref(i) for i in range(len(block.inputs))]
        self.deep = deep

    def type(self, type: Type) -> Type:
        """Return a type with the axis."""
        return Type(type.dtype, (self.count, *type.shape))

    def is_deep(self, operand: Operand) -> bool:
        return isinstance(operand, Ref) and self.deep[operand.number]

    def current(self, operand: Operand) -> Operand:
        return self.now[operand.number] if isinstance(operand, Ref) else operand

    def many(self, operand: Operand) -> Operand:
        """Return a value with the axis."""
        if self.is_deep(operand):
            return self.current(operand)
        type = self.type(self.block.type_of(operand))
        return self.builder.add(Instruction("broadcast", (self.current(operand),), type, {"shape": type.shape}))

    def write(self, made: Instruction) -> None:
        """Write an instruction, as it is or with the axis."""
        deep = any(map(self.is_deep, made.args))
        self.deep.append(deep)
        if not deep:
            self.now.append(self.builder.add(replace(made, args=tuple(map(self.current, made.args)))))
            return
        form = _elementwise if is_elementwise(made) else FORMS.get(made.name)
        if form is None:
            raise CannotBatch(f"{made.name} has no form with a further axis")
        self.now.append(form(self, made))

    def make(self, made: Instruction, args: Iterable[Operand], **facts: Any) -> Operand:
        """Append an instruction with the axis, with other arguments, and some other facts."""
        return self.builder.add(replace(made, args=tuple(args), type=self.type(made.type), facts=made.facts | facts))

    def shaped(self, operand: Operand, shape: Shape, type: Type, deep: bool) -> Operand:
        """Return what is current, of that type, in another shape, before which the axis comes if it is `deep`."""
        wanted = Type(type.dtype, (self.count, *shape) if deep else shape)
        if wanted.shape == ((self.count, *type.shape) if deep else type.shape):
            return operand
        return self.builder.add(Instruction("reshape", (operand,), wanted, {"shape": wanted.shape}))

    def of_rank(self, operand: Operand, rank: int) -> Operand:
        """Return a value; if it has the axis, with as many axes more as make it meet others of that rank."""
        type = self.block.type_of(operand)
        deep = self.is_deep(operand)
        filled: Shape = (*(1,) * (rank - len(type.shape) if deep else 0), *type.shape)
        return self.shaped(self.current(operand), filled, type, deep)


def _elementwise(batch: _Batch, made: Instruction) -> Operand:
    return batch.make(made, (batch.of_rank(arg, len(made.type.shape)) for arg in made.args))


def _broadcast(batch: _Batch, made: Instruction) -> Operand:
    shape = made.facts["shape"]
    return batch.make(made, [batch.of_rank(made.args[0], len(shape))], shape=(batch.count, *shape))


def _matmul(batch: _Batch, made: Instruction) -> Operand:
    """Multiply matrices, into which vectors are made for the time."""
    types = [batch.block.type_of(arg) for arg in made.args]
    rows, columns = (type.shape for type in types)
    rows, columns = rows if len(rows) > 1 else (1, *rows), columns if len(columns) > 1 else (*columns, 1)
    rank = max(len(rows), len(columns))
    args = []
    for arg, type, shape in zip(made.args, types, (rows, columns), strict=True):
        deep = batch.is_deep(arg)
        args.append(batch.shaped(batch.current(arg), (*(1,) * (rank - len(shape) if deep else 0), *shape), type, deep))
    outer = broadcast_shapes(rows[:-2], columns[:-2])
    product = Type(made.type.dtype, (batch.count, *outer, rows[-2], columns[-1]))
    done = batch.builder.add(Instruction("matmul", tuple(args), product, {}, None, made.span))
    return batch.shaped(done, made.type.shape, Type(made.type.dtype, product.shape[1:]), True)


def _with(**changes: Callable[[_Batch, Instruction, Any], Any]) -> Callable[[_Batch, Instruction], Operand]:
    """Write an instruction with other facts."""

    def form(batch: _Batch, made: Instruction) -> Operand:
        facts = {name: change(batch, made, made.facts[name]) for name, change in changes.items()}
        return batch.make(made, map(batch.many, made.args), **facts)

    return form


def _dims(batch: _Batch, made: Instruction, dim: Any) -> tuple[int, ...]:
    rank = len(batch.block.type_of(made.args[0]).shape)
    return tuple(1 + d for d in (range(rank) if dim is None else dim))


def _key(batch: _Batch, made: Instruction, key: Any) -> tuple[Any, ...]:
    return (slice(None), *key)


def _shape(batch: _Batch, made: Instruction, shape: Any) -> tuple[Any, ...]:
    return (batch.count, *shape)


FORMS: dict[str, Callable[[_Batch, Instruction], Operand]] = {
    **dict.fromkeys(("sum", "prod", "amax", "amin", "any", "all"), _with(dim=_dims)),
    "broadcast": _broadcast,
    "reshape": _with(shape=_shape),
    "transpose": _with(order=lambda batch, made, order: (0, *(1 + d for d in order))),
    "index": _with(key=_key),
    "scatter": _with(shape=_shape, key=_key),
    "concatenate": _with(axis=lambda batch, made, axis: 1 + axis),
    "matmul": _matmul,
}
