"""The bounds: each is named in its error, and reached in no time and no memory."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

from gradcli.errors import LimitError
from gradcli.lang import limits, parse


def test_the_text():
    parse("x" + " " * (limits.CHARACTERS - 1))
    with pytest.raises(LimitError, match=r"4,000,001 characters, and the bound is 4,000,000"):
        parse("x" * (limits.CHARACTERS + 1))


def test_the_digits(evaluate):
    assert evaluate("0." + "3" * 398) == 1 / 3
    with pytest.raises(LimitError, match="401 digits, and the bound is 400"):
        parse("2*0." + "3" * 399)
    with pytest.raises(LimitError, match="401 digits"):
        parse("x" + "²" * 401)


@pytest.mark.parametrize("body", ["x + x", "x", "diff(y**2, y)*x", "[x, x][0]", "x if x else x"])
def test_operations(body, evaluate, interpreter, monkeypatch):
    monkeypatch.setattr(limits, "OPERATIONS", 1000)
    monkeypatch.setattr(type(interpreter), "diff", lambda self, u, x, span: u)
    doubling = "".join(f"f{i + 1}(x) = f{i}(f{i}(x));" for i in range(60))
    with pytest.raises(LimitError, match="more than 1,000 operations"):
        evaluate(f"y = 1; f0(x) = {body}; {doubling} f60(1)")
    assert len(interpreter.applied) <= 1000


def test_a_long_list_counts_by_its_length(evaluate, monkeypatch):
    monkeypatch.setattr(limits, "OPERATIONS", 1000)
    with pytest.raises(LimitError):
        evaluate(f"f(x) = [{'x, ' * 300}]; f(1)[0] + f(2)[0] + f(3)[0] + f(4)[0]")


@pytest.mark.parametrize(
    "text",
    [
        "zeros(1e5, 1e5)", "ones([1e9])", "full([1e5, 1e5], 1)", "eye(1e6)", "arange(1e15)", "linspace(0, 1, 1e10)",
        "rand(1e10)", "outer(v, v)", "kron(v, v)", "v[:, None]*v", "v[:, None] + v[None]*2", "v @ zeros(1e5, 1e5)",
        "repeat(v, 1e6)", "pad(v, [1e10, 0])", "expand(v, 1e5, 1e5) + 1", "v[:, None] if v > 0 else v", "diag(v)",
        "v[:, None] < v", "hypot(v, v[:, None])", "where(v > 0, v, v[:, None])", "stack([v[:, None] + v, 1])",
    ],
)  # fmt: skip
def test_an_array_that_is_too_large_is_never_made(text, interpreter):
    program = parse(f"v = linspace(1, 2, 1e5); {text}")
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match=r"MB.*, and the bound is 256 MB"):
            program.evaluate({}, interpreter)
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


def test_what_is_alive_counts_in_all(evaluate):
    array = "linspace(0, 1, 1e7)"  # 76 MB
    assert evaluate(f"sum({array})*0 + sum({array})*0 + sum({array})*0 + sum({array})*0") == 0
    with pytest.raises(LimitError, match="76 MB beside 229 MB in use"):
        evaluate(f"a = {array}; b = {array}; c = {array}; sum({array})")
    gc.collect()


def test_views_are_not_counted_twice(evaluate):
    views = "; ".join(f"v{i} = reshape(a, 10, 1e6)" for i in range(20))
    assert evaluate(f"a = linspace(0, 0, 1e7); {views}; sum(a)") == 0


def test_given_arrays_and_what_is_as_large_are_not_bounded(evaluate, monkeypatch):
    monkeypatch.setattr(limits, "BYTES", 2**20)
    x = np.ones(2**18)
    assert evaluate("a = x + 1; b = a*x; c = a - b; d = a*c; sum(a + b + c + d)", x=x) == 2**18 * 4
    with pytest.raises(LimitError):
        evaluate("x[:, None] + x", x=x)
    with pytest.raises(LimitError):
        evaluate("x[:, None] + x", x=np.ones(2**9 + 1))


@pytest.mark.parametrize("text", ["9**9**9**9", "9**9**9**9**9", "(10**300)**(10**300)", "1e300*1e300", "2**1e308"])
def test_powers_do_not_grow(text, evaluate):
    assert evaluate(text) == np.inf
