"""Anomaly mode: it names the line of the operation whose backward failed, and the lines of a spoilt saved value."""

from __future__ import annotations

import contextlib
import re
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import gradcli as t
from gradcli.autograd import Function, detect_anomaly, grad_mode, set_detect_anomaly
from gradcli.autograd.graph import guards, watching_all

pytestmark = pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")


@contextlib.contextmanager
def reported(pattern: str) -> Iterator[list[str]]:
    """Collect what is warned of, in which a pattern must be found."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
    said += [str(each.message) for each in caught if each.category is UserWarning]
    assert any(re.search(pattern, each, re.DOTALL) for each in said)


def line_of(mark: str) -> int:
    """Return the number of the line of this file that ends in a mark."""
    with open(__file__) as file:
        return next(n for n, line in enumerate(file, 1) if line.rstrip().endswith(f"# {mark}"))


def test_the_line_whose_backward_made_a_nan() -> None:
    with detect_anomaly():
        x = t.zeros(3, requires_grad=True)
        y = x * 2
        z = y.sqrt()  # made here
        with reported("Error detected in SqrtBackward0") as said, pytest.raises(RuntimeError) as caught:
            (z * 0).sum().backward()
    assert str(caught.value) == (
        "Function 'SqrtBackward0' returned nan values in its 0th output. "
        f"It is from {__file__}, line {line_of('made here')}."
    )
    assert "Traceback of forward call that caused the error:" in said[0]
    assert "z = y.sqrt()" in said[0]
    assert "src/gradcli/" not in said[0]


def test_a_node_made_before_has_no_line() -> None:
    z = t.zeros(1, requires_grad=True).sqrt() * 0
    with (
        set_detect_anomaly(True),
        reported("No forward pass information available"),
        pytest.raises(RuntimeError, match=r"returned nan values in its 0th output.$"),
    ):
        z.backward()


def test_nan_is_not_looked_for_if_that_is_off() -> None:
    with set_detect_anomaly(True, check_nan=False):
        assert t.is_anomaly_enabled()
        assert not t.is_anomaly_check_nan_enabled()
        x = t.zeros(1, requires_grad=True)
        (x.sqrt() * 0).backward()
    assert x.grad.isnan().item()


def test_the_line_of_a_function_that_raises() -> None:
    class Fails(Function):
        @staticmethod
        def forward(ctx: Any, x: t.Tensor) -> t.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: t.Tensor) -> t.Tensor:
            raise ValueError("inner")

    with set_detect_anomaly(True):
        y = Fails.apply(t.ones(1, requires_grad=True))
        with reported(r"Error detected in FailsBackward.*y = Fails\.apply"), pytest.raises(ValueError, match="inner"):
            y.backward()


def test_the_lines_that_saved_and_that_changed_a_value() -> None:
    with set_detect_anomaly(True):
        y = t.ones(3, requires_grad=True) * 1
        z = y * y  # saved here
        y.add_(1)  # changed here
        with reported("Error detected in MulBackward0"), pytest.raises(RuntimeError) as caught:
            z.sum().backward()
    assert str(caught.value).endswith(
        "Good luck! "
        f"It was saved at {__file__}, line {line_of('saved here')}, "
        f"and changed at {__file__}, line {line_of('changed here')}."
    )


def test_second_derivatives() -> None:
    with set_detect_anomaly(True):
        x = t.zeros(2, requires_grad=True)
        (g,) = t.autograd.grad((x * x).sum(), x, create_graph=True)
        root = g.sqrt()  # second
        with reported("SqrtBackward0"), pytest.raises(RuntimeError, match=re.escape(f"line {line_of('second')}.")):
            (root * 0).sum().backward()


def test_the_mode_is_restored_and_costs_nothing_afterwards() -> None:
    before = list(grad_mode.special)
    with set_detect_anomaly(True), set_detect_anomaly(False):
        assert not t.is_anomaly_enabled()
    set_detect_anomaly(True)
    assert t.is_anomaly_enabled()
    set_detect_anomaly(False)
    assert (t.is_anomaly_enabled(), grad_mode.special, guards, watching_all) == (False, before, [], [])
    y = t.ones(1, requires_grad=True) * 2
    assert y.grad_fn._trace is None


def test_the_mode_is_that_of_all_threads() -> None:
    seen: list[bool] = []
    with set_detect_anomaly(True):
        x = t.ones(1, requires_grad=True)
        thread = threading.Thread(target=lambda: seen.append((x * 2).grad_fn._trace is not None))
        thread.start()
        thread.join()
    assert seen == [True]


def test_switching_it_on_says_that_it_is_slow() -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        detect_anomaly()
    assert "This mode will increase the runtime" in str(warned[0].message)
