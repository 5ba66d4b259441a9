"""Memory of large results is used again, and never while anyone can see it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gradcli.program import memory
from gradcli.program.memory import empty

LARGE = (memory._LEAST // 8,)


@pytest.fixture(autouse=True)
def nothing_kept():
    memory._kept.clear()
    yield
    memory._kept.clear()


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def kept() -> int:
    return sum(map(len, memory._kept.values()))


def test_what_is_let_go_is_used_again():
    first = empty(LARGE, np.float64)
    where = address(first)
    del first
    assert address(empty((*LARGE, 2), np.float32)) == where


@pytest.mark.parametrize("view", [lambda a: a[2:5], lambda a: a.view(np.int64), lambda a: a.reshape(2, -1), memoryview])
def test_a_view_keeps_it(view):
    held = view(empty(LARGE, np.float64))
    assert kept() == 0
    del held
    assert kept() == 1


def test_two_at_once_are_two():
    a, b = empty(LARGE, np.float64), empty(LARGE, np.float64)
    assert not np.shares_memory(a, b)
    del a, b
    c, d = empty(LARGE, np.float64), empty(LARGE, np.float64)
    assert not np.shares_memory(c, d) and kept() == 0


def test_another_size_lets_go_of_what_is_kept():
    empty(LARGE, np.float64)
    assert kept() == 1
    held = empty((LARGE[0] + 1,), np.float64)
    assert kept() == 0 and held.size == LARGE[0] + 1


def test_what_is_kept_is_bounded():
    arrays = [empty(LARGE, np.float64) for _ in range(memory._MOST // memory._LEAST + 3)]
    arrays.clear()
    assert kept() == memory._MOST // memory._LEAST


def test_small_arrays_are_numpys():
    assert empty((3,), np.float32).base is None


def test_a_loan_may_outlive_the_modules():
    script = (
        "import numpy as np; from gradcli import Expression; "
        "value, slopes = Expression.parse('x**2').compile()(x=np.ones(2_000_000)); "
        "import builtins; builtins.kept = value, slopes"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not done.stderr
