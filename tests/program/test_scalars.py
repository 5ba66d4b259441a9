"""The scalar dialect: `math`, bit for bit, and NumPy where `math` gives up."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli import lang
from gradcli.program.executable import Executable
from gradcli.program.primitives import PRIMITIVES
from gradcli.program.scalars import Scalar, suits_math
from gradcli.program.ssa import Block, Input, Ref, Type, parse
from gradcli.program.trace import joint, of_program

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -7.3, 1e300, 1e-310, 1e22, math.inf, -math.inf, math.nan]
SCALAR = Type(np.dtype(float), ())

SPELLED = [each for each in PRIMITIVES.values() if each.scalar is not None and each.ufunc is not None]


def same(got: Any, wanted: Any) -> bool:
    """Tell whether two numbers are of one type and equal, zeros of one sign."""
    if type(got) is not type(wanted):
        return False
    return (got == wanted and math.copysign(1, got) == math.copysign(1, wanted)) or (got != got and wanted != wanted)


@pytest.mark.parametrize("primitive", SPELLED, ids=lambda primitive: primitive.name)
def test_what_a_spelling_answers_numpy_answers_too(primitive):
    kinds = {"and": [[False, True]] * 2, "or": [[False, True]] * 2, "xor": [[False, True]] * 2}
    kinds["where"] = [[False, True], SPECIAL, SPECIAL]
    pools = kinds.get(primitive.name) or [SPECIAL] * primitive.ufunc.nin
    names = "abc"[: len(pools)]
    function = eval(f"lambda {','.join(names)}: {primitive.scalar.format(*names)}", vars(math))
    answered = 0
    for args in itertools.product(*pools):
        try:
            got = function(*args)
        except (ArithmeticError, ValueError):
            continue  # then the program asks the ufunc
        with np.errstate(all="ignore"):
            wanted = primitive.ufunc(*args).item()
        if primitive.name == "pow" and args[1] == 0.5:
            continue  # a square root to NumPy, so that (-0.0)**0.5 is -0.0
        close = isinstance(wanted, float) and wanted != 0 and math.isclose(got, wanted, rel_tol=4e-16)
        assert close or same(got, wanted), f"{primitive.name}{args}"
        answered += 1
    assert answered > 3


OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "neg": operator.neg,
    "abs": math.fabs, "square": lambda x: x * x, "reciprocal": lambda x: 1 / x, "lt": operator.lt, "gt": operator.gt,
    "le": operator.le, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne, "not": operator.not_,
    "where": lambda c, a, b: a if c else b, "cast": float, "and": lambda a, b: a and b, "or": lambda a, b: a or b,
    "sign": lambda x: float((x > 0) - (x < 0)), "maximum": max, "minimum": min,
}  # fmt: skip


def in_math(block: Block, values: list[float]) -> list[float]:
    """Interpret a program of single numbers, one instruction at a time."""
    known: list[Any] = list(values)

    def read(operand: Any) -> Any:
        return known[operand.number] if isinstance(operand, Ref) else operand

    for made in block.instructions:
        function = OPERATORS.get(made.name) or getattr(math, made.name)
        known.append(function(*map(read, made.args)))
    return [read(operand) for _, operand in block.outputs]


def traced(text: str, *names: str) -> Block:
    return joint(of_program(lang.parse(text)), [Input(name, SCALAR) for name in names], names)


@pytest.mark.parametrize(
    "text",
    [
        "x**2*exp(x)", "sin(x*y)/cosh(y) + tanh(x)", "sqrt(x**2 + y**2)*atan2(y, x)", "x**3 - 3*x*y**2",
        "log1p(exp(-abs(x))) + max(x, 0)", "exp(-(x - y)**2/2)/sqrt(2*pi)", "hypot(x, y)*expm1(x)",
    ],
)  # fmt: skip
@given(x=st.floats(-3, 3), y=st.floats(0.1, 3))
def test_bit_for_bit_as_math(text, x, y):
    executable = Executable(traced(text, "x", "y"))
    wanted = in_math(executable.block, [x, y])
    got = executable.scalar(x, y)
    assert all(map(same, got, wanted)), (got, wanted)


@pytest.mark.parametrize("text", ["log(x)*x", "exp(x)**2", "sqrt(x)/x", "x**0.5 + asin(x)", "erf(x)", "1/x - 1/x"])
@pytest.mark.parametrize("x", SPECIAL)
def test_where_math_gives_up_numpy_answers(text, x, interpret):
    block = traced(text, "x")
    wanted = interpret(block, [np.float64(x)])
    for got, want in zip(Executable(block).scalar(x), wanted.values(), strict=True):
        assert isinstance(got, float)
        np.testing.assert_allclose(got, want, rtol=1e-13)


def test_float32_stays_float32():
    block = parse("inputs %0 x : f32[]\n%1 = mul 0.1 %0 : f32[]\n%2 = exp %1 : f32[]\noutputs value %2")
    assert not suits_math(block)
    assert Executable(block).scalar(3.0) == (np.exp(np.float32(0.1) * np.float32(3.0)).item(),)


def test_bools_and_what_has_no_spelling():
    block = parse("""
        inputs %0 x : f64[], %1 y : f64[]
        %2 = lt %0 %1 : bool[]
        %3 = and %2 %0 : bool[]
        %4 = xor %3 %2 : bool[]
        %5 = logaddexp %0 %1 : f64[]
        %6 = add %2 %3 : bool[]
        outputs a %2, b %3, c %4, d %5, e %6, f 1.5, g %0
    """)
    assert Executable(block).scalar(0.0, 2.0) == (True, False, True, np.logaddexp(0.0, 2.0), True, 1.5, 0.0)


def test_the_source_is_what_runs():
    scalar = Scalar(parse("inputs %0 user : f64[]\n%1 = exp %0 : f64[]\noutputs secret %1"))
    assert scalar.fast == (
        "def scalar(v0):\n    try:\n        v1 = exp(v0)\n        return (v1,)\n"
        "    except (ArithmeticError, ValueError):\n        return exact(v0)\n"
    )
    assert scalar.exact == ("def exact(v0):\n    v0 = float64(v0)\n    v1 = exp(v0)\n    return (v1.item(),)\n")
    assert scalar.compiled()(0.0) == (1.0,)


def test_arrays_have_no_scalar_function():
    block = parse("inputs %0 x : f64[]\n%1 = broadcast %0 {shape=(3,)} : f64[3]\noutputs value %1")
    assert Executable(block).scalar is None
