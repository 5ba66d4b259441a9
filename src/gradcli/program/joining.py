"""Which instructions can be done block by block, and how they take part in it.

A *cell* is made in a block from the same block of its arguments. A *view* is another look at a value
that costs nothing. A *total* is a result for all blocks together, combined from one for each. Everything
else is done on whole values.

Elementwise instructions are cells of their shape, whatever it is. Where the first axis has the length n, or
is long, a block is some of its rows, and more can be done with rows: reductions of each, products with a small
matrix, and, as totals, sums over all rows.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from .lengths import Length
from .lowering import fuses
from .spelling import has_length
from .ssa import Block, Instruction, Ref, Shape

REDUCTIONS = frozenset(("sum", "prod", "amax", "amin", "any", "all"))

# A product with a larger matrix is left to BLAS, and all cores.
_SMALL = 1024

# So many rows are divided into blocks where no length is left open. More than a small matrix has: a length
# is that of rows or of columns, not both.
_MANY = 1 << 14


class Part(Enum):
    """How an instruction takes part in a segment."""

    WHOLE = "whole"
    CELL = "cell"
    VIEW = "view"
    TOTAL = "total"


class Joining(NamedTuple):
    """The part that an instruction takes, in segments of which key, and which arguments it takes by block."""

    part: Part
    key: Shape = ()
    by_block: tuple[bool, ...] = ()


_APART = Joining(Part.WHOLE)


def key_of(shape: Shape) -> Shape:
    """Return what values of a segment have in common: the first length, if it is that of rows, or the shape.

    >>> key_of((Length(1, 0), 3)), key_of((3, Length(1, 0)))
    ((n,), (3, n))
    """
    return shape[:1] if is_rows(shape) else shape


def is_rows(shape: Shape) -> bool:
    """Tell whether the first length of a shape depends on n, or is large."""
    return bool(shape) and (isinstance(shape[0], Length) or shape[0] >= _MANY)


def joining(block: Block, ins: Instruction) -> Joining:
    """Tell how an instruction takes part."""
    shapes = [block.type_of(arg).shape for arg in ins.args]
    if fuses(ins):
        key = key_of(ins.type.shape)
        return Joining(Part.CELL, key, tuple(_aligned(shape, ins.type.shape) for shape in shapes))
    if ins.function is not None or not ins.args:
        return _APART
    if ins.name in REDUCTIONS:
        return _reduction(ins, shapes[0])
    if ins.name == "matmul":
        return _product(block, ins, shapes[0], shapes[1])
    if is_rows(shapes[0]) and _looks(ins, shapes[0]):
        return Joining(Part.VIEW, key_of(shapes[0]), (True,))
    return _APART


def _aligned(shape: Shape, result: Shape) -> bool:
    """Tell whether a block of the result takes a block of an argument, rather than all of it."""
    return len(shape) == len(result) and shape[:1] == result[:1] if is_rows(result) else shape == result


def _reduction(ins: Instruction, shape: Shape) -> Joining:
    if not shape or ("initial" in ins.facts and ins.name in ("sum", "prod")):
        return _APART  # an initial value counts once, not once a block
    dims = ins.facts["dim"]
    if dims is None and not ins.facts.get("keepdim"):
        return Joining(Part.TOTAL, key_of(shape), (True,))
    if dims is None or ins.facts.get("keepdim") or not is_rows(shape):
        return _APART
    return Joining(Part.TOTAL if 0 in dims else Part.CELL, key_of(shape), (True,))


def _product(block: Block, ins: Instruction, left: Shape, right: Shape) -> Joining:
    if not is_small(left[1:]) or not is_small(right[1:]):
        return _sum_of_products(block, ins, left, right)
    if is_rows(left) and len(left) == 2 and is_small(right):
        return Joining(Part.CELL, key_of(left), (True, False))
    if is_rows(left) and len(left) == 1 and right[:1] == left:
        return Joining(Part.TOTAL, key_of(left), (True, True))
    return _APART


def _sum_of_products(block: Block, ins: Instruction, left: Shape, right: Shape) -> Joining:
    """Tell of `A.T @ B`, whose rows are summed over, how it takes part."""
    maker = ins.args[0].number - len(block.inputs) if isinstance(ins.args[0], Ref) else -1
    if maker < 0 or block.instructions[maker].name != "transpose" or len(left) != 2 or not is_rows(right):
        return _APART
    if left[1:] != right[:1] or not is_small((*left[:1], *right[1:])):
        return _APART
    return Joining(Part.TOTAL, key_of(right), (True, True))


def is_small(lengths: Shape) -> bool:
    """Tell whether a product of lengths is known, and small."""
    known = [length for length in lengths if not isinstance(length, Length)]
    return len(known) == len(lengths) and math.prod(known) <= _SMALL


def _looks(ins: Instruction, shape: Shape) -> bool:
    """Tell whether an instruction is another look at rows, each of them for itself."""
    made = ins.type.shape
    if has_length((*shape[1:], ins.facts.get("key"))):
        return False
    if ins.name == "reshape":
        return made[:1] == shape[:1] and not has_length(made[1:])
    if ins.name == "index":
        return ins.facts["key"][:1] == (slice(None),) and made[:1] == shape[:1]
    return ins.name == "transpose" and len(shape) == 2 and is_small(shape[1:])
