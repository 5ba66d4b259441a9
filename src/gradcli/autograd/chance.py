"""Random tensors, all drawn from one NumPy Generator, which `manual_seed` seeds.

The numbers are NumPy's: with the same seed torch draws others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes
from .making import _like, finished, maker, size_of
from .tensor import Tensor, wrap

_source = [np.random.default_rng()]


def manual_seed(seed: int) -> np.random.Generator:
    """Start the random numbers again, from a seed; return their generator.

    >>> import gradcli as t
    >>> _ = t.manual_seed(7)
    >>> first = t.rand(3)
    >>> _ = t.manual_seed(7)
    >>> t.equal(first, t.rand(3))
    True
    """
    _source[0] = np.random.default_rng(abs(int(seed)))
    return _source[0]


def _drawn(draw: str, refused: str) -> Callable[..., np.ndarray]:
    def numbers(size: tuple[int, ...], dtype: Any, generator: Any) -> np.ndarray:
        dtype = dtype or dtypes.default()
        if dtype.kind != "f":
            raise NotImplementedError(f"\"{refused}\" not implemented for '{dtypes.word(dtype)}'")
        # A Generator draws in single and double precision only.
        drawn = getattr(generator or _source[0], draw)(size, np.float64 if dtype == np.float64 else np.float32)
        return np.asarray(drawn, dtype)

    return numbers


_uniform = _drawn("random", "check_uniform_bounds")
_normal = _drawn("standard_normal", "normal_kernel_cpu")


@maker
def rand(*numbers: int, size: Any = None, generator: Any = None, dtype: Any = None) -> np.ndarray:
    """Draw numbers uniformly from [0, 1)."""
    return _uniform(size_of("rand", numbers, size), dtype, generator)


@maker
def randn(*numbers: int, size: Any = None, generator: Any = None, dtype: Any = None) -> np.ndarray:
    """Draw numbers from the normal distribution with mean 0 and variance 1."""
    return _normal(size_of("randn", numbers, size), dtype, generator)


@maker
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None
) -> np.ndarray:
    """Draw numbers from normal distributions; `mean` and `std` are numbers, or tensors that give the size."""
    mean, std = (each._data if isinstance(each, Tensor) else each for each in (mean, std))
    size = np.broadcast_shapes(np.shape(mean), np.shape(std)) if size is None else size_of("normal", (), size)
    drawn = mean + std * _normal(size, np.dtype(np.float64), generator)
    return np.asarray(drawn, dtype or (dtypes.default() if np.ndim(mean) == 0 else mean.dtype))


@maker
def randint(low: int, high: Any = None, size: Any = None, *, generator: Any = None, dtype: Any = None) -> np.ndarray:
    """Draw integers from `low` (0 if one bound is given) up to, not including, `high`."""
    if isinstance(high, (tuple, list)):
        high, size = None, high
    low, high = (0, low) if high is None else (low, high)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    drawn = (generator or _source[0]).integers(low, high, size_of("randint", (), size))
    return drawn.astype(dtype or np.int64)


@maker
def randperm(n: int, *, generator: Any = None, dtype: Any = None) -> np.ndarray:
    """Draw an order of the numbers from 0 up to, not including, `n`."""
    return (generator or _source[0]).permutation(n).astype(dtype or np.int64)


def uniform_(input: Tensor, a: float = 0.0, b: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill a tensor with numbers drawn uniformly from [a, b)."""
    data = input._data
    return input.copy_(wrap(a + (b - a) * _uniform(data.shape, data.dtype, generator)))


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill a tensor with numbers drawn from a normal distribution."""
    data = input._data
    return input.copy_(wrap(mean + std * _normal(data.shape, data.dtype, generator)))


rand_like, randn_like = (_like(make, f"{make.__name__}_like") for make in (rand, randn))


def bernoulli(input: Tensor, *, generator: Any = None) -> Tensor:
    """Draw ones, with the probabilities that a tensor holds, and zeros."""
    data = input._data
    return finished((np.asarray((generator or _source[0]).random(data.shape)) < data).astype(data.dtype))
