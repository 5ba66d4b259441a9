"""Texts as deep as they are long: nothing recurses, in parsing, evaluating, failing or freeing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gradcli.errors import LimitError, ParseError
from gradcli.lang import parse

N = 10_000


@pytest.fixture(autouse=True)
def little_stack():
    """Leave so little stack that a recursion of a few hundred would fail."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * 10 * N + "x" + ")" * 10 * N, 2.0),
        ("-" * 10 * N + "x", 2.0),
        ("not " * N + "x", True),
        ("x" + "+x" * 10 * N, 2.0 * (10 * N + 1)),
        ("x" + "-(x" * N + ")" * N, 2.0),
        ("1**" * 10 * N + "x", 1.0),
        ("sin(" * N + "0" + ")" * N, 0.0),
        ("x if x else " * N + "1", 2.0),
        ("0 if not x else " * N + "x", 2.0),
        ("(x if " * N + "1" + " else 0)" * N, 2.0),
        ("1" + "<=x" * N, True),
        ("x" + "[None]" * 50 + "[0]" * 50, 2.0),
        ("max(" + "x, " * N + "3)", 3.0),
        ("x" + ".T" * N, 2.0),
        ("[" + "1," * N + "][0]", 1.0),
        ("[" + "x," * N + "][0]", 2.0),
        ("y = x; " + "y = y + 1; " * N + "y", 2.0 + N),
        ("f0(x) = x; " + "".join(f"f{i + 1}(x) = f{i}(x);" for i in range(N)) + f"f{N}(x)", 2.0),
        ("f(x) = x + 1; " + "f(" * N + "x" + ")" * N, 2.0 + N),
        ("\n" * N + "x" + "\n;" * N, 2.0),
        ("#" * N + "\nx", 2.0),
    ],
)  # fmt: skip
def test_deep(text, expected, interpreter):
    program = parse(text)
    assert program.evaluate({"x": np.float64(2)}, interpreter).value == expected
    del program


def test_deep_under_a_mask(interpreter):
    x = np.array([-1.0, 1.0])
    text = "sqrt(" * 500 + "x" + ")" * 500 + " if x > 0 else x"
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(parse(text).evaluate({"x": x}, interpreter).value, [-1.0, 1.0])
        nested = "x if x > 0 else (" * 500 + "1" + ")" * 500
        np.testing.assert_array_equal(parse(nested).evaluate({"x": x}, interpreter).value, [1.0, 1.0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * N, "never closed"),
        (")" * N, "closes nothing"),
        ("[" * N + "]" * N, "nested more than 64 deep"),
        ("[" * N + "x" + "]" * N, "nested more than 64 deep"),
        ("zeros(" + "[" * N + "1" + "]" * N + ")", "nested more than 64 deep"),
        ("-" * N, "missing after"),
        ("x+" * N, "missing after"),
        ("x " * N, "operator is missing"),
        ("x = " * N + "1", "one name"),
        ("x if " * N, "needs an `else`"),
        ("".join(f"f{i}(x) = f{i + 1}(x);" for i in range(N)) + f"f{N}(x) = f0(x); f0(1)", "calls itself"),
        ("x" * N + "!", "factorial"),
        ("|" + "x" * N + "|", "absolute"),
        ("2" + "x" * N, "operator is missing"),
    ],
)  # fmt: skip
def test_failing_deep(text, message):
    with pytest.raises((ParseError, LimitError), match=message) as caught:
        parse(text)
    assert len(caught.value.message) < 200
    assert len(caught.value.hint or "") < 200
