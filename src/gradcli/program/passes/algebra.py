"""Algebra that holds for floating point: the same bits for less work.

`x*1` is x and `2*(-x)` is `(-2)*x`, but `x + 0` is not x (where x is -0.0), nor is `x*0` nought. Powers
become what NumPy's own `x**2`, `x**0.5` and `x**-1` are. Rules that round differently stand in
`contraction`.
"""

from __future__ import annotations

import math

import numpy as np

from ..ssa import Block, Instruction, Operand, Ref
from .walk import Rules, Walk, is_float, rewrite

RULES = Rules()


def simplify(block: Block) -> Block:
    """Replace instructions by cheaper ones with the same result."""
    return rewrite(block, RULES)


def is_number(operand: Operand, *numbers: float) -> bool:
    """Tell whether an operand is one of some numbers; -0.0 is not 0.0."""
    return isinstance(operand, (bool, int, float)) and any(
        operand == number and math.copysign(1, operand) == math.copysign(1, number) for number in numbers
    )


def same(walk: Walk, operand: Operand, instruction: Instruction) -> Operand | None:
    """Return an operand if it may stand for the instruction: if their types are equal."""
    return operand if walk.type_of(operand) == instruction.type else None


def negated(walk: Walk, operand: Operand) -> Operand | None:
    """Return x if an operand is -x, or the number's negative if it is a number."""
    if isinstance(operand, Ref):
        inner = walk.definition(operand, "neg")
        return inner.args[0] if inner is not None else None
    return -operand


@RULES.of("add")
def _add(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    for x, y in ((a, b), (b, a)):
        if is_number(y, -0.0):
            return same(walk, x, ins)
        if isinstance(y, Ref) and (positive := negated(walk, y)) is not None:
            return walk.make("sub", x, positive, like=ins)
    if isinstance(a, Ref) and a == b and is_float(ins.type):
        return walk.make("mul", 2.0, a, like=ins)
    return None


@RULES.of("sub")
def _sub(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    if is_number(b, 0.0):
        return same(walk, a, ins)
    if isinstance(b, Ref) and (positive := negated(walk, b)) is not None:
        return walk.make("add", a, positive, like=ins)
    return None


@RULES.of("mul")
def _mul(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    if not is_float(ins.type):
        return None
    if isinstance(a, Ref) and a == b and is_float(walk.type_of(a)):
        return walk.make("square", a, like=ins)
    for x, y in ((a, b), (b, a)):
        if is_number(y, 1.0):
            return same(walk, x, ins)
        if is_number(y, -1.0) and same(walk, x, ins) is not None:
            return walk.make("neg", x, like=ins)
        if (doubled := _doubled(walk, x, y, ins)) is not None:
            return doubled
    return _signs_out(walk, ins)


def _doubled(walk: Walk, number: Operand, product: Operand, ins: Instruction) -> Operand | None:
    """Let 100*(2*x) be 200*x: a power of two only shifts the exponent, and what overflows does so either way."""
    inner = walk.definition(product, "mul")
    if isinstance(number, Ref) or abs(number) < 1 or inner is None or inner.type != ins.type:
        return None
    two, x = inner.args
    if isinstance(two, Ref) or abs(two) < 1 or math.frexp(two)[0] not in (0.5, -0.5) or not math.isfinite(two * number):
        return None
    return walk.make("mul", two * number, x, like=ins)


@RULES.of("div")
def _div(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    if is_number(b, 1.0):
        return same(walk, a, ins)
    if is_number(b, -1.0) and same(walk, a, ins) is not None:
        return walk.make("neg", a, like=ins)
    if not isinstance(b, Ref) and is_float(ins.type) and has_exact_reciprocal(b, ins.type.dtype):
        return walk.make("mul", 1.0 / b, a, like=ins)
    if is_number(a, 1.0) and same(walk, b, ins) is not None:
        return walk.make("reciprocal", b, like=ins)
    return _signs_out(walk, ins)


def _signs_out(walk: Walk, ins: Instruction) -> Operand | None:
    """Let (-x)*(-y) be x*y, and (-x)*2 be x*(-2): the sign of a product is exact wherever it is taken."""
    a, b = (negated(walk, arg) for arg in ins.args)
    if not (isinstance(a, Ref) or isinstance(b, Ref)):
        return None
    for index, (arg, other) in enumerate(((a, ins.args[1]), (b, ins.args[0]))):
        product = walk.definition(other, "mul")
        if arg is not None and product is not None and walk.used_once(other) and not isinstance(product.args[0], Ref):
            scaled = walk.make("mul", -product.args[0], product.args[1], like=product)
            return walk.make(ins.name, *((arg, scaled) if index == 0 else (scaled, arg)), like=ins)
    return walk.make(ins.name, a, b, like=ins) if a is not None and b is not None else None


def has_exact_reciprocal(number: float, dtype: np.dtype) -> bool:
    """Tell whether dividing by a number is multiplying by its reciprocal, bit for bit: a power of two."""
    if not math.isfinite(number) or abs(math.frexp(number)[0]) != 0.5:
        return False
    least = float(np.finfo(dtype).tiny)
    return abs(number) >= least and 1.0 / abs(number) >= least


@RULES.of("neg")
def _neg(walk: Walk, ins: Instruction) -> Operand | None:
    (x,) = ins.args
    if (positive := negated(walk, x)) is not None and isinstance(positive, Ref):
        return positive
    for name in ("mul", "div"):
        inner = walk.definition(x, name)
        if inner is None or not walk.used_once(x):
            continue
        a, b = inner.args
        if not isinstance(a, Ref):
            return walk.make(name, -a, b, like=ins)
        if not isinstance(b, Ref):
            return walk.make(name, a, -b, like=ins)
    return None


@RULES.of("square", "abs")
def _even(walk: Walk, ins: Instruction) -> Operand | None:
    """Let a function that the sign does not matter to take what stands under a sign."""
    inner = walk.definition(ins.args[0], "neg") or walk.definition(ins.args[0], "abs")
    return walk.make(ins.name, inner.args[0], like=ins) if inner is not None else None


@RULES.of("pow")
def _pow(walk: Walk, ins: Instruction) -> Operand | None:
    x, power = ins.args
    if isinstance(power, Ref) or not is_float(ins.type):
        return None
    if power == 0.0:
        shape = ins.type.shape
        return walk.make("broadcast", 1.0, like=ins, shape=shape) if shape else 1.0
    if walk.type_of(x) != ins.type:
        return None
    if power == 1.0:
        return x
    name = _POWERS.get(float(power))
    return walk.make(name, x, like=ins) if name else None


_POWERS = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}


@RULES.of("where")
def _where(walk: Walk, ins: Instruction) -> Operand | None:
    condition, a, b = ins.args
    if not isinstance(condition, Ref):
        return same(walk, a if condition else b, ins)
    if a == b and isinstance(a, Ref):
        return same(walk, a, ins)
    if (inner := walk.definition(condition, "not")) is not None and walk.type_of(inner.args[0]).dtype == bool:
        return walk.make("where", inner.args[0], b, a, like=ins)
    return None


@RULES.of("not")
def _not(walk: Walk, ins: Instruction) -> Operand | None:
    inner = walk.definition(ins.args[0], "not")
    return same(walk, inner.args[0], ins) if inner is not None else None


@RULES.of("maximum", "minimum")
def _idempotent(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    return same(walk, a, ins) if a == b and isinstance(a, Ref) else None


@RULES.of("and")
def _and(walk: Walk, ins: Instruction) -> Operand | None:
    return _idempotent(walk, ins) or _known_truth(walk, ins, decisive=False)


@RULES.of("or")
def _or(walk: Walk, ins: Instruction) -> Operand | None:
    return _idempotent(walk, ins) or _known_truth(walk, ins, decisive=True)


def _known_truth(walk: Walk, ins: Instruction, decisive: bool) -> Operand | None:
    """Leave out a truth value that is known: it decides, or has no say."""
    for known, other in (ins.args, ins.args[::-1]):
        if isinstance(known, bool) and walk.type_of(other).dtype == bool:
            return same(walk, decisive if known is decisive else other, ins)
    return None


@RULES.of("cast", "broadcast", "reshape")
def _same_type(walk: Walk, ins: Instruction) -> Operand | None:
    """Leave out what only casts, broadcasts or reshapes: to what the value is already."""
    return same(walk, ins.args[0], ins)


@RULES.of("sum", "prod", "amax", "amin", "any", "all")
def _of_a_scalar(walk: Walk, ins: Instruction) -> Operand | None:
    """Leave out the reduction of a single value."""
    return same(walk, ins.args[0], ins) if not walk.type_of(ins.args[0]).shape else None
