"""Segments of rows: products with small matrices, reductions of rows and over them, views, in one pass."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradcli import lang
from gradcli.program import joining, running
from gradcli.program.executable import Executable
from gradcli.program.lengths import Length, known
from gradcli.program.lowering import lower
from gradcli.program.segments import Segment, form
from gradcli.program.ssa import Block, Input, Type, parse
from gradcli.program.totals import total
from gradcli.program.trace import joint, of_program

N = Length(1, 0)
BLOCK = 512


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(running, "BLOCK_BYTES", 8 * BLOCK)


def traced(text: str, **shapes: Any) -> Block:
    inputs = [Input(name, Type(np.dtype(float), shape)) for name, shape in shapes.items()]
    return joint(of_program(lang.parse(text)), inputs, tuple(shapes))


CASES = {
    "logistic": ("mean(log1p(exp(-y*(X @ w))))", {"X": (N, 4), "y": (N,), "w": (4,)}),
    "layer": ("sum(tanh(X @ W + b)**2)", {"X": (N, 4), "W": (4, 3), "b": (3,)}),
    "quadratic": ("sum((X @ A)*X)", {"X": (N, 3), "A": (3, 3)}),
    "softmax": ("sum(exp(X)/sum(exp(X), axis=1, keepdims=True)*Y)", {"X": (N, 5), "Y": (N, 5)}),
    "logsumexp": ("sum(logsumexp(X, axis=1))", {"X": (N, 5)}),
    "standardised": ("(X - mean(X, axis=0))/std(X, axis=0)", {"X": (N, 3)}),
    "columns": ("sum(X[:, 0]*exp(X[:, 1])) + sum(X[:, 1:])", {"X": (N, 3)}),
    "rows of n": ("sum(exp(-(x - Y)**2))", {"x": (40,), "Y": (N, 40)}),
    "a dot": ("dot(x, y)*x", {"x": (N,), "y": (N,)}),
    "a transpose": ("X.T * w", {"X": (N, 3), "w": (3, 1)}),
    "the largest": ("sum(amax(X, axis=1)*w) + amin(X)", {"X": (N, 3), "w": (N,)}),
    "two passes": ("sum((X @ w - mean(X @ w))**2*v)", {"X": (N, 3), "w": (3,), "v": (N,)}),
    "squares": ("sum((X @ x)*x)", {"X": (N, N), "x": (N,)}),
    "a square's transpose": ("sum(exp(X.T + X))", {"X": (N, N)}),
}


@pytest.mark.parametrize(("n", "is_open"), [(2, True), (5, True), (511, True), (1100, True), (1100, False)])
@pytest.mark.parametrize("name", CASES)
def test_rows_are_what_they_read(name, n, is_open, interpret, monkeypatch):
    monkeypatch.setattr(joining, "_MANY", 1050)  # more than a small matrix has, as ever
    text, shapes = CASES[name]
    if (N, N) in shapes.values() and n > 100:
        n = 60
    if not is_open:
        shapes = {each: tuple(known(length, n) for length in shape) for each, shape in shapes.items()}
    block = traced(text, **shapes)
    rng = np.random.default_rng(n)
    values = [rng.uniform(-1, 1, [known(length, n) for length in kind.shape]) for _, kind in block.inputs]
    for layout in (np.ascontiguousarray, np.asfortranarray):
        given = [layout(value) for value in values]
        wanted = interpret(block, given, n).values()
        for threads in (1, 3):
            found = Executable(block, threads=threads).run(given)
            for got, want in zip(found, wanted, strict=True):
                assert np.shape(got) == want.shape and np.asarray(got).dtype == want.dtype
                np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)


def segments(block: Block) -> list[str]:
    steps = form(lower(Executable(block).block))
    return [" ".join(ins.name for _, ins in step.body) if isinstance(step, Segment) else "" for step in steps]


def test_a_loss_with_its_gradient_is_one_pass():
    text, shapes = CASES["logistic"]
    inputs = [Input(name, Type(np.dtype(float), shape)) for name, shape in shapes.items()]
    passes = [each for each in segments(joint(of_program(lang.parse(text)), inputs, ("w",))) if "exp" in each]
    assert passes == ["neg matmul mul exp log1p sum add div mul mul transpose reshape matmul"]


def test_a_view_serves_a_segment_and_what_stands_between():
    block = parse("""
        inputs %0 x : f64[n]
        %1 = exp %0 : f64[n]
        %2 = reshape %1 {shape=(n, 1)} : f64[n,1]
        %3 = mul %2 2.0 : f64[n,1]
        %4 = concatenate %2 %3 {axis=1} : f64[n,2]
        outputs value %4, y %3, z %2
    """)
    x = np.linspace(0, 1, 3 * BLOCK)
    both, doubled, column = Executable(block).run([x])
    np.testing.assert_array_equal(both, np.stack([np.exp(x), 2 * np.exp(x)], axis=1))
    np.testing.assert_array_equal(doubled[:, 0], 2 * np.exp(x))
    np.testing.assert_array_equal(column[:, 0], np.exp(x))
    column[:] = 0
    assert both.all() and doubled.all()


def test_sums_over_rows_are_pairwise():
    rng = np.random.default_rng(0)
    terms = rng.uniform(0, 1, (20_000, 2)).astype(np.float32)
    exact = np.array([math.fsum(column) for column in terms.T.astype(float)])
    error = np.abs(total(terms, (0,), np.float32).astype(float) - exact)
    assert (error <= 4 * np.finfo(np.float32).eps * math.log2(len(terms)) * exact).all()
    plain = np.abs(np.add.reduce(terms, 0).astype(float) - exact)
    assert error.max() < plain.max() / 10


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, 101])
def test_totals_of_any_length(length):
    terms = np.arange(length * 6.0).reshape(length, 2, 3)
    np.testing.assert_array_equal(total(terms, (0,), float), terms.sum(0))
    np.testing.assert_array_equal(total(terms, (0, 2), float), terms.sum((0, 2)))
    np.testing.assert_array_equal(total(terms, None, float), terms.sum())
    np.testing.assert_array_equal(total(terms > 3, (0,), int), (terms > 3).sum(0))
