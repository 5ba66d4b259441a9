"""Tensors from numbers and sizes: `tensor`, `zeros`, `arange`, `randn`, `zeros_like`, ...

Most functions here compute an array; `maker` gives them what all share: the arguments `dtype`,
`requires_grad` and `device`, and the Tensor around the array. Random numbers are in `chance`.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes, grad_mode
from .conversion import array_of, of_size_or_data
from .graph import LEAF
from .tensor import Tensor, wrap


class device:
    """Where a tensor lives, which is always the CPU."""

    type = "cpu"
    index = None

    def __init__(self, type: Any = "cpu") -> None:
        if str(type) != "cpu":
            raise RuntimeError(f"gradcli computes on the CPU alone: there is no device {str(type)!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device)

    def __hash__(self) -> int:
        return hash(device)

    def __str__(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "device(type='cpu')"


def finished(array: Any, requires_grad: bool = False, place: Any = None) -> Tensor:
    """Make a leaf of an array."""
    if place is not None:
        device(place)
    made = wrap(array)
    if grad_mode.modes.inference:
        grad_mode.unwatched(made)
    if requires_grad:
        if array.dtype.kind != "f":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        made._node = LEAF
    return made


def maker(function: Callable[..., np.ndarray]) -> Callable[..., Tensor]:
    """Let a function that computes an array make a Tensor; it is handed NumPy's dtype, or None."""

    @functools.wraps(function)
    def make(*args: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None, **others: Any) -> Tensor:
        known = None if dtype is None else dtypes.numpy_dtype(dtype)
        return finished(function(*args, dtype=known, **others), requires_grad, device)

    own = inspect.signature(function).parameters.values()
    shared = {"dtype": None, "requires_grad": False, "device": None}
    vars(make)["__signature__"] = inspect.Signature(
        [p for p in own if p.name != "dtype" and p.kind is not p.VAR_KEYWORD]
        + [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=d) for name, d in shared.items()],
        return_annotation="Tensor",
    )
    return make


def size_of(name: str, numbers: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """Read a size, given as numbers, as one sequence, or by its keyword."""
    if size is None:
        if not numbers:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        size = numbers[0] if len(numbers) == 1 and isinstance(numbers[0], (tuple, list)) else numbers
    for n in size:
        if not hasattr(type(n), "__index__"):
            raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(n).__name__}")
    found = tuple(map(operator.index, size))
    if any(n < 0 for n in found):
        raise RuntimeError(f"{name}: Dimension size must be non-negative.")
    return found


# From data


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Make a leaf Tensor from numbers, nested sequences or an array, copying the data.

    Python floats become the default dtype (float32, as in torch), arrays keep theirs.

    >>> import gradcli as t
    >>> t.tensor([[1.0, 2.5]], requires_grad=True)
    tensor([[1.0000, 2.5000]], requires_grad=True)
    """
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than gradcli.tensor(sourceTensor).",
            stacklevel=2,
        )
    return finished(array_of(data, None if dtype is None else dtypes.numpy_dtype(dtype)), requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a Tensor that shares the memory of an array where it can; return a Tensor as it is.

    >>> import numpy as np, gradcli as t
    >>> array = np.zeros(2)
    >>> t.as_tensor(array).add_(1.0)
    tensor([1., 1.], dtype=torch.float64)
    >>> array
    array([1., 1.])
    """
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        known = dtypes.numpy_dtype(data.dtype if dtype is None else dtype)
        return finished(data.astype(known, copy=False), False, device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(array: np.ndarray) -> Tensor:
    """Make a Tensor that shares the memory of an array."""
    if not isinstance(array, np.ndarray):
        kind = type(array)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        raise TypeError(f"expected np.ndarray (got {module}{kind.__name__})")
    array_of(array[:0] if array.ndim else array)
    return finished(array)


class TensorType:
    """One of torch's old types: `FloatTensor([1, 2])` makes a tensor, `FloatTensor(2, 3)` one of a size."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.dtype = dtypes.WORDS[word]

    def __call__(self, *data: Any) -> Tensor:
        return finished(of_size_or_data(data, self.dtype))

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance._data.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.word}Tensor'>"


def __getattr__(name: str) -> TensorType:
    word = name.removesuffix("Tensor")
    if word == name or word not in dtypes.WORDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, TensorType(word))


# Of a size


@maker
def zeros(*numbers: int, size: Any = None, dtype: Any = None) -> np.ndarray:
    """Make zeros of a size.

    >>> import gradcli as t
    >>> t.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return np.zeros(size_of("zeros", numbers, size), dtype or dtypes.default())


@maker
def ones(*numbers: int, size: Any = None, dtype: Any = None) -> np.ndarray:
    """Make ones of a size."""
    return np.ones(size_of("ones", numbers, size), dtype or dtypes.default())


@maker
def empty(*numbers: int, size: Any = None, dtype: Any = None) -> np.ndarray:
    """Make a tensor of a size, whose elements are whatever the memory holds."""
    return np.empty(size_of("empty", numbers, size), dtype or dtypes.default())


@maker
def full(size: Any, fill_value: Any, *, dtype: Any = None) -> np.ndarray:
    """Make a tensor that holds one number everywhere; its dtype is that of the number."""
    if isinstance(size, int):
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    value = array_of(fill_value, dtype)
    return np.full(size_of("full", (), size), value, value.dtype)


@maker
def eye(n: int, m: int | None = None, *, dtype: Any = None) -> np.ndarray:
    """Make an identity matrix, of `n` rows and `m` columns (as many as rows)."""
    for name, length in (("n", n), ("m", m)):
        if length is not None and length < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {length}")
    return np.eye(n, m, dtype=dtype or dtypes.default())


# In steps


@maker
def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None) -> np.ndarray:
    """Make the numbers from `start` (0 if one bound is given) up to, not including, `end`, `step` apart.

    >>> import gradcli as t
    >>> t.arange(3), t.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (each.item() if isinstance(each, Tensor) else each for each in (start, end, step))
    if not step:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(each, int) for each in (start, end, step))
    numbers = start + step * np.arange(math.ceil((end - start) / step))
    return numbers.astype(dtype or (np.dtype(np.int64) if whole else dtypes.default()))


@maker
def linspace(start: float, end: float, steps: int, *, dtype: Any = None) -> np.ndarray:
    """Make `steps` numbers at equal distances from `start` to `end`, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return np.linspace(float(start), float(end), steps).astype(dtype or dtypes.default())


@maker
def logspace(start: float, end: float, steps: int, base: float = 10.0, *, dtype: Any = None) -> np.ndarray:
    """Make the powers of `base` whose exponents are `linspace(start, end, steps)`."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return (base ** np.linspace(float(start), float(end), steps)).astype(dtype or dtypes.default())


# Like another


def _like(make: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    @maker
    def like(input: Tensor, *values: Any, dtype: Any = None) -> np.ndarray:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return make(input._data.shape, *values, dtype=dtype or input._data.dtype)._data

    like.__name__ = like.__qualname__ = name
    like.__doc__ = f"Make a tensor as `{name.removesuffix('_like')}` does, of the size and dtype of another."
    return like


def _new(make: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    @maker
    def new(input: Tensor, *given: Any, dtype: Any = None, **others: Any) -> np.ndarray:
        return make(*given, dtype=dtype or input._data.dtype, **others)._data

    new.__name__ = new.__qualname__ = name
    new.__doc__ = f"Make a tensor as `{name.removeprefix('new_')}` does, of the dtype of this one."
    return new


zeros_like, ones_like, empty_like, full_like = (
    _like(make, f"{make.__name__}_like") for make in (zeros, ones, empty, full)
)
new_zeros, new_ones, new_empty, new_full, new_tensor = (
    _new(make, f"new_{make.__name__}") for make in (zeros, ones, empty, full, tensor)
)
