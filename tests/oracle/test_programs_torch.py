"""Random programs, run by torch and by gradcli step for step: operations, views, writes in place, hooks, passes.

After each step all tensors are compared: values, gradients, versions, what requires a gradient, where each
came from; and which of the two raised, in autograd's own matters with which sentence.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import gradcli

torch = pytest.importorskip("torch")

Pool = list[Any]
SHAPES = ((), (1,), (3,), (2, 3), (2, 1, 3))

# What a step does with two tensors of the pool and a choice; what it returns joins the pool.
STEPS: dict[str, tuple[Callable[..., Any], ...]] = {
    "pointwise": tuple(
        lambda t, x, y, name=name: getattr(x, name)()
        for name in ("exp", "sin", "cos", "abs", "neg", "sqrt", "log", "square", "reciprocal", "floor", "clone")
    ),
    "pairwise": tuple(
        lambda t, x, y, name=name: getattr(x, name)(y)
        for name in ("add", "sub", "mul", "div", "maximum", "minimum", "atan2")
    ),
    "with a number": (
        lambda t, x, y: x * 2.0, lambda t, x, y: x + 1, lambda t, x, y: 2 / x, lambda t, x, y: x**2,
        lambda t, x, y: 1 - x, lambda t, x, y: x / 3,
    ),
    "reduced": (lambda t, x, y: x.sum(), lambda t, x, y: x.mean(), lambda t, x, y: x.sum(0), lambda t, x, y: x.sum(-1)),
    "viewed": (
        lambda t, x, y: x.view(-1), lambda t, x, y: x.unsqueeze(0), lambda t, x, y: x.squeeze(),
        lambda t, x, y: x.permute(tuple(reversed(range(x.ndim)))), lambda t, x, y: x.select(0, 0), lambda t, x, y: x[0],
        lambda t, x, y: x[..., -1], lambda t, x, y: x[:2], lambda t, x, y: x[..., 1:],
        lambda t, x, y: x.transpose(0, -1), lambda t, x, y: x[None],
        lambda t, x, y: x.expand(2, *x.shape), lambda t, x, y: x.diagonal(),
        lambda t, x, y: x.narrow(0, 0, 2),
    ),
    "picked": (lambda t, x, y: x[[0, 0]], lambda t, x, y: x[x.detach() > 1], lambda t, x, y: t.cat([x, y])),
    "changed": tuple(
        lambda t, x, y, name=name: getattr(x, name)()
        for name in ("exp_", "sin_", "abs_", "neg_", "zero_", "sqrt_", "square_", "floor_", "reciprocal_")
    ),
    "changed by": (
        *(lambda t, x, y, name=name: getattr(x, name)(y) for name in ("add_", "sub_", "mul_", "div_", "copy_")),
        lambda t, x, y: x.add_(1.5), lambda t, x, y: x.mul_(0.5), lambda t, x, y: x.fill_(2.5),
    ),
    "assigned": tuple(
        lambda t, x, y, key=key, value=value: x.__setitem__(key, y if value is None else value)
        for key in (0, slice(0, 2), (..., 0), (..., slice(1, None)), ..., [0, 0], (..., [1]))
        for value in (None, 3.0)
    ),
    "unrecorded": tuple(
        lambda t, x, y, name=name: unrecorded(t, getattr(x, name), y) for name in ("add_", "sub_", "mul_")
    ),
    "taken out": (lambda t, x, y: x.detach(), lambda t, x, y: x.data),
    "watched": (
        lambda t, x, y: x.retain_grad(), lambda t, x, y: none_of(x.register_hook(lambda g: g * 2)),
        lambda t, x, y: none_of(x.register_hook(lambda g: None)),
    ),
    "differentiated": (
        lambda t, x, y: x.sum().backward(), lambda t, x, y: x.sum().backward(retain_graph=True),
        lambda t, x, y: x.sum().backward(create_graph=True),
        lambda t, x, y: t.autograd.grad(x.sum(), y, retain_graph=True)[0].clone(),
        lambda t, x, y: t.autograd.grad(x.sum(), y, create_graph=True)[0].clone(),
    ),
}  # fmt: skip

WRITES = ("changed by", "assigned", "unrecorded")

# Matters of autograd, in which the sentence counts too.
SENTENCES = (
    "leaf Variable",
    "modified by an inplace",
    "second time",
    "does not require grad",
    "is a view and",
    "no_grad",
)
# What torch refuses and gradcli does, or gradcli refuses and torch does with a warning (`snippets/different.txt`).
APART = (
    "some elements of the input tensor", "more than one element of the written-to tensor",
    "Tensors must have same number of dimensions",  # torch passes over empty tensors
)  # fmt: skip
# Views of what was written to have another node in torch at times, under one of these names.
VIEWS = re.compile(
    r"(AsStrided|View|UnsafeView|ReshapeAlias|Select|Slice|Transpose|Permute|Squeeze|Unsqueeze|Expand|Diagonal|Alias)Backward\d"
)


def unrecorded(t: ModuleType, method: Callable[..., Any], y: Any) -> Any:
    with t.no_grad():
        return method(y)


def none_of(value: object) -> None:
    return None


def leaf(t: ModuleType, shape: tuple[int, ...], requires_grad: bool, seed: int) -> Any:
    values = np.random.default_rng(seed).uniform(0.3, 2.0, shape).round(2)
    return t.tensor(values, dtype=t.float64, requires_grad=requires_grad)


def attempt(t: ModuleType, pool: Pool, kind: str, which: int, i: int, j: int) -> tuple[Any, Exception | None]:
    steps = STEPS[kind]
    try:
        return steps[which % len(steps)](t, pool[i % len(pool)], pool[j % len(pool)]), None
    except Exception as error:
        return None, error


def described(x: Any) -> dict[str, Any]:
    return {
        "shape": tuple(x.shape), "requires_grad": x.requires_grad, "is_leaf": x.is_leaf, "version": x._version,
        "number": x.output_nr, "node": x.grad_fn and VIEWS.sub("View", x.grad_fn.name()),
    }  # fmt: skip


def numbers(x: Any) -> np.ndarray:
    return np.array(x.detach().numpy(), np.float64)


def agree(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours.shape == theirs.shape and np.allclose(numbers(ours), numbers(theirs), 1e-9, 1e-12, equal_nan=True)


def sentence(error: Exception) -> str:
    """Leave out the module, and which of a node's values was changed, where several were."""
    said = re.sub(r"\b(torch|gradcli)\.autograd", "autograd", str(error))
    return re.sub(r"operation: .* instead", "operation: ...", said)


def compare_errors(ours: Exception | None, theirs: Exception | None) -> None:
    for error in (ours, theirs):
        assume(not any(said in str(error) for said in APART))
    assert (ours is None) == (theirs is None), (ours, theirs)
    if ours is not None and all(any(said in str(error) for said in SENTENCES) for error in (ours, theirs)):
        assert (type(ours), sentence(ours)) == (type(theirs), sentence(theirs))
        event(sentence(ours)[:40])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(SHAPES), st.booleans(), st.integers(0, 99)), min_size=2, max_size=3),
    st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 13), st.integers(0, 15), st.integers(0, 15)),
        min_size=1, max_size=16,
    ),
)  # fmt: skip
def test_random_programs_do_the_same(leaves: list[Any], steps: list[Any]) -> None:
    ours, theirs = ([leaf(t, *each) for each in leaves] for t in (gradcli, torch))
    for kind, which, i, j in [*steps, ("differentiated", 1, len(steps), 0), ("differentiated", 0, 0, 0)]:
        x, y = ours[i % len(ours)], ours[j % len(ours)]
        if kind in WRITES:
            # Where one is written over part of the other, what torch reads is not defined.
            assume(x is y or not np.shares_memory(x.detach().numpy(), y.detach().numpy()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mine, my_error = attempt(gradcli, ours, kind, which, i, j)
            yours, your_error = attempt(torch, theirs, kind, which, i, j)
        compare_errors(my_error, your_error)
        assert (mine is None) == (yours is None)
        if mine is not None and not any(mine is each for each in ours):
            assert not any(yours is each for each in theirs)
            ours.append(mine)
            theirs.append(yours)
        assume(all(0 < x.numel() < 500 for x in theirs))
        for x, y in zip(ours, theirs, strict=True):
            assert described(x) == described(y)
            assert agree(x, y)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert agree(x.grad, y.grad)
