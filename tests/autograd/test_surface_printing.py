"""Printed forms, as whole texts. That they are torch's for any tensor is shown in `tests/oracle`."""

from __future__ import annotations

import gc
from textwrap import dedent
from typing import Any

import pytest

import gradcli as t

X = t.tensor([1.0, 2.5], requires_grad=True)

FORMS: dict[str, Any] = {
    "tensor([1.0000, 2.5000], requires_grad=True)": X,
    "tensor([2.0000, 3.5000], grad_fn=<AddBackward0>)": X + 1,
    "tensor(3.5000, grad_fn=<SumBackward0>)": X.sum(),
    "tensor([1., 2.])": t.tensor([1.0, 2.0]),
    "tensor(1)": t.tensor(1),
    "tensor([ True, False])": t.tensor([True, False]),
    "tensor([1., nan, inf])": t.tensor([1.0, t.nan, t.inf]),
    "tensor([1.0000e-05, 1.0000e+00])": t.tensor([1e-5, 1.0]),
    "tensor([0.1000], dtype=torch.float64)": t.tensor([0.1], dtype=t.float64),
    "tensor([], size=(0, 3))": t.zeros(0, 3),
    "torch.float32": X.dtype,
    "torch.Size([2])": X.shape,
    """\
    tensor([[ 0.0000,  0.3333,  0.6667],
            [ 1.0000,  1.3333, -1.6667]])""": t.tensor([[0, 1 / 3, 2 / 3], [1, 4 / 3, -5 / 3]]),
    """\
    tensor([[0.0000, 0.5000],
            [1.0000, 1.5000]], dtype=torch.float64, grad_fn=<DivBackward0>)""": (
        t.arange(4.0, dtype=t.float64, requires_grad=True).reshape(2, 2) / 2
    ),
    """\
    tensor([[[0., 1., 2., 3.],
             [4., 5., 6., 7.]],

            [[0., 0., 0., 0.],
             [0., 0., 0., 0.]]])""": t.stack([t.arange(8.0).reshape(2, 4), t.zeros(2, 4)]),
    """\
    tensor([[   0,    1,    2,  ...,   97,   98,   99],
            [ 100,  101,  102,  ...,  197,  198,  199],
            [ 200,  201,  202,  ...,  297,  298,  299],
            ...,
            [ 800,  801,  802,  ...,  897,  898,  899],
            [ 900,  901,  902,  ...,  997,  998,  999],
            [1000, 1001, 1002,  ..., 1097, 1098, 1099]])""": t.arange(1100).reshape(11, 100),
}


@pytest.mark.parametrize("text", FORMS)
def test_it_prints(text: str) -> None:
    assert repr(FORMS[text]) == dedent(text)


def test_printing_reads_the_graph_and_does_not_change_it() -> None:
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    before = gc.get_referents(y.__dict__)
    assert str(y) == repr(y) == f"{y}"
    assert gc.get_referents(y.__dict__) == before
    assert (x._version, y._version, y.grad_fn is y.grad_fn) == (0, 0, True)
    y.sum().backward()
    assert x.grad is not None


def test_a_long_chain_prints() -> None:
    y = t.tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y * 1
    assert repr(y) == "tensor(1., grad_fn=<MulBackward0>)"


def test_a_million_elements_are_summarised_without_being_written_out() -> None:
    assert repr(t.zeros(1000, 1000)).count("0.") == 36


def test_options_hold_until_they_are_set_again() -> None:
    try:
        t.set_printoptions(precision=2, sci_mode=True)
        assert repr(t.tensor([1.0, 0.5])) == "tensor([1.00e+00, 5.00e-01])"
    finally:
        t.set_printoptions(profile="default")
    assert repr(t.tensor([1.0, 0.5])) == "tensor([1.0000, 0.5000])"
