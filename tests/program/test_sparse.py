"""Sparse derivatives are the dense ones, in as few passes as the colouring says; the colourings are what they claim."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from gradcli import Expression
from gradcli.errors import EvaluationError, UnknownNameError
from gradcli.program import colouring
from gradcli.program.batching import CannotBatch, batched
from gradcli.program.sparse import Hessian, Jacobian
from gradcli.program.sparsity import sparsity
from gradcli.program.ssa import parse

RNG = np.random.default_rng(11)
X, A, B = RNG.normal(size=12), RNG.normal(size=(4, 5)), RNG.normal(size=(5, 4))

# A text, its variables, and how many passes its Hessian and its Jacobian take.
CASES: list[tuple[str, dict[str, Any], int, int]] = [
    ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", {"x": X}, 3, 1),
    ("sum(x**3) + x[0]*sum(x)", {"x": X}, 2, 1),
    ("x**2*exp(x)", {"x": X}, 1, 1),
    ("(x[2:] - 2*x[1:-1] + x[:-2])**2", {"x": X}, 5, 3),
    ("x*x[::-1]", {"x": X}, 2, 2),
    ("a*sum(sin(b*x)) + y@y", {"a": 1.5, "b": 0.3, "x": X, "y": X[:4]}, 3, 1),
    ("sum(A**2*B.T)", {"A": A, "B": B}, 2, 1),
    ("A@B", {"A": A, "B": B}, 5, 4),
    ("sum(A[:, 0]*A[:, 1])", {"A": A}, 2, 1),
    ("logsumexp(x)", {"x": X}, 12, 1),
    ("x if x > 0.2 else x**2", {"x": X}, 1, 1),
    ("sum(max(x, 0.1)**2) + amax(x)", {"x": X}, 1, 1),
    ("[x[0]*x[1], x[2], 3]", {"x": X}, 2, 1),
    ("reshape(x, 3, 4)@(x[:4]**2)", {"x": X}, 2, 3),
    ("3*x", {"x": 2.0}, 1, 1),
    ("y = x**2; sum(y*y[0])", {"x": X}, 2, 1),
    ("cumsum(x)**2", {"x": X}, 12, 12),
]


@pytest.mark.parametrize(("text", "values", "hessian", "jacobian"), CASES, ids=[text for text, *_ in CASES])
def test_sparse_is_dense(text: str, values: dict[str, Any], hessian: int, jacobian: int) -> None:
    f = Expression.parse(text)
    second, first = f.hessian(values, sparse=True), f.jacobian(values, sparse=True)
    dense, rows = f.hessian(values), f.jacobian(values)
    for x in f.variables:
        size = np.size(values[x])
        assert isinstance(first[x], sparse.csr_array) and isinstance(second[x][x], sparse.csr_array)
        np.testing.assert_allclose(first[x].toarray(), np.reshape(rows[x], (-1, size)), rtol=1e-13, atol=1e-15)
        for y in f.variables:
            wanted = np.reshape(dense[x][y], (size, np.size(values[y])))
            np.testing.assert_allclose(second[x][y].toarray(), wanted, rtol=1e-12, atol=1e-14)
    shapes = {name: np.shape(values[name]) for name in f.variables}
    passes = [kind(f.program, shapes, f.variables).colours for kind in (Hessian, Jacobian)]
    assert passes == [hessian, jacobian]


@pytest.mark.parametrize("most", [1, 40, 10**6])
def test_passes_take_as_many_colours_as_memory_allows(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.program.sparse._AT_ONCE", most)
    f = Expression.parse("x*logsumexp(x) + y")
    found, dense = f.hessian(x=X, y=1.0, sparse=True), f.hessian(x=X, y=1.0)
    np.testing.assert_allclose(found["x"]["x"].toarray(), dense["x"]["x"], rtol=1e-12)
    np.testing.assert_allclose(f.jacobian(x=X, y=1.0, sparse=True)["y"].toarray(), np.ones((12, 1)))


def test_only_some_names_and_matrices_of_a_users_own() -> None:
    f = Expression.parse("a*sum(x**3)")
    found = f.hessian(a=2.0, x=X, wrt=["x"], sparse=True)
    assert list(found) == list(found["x"]) == ["x"]
    np.testing.assert_allclose(found["x"]["x"].diagonal(), 12 * X, rtol=1e-14)
    found["x"]["x"].data[:] = 0.0
    found["x"]["x"].eliminate_zeros()
    again = f.hessian(a=3.0, x=X, wrt=["x"], sparse=True)["x"]["x"]
    np.testing.assert_allclose(again.diagonal(), 18 * X, rtol=1e-14)


def test_where_there_is_no_program_the_graph_answers() -> None:
    """Of a bound name, and of a decision between shapes."""
    f = Expression.parse("y = x**2; sum(y**3)")
    np.testing.assert_allclose(f.hessian(x=X, wrt=["y"], sparse=True)["y"]["y"].diagonal(), 6 * X**2, rtol=1e-12)
    np.testing.assert_allclose(f.jacobian(x=X, wrt=["y"], sparse=True)["y"].toarray(), [3 * X**4], rtol=1e-12)


def test_errors_are_those_of_dense_derivatives() -> None:
    f = Expression.parse("sum(x + y)")
    for sparse_too in (False, True):
        with pytest.raises(UnknownNameError, match="`y` has no value"):
            f.hessian(x=X, sparse=sparse_too)
        with pytest.raises(UnknownNameError, match="no variable `z`"):
            f.jacobian(x=X, y=X, wrt=["z"], sparse=sparse_too)
        with pytest.raises(EvaluationError, match="shapes"):
            f.hessian(x=X, y=X[:5], sparse=sparse_too)


# Colourings


@st.composite
def patterns(draw: Any) -> Any:
    """Draw a symmetric pattern."""
    size = draw(st.integers(1, 9))
    edges = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=20))
    rows, columns = [list(column) for column in zip(*edges, strict=True)] if edges else ([], [])
    half = sparse.coo_array((np.ones(len(edges), bool), (rows, columns)), (size, size))
    made = (half + half.T).tocsr()
    made.sum_duplicates()
    return made


@given(patterns())
def test_a_star_colouring_is_one(pattern: Any) -> None:
    colours = colouring.of_symmetric(pattern)
    joined = pattern.toarray() > 0
    size = len(colours)
    for i, j in zip(*np.nonzero(joined), strict=True):
        assert i == j or colours[i] != colours[j]
    for path in permutations(range(size), 4):
        if all(joined[a, b] for a, b in pairwise(path)):
            assert len(set(colours[list(path)])) > 2, path
    assert set(colours) == set(range(colours.max() + 1))


@given(patterns(), st.integers(0, 2**32))
def test_every_entry_is_found_again(pattern: Any, seed: int) -> None:
    matrix = pattern.astype(float)
    matrix.data = np.random.default_rng(seed).normal(size=matrix.nnz)
    matrix = sparse.csr_array(matrix + matrix.T)
    matrix.sum_duplicates()
    colours = colouring.of_symmetric(matrix)
    seeds = np.equal(colours[:, None], np.arange(colours.max() + 1)).astype(float)
    rows, columns = colouring.found_in(matrix, colours)
    np.testing.assert_allclose((matrix @ seeds)[rows, columns], matrix.data, rtol=1e-12, atol=1e-14)


@given(patterns())
def test_rows_of_a_colour_have_no_column_in_common(pattern: Any) -> None:
    colours = colouring.of_rows(pattern)
    for colour in range(colours.max() + 1):
        assert (pattern.toarray()[colours == colour].astype(int).sum(axis=0) <= 1).all()


def test_a_colouring_that_tells_nothing_apart_is_refused() -> None:
    with pytest.raises(AssertionError, match="does not tell entries apart"):
        colouring.found_in(sparse.csr_array(np.ones((2, 2))), np.zeros(2, int))


# What a program shows


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("%2 = floor %0 : f64[3]", []),
        ("%2 = lt %0 %1 : bool[3]", []),
        ("%2 = where True %0 %1 : f64[3]", [(0, 0), (0, 3), (1, 1), (1, 4), (2, 2), (2, 5)]),
        ("%2 = copysign %0 %1 : f64[3]", [(0, 0), (1, 1), (2, 2)]),
        ("%2 = sum %1 {dim=None} : f64[]", [(0, 3), (0, 4), (0, 5)]),
        ("%2 = index %1 {key=(-1,)} : f64[]", [(0, 5)]),
        ("%2 = scatter %1 {shape=(4,), key=(slice(1, None, None),)} : f64[4]", [(1, 3), (2, 4), (3, 5)]),
        ("%2 = matmul %0 %1 : f64[]", [(0, i) for i in range(6)]),
        ("%2 = concatenate %1 %0 {axis=0} : f64[6]", [(i, (i + 3) % 6) for i in range(6)]),
        ("%2 = secret %0 : f64[2]", [(i, j) for i in range(2) for j in range(3)]),
    ],
)
def test_dependence(line: str, wanted: list[tuple[int, int]]) -> None:
    block = parse(f"inputs %0 x : f64[3], %1 y : f64[3]\n{line}\noutputs value %2")
    (pattern,) = sparsity(block)
    assert sorted(zip(*(each.tolist() for each in pattern.nonzero()), strict=True)) == wanted


def test_an_instruction_that_knows_no_further_axis_is_refused() -> None:
    block = parse("inputs %0 x : f64[3]\n%1 = secret %0 : f64[3]\noutputs value %1")
    with pytest.raises(CannotBatch, match="secret has no form with a further axis"):
        batched(block, {"x"}, 2)
