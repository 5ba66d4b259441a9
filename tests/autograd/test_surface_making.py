"""Tensors made from data, from sizes and at random, and what their dtypes are."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import gradcli as t
from gradcli.autograd.dtypes import NAMES

DTYPES = sorted({repr(known): known for known in NAMES.values()}.items())
ARRAYS = arrays.arrays(
    st.sampled_from([known.dtype for _, known in DTYPES]),
    arrays.array_shapes(min_dims=0, min_side=0, max_side=3),
)


@given(ARRAYS)
def test_an_array_becomes_a_tensor_and_an_array_again(array: np.ndarray) -> None:
    x = t.tensor(array)
    assert (x.dtype, x.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(x.numpy(), array)
    assert not np.shares_memory(x.numpy(), array)


@given(ARRAYS)
def test_lists_come_back_as_they_went_in(array: np.ndarray) -> None:
    listed = array.tolist()
    found = t.tensor(listed, dtype=array.dtype).tolist()
    np.testing.assert_equal(found, listed)


@given(ARRAYS)
def test_pickle_and_copies_keep_everything(array: np.ndarray) -> None:
    x = t.tensor(array)
    if x.is_floating_point():
        x.requires_grad_()
    for same in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x)):
        assert (same.dtype, same.requires_grad, same.is_leaf) == (x.dtype, x.requires_grad, True)
        np.testing.assert_array_equal(same.detach().numpy(), array)


def test_memory_is_shared_where_torch_shares_it() -> None:
    array = np.zeros(2)
    for make in (t.from_numpy, t.as_tensor):
        assert np.shares_memory(make(array).numpy(), array)
    x = t.tensor(1.0)
    for other in (x.detach(), x.data, x.view(1), t.as_tensor(x), x.numpy()):
        assert np.shares_memory(np.asarray(other), x.numpy())


@pytest.mark.parametrize("known", [known for _, known in DTYPES], ids=[name for name, _ in DTYPES])
def test_a_dtype_stands_for_numpys(known: Any) -> None:
    theirs = known.dtype
    assert known == theirs == known
    assert known == theirs.type
    assert hash(known) == hash(theirs)
    assert np.zeros(1, known).dtype is theirs
    assert t.zeros(1, dtype=theirs).dtype is known
    assert pickle.loads(pickle.dumps(known)) is known
    assert (known.itemsize, known.is_floating_point) == (theirs.itemsize, theirs.kind == "f")


def test_a_dtype_is_not_its_name() -> None:
    assert t.float32 != "float32"
    assert t.float32 != t.float64


@pytest.mark.parametrize("given", ["U3", complex, "float128", "datetime64[s]", "uint32"])
def test_a_dtype_that_no_tensor_holds_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^a Tensor cannot hold .*; it holds float16, float32, float64, uint8, "):
        t.zeros(2, dtype=given)


def test_no_device_but_the_cpu() -> None:
    assert t.zeros(1, device="cpu").device == t.device("cpu")
    with pytest.raises(RuntimeError, match=r"^gradcli computes on the CPU alone: there is no device 'cuda'$"):
        t.zeros(1, device="cuda")
    with pytest.raises(RuntimeError, match=r"^gradcli computes on the CPU alone: there is no device 'cuda:0'$"):
        t.ones(1).to("cuda:0")


def test_help_shows_the_whole_signature() -> None:
    assert str(inspect.signature(t.full)) == (
        "(size: 'Any', fill_value: 'Any', *, dtype=None, requires_grad=False, device=None) -> 'Tensor'"
    )


# At random

RANDOM: dict[str, Any] = {
    "rand": lambda: t.rand(1000),
    "randn": lambda: t.randn(10, 100),
    "randint": lambda: t.randint(1000, (1000,)),
    "randperm": lambda: t.randperm(1000),
    "normal": lambda: t.normal(2.0, 3.0, (1000,)),
    "rand_like": lambda: t.rand_like(t.ones(10, dtype=t.float64)),
    "bernoulli": lambda: t.bernoulli(t.full((1000,), 0.5)),
}


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_says_what_is_drawn(name: str) -> None:
    drawn = []
    for seed in (1, 1, 2):
        t.manual_seed(seed)
        drawn.append(RANDOM[name]())
    assert t.equal(drawn[0], drawn[1])
    assert not t.equal(drawn[0], drawn[2])
    assert not t.equal(drawn[2], RANDOM[name]())


def test_a_generator_of_ones_own_is_left_alone_by_others() -> None:
    first = t.rand(3, generator=np.random.default_rng(5))
    t.manual_seed(5)
    assert t.equal(first, t.rand(3))
    t.rand(3)
    assert t.equal(first, t.rand(3, generator=np.random.default_rng(5)))


def test_draws_have_the_distribution_that_they_name() -> None:
    t.manual_seed(0)
    n = 200_000
    error = 5 / math.sqrt(n)
    assert abs(t.rand(n).mean().item() - 0.5) < error
    assert abs(t.randn(n).mean().item()) < error
    assert abs(t.randn(n).std().item() - 1) < error
    assert abs(t.normal(2.0, 3.0, (n,)).mean().item() - 2) < 3 * error
    assert abs(t.bernoulli(t.full((n,), 0.25)).mean().item() - 0.25) < error
    assert set(t.randint(2, 5, (n,)).tolist()) == {2, 3, 4}
