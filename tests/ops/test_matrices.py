"""Products of matrices, inverses, systems, determinants: laws, singular cases, messages."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as npst

from gradcli import tensor
from gradcli.autograd import grad
from gradcli.ops import REGISTRY
from tensors import leaf


def minor(matrix, rows, columns):
    """Take the determinant, by permutations, of what is left without some rows and columns."""
    kept = [i for i in range(len(matrix)) if i not in rows]
    others = [j for j in range(len(matrix)) if j not in columns]
    total = 0.0
    for order in itertools.permutations(range(len(kept))):
        turns = sum(a > b for a, b in itertools.combinations(order, 2))
        total += (-1) ** turns * math.prod(matrix[i][others[k]] for i, k in zip(kept, order, strict=True))
    return total


SINGULAR = [
    [[1.0, 2.0], [2.0, 4.0]],
    [[0.0, 0.0], [0.0, 0.0]],
    [[0.0]],
    [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 1.0, 1.0]],
    [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]],
    [[0.0] * 4, [1.0, 5.0, 2.0, 3.0], [0.0, 1.0, 1.0, 1.0], [2.0, 0.0, 1.0, 4.0]],
    [[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]],  # regular, by the same formula
]


@pytest.mark.parametrize("matrix", SINGULAR)
def test_det_of_a_singular_matrix_has_the_cofactors_as_gradient(matrix):
    x = leaf(matrix)
    (slopes,) = grad(REGISTRY["det"](x), x)
    n = range(len(matrix))
    cofactors = [[(-1) ** (i + j) * minor(matrix, {i}, {j}) for j in n] for i in n]
    np.testing.assert_allclose(slopes.numpy(), cofactors, atol=1e-12)


@pytest.mark.parametrize("matrix", SINGULAR)
def test_det_of_a_singular_matrix_has_its_second_derivatives(matrix):
    x = leaf(matrix)
    (slopes,) = grad(REGISTRY["det"](x), x, create_graph=True)
    n = range(len(matrix))
    for i, j in itertools.product(n, n):
        (row,) = grad(slopes[i, j], x, retain_graph=True)
        # det is linear in every element, so this difference is the derivative.
        for k, m in itertools.product(n, n):
            if i == k or j == m:
                exact = 0.0
            else:
                sign = (-1) ** (i + j + k + m) * (1 if (k > i) == (m > j) else -1)
                exact = sign * minor(matrix, {i, k}, {j, m})
            assert row.numpy()[k, m] == pytest.approx(exact, abs=1e-12)


def test_third_derivative_of_a_determinant():
    """`det(A + t*B)` of 3 rows is a cubic in t whose third derivative is `6*det(B)`."""
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 3, 3))
    t = leaf(0.5)
    value = REGISTRY["det"](tensor(a) + t * tensor(b))
    for _ in range(3):
        (value,) = grad(value, t, create_graph=True)
    assert value.item() == pytest.approx(6 * np.linalg.det(b), rel=1e-10)


@pytest.mark.parametrize("lost", [math.nan, math.inf])
@pytest.mark.parametrize(("name", "result"), [("eigh", 0), ("eigh", 1), ("svd", 0), ("svd", 1), ("qr", 0), ("qr", 1)])
def test_factors_of_what_is_not_finite_are_nan(name, result, lost):
    found = REGISTRY[name](np.array([np.diag([1.0, 2.0]), [[lost, 1.0], [1.0, 1.0]]]))[result]
    assert np.isnan(found.reshape(2, -1)).any(axis=1).tolist() == [False, True]
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("name", ["det", "inv", "slogdet"])
def test_nan_in_a_matrix_comes_out_as_nan_and_stays_in_its_matrix(name):
    x = leaf([np.eye(2), [[math.nan, 1.0], [1.0, 1.0]]])
    found = REGISTRY[name](x)
    found = found.logabsdet if name == "slogdet" else found
    (slopes,) = grad(found.sum(), x)
    assert np.isnan(found.detach().numpy().reshape(2, -1)).any(axis=1).tolist() == [False, True]
    assert np.isnan(slopes.numpy()).any(axis=(1, 2)).tolist() == [False, True]


def test_slogdet_of_a_singular_matrix():
    sign, logabsdet = REGISTRY["slogdet"](np.zeros((2, 2)))
    assert (sign, logabsdet) == (0.0, -math.inf)


# Products


@given(npst.mutually_broadcastable_shapes(signature="(n?,k),(k,m?)->(n?,m?)", max_dims=2, max_side=3))
def test_matmul_is_numpy_s_for_all_ranks(shapes):
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(shape) for shape in shapes.input_shapes)
    x, y = leaf(a), leaf(b)
    product = REGISTRY["matmul"](x, y)
    exact = np.matmul(a, b)
    np.testing.assert_array_equal(product.detach().numpy(), exact)
    assert REGISTRY["matmul"].size(a, b) == exact.size
    # A product is linear in each factor: the gradient tells its change under any step.
    weights = rng.standard_normal(exact.shape)
    left, right = (slope.numpy() for slope in grad((product * weights).sum(), [x, y]))
    step_a, step_b = rng.standard_normal(a.shape), rng.standard_normal(b.shape)
    assert np.sum(left * step_a) == pytest.approx(np.sum((step_a @ b) * weights), rel=1e-12, abs=1e-12)
    assert np.sum(right * step_b) == pytest.approx(np.sum((a @ step_b) * weights), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("a, b, name", [
    ((3,), (3,), "DotBackward0"), ((2, 3), (3,), "MvBackward0"), ((3,), (3, 2), "MmBackward0"),
    ((2, 3), (3, 2), "MmBackward0"), ((4, 2, 3), (3, 2), "BmmBackward0"), ((3,), (4, 3, 2), "BmmBackward0"),
])  # fmt: skip
def test_matmul_is_named_by_rank(a, b, name):
    assert REGISTRY["matmul"](leaf(np.ones(a)), leaf(np.ones(b))).grad_fn.name() == name


@given(npst.array_shapes(min_dims=0, max_dims=3, max_side=3), npst.array_shapes(min_dims=0, max_dims=3, max_side=3))
def test_kron_is_numpy_s(a, b):
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal(a), rng.standard_normal(b)
    np.testing.assert_array_equal(REGISTRY["kron"](x, y), np.kron(x, y))


def test_cross_is_numpy_s_and_square_to_both():
    a, b = np.random.default_rng(3).standard_normal((2, 3, 4))
    found = REGISTRY["cross"](a, b, dim=0)
    np.testing.assert_array_equal(found, np.cross(a, b, axis=0))
    np.testing.assert_allclose([(found * a).sum(0), (found * b).sum(0)], 0.0, atol=1e-14)


# Inverses, systems, factors


def test_solve_takes_vectors_batches_of_vectors_and_matrices():
    rng = np.random.default_rng(4)
    a = rng.standard_normal((2, 3, 3)) + 3 * np.eye(3)
    for b in (rng.standard_normal(3), rng.standard_normal((2, 3))):
        np.testing.assert_allclose(
            (a @ REGISTRY["solve"](a, b)[..., None])[..., 0], np.broadcast_to(b, (2, 3)), rtol=1e-12
        )
    for b in (rng.standard_normal((3, 2)), rng.standard_normal((2, 3, 4))):
        np.testing.assert_allclose(a @ REGISTRY["solve"](a, b), np.broadcast_to(b, (2, *b.shape[-2:])), rtol=1e-12)


def test_cholesky_reads_the_symmetric_part():
    lower = REGISTRY["cholesky"](np.array([[4.0, 3.0], [1.0, 3.0]]))
    np.testing.assert_allclose(lower @ lower.T, [[4.0, 2.0], [2.0, 3.0]], rtol=1e-15)


@pytest.mark.parametrize("name", ["det", "inv", "cholesky"])
def test_batches_are_matrix_by_matrix(name):
    drawn = np.random.default_rng(5).standard_normal((2, 2, 3, 3))
    batch = drawn @ np.swapaxes(drawn, -2, -1) + np.eye(3)
    found = REGISTRY[name](batch)
    for place in np.ndindex(2, 2):
        np.testing.assert_allclose(found[place], REGISTRY[name](batch[place]), rtol=1e-13)


# Eigenvectors, singular vectors, orthogonal factors


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (5, 2), (2, 3, 2), (0, 2), (2, 0)])
def test_factors_are_multiplied_to_the_matrix(shape):
    a = np.random.default_rng(6).standard_normal(shape)
    for full in (True, False):
        u, s, vh = REGISTRY["svd"](a, full)
        least = s.shape[-1]
        np.testing.assert_allclose((u[..., :least] * s[..., None, :]) @ vh[..., :least, :], a, atol=1e-14)
    for mode in ("reduced", "complete"):
        q, r = REGISTRY["qr"](a, mode)
        np.testing.assert_allclose(q @ r, a, atol=1e-14)
        np.testing.assert_array_equal(r, np.triu(r))
    square = a @ np.swapaxes(a, -2, -1)
    values, vectors = REGISTRY["eigh"](square)
    np.testing.assert_allclose((vectors * values[..., None, :]) @ np.swapaxes(vectors, -2, -1), square, atol=1e-13)


@pytest.mark.parametrize("name", ["eigh", "svd"])
def test_values_have_derivatives_where_they_are_equal_or_zero(name):
    for matrix in (np.eye(3), np.zeros((3, 3))):
        x = leaf(matrix)
        values = REGISTRY[name](x)[name == "svd"]
        (slopes,) = grad(values.sum(), x)
        np.testing.assert_allclose(slopes.numpy(), np.eye(3), atol=1e-15)


def test_qr_of_dependent_columns_has_no_derivative():
    x = leaf(np.zeros((3, 2)))
    (slopes,) = grad(REGISTRY["qr"](x).R.sum(), x)
    assert np.isnan(slopes.numpy()).all()


def test_a_projection_onto_eigenvectors_has_its_derivative():
    """`eigenvectors @ diag(exp(eigenvalues)) @ eigenvectors.T` is a power series, differentiated term by term."""
    rng = np.random.default_rng(7)
    a, step = (m + m.T for m in rng.standard_normal((2, 3, 3)))
    t = leaf(0.0)
    values, vectors = REGISTRY["eigh"](tensor(a) + t * tensor(step))
    weights = tensor(rng.standard_normal((3, 3)))
    (slope,) = grad(((vectors * values.exp()) @ vectors.T * weights).sum(), t)
    powers = [np.linalg.matrix_power(a, k) / math.factorial(k) for k in range(60)]
    exact = sum(
        (powers[k] @ step @ powers[m] * math.factorial(k) * math.factorial(m) / math.factorial(k + m + 1))
        for k in range(60) for m in range(60 - k)
    )  # fmt: skip
    assert slope.item() == pytest.approx(np.sum(exact * weights.numpy()), rel=1e-12)


# Errors

A, V = np.ones((2, 3)), np.ones(3)


@pytest.mark.parametrize("name, args, message", [
    ("matmul", (A, A), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    ("matmul", (A, np.ones(2)), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2)"),
    ("matmul", (A, 2.0), "both arguments to matmul need to be at least 1D, but they are 2D and 0D"),
    ("matmul", (np.ones((2, 1, 3)), np.ones((4, 3, 1))), "the batches of shapes 2x1x3 and 4x3x1 do not match"),
    ("mm", (V, A), "self must be a matrix"),
    ("mm", (A, V), "mat2 must be a matrix"),
    ("mv", (V, V), "mv: expected a matrix and a vector, but got 1D and 1D tensors"),
    ("dot", (A, V), "1D tensors expected, but got 2D and 1D tensors"),
    ("dot", (V, np.ones(2)), "inconsistent tensor size, expected tensor [3] and src [2] to have the same number of "
     "elements, but got 3 and 2 elements respectively"),
    ("outer", (A, V), "outer: Expected 1-D argument self, but got 2-D"),
    ("cross", (A.T, A.T), "linalg.cross: inputs dimension -1 must have length 3. Got 2 and 2"),
    ("cross", (A, V), "linalg.cross: inputs must have the same number of dimensions."),
    ("trace", (V,), "trace: expected a matrix, but got tensor with dim 1"),
    ("diag", (np.ones((1, 1, 1)),), "diag(): Supports 1D or 2D tensors. Got 3D"),
    ("tril", (V,), "tril: input tensor must have at least 2 dimensions"),
    ("det", (V,), "linalg.det: The input tensor A must have at least 2 dimensions."),
    ("inv", (A,), "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices"),
    ("eigh", (A,), "linalg.eigh: A must be batches of square matrices, but they are 2 by 3 matrices"),
    ("svd", (V,), "linalg.svd: The input tensor A must have at least 2 dimensions."),
    ("qr", (A, "r"), "linalg.qr: there is no mode 'r' here, but 'reduced' and 'complete'"),
    ("solve", (np.eye(2), 1.0),
     "linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and a scalar)"),
    ("solve", (np.eye(2), V), "linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3)"),
])  # fmt: skip
def test_messages(name, args, message):
    with pytest.raises(RuntimeError) as raised:
        REGISTRY[name](*args)
    assert str(raised.value) == message


@pytest.mark.parametrize("name", ["inv", "solve", "cholesky"])
def test_a_singular_matrix_is_refused(name):
    with pytest.raises(np.linalg.LinAlgError):
        REGISTRY[name](*[-np.ones((2, 2))] * (2 if name == "solve" else 1))
