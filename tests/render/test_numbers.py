"""Numbers as text: the shortest that reads back as the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradcli.render import as_json, numbers
from gradcli.render.look import Look
from gradcli.views import Evaluation


@given(st.floats(allow_nan=False))
def test_a_number_reads_back(value: float) -> None:
    assert float(numbers.number(value)) == value


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e9, 1e9)))
def test_an_array_reads_back(array: np.ndarray) -> None:
    text = numbers.block(array, Look())
    assert np.array_equal(np.array(text.replace("[", " ").replace("]", " ").split(), float), array.ravel())
    bare = list(numbers.bare(array, Look()))
    assert np.array_equal(np.array(" ".join(bare).split(), float), array.ravel())
    assert len(bare) == array[..., 0].size


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (2.0, None, "2.0"), (1e23, None, "1e+23"), (float("nan"), None, "nan"), (float("-inf"), None, "-inf"),
        (True, None, "True"), (np.float32(0.1), None, "0.1"), (3, 2, "3"), (True, 3, "True"),
        (2 / 3, 3, "0.667"), (1234567.0, 3, "1.23e+06"), (float("nan"), 3, "nan"), (-0.0, None, "-0.0"),
    ],
)  # fmt: skip
def test_numbers(value: object, digits: int | None, text: str) -> None:
    assert numbers.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.arange(3.0), "[0. 1. 2.]"),
        (np.arange(100.0), "[0. 1. ... 98. 99.]"),
        (np.eye(2), "[[1. 0.] [0. 1.]]"),
        ([np.arange(2.0), 3.0], "[[0. 1.], 3.0]"),
    ],
)
def test_short(value: object, text: str) -> None:
    assert numbers.short(value) == text


def test_an_array_is_folded_and_a_long_one_shown_in_part() -> None:
    lines = numbers.block(np.arange(1000.0) + 1000, Look(width=40), indent=8).splitlines()
    assert len(" ".join(lines).split()) == 1000
    assert max(map(len, lines)) <= 40 and len(lines) > 100
    assert all(line.startswith(" " * 9) for line in lines[1:])
    assert numbers.block(np.arange(1001.0), Look()) == "[   0.    1.    2. ...  998.  999. 1000.]"
    assert len(next(numbers.bare(np.arange(1001.0), Look())).split()) == 1001


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.1), "0.1"),
        (np.array([0.1, np.inf], np.float32), '[0.1, "Infinity"]'),
        (np.array([[np.nan, -np.inf], [1.0, 2.0]]), '[["NaN", "-Infinity"], [1.0, 2.0]]'),
        (np.array([True, False]), "[true, false]"),
        (np.zeros((2, 0)), "[[], []]"),
        (np.arange(2), "[0, 1]"),
        (float("nan"), '"NaN"'),
    ],
)
def test_json_values(value: object, text: str) -> None:
    view = Evaluation("x", {}, value, [])
    assert as_json.result(view) == f'{{"command": "eval", "expression": "x", "at": {{}}, "value": {text}, "notes": []}}'
