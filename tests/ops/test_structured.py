"""Shapes, indices, reductions, matrices: sizes, memory, adjoints, indices, messages."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcli import tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY
from tensors import leaf

STRUCTURED = [op for op in REGISTRY.values() if not op.pointwise]
LINEAR = ("sum", "cumsum", "trace", "diag", "tril", "triu", *(op.name for op in STRUCTURED if op.family == "shape"))


def calls(wanted):
    """List the cases of the operations that are wanted."""
    chosen = [op for op in STRUCTURED if wanted(op)]
    return [pytest.param(op, case, id=f"{op.name}-{i}") for op in chosen for i, case in enumerate(op.cases)]


def sampled(op, shapes, seed=5):
    """Draw an operation's tensors."""
    rng = np.random.default_rng(seed)
    domains = op.domain if isinstance(op.domain, dict) else dict.fromkeys(op.tensors, op.domain)

    def draw(name, shape):
        return np.asarray(domains[name].sample(rng, shape) if name in domains else rng.uniform(-1, 1, shape))

    return [
        [draw(name, s) for s in shape] if name == op.sequence else draw(name, shape)
        for name, shape in zip(op.tensors, shapes, strict=True)
    ]


def spelled(op, tensors, attributes):
    """Arrange a call: the positional arguments in the order of the parameters, then those by keyword."""
    given = op.defaults | dict(zip(op.tensors, tensors, strict=True)) | attributes
    collected = given.pop(op.collects, ())
    keywords = {name: given.pop(name) for name in op.keyword_only}
    return [*(given[name] for name in op.parameters if name in given), *collected], keywords


def call(op, tensors, attributes):
    args, keywords = spelled(op, tensors, attributes)
    return op(*args, **keywords)


# Every operation


@pytest.mark.parametrize("op, case", calls(lambda op: op.size))
def test_size_is_the_number_of_elements_of_the_result(op, case):
    tensors = sampled(op, case.shapes)
    args, keywords = spelled(op, tensors, case.attributes)
    result = op(*args, **keywords)
    assert op.size(*args, **keywords) == sum(map(np.size, result if isinstance(result, tuple) else (result,)))


@pytest.mark.parametrize("op, case", calls(lambda op: op.tensors))
def test_memory_is_shared_by_views_alone(op, case):
    tensors = sampled(op, case.shapes)
    result = call(op, tensors, case.attributes)
    results = result if isinstance(result, tuple) else (result,)
    arrays = [t for given in tensors for t in (given if isinstance(given, list) else [given])]
    shared = any(np.shares_memory(r, a) for r, a in itertools.product(results, arrays) if np.size(r))
    assert not shared or op.view
    if op.view and op.name != "index" and np.size(result):
        assert shared


@pytest.mark.parametrize("op, case", calls(lambda op: op.rules and op.name in LINEAR))
def test_rule_of_a_linear_operation_is_its_adjoint(op, case):
    """`<A x, g> = <x, A* g>`, for the arguments that have a rule."""
    leaves = []

    def wrapped(name, drawn):
        if name not in op.rules:
            return drawn
        made = [leaf(a) for a in drawn] if name == op.sequence else leaf(drawn)
        leaves.extend(made if name == op.sequence else [made])
        return made

    tensors = [wrapped(*pair) for pair in zip(op.tensors, sampled(op, case.shapes), strict=True)]
    result = call(op, tensors, case.attributes | ({"value": 0.0} if op.name == "pad" else {}))
    g = np.random.default_rng(6).standard_normal(result.shape)
    slopes = grad(result, leaves, grad_outputs=tensor(g))
    back = sum(np.sum(slope.numpy() * x.detach().numpy()) for slope, x in zip(slopes, leaves, strict=True))
    assert back == pytest.approx(np.sum(result.detach().numpy() * g), rel=1e-12, abs=1e-12)


# Indices


@given(st.data(), npst.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_basic_index_is_numpy_s_and_its_adjoint_puts_back(data, shape):
    x = np.arange(1.0, math.prod(shape) + 1).reshape(shape)
    key = data.draw(npst.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    found = REGISTRY["index"](x, key)
    np.testing.assert_array_equal(found, x[key])
    back = REGISTRY["index_backward"](found, shape, key)
    np.testing.assert_array_equal(REGISTRY["index"](back, key), found)
    assert back.sum() == found.sum()


@given(st.data(), npst.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_index_by_arrays_is_numpy_s_and_its_adjoint_adds(data, shape):
    x = np.arange(1.0, math.prod(shape) + 1).reshape(shape)
    key = data.draw(npst.integer_array_indices(shape))
    found = REGISTRY["index"](x, key)
    np.testing.assert_array_equal(found, x[key])
    assert REGISTRY["index"].size(x, key) == found.size
    picked = REGISTRY["index_backward"](np.ones_like(found), shape, key)
    assert (picked * x).sum() == found.sum()


@given(st.data(), npst.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_index_by_a_mask(data, shape):
    x = np.arange(1.0, math.prod(shape) + 1).reshape(shape)
    mask = data.draw(npst.arrays(bool, st.integers(1, len(shape)).map(lambda rank: shape[:rank])))
    found = REGISTRY["index"](x, mask)
    np.testing.assert_array_equal(found, x[mask])
    assert REGISTRY["index"].size(x, mask) == found.size
    np.testing.assert_array_equal(REGISTRY["index_backward"](found, shape, mask), np.where(mask.T, x.T, 0.0).T)


def test_an_int_beside_arrays_selects_first_as_in_torch():
    x = np.arange(24.0).reshape(2, 3, 4)
    key = (0, slice(None), [0, 1])
    assert REGISTRY["index"](x, key).shape == (3, 2)
    assert x[key].shape == (2, 3)


# Errors


SQUARES = np.ones((2, 3))


@pytest.mark.parametrize("name, args, kind, message", [
    ("sum", (SQUARES, 2), IndexError, "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    ("sum", (1.0, 1), IndexError, "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    ("sum", (SQUARES, (0, -2)), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    ("unsqueeze", (SQUARES, 4), IndexError, "Dimension out of range (expected to be in range of [-3, 2], but got 4)"),
    ("expand", (SQUARES, 2, 4), RuntimeError, "The expanded size of the tensor (4) must match the existing size (3) "
     "at non-singleton dimension 1.  Target sizes: [2, 4].  Tensor sizes: [2, 3]"),
    ("expand", (SQUARES, 3), RuntimeError, "expand: the number of sizes provided (1) must be greater or equal to the "
     "number of dimensions in the tensor (2)"),
    ("expand", (SQUARES, -1, 2, 3), RuntimeError,
     "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension 0"),
    ("view", (SQUARES.T, 6), RuntimeError, "view size is not compatible with input tensor's size and stride "
     "(at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."),
    ("view", (SQUARES, 5), ValueError, "cannot reshape array of size 6 into shape (5,)"),
    ("permute", (SQUARES, 0), RuntimeError, "permute(): the tensor has 2 dimensions, but the order names 1"),
    ("t", (np.ones((1, 1, 1)),), RuntimeError, "t() expects a tensor with <= 2 dimensions, but self is 3D"),
    ("narrow", (SQUARES, 0, 1, 2), RuntimeError, "start (1) + length (2) exceeds dimension size (2)."),
    ("pad", (SQUARES, (1,)), RuntimeError, "Padding length must be divisible by 2"),
    ("pad", (SQUARES, (1, 1), "reflect"), NotImplementedError, "pad: mode 'reflect' is not supported, only 'constant'"),
    ("gather", (SQUARES, 0, np.array([0])), RuntimeError,
     "Index tensor must have the same number of dimensions as input tensor"),
    ("arange", (0, 1, 0), RuntimeError, "step must be nonzero"),
])  # fmt: skip
def test_messages(name, args, kind, message):
    with pytest.raises(kind) as raised:
        REGISTRY[name](*args)
    assert str(raised.value) == message
