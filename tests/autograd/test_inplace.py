"""Writes in place: who may, versions, what was saved before, history, views, and memory that is shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradcli as t

LEAF = "a leaf Variable that requires grad is being used in an in-place operation"
VIEW = "a view of a leaf Variable that requires grad is being used in an in-place operation"
CHANGED = "one of the variables needed for gradient computation has been modified by an inplace operation"


@pytest.fixture
def x() -> t.Tensor:
    return t.tensor([1.0, 2.0, 3.0], requires_grad=True)


def put(tensor: t.Tensor, key: Any, value: Any) -> t.Tensor:
    tensor[key] = value
    return tensor


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda x: x.add_(1), LEAF),
        (lambda x: x.__iadd__(1), LEAF),
        (lambda x: put(x, ..., 1), LEAF),
        (lambda x: put(x, slice(0, 3), 1), LEAF),
        (lambda x: put(x, [0], 1), LEAF),
        (lambda x: put(x, x.detach() > 0, 1), LEAF),
        (lambda x: put(x, 0, 1), VIEW),
        (lambda x: x[:2].mul_(2), VIEW),
        (lambda x: x.view(3, 1).zero_(), VIEW),
        (lambda x: x.clone().unbind()[0].add_(1), "Output 0 of Unbind is a view and is being modified inplace"),
        (lambda x: x.clone().split(2)[1].add_(1), "Output 1 of Split is a view .* returns multiple views"),
        (lambda x: x.expand(2, 3).clone().add_(t.ones(3, 3)), "must match the size of tensor b"),
        (lambda x: x.clone().add_(t.ones(2, 3)), r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]"),
        (lambda x: x.clone().expand(2, 3).add_(1), "more than one element of the written-to tensor refers to a single"),
        (lambda x: t.ones(3, dtype=t.int64).mul_(x), "result type Float can't be cast to the desired output type Long"),
        (
            lambda x: put(t.ones(2, 3), [0, 1], t.ones(2)),
            r"value tensor of shape \[2\] cannot be broadcast to .* \[2, 3\]",
        ),
    ],
)
def test_who_may_not(x: t.Tensor, write: Any, sentence: str) -> None:
    before = x.tolist()
    with pytest.raises(RuntimeError, match=sentence):
        write(x)
    assert x.tolist() == before
    assert x._version == 0


def test_anyone_may_where_nothing_is_recorded(x: t.Tensor) -> None:
    with t.no_grad():
        x -= 1
        x[0] = 5
    assert x.tolist() == [5.0, 1.0, 2.0]
    assert x._version == 2
    assert x.is_leaf
    assert x.requires_grad


def test_a_view_made_unrecorded_may_not_be_written_to_in_a_recorded_way(x: t.Tensor) -> None:
    y = x * 1
    with t.no_grad():
        v = y[0]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified inplace"):
        v.add_(1)
    y.add_(1)
    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
        (v * 2).backward()


def test_versions_count_writes_through_any_view() -> None:
    x = t.zeros(3)
    x.add_(1).mul_(2)
    x[0] = 1
    x[[1]] = 1
    x += 1
    v = x[:2]
    v.zero_()
    x.detach().add_(1)
    x.data.add_(100)
    assert x._version == v._version == x[0]._version == 7


@pytest.mark.parametrize(
    "write",
    [lambda y: y.add_(1), lambda y: y[0].add_(1), lambda y: put(y, 0, 1), lambda y: y.detach().zero_(), None],
)
def test_a_saved_value_that_changed_is_not_used(x: t.Tensor, write: Any) -> None:
    y = x * 1
    z = y * y
    if write is None:
        with t.no_grad():
            y.add_(1)
    else:
        write(y)
    with pytest.raises(RuntimeError, match=CHANGED):
        z.sum().backward()
    assert x.grad is None


def test_the_sentence_about_a_saved_value() -> None:
    x = t.ones(3, requires_grad=True)
    z = x.exp()
    z.mul_(2)
    with pytest.raises(RuntimeError) as caught:
        z.sum().backward()
    assert str(caught.value) == (
        f"{CHANGED}: [torch.FloatTensor [3]], which is output 0 of Exp, is at version 1; expected version 0 instead. "
        "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        "gradcli.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def test_data_is_not_watched_and_what_is_not_saved_may_change(x: t.Tensor) -> None:
    y = x * 1
    z = y * y
    y.data.zero_()
    z.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    w = x * 1
    (total := w.sum()) and w.add_(1)
    total.backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_history_goes_through_the_write(x: t.Tensor) -> None:
    x = x.detach().double().requires_grad_()
    y = x.clone()
    assert y.mul_(2) is y
    y.mul_(x)
    y.exp_()
    (slope,) = t.autograd.grad(y.sum(), x, retain_graph=True)
    assert slope.tolist() == pytest.approx((4 * x * (2 * x * x).exp()).tolist())
    assert y.grad_fn.name() == "ExpBackward0"
    assert y.grad_fn._saved_result.tolist() == y.tolist()


@pytest.mark.parametrize(
    ("write", "slope"),
    [
        (lambda y, x: y.zero_(), [0.0, 0.0, 0.0]),
        (lambda y, x: y.fill_(x.sum()), [3.0, 3.0, 3.0]),
        (lambda y, x: y.copy_(x * 5), [5.0, 5.0, 5.0]),
        (lambda y, x: y.masked_fill_(t.tensor([True, False, True]), 9.0), [0.0, 1.0, 0.0]),
        (lambda y, x: put(y, 0, y[1] * 2), [0.0, 3.0, 1.0]),
        (lambda y, x: put(y, slice(1, None), y[:2] * 5), [6.0, 5.0, 0.0]),
        (lambda y, x: put(y, [0, 2], x[:2]), [1.0, 2.0, 0.0]),
        (lambda y, x: put(y, x.detach() > 1.5, x.sum()), [3.0, 2.0, 2.0]),
        (lambda y, x: y[:2].mul_(3), [3.0, 3.0, 1.0]),
        (lambda y, x: y.view(3, 1)[1].mul_(x[0]), [3.0, 1.0, 1.0]),
    ],
)
def test_gradients_of_what_was_written(x: t.Tensor, write: Any, slope: list[float]) -> None:
    y = x.clone()
    write(y, x)
    y.sum().backward()
    assert x.grad.tolist() == slope


def test_views_follow_their_base_and_the_base_its_views(x: t.Tensor) -> None:
    y = x.clone()
    v, w = y[:2], y.view(3, 1)
    v.mul_(10)
    assert w.tolist() == [[10.0], [20.0], [3.0]]
    assert [each.grad_fn.name() for each in (y, v, w)] == [
        "torch::autograd::CopySlices", "AsStridedBackward0", "AsStridedBackward0",
    ]  # fmt: skip
    w.sum().backward()
    assert x.grad.tolist() == [10.0, 10.0, 1.0]


def test_a_base_that_required_nothing_gets_its_history_from_a_view(x: t.Tensor) -> None:
    y = t.ones(3)
    v = y[1:]
    y[0] = x[0] * 2
    assert v.requires_grad
    v.mul_(x[1:])
    (y.sum() + v.sum()).backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_an_expanded_view_hears_of_a_write_to_its_base(x: t.Tensor) -> None:
    y = x.clone()
    wide = y.expand(4, 3)
    y.mul_(2)
    wide.sum().backward()
    assert x.grad.tolist() == [8.0, 8.0, 8.0]


def test_second_derivatives_through_a_write(x: t.Tensor) -> None:
    y = x.detach().double().requires_grad_()

    def written(y: t.Tensor) -> t.Tensor:
        z = y.clone()
        z[1:].mul_(y[:2])
        z[0].exp_()
        return z

    assert t.autograd.gradgradcheck(written, y)


def test_a_write_through_a_view_is_one_pass_only(x: t.Tensor) -> None:
    y = x.clone()
    y[0].mul_(2)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.sum().backward()


@given(st.sampled_from("CF"), st.lists(st.integers(0, 3), max_size=4))
def test_the_layout_of_memory_does_not_matter(order: str, picks: list[int]) -> None:
    x = t.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = t.from_numpy(np.array(np.zeros((2, 3)), order=order)) + 0
    y.copy_(x)
    views = (y.t(), y[1], y[:, 1], y.diagonal())
    expected = np.ones((2, 3))
    for pick in picks:
        views[pick].mul_(2)
        for place in [(lambda e: e.T), (lambda e: e[1]), (lambda e: e[:, 1]), (lambda e: np.einsum("ii->i", e[:, :2]))][
            pick : pick + 1
        ]:
            place(expected)[...] *= 2
    y.sum().backward()
    assert x.grad.tolist() == expected.tolist()
    assert y.tolist() == (np.arange(6.0).reshape(2, 3) * expected).tolist()


def test_inference_tensors_are_written_to_only_in_inference_mode() -> None:
    with t.inference_mode():
        y = t.ones(2)
        y.add_(1)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode is not allowed"):
        y.add_(1)
