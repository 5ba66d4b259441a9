"""Programs on arrays: of every length, layout and dtype, on any number of threads, and interrupted."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradcli import lang
from gradcli.program import running
from gradcli.program.executable import Executable
from gradcli.program.lengths import Length, known
from gradcli.program.ssa import Block, Input, Type, parse
from gradcli.program.trace import joint, of_program

N = Length(1, 0)
BLOCK = 512
SIZES = [0, 1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Let blocks be small, so that small arrays have several."""
    monkeypatch.setattr(running, "BLOCK_BYTES", 8 * BLOCK)


def traced(text: str, dtype: str = "f8", wrt: tuple[str, ...] | None = None, **shapes: Any) -> Block:
    inputs = [Input(name, Type(np.dtype(dtype), shape)) for name, shape in shapes.items()]
    return joint(of_program(lang.parse(text), dtype), inputs, tuple(shapes) if wrt is None else wrt)


def samples(block: Block, n: int) -> list[Any]:
    rng = np.random.default_rng(n)
    return [
        rng.uniform(0.5, 1.5, [known(length, n) for length in kind.shape]).astype(kind.dtype)[()]
        for _, kind in block.inputs
    ]


ELEMENTWISE = ["x**2*exp(x)", "log(x)/x", "x if x > 1 else 1/x", "max(x, 1) - where(x > 1, 0, x)*abs(x)", "x**3/7"]


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("text", ELEMENTWISE)
@pytest.mark.parametrize("n", SIZES)
def test_elementwise_programs_are_bitwise_what_they_read(text, n, dtype, interpret):
    block = traced(text, dtype, x=(N,))
    executable = Executable(block)
    values = samples(block, n)
    wanted = interpret(executable.block, values, n)
    for got, want in zip(executable.run(values), wanted.values(), strict=True):
        assert got.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize("n", [1, 100, 10 * BLOCK + 3])
@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_sums_are_as_exact_as_pairwise_ones(n, dtype):
    executable = Executable(traced("sum(x**2*exp(x))", dtype, x=(N,)))
    (x,) = samples(executable.block, n)
    total = math.fsum(x.astype(float) ** 2 * np.exp(x.astype(float)))
    terms = 4 * np.finfo(dtype).eps * max(math.log2(n), 1) * total
    assert abs(float(executable.run([x])[0]) - total) <= terms


@pytest.mark.parametrize("reduction", ["sum", "prod", "amax", "amin", "any", "all"])
@pytest.mark.parametrize("n", [3, 3 * BLOCK + 7])
def test_reductions_of_any_kind(reduction, n):
    kind = "bool" if reduction in ("any", "all") else "f64"
    block = parse(f"""
        inputs %0 x : f64[n]
        %1 = {"gt %0 1.4" if kind == "bool" else "sqrt %0"} : {kind}[n]
        %2 = {reduction} %1 {{dim=None, keepdim=False}} : {kind}[]
        outputs value %2
    """)
    x = 1 + np.random.default_rng(1).uniform(0, 0.5 / n, n)
    x[n // 2] = 1.45
    function = {"amax": "max", "amin": "min"}.get(reduction, reduction)
    wanted = getattr(np, function)(x > 1.4 if kind == "bool" else np.sqrt(x))
    (got,) = Executable(block).run([x])
    assert got.dtype == wanted.dtype
    np.testing.assert_allclose(got, wanted, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("sum(a*b + c)", {"a": (N,), "b": (), "c": (N,)}),
        ("a*b + c", {"a": (N, 3), "b": (3,), "c": (N, 1)}),
        ("a*b + c", {"a": (3, N), "b": (3, 1), "c": (N,)}),
        ("sum(a*b)", {"a": (N, 1), "b": (1, 30)}),
        ("a/sum(exp(a))*b", {"a": (N,), "b": (2, N)}),
        ("sum(a, axis=0)*b", {"a": (N, 3), "b": (3,)}),
        ("(a @ b)*c", {"a": (N, 3), "b": (3,), "c": (N,)}),
        ("a[1:]*b - a[:-1]", {"a": (N,), "b": ()}),
        ("exp(a)/sum(exp(a)) + sum(exp(a)*a)", {"a": (N,)}),
    ],
)
@pytest.mark.parametrize("n", [2, 5, BLOCK + 100])
def test_what_broadcasts_and_what_stands_between(text, shapes, n, interpret):
    block = traced(text, **shapes)
    values = samples(block, n)
    for got, want in zip(Executable(block).run(values), interpret(block, values, n).values(), strict=True):
        assert np.shape(got) == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


def layouts(x: np.ndarray, tmp_path) -> dict[str, np.ndarray]:
    spread = np.zeros((x.size, 2))
    spread[:, 0] = x.ravel()
    mapped = np.memmap(tmp_path / "x.bin", x.dtype, "w+", shape=x.shape)
    mapped[...] = x
    return {
        "strided": spread[:, 0].reshape(x.shape) if x.ndim == 1 else spread.reshape(*x.shape, 2)[..., 0],
        "reversed": x[::-1].copy()[::-1],
        "fortran": np.asfortranarray(x),
        "broadcast": np.broadcast_to(x[:1], x.shape),
        "mapped": mapped,
        "read-only": np.frombuffer(x.tobytes()).reshape(x.shape),
        "swapped": x.astype(">f8"),
    }


@pytest.mark.parametrize("shape", [(3 * BLOCK + 7,), (40, 41), (2, 800)])
def test_inputs_in_any_layout(shape, tmp_path):
    names = [Length(1, 0) if n == max(shape) else n for n in shape]
    executable = Executable(traced("sum(x**2*exp(x)) + x", x=tuple(names)))
    x = np.random.default_rng(0).uniform(-1, 1, shape)
    for layout, given in layouts(x, tmp_path).items():
        base = np.array(given, dtype=float)
        for got, want in zip(executable.run([given]), executable.run([base]), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-13, err_msg=layout)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_no_result_depends_on_the_threads(threads):
    block = traced("sum(sin(x)*y) + x*prod(y)", x=(N,), y=(N,))
    values = samples(block, 9 * BLOCK + 5)
    first = Executable(block, threads=3).run(values)
    for got, want in zip(Executable(block, threads=threads).run(values), first, strict=True):
        np.testing.assert_array_equal(got, want)


def test_fastmath_rounds_otherwise_and_no_more():
    block = traced("x**3/7 + 2*(3*x)*exp(x)", x=(N,))
    values = samples(block, 1000)
    fast = Executable(block, fastmath=True)
    assert len(fast.block.instructions) < len(Executable(block).block.instructions) + 2
    assert "pow" not in str(fast.block) and "div" not in str(fast.block)
    for got, want in zip(fast.run(values), Executable(block).run(values), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-14)


class TestOut:
    def run(self, n: int, make: Any) -> None:
        executable = Executable(traced("x**2*exp(x)", x=(N,)))
        x = np.random.default_rng(0).uniform(-1, 1, n)
        wanted = executable.run([x])
        given, out = make(x.copy())
        results = executable.run([given], out=out)
        for result, into, want in zip(results, out, wanted, strict=True):
            assert into is None or result is into
            np.testing.assert_array_equal(result, want)

    @pytest.mark.parametrize("n", SIZES)
    def test_memory_that_is_given(self, n):
        self.run(n, lambda x: (x, [np.full(n, np.nan), np.full(n, np.nan)]))
        self.run(n, lambda x: (x, [None, np.full(n, np.nan)]))
        self.run(n, lambda x: (x, list(np.full((n, 2), np.nan).T)))

    @pytest.mark.parametrize("n", [5, 3 * BLOCK])
    def test_memory_that_is_the_inputs(self, n):
        self.run(n, lambda x: (x, [x, None]))
        self.run(n, lambda x: (x, [None, x]))

    def test_a_scalar_and_a_copy(self):
        executable = Executable(parse("inputs %0 x : f64[n]\n%1 = sum %0 {dim=None} : f64[]\noutputs s %1, x %0"))
        x, total = np.arange(5.0), np.zeros(())
        results = executable.run([x], out=[total, None])
        assert results[0] is total and total == 10.0
        assert not np.shares_memory(results[1], x)


def test_outputs_are_arrays_of_their_own():
    block = parse("""
        inputs %0 x : f32[n], %1 s : f32[]
        %2 = mul 2.0 %0 : f32[n]
        %3 = broadcast %1 {shape=(n,)} : f32[n]
        %4 = index %0 {key=(slice(None, None, -1),)} : f32[n]
        outputs a %2, b %2, c %0, d %3, e %4, f 1.5, g %1
    """)
    x = np.arange(4, dtype="f4")
    results = Executable(block).run([x, np.float32(3)])
    arrays = results[:5]
    for array, want in zip(arrays, [2 * x, 2 * x, x, np.full(4, 3), x[::-1]], strict=True):
        np.testing.assert_array_equal(array, want)
        assert array.flags.writeable and array.dtype == np.float32
        assert not any(np.shares_memory(array, other) for other in [x, *arrays] if other is not array)
    assert results[6] == 3 and isinstance(results[6], np.float32)


def test_nothing_is_written_to_inputs():
    block = traced("a*b + sin(a)/b", a=(N,), b=(N,))
    values = samples(block, 3 * BLOCK)
    kept = [value.copy() for value in values]
    for value in values:
        value.flags.writeable = False
    Executable(block).run(values)
    for value, was in zip(values, kept, strict=True):
        np.testing.assert_array_equal(value, was)


def test_peak_memory(monkeypatch):
    monkeypatch.undo()
    n = 4_000_000
    executable = Executable(traced("exp(x)*sum(x**2*exp(x))/sum(exp(x))", x=(N,)))
    x = np.linspace(-1, 1, n)
    executable.run([x[:10]])
    tracemalloc.start()
    results = executable.run([x])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= sum(np.asarray(each).nbytes for each in results) + (64 << 20)
