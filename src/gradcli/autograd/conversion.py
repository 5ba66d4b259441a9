"""What users hand over, made into arrays: numbers, nested sequences, arrays, Tensors in a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes
from .size import Size
from .tensor import Tensor, box

_HELD = "float64, float32, float16, int64, int32, int16, int8, uint8, and bool"


def array_of(data: Any, dtype: np.dtype | None = None) -> Any:
    """Copy data into a new array, or a NumPy scalar; without a dtype, Python floats get the default one.

    Raises ValueError where nested sequences have different lengths, and TypeError for what is no number.
    """
    if type(data) is float:
        return (dtype or dtypes.default()).type(data)
    if isinstance(data, Tensor):
        data = data._data
    if isinstance(data, (np.ndarray, np.generic)):
        if dtype is None and data.dtype not in dtypes.WORDS.values():
            raise TypeError(
                f"can't convert np.ndarray of type numpy.{data.dtype.type.__name__}. "
                f"The only supported types are: {_HELD}."
            )
        return np.array(data, dtype)
    first = _first_number(data)
    if isinstance(first, Tensor):
        return _of_tensors(data, dtype)
    try:
        array = np.array(data, dtype)
    except (ValueError, TypeError, OverflowError):
        _refuse(data)
        raise
    if array.dtype.kind not in "biuf":
        _refuse(data)
    if dtype is None and array.dtype.kind == "u":
        raise ValueError("Overflow when unpacking long long")
    return array.astype(dtypes.default()) if dtype is None and _inexact(array, first) else array


def _inexact(array: np.ndarray, first: Any) -> bool:
    return array.dtype == np.float64 and not isinstance(first, np.generic)


def _first_number(data: Any) -> Any:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return data


def _of_tensors(data: Any, dtype: np.dtype | None) -> np.ndarray:
    def numbers(part: Any) -> Any:
        if isinstance(part, (list, tuple)):
            return [numbers(each) for each in part]
        if not isinstance(part, Tensor):
            return part
        if part._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return part._data.reshape(())[()]

    return np.array(numbers(data), dtype)


def _refuse(data: Any) -> None:
    """Raise what torch raises about data that is not an array of numbers."""
    lengths: list[int] = []
    part = data
    while isinstance(part, (list, tuple)):
        lengths.append(len(part))
        part = part[0] if part else None
    if isinstance(part, str):
        raise (ValueError("too many dimensions 'str'") if lengths else TypeError("new(): invalid data type 'str'"))
    if not isinstance(part, (bool, int, float, np.generic)):
        raise RuntimeError(f"Could not infer dtype of {type(part).__name__}")
    _compare_lengths(data, lengths, 0)
    if isinstance(part, int):
        raise ValueError("Overflow when unpacking long long")


def _compare_lengths(part: Any, lengths: list[int], dim: int) -> None:
    if dim == len(lengths):
        return
    if not isinstance(part, Sequence):
        raise TypeError("not a sequence")
    if len(part) != lengths[dim]:
        raise ValueError(f"expected sequence of length {lengths[dim]} at dim {dim} (got {len(part)})")
    for each in part:
        _compare_lengths(each, lengths, dim + 1)


def of_size_or_data(given: tuple[Any, ...], dtype: np.dtype) -> np.ndarray:
    """Read the arguments of torch's old constructors: a size as numbers, or data as a sequence.

    A Tensor of the same dtype shares its memory.
    """
    if not given:
        return np.empty(0, dtype)
    if isinstance(given[0], Size):
        given = given[0]
    if all(type(each) is int for each in given):
        return np.empty(given, dtype)
    (data,) = given
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(data, float):
        raise TypeError("new(): data must be a sequence (got float)")
    if isinstance(data, Tensor):
        return box(data).astype(dtype, copy=False)
    return array_of(data, dtype)
