"""Laws of the surface that hold for all values, against torch: how tensors print, meet in a dtype, and are indexed."""

from __future__ import annotations

import itertools
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import gradcli

torch = pytest.importorskip("torch")

FLOATS = ("float16", "float32", "float64")
DTYPES = (*FLOATS, "uint8", "int8", "int16", "int32", "int64", "bool")
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)

# Printing

_NUMBERS = {
    "any": st.floats(width=16),
    "near one": st.floats(-10, 10, width=16),
    "whole": st.integers(-2000, 2000).map(float),
    "small": st.floats(-0.001, 0.001),
    "decimal": st.integers(-99999, 99999).map(lambda n: n / 1000),
    "special": st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 1e-5, 1e4, 12345.5]),
}


@st.composite
def printed(draw: st.DrawFn) -> np.ndarray:
    dtype, shape = draw(st.sampled_from(DTYPES)), draw(SHAPES)
    if dtype == "bool":
        return draw(arrays.arrays(dtype, shape))
    if dtype not in FLOATS:
        return draw(arrays.arrays(np.int64, shape, elements=st.integers(0, 127))).astype(dtype)
    numbers = draw(st.sampled_from(sorted(_NUMBERS)).map(_NUMBERS.__getitem__))
    with np.errstate(over="ignore"):
        return draw(arrays.arrays(np.float64, shape, elements=numbers)).astype(dtype)


@given(printed())
def test_any_tensor_prints_as_in_torch(array: np.ndarray) -> None:
    assert repr(gradcli.tensor(array)) == repr(torch.tensor(array))


@given(printed(), st.sampled_from(["", "requires_grad", "node"]))
def test_what_follows_the_numbers_prints_as_in_torch(array: np.ndarray, suffix: str) -> None:
    def text(t: ModuleType) -> str:
        x = t.tensor(array)
        if suffix and array.dtype.kind == "f":
            x.requires_grad_()
        return repr(x.expand(1, *x.shape) if suffix == "node" else x)

    assert text(gradcli) == text(torch)


@given(
    arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=40),
    st.sampled_from([1.0, 7.0, 1e4]),
    st.fixed_dictionaries(
        {
            "precision": st.integers(1, 8),
            "threshold": st.integers(0, 2000),
            "edgeitems": st.integers(1, 4),
            "linewidth": st.integers(20, 120),
            "sci_mode": st.sampled_from([None, True, False]),
        }
    ),
)
def test_a_summary_prints_as_in_torch(shape: tuple[int, ...], divisor: float, options: dict[str, Any]) -> None:
    array = np.arange(math.prod(shape)).reshape(shape) / divisor
    try:
        for t in (gradcli, torch):
            t.set_printoptions(**options)
        assert repr(gradcli.tensor(array)) == repr(torch.tensor(array))
    finally:
        for t in (gradcli, torch):
            t.set_printoptions(profile="default")


# Promotion

MEETING = (
    "add", "mul", "div", "floor_divide", "remainder", "pow", "maximum", "fmin", "atan2", "hypot", "eq", "lt",
    "logical_and", "xlogy", "bitwise_and",
)  # fmt: skip
KINDS = [*itertools.product((2, None), DTYPES), *(("number", value) for value in (2.0, 2, True))]


def operand(t: ModuleType, kind: Any, what: Any) -> Any:
    return what if kind == "number" else t.ones(() if kind is None else kind, dtype=getattr(t, what))


@pytest.mark.parametrize("name", MEETING)
@pytest.mark.parametrize("default", ["float32", "float64"])
def test_dtypes_meet_as_in_torch(name: str, default: str) -> None:
    met = 0
    for one, other in itertools.product(KINDS, KINDS):
        found = []
        for t in (torch, gradcli):
            t.set_default_dtype(getattr(t, default))
            try:
                found.append(repr(getattr(t, name)(operand(t, *one), operand(t, *other)).dtype))
            except (TypeError, NotImplementedError, AttributeError):
                found.append("refused")  # torch wants a tensor here, or has no kernel of that dtype
            finally:
                t.set_default_dtype(t.float32)
        if found[0] != "refused" and not (name == "pow" and "bool" in one and True in other):
            met += 1
            assert found[0] == found[1], (one, other)
    assert met > 100


# Indexing

_SIDE = st.integers(-4, 4)
_BASIC = st.one_of(
    st.integers(-3, 3),
    st.just(None),
    st.just(...),
    st.builds(slice, st.none() | _SIDE, st.none() | _SIDE, st.none() | st.integers(1, 3)),
)


@st.composite
def indexed(draw: st.DrawFn) -> tuple[np.ndarray, Any]:
    """Draw an array, and a key of which some parts may not fit."""
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    array = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    length = draw(st.integers(1, 3))
    lists = st.lists(st.integers(-2, 1), min_size=length, max_size=length)
    mask = arrays.arrays(bool, shape[: draw(st.integers(1, len(shape)))])
    parts = draw(st.lists(_BASIC | lists, max_size=4).filter(lambda parts: parts.count(...) < 2))
    if draw(st.booleans()):
        return array, tuple(parts)
    return array, draw(mask | _BASIC | lists)


@given(indexed())
def test_indexing_picks_and_differentiates_as_in_torch(case: tuple[np.ndarray, Any]) -> None:
    array, key = case

    def picked(t: ModuleType) -> Any:
        def part(p: Any) -> Any:
            return t.tensor(p) if isinstance(p, (list, np.ndarray)) else p

        x = t.tensor(array, requires_grad=True)
        try:
            y = x[tuple(map(part, key)) if isinstance(key, tuple) else part(key)]
            weights = t.arange(y.numel(), dtype=t.float64).reshape(y.shape)
            (y * weights).sum().backward()
        except (IndexError, TypeError, RuntimeError) as error:
            return type(error).__name__, ()
        assert x.grad is not None
        return y.tolist(), tuple(y.shape), x.grad.tolist()

    ours, theirs = picked(gradcli), picked(torch)
    unread = ours[0] == "IndexError" and 0 in theirs[1]  # torch does not look at an index that picks nothing
    assert unread or ours == theirs


@given(indexed(), st.booleans())
def test_assignment_writes_and_differentiates_as_in_torch(case: tuple[np.ndarray, Any], recorded: bool) -> None:
    array, key = case

    def written(t: ModuleType) -> Any:
        def part(p: Any) -> Any:
            return t.tensor(p) if isinstance(p, (list, np.ndarray)) else p

        x = t.tensor(array, requires_grad=recorded)
        value = t.tensor(-1.5, dtype=t.float64, requires_grad=recorded)
        y = x * 2
        try:
            y[tuple(map(part, key)) if isinstance(key, tuple) else part(key)] = value * 3
            if recorded:
                (y * y).sum().backward()
        except (IndexError, TypeError, RuntimeError) as error:
            return type(error).__name__
        return y.tolist(), recorded and x.grad.tolist(), recorded and value.grad is not None and value.grad.item()

    ours, theirs = written(gradcli), written(torch)
    unread = ours == "IndexError" and theirs[0] == (array * 2).tolist()
    assert unread or ours == theirs
