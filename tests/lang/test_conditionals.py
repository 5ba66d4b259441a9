"""`a if c else b` never leaks: what is not selected is not computed, or computed where it is valid."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcli.errors import EvaluationError
from gradcli.lang import parse

X = np.array([[-4.0], [0.0], [2.25]])
Y = np.array([-1.0, 0.0, 1.0, 4.0])


@pytest.fixture
def strict(interpreter):
    """Evaluate with anything invalid an error."""

    def run(text, /, **values):
        with np.errstate(all="raise"):
            return parse(text).evaluate(values, interpreter).value

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/0 if 0 else 2", 2.0),
        ("2 if x[2, 0] > 0 else 1/0", 2.0),
        ("log(0) if x[1, 0] else sqrt(4)", 2.0),
    ],
)
def test_on_a_scalar_one_side_is_run(text, expected, strict, interpreter):
    assert strict(text, x=X) == expected
    assert not {"log", "div"} & set(interpreter.applied)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqrt(x) if x > 0 else 0", [[0], [0], [1.5]]),
        ("sqrt(x) if x >= 0 else sqrt(-x)", [[2], [0], [1.5]]),
        ("1/x if x else 7", [[-0.25], [7], [1 / 2.25]]),
        ("1/(sqrt(x) - 1) if x > 2 else x", [[-4], [0], [2]]),
        ("sqrt(1/x) if x > 0 else 1", [[1], [1], [1 / 1.5]]),
        # nested, the masks combined
        ("(1/x if x != 0 else 5) if x >= 0 else sqrt(-x)", [[2], [5], [1 / 2.25]]),
        ("sqrt(x) if x > 0 else (sqrt(-x) if x < 0 else 3)", [[2], [3], [1.5]]),
        ("1 if x > 0 else 2 if x < 0 else 3", [[2], [3], [1]]),
        # a condition that is a guard itself
        ("1 if (1/x > 0 if x != 0 else 0) else 2", [[2], [2], [1]]),
        # selected elements only meet selected ones: 1/(x*y) at x = 0 or y = 0 is never formed
        ("1/(x*y) if x*y > 0 else 0", [[0.25, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1 / 2.25, 1 / 9]]),
        ("x/y if y != 0 else x", [[4, -4, -4, -1], [0, 0, 0, 0], [-2.25, 2.25, 2.25, 0.5625]]),
        # an operand that does not have the mask's shape
        ("sqrt(y) if x > 0 and y >= 0 else 0", [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 2]]),
        ("(x if x > 0 else 1) + (sqrt(y) if y > 0 else 0)", [[1, 1, 2, 3], [1, 1, 2, 3], [2.25, 2.25, 3.25, 4.25]]),
        # functions inherit the mask, arguments included
        ("f(t) = 1/sqrt(t); f(x) if x > 0 else 0", [[0], [0], [1 / 1.5]]),
        ("f(t) = 1/t; f(sqrt(x)) if x > 0 else 0", [[0], [0], [1 / 1.5]]),
        ("f(t) = sqrt(t) if t > 0 else sqrt(-t); 1/f(x) if x != 0 else 0", [[0.5], [0], [1 / 1.5]]),
        # what is computed whole
        ("sum(x*x) if x > 0 else 0", [[0], [0], [21.0625]]),
        ("f(t) = sum(t*t); f(x) if x > 0 else 0", [[0], [0], [21.0625]]),
        ("f(t) = g(t); g(t) = sum(t*t); f(x) if x > 0 else 0", [[0], [0], [21.0625]]),
        ("sqrt(x) + sum(y) if x > 0 else 0", [[0], [0], [5.5]]),
        ("sqrt(x[2]) if x > 0 else 0", [[0], [0], [1.5]]),
        ("[1/x, x][0] if x > 5 else 0", [[0], [0], [0]]),
    ],
)  # fmt: skip
def test_on_an_array_what_is_not_selected_stays_valid(text, expected, strict):
    np.testing.assert_array_equal(strict(text, x=X, y=Y), expected)


def test_what_is_not_valid_where_it_is_selected_is_still_reported(strict):
    with pytest.raises(EvaluationError, match="divide by zero"):
        strict("1/x if x >= 0 else 0", x=X)


def test_a_side_that_nothing_selects_is_not_run(strict, interpreter):
    np.testing.assert_array_equal(strict("log(x) if x > 9 else 7", x=X), [[7.0]] * 3)
    assert "log" not in interpreter.applied
    np.testing.assert_array_equal(strict("7 if x < 9 else log(x)", x=X), [[7.0]] * 3)
    assert "log" not in interpreter.applied
    assert strict("7 if x > 0 else x", x=np.zeros((0, 2))).shape == (0, 2)


def test_operands_that_are_safe_already_are_not_guarded_again(interpreter, monkeypatch):
    guarded = []
    guard = type(interpreter).guard
    monkeypatch.setattr(type(interpreter), "guard", lambda self, *args: guarded.append(args[2]) or guard(self, *args))
    parse("exp(-sqrt(x)*2)/x + x if x > 0 else 0").evaluate({"x": X}, interpreter)
    assert guarded == [(2, 0)]


@pytest.mark.parametrize("rest", ["1", "x", "[1, 2]"])
def test_symbols_run_both_sides_and_select(rest, interpreter, monkeypatch):
    monkeypatch.setattr(type(interpreter), "mask", lambda self, condition: None)
    program = parse(f"(x if x > 2 else -x) if x > 0 else {rest}")
    expected = [-1.0, -1.0] if rest.startswith("[") else -1.0
    np.testing.assert_array_equal(program.evaluate({"x": np.float64(1.0)}, interpreter).value, expected)


# Any expression of this kind: on arrays it is what it is element by element, and nothing invalid happens.
# The operations are those that IEEE 754 rounds correctly, so that arrays and scalars agree in every bit.
ATOMS = ["x", "y", "2", "0"]
FORMS = ["N + N", "N*N", "N/N", "sqrt(N)", "f(N)", "g(N, N)", "(N if C else N)", "(N if C else N)"]
CONDITIONS = ["N > N", "N <= 0 < N", "x != 0 and y >= 0", "not x > 0"]


@st.composite
def texts(draw: st.DrawFn, kind: str = "N", depth: int = 4) -> str:
    forms = CONDITIONS if kind == "C" else FORMS if depth > 0 else ATOMS
    form = draw(st.sampled_from(forms))
    return re.sub(r"\b[NC]\b", lambda match: draw(texts(match.group(), depth - 1 - draw(st.integers(0, 1)))), form)


@given(first=texts(), second=texts())
def test_arrays_agree_with_their_elements(first, second, interpreter_factory):
    program = parse(
        "f(t) = 1/t if t > 0 else t*t; g(s, t) = sqrt(s)/t if s >= 0 and t > 0 else s + t;"
        f"{first} if x*x < y*y else {second}"
    )
    expected = np.zeros((3, 4))
    with np.errstate(all="raise"):
        for i, j in itertools.product(range(3), range(4)):
            try:
                expected[i, j] = program.evaluate({"x": X[i, 0], "y": Y[j]}, interpreter_factory()).value
            except EvaluationError:
                assume(False)
        found = program.evaluate({"x": X, "y": Y}, interpreter_factory()).value
    np.testing.assert_array_equal(np.broadcast_to(found, (3, 4)), expected)
