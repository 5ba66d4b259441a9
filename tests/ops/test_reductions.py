"""Reductions where the formula of the textbook fails: zeros among factors, ties, the origin, nothing at all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcli.autograd import grad
from gradcli.ops import REGISTRY
from tensors import leaf


def gradient(function, values, weights=1.0):
    x = leaf(values)
    return grad((function(x) * weights).sum(), x)[0].numpy()


def hessian(function, values):
    x = leaf(values)
    (first,) = grad(function(x), x, create_graph=True)
    rows = [grad(first[place], x, retain_graph=True)[0].numpy() for place in np.ndindex(*x.shape)]
    return np.array(rows).reshape(*x.shape, *x.shape)


# Products with zeros among the factors


def product_without(values, *places):
    return math.prod(v for i, v in enumerate(values) if i not in places)


ZEROS = ([2.0, 0.0, 3.0, 5.0], [0.0, 0.0, 3.0, 5.0], [0.0, 0.0, 0.0, 5.0], [0.0] * 4, [2.0, -3.0, 4.0, 0.5], [0.0])


@pytest.mark.parametrize("values", ZEROS)
def test_prod_with_zeros_is_right_in_both_orders(values):
    n = range(len(values))
    assert gradient(REGISTRY["prod"], values).tolist() == [product_without(values, i) for i in n]
    second = [[0.0 if i == j else product_without(values, i, j) for j in n] for i in n]
    assert hessian(REGISTRY["prod"], values).tolist() == second


def test_prod_along_dimensions_of_an_array_with_zeros():
    values = np.array(ZEROS[:4]).reshape(2, 2, 4)
    slopes = gradient(lambda x: REGISTRY["prod"](x, dim=(0, 2)), values)
    for k in range(2):
        row = values[:, k, :].ravel()
        assert slopes[:, k, :].ravel().tolist() == [product_without(row, i) for i in range(8)]


@pytest.mark.parametrize("values", ZEROS)
def test_cumprod_with_zeros_is_right_in_both_orders(values):
    weights = np.arange(1.0, len(values) + 1)
    n = range(len(values))

    def slope(*places):
        return sum(weights[k] * product_without(values[: k + 1], *places) for k in n if k >= max(places))

    assert gradient(REGISTRY["cumprod"], values, weights).tolist() == [slope(i) for i in n]
    second = [[0.0 if i == j else slope(i, j) for j in n] for i in n]
    assert hessian(lambda x: (REGISTRY["cumprod"](x) * weights).sum(), values).tolist() == second


# Points where a derivative does not exist


@pytest.mark.parametrize("p", [2, 1, 3, 1.5, 0.5, math.inf, 0])
def test_norm_at_the_origin_has_gradient_zero(p):
    assert gradient(lambda x: REGISTRY["norm"](x, p), [0.0, 0.0]).tolist() == [0.0, 0.0]


def test_norm_at_the_origin_has_no_nan_in_its_second_derivative():
    assert not hessian(REGISTRY["norm"], [0.0, 0.0]).any()


@pytest.mark.parametrize("p, expected", [
    (math.inf, [0.0, -0.5, 0.5]), (-math.inf, [0.0, 0.0, 0.0]), (1, [0.0, -1.0, 1.0]),
])  # fmt: skip
def test_norm_of_ties_and_zeros(p, expected):
    assert gradient(lambda x: REGISTRY["norm"](x, p), [0.0, -3.0, 3.0]).tolist() == expected


def test_std_of_constants_has_gradient_zero():
    assert gradient(REGISTRY["std"], [2.0, 2.0, 2.0]).tolist() == [0.0, 0.0, 0.0]
    beside = gradient(lambda x: REGISTRY["std"](x, 0), [[2.0, 1.0], [2.0, 3.0]])
    np.testing.assert_allclose(beside, [[0.0, -(0.5**0.5)], [0.0, 0.5**0.5]], rtol=1e-15)
    assert not hessian(REGISTRY["std"], [2.0, 2.0, 2.0]).any()


@pytest.mark.parametrize("name, values, expected", [
    ("max", [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    ("amax", [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    ("min", [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    ("amin", [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]),
    ("median", [1.0, 3.0, 3.0, 2.0, 3.0], [0.0, 1 / 3, 1 / 3, 0.0, 1 / 3]),
    ("median", [1.0, 3.0, 4.0, 2.0], [0.0, 0.0, 0.0, 1.0]),
    ("max", [1.0, math.nan, math.nan], [0.0, 0.5, 0.5]),
    ("median", [1.0, math.nan, 3.0], [0.0, 1.0, 0.0]),
])  # fmt: skip
def test_ties_over_all_share_evenly(name, values, expected):
    assert gradient(REGISTRY[name], values).tolist() == expected


@pytest.mark.parametrize("name, values, index", [
    ("max", [1.0, 3.0, 3.0], 1), ("min", [1.0, 1.0, 3.0], 0), ("median", [1.0, 3.0, 3.0, 2.0, 3.0], 1),
    ("max", [1.0, math.nan, 5.0], 1), ("median", [1.0, math.nan, 5.0], 1),
])  # fmt: skip
def test_along_a_dimension_the_selected_element_takes_all(name, values, index):
    found = REGISTRY[name](np.array(values), dim=0)
    assert found.indices == index
    np.testing.assert_equal(found.values, values[index])
    slopes = gradient(lambda x: REGISTRY[name](x, dim=0).values, values)
    assert slopes.tolist() == [float(i == index) for i in range(len(values))]


@pytest.mark.parametrize("values, value, slopes", [
    ([1000.0, 1000.0], 1000.0 + math.log(2.0), [0.5, 0.5]),
    ([-1000.0, -1000.0], -1000.0 + math.log(2.0), [0.5, 0.5]),
    ([0.0, -math.inf], 0.0, [1.0, 0.0]),
    ([-math.inf, -math.inf], -math.inf, [math.nan, math.nan]),
    ([math.inf, 1.0], math.inf, [math.nan, math.nan]),
    ([], -math.inf, []),
])  # fmt: skip
def test_logsumexp_far_from_zero(values, value, slopes):
    assert REGISTRY["logsumexp"](np.array(values)) == value
    np.testing.assert_equal(gradient(REGISTRY["logsumexp"], values), np.array(slopes))


@pytest.mark.parametrize("name, value", [
    ("sum", 0.0), ("prod", 1.0), ("norm", 0.0), ("mean", math.nan), ("var", math.nan), ("std", math.nan),
    ("median", math.nan),
])  # fmt: skip
def test_reduction_of_nothing(name, value):
    np.testing.assert_equal(float(REGISTRY[name](np.array([]))), value)
    assert gradient(REGISTRY[name], []).shape == (0,)
