"""Algebra of the real numbers, for `fastmath`: as right as the formula was, but not the same bits.

Numbers are gathered (`2*(3*x)` is `6*x`), a division by a number is a product, whole powers are
products, and a factor that two terms share is taken out: `a*b + a*c` is `a*(b + c)`. Overflow and NaN may
come out elsewhere than they did.
"""

from __future__ import annotations

from ..ssa import Block, Instruction, Operand, Ref, Type
from .algebra import is_number, same
from .walk import Rules, Walk, is_float, rewrite

RULES = Rules()

_LARGEST_POWER = 16


def contract(block: Block) -> Block:
    """Replace instructions by what real numbers allow."""
    return rewrite(block, _rule)


def _rule(walk: Walk, instruction: Instruction) -> Operand | None:
    return RULES(walk, instruction) if is_float(instruction.type) else None


def _split(walk: Walk, operand: Operand, name: str) -> tuple[float, Operand] | None:
    """Return c and x if an operand is `c*x` (or `c + x`), of one type."""
    inner = walk.definition(operand, name)
    if inner is None or not isinstance(operand, Ref):
        return None
    a, b = inner.args
    if isinstance(a, Ref):
        a, b = b, a
    return None if isinstance(a, Ref) or walk.type_of(b) != inner.type else (a, b)


def _gather(walk: Walk, ins: Instruction) -> Operand | None:
    """Let `2*(3*x)` be `6*x`, and `2 + (3 + x)` be `5 + x`."""
    for number, other in (ins.args, ins.args[::-1]):
        if not isinstance(number, Ref) and (inner := _split(walk, other, ins.name)) is not None:
            both = number * inner[0] if ins.name == "mul" else number + inner[0]
            return walk.make(ins.name, both, inner[1], like=ins)
    return None


@RULES.of("mul")
def _mul(walk: Walk, ins: Instruction) -> Operand | None:
    if any(is_number(arg, 0.0, -0.0) for arg in ins.args):
        return _nought(walk, ins)
    if (gathered := _gather(walk, ins)) is not None:
        return gathered
    for x, y in (ins.args, ins.args[::-1]):  # x*(c*y) is c*(x*y), where c may meet another number
        inner = _split(walk, y, "mul")
        if inner is not None and isinstance(x, Ref) and walk.used_once(y) and walk.type_of(x) == ins.type:
            return walk.make("mul", inner[0], walk.make("mul", x, inner[1], like=ins), like=ins)
    return None


@RULES.of("add")
def _add(walk: Walk, ins: Instruction) -> Operand | None:
    for x, y in (ins.args, ins.args[::-1]):
        if is_number(y, 0.0):
            return same(walk, x, ins)
    return _gather(walk, ins) or _common_factor(walk, ins)


@RULES.of("sub")
def _sub(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    if a == b and isinstance(a, Ref):
        return _nought(walk, ins)
    if not isinstance(b, Ref):
        return _add(walk, walk_instruction(ins, "add", a, -b)) or walk.make("add", a, -b, like=ins)
    return _common_factor(walk, ins)


def walk_instruction(ins: Instruction, name: str, *args: Operand) -> Instruction:
    """Return an instruction like another, of other arguments."""
    return Instruction(name, args, ins.type, {}, None, ins.span)


def _common_factor(walk: Walk, ins: Instruction) -> Operand | None:
    """Let `a*b + a*c` be `a*(b + c)`, and `a/c + b/c` be `(a + b)/c`, where no product is used again."""
    left, right = ins.args
    if left == right or not (walk.used_once(left) and walk.used_once(right)):
        return None
    first, second = _factors(walk, left), _factors(walk, right)
    for factor, rest in first:
        for other, remainder in second:
            if factor == other and isinstance(factor, Ref):
                inner = walk.make(ins.name, rest, remainder, like=ins)
                return walk.make("mul", factor, inner, like=ins)
    a, b = walk.definition(left, "div"), walk.definition(right, "div")
    if a is not None and b is not None and a.args[1] == b.args[1]:
        return walk.make("div", walk.make(ins.name, a.args[0], b.args[0], like=ins), a.args[1], like=ins)
    return None


def _factors(walk: Walk, operand: Operand) -> list[tuple[Operand, Operand]]:
    """Return each factor of a product, with the other one."""
    inner = walk.definition(operand)
    if inner is None or inner.function is not None:
        return []
    if inner.name == "square":
        return [(inner.args[0], inner.args[0])]
    return [(inner.args[0], inner.args[1]), (inner.args[1], inner.args[0])] if inner.name == "mul" else []


@RULES.of("div")
def _div(walk: Walk, ins: Instruction) -> Operand | None:
    a, b = ins.args
    if not isinstance(b, Ref) and b:
        return walk.make("mul", 1.0 / b, a, like=ins)
    return None


@RULES.of("neg")
def _neg(walk: Walk, ins: Instruction) -> Operand | None:
    inner = walk.definition(ins.args[0], "sub")
    if inner is None or not walk.used_once(ins.args[0]):
        return None
    return walk.make("sub", inner.args[1], inner.args[0], like=ins)


@RULES.of("pow")
def _pow(walk: Walk, ins: Instruction) -> Operand | None:
    """Let a whole or half power be a product of squares, a root, or a reciprocal of one."""
    x, power = ins.args
    if isinstance(power, Ref) or walk.type_of(x) != ins.type or abs(power) > _LARGEST_POWER or (2 * power) % 1:
        return None
    whole, half = divmod(abs(power), 1)
    result = _power(walk, x, int(whole), ins)
    if half:
        root = walk.make("sqrt", x, like=ins)
        result = root if result is None else walk.make("mul", result, root, like=ins)
    assert result is not None  # `algebra` has seen to x**0
    return walk.make("reciprocal", result, like=ins) if power < 0 else result


def _power(walk: Walk, x: Operand, power: int, like: Instruction) -> Operand | None:
    result: Operand | None = None
    while power:
        if power & 1:
            result = x if result is None else walk.make("mul", result, x, like=like)
        power >>= 1
        if power:
            x = walk.make("square", x, like=like)
    return result


@RULES.of("sum")
def _sum(walk: Walk, ins: Instruction) -> Operand | None:
    """Let the sum of `c*x` be c times the sum of x."""
    inner = _split(walk, ins.args[0], "mul")
    if inner is None or not walk.used_once(ins.args[0]):
        return None
    return walk.make("mul", inner[0], walk.make("sum", inner[1], like=ins, **ins.facts), like=ins)


def _nought(walk: Walk, ins: Instruction) -> Operand:
    shape = ins.type.shape
    return walk.make("broadcast", 0.0, like=ins, type=Type(ins.type.dtype, shape), shape=shape) if shape else 0.0
