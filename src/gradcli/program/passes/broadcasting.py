"""Broadcasts: arguments of elementwise functions need none, and what all arguments share is computed once.

`exp(broadcast(s))` is `broadcast(exp(s))`, and the sum of a broadcast number is a product.
"""

from __future__ import annotations

import math

import numpy as np

from ..ssa import Block, Instruction, Operand, Ref, Shape, Type
from .walk import Walk, broadcast_shapes, is_elementwise, is_float, rewrite

_REPEATING = ("broadcast", "reshape")
_INT64 = np.dtype(np.int64)


def sink(block: Block) -> Block:
    """Move broadcasts behind the elementwise functions of what they repeat."""
    return rewrite(block, _rule) if any(ins.name in _REPEATING for ins in block.instructions) else block


def _rule(walk: Walk, instruction: Instruction) -> Operand | None:
    if instruction.function is None and instruction.name in _REPEATING:
        return _repeated(walk, instruction)
    if instruction.name == "sum" and instruction.function is None:
        return _sum(walk, instruction)
    if is_elementwise(instruction) and instruction.type.shape:
        return _sunk(walk, instruction)
    return None


def _repeated(walk: Walk, instruction: Instruction) -> Operand | None:
    """Let a broadcast of a broadcast be one, and a single number in another shape be a broadcast, too."""
    source = instruction.args[0]
    if instruction.name == "reshape":
        inner = walk.definition(source, "broadcast")
        if walk.type_of(source if inner is None else inner.args[0]).shape:
            return None
    while (inner := walk.definition(source, "broadcast")) is not None:
        source = inner.args[0]
    if not isinstance(source, Ref):
        source = instruction.type.dtype.type(source).item()
    if walk.type_of(source).shape == instruction.type.shape:
        return source
    return walk.make("broadcast", source, like=instruction, shape=instruction.type.shape)


def _sunk(walk: Walk, instruction: Instruction) -> Operand | None:
    args = list(instruction.args)
    kinds = [walk.type_of(arg).dtype for arg in args if isinstance(arg, Ref)]
    for index, arg in enumerate(args):
        inner = walk.definition(arg, "broadcast")
        # A number takes the dtype of what it meets, and must not if that is another of its kind.
        if inner is not None and not any(
            kind.kind == inner.type.dtype.kind and kind != inner.type.dtype for kind in kinds
        ):
            args[index] = inner.args[0]
    if all(new is old for new, old in zip(args, instruction.args, strict=True)):
        return None
    shape = broadcast_shapes(*(walk.type_of(arg).shape for arg in args))
    kind = Type(instruction.type.dtype, shape)
    made = Instruction(instruction.name, tuple(args), kind, instruction.facts, instruction.function, instruction.span)
    if shape == instruction.type.shape:
        return walk.add(made)
    return walk.make("broadcast", walk.add(made), like=instruction, shape=instruction.type.shape)


def _sum(walk: Walk, instruction: Instruction) -> Operand | None:
    """Return a sum of one number over and over as a product, which rounds once."""
    inner = walk.definition(instruction.args[0], "broadcast")
    if inner is None or instruction.type.shape or not is_float(instruction.type):
        return None
    number = inner.args[0]
    if walk.type_of(number).shape or (isinstance(number, Ref) and walk.type_of(number).dtype != instruction.type.dtype):
        return None
    return walk.make("mul", number, _count(walk, inner.type.shape, instruction), like=instruction)


def _count(walk: Walk, shape: Shape, like: Instruction) -> Operand:
    """Return the number of elements of a shape, as a float of the type of `like`."""
    fixed = [length for length in shape if isinstance(length, int)]
    count: Operand = float(math.prod(fixed))
    for length in shape:
        if not isinstance(length, int):
            symbolic = walk.make("length", like=like, type=Type(_INT64, ()), of=length)
            real = walk.make("cast", symbolic, like=like)
            count = real if count == 1.0 else walk.make("mul", count, real, like=like)
    return count
