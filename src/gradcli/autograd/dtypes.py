"""How dtypes meet: torch's promotion, where numbers and 0-d tensors do not raise the dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}
_default = [np.dtype(np.float32)]


def get_default_dtype() -> np.dtype:
    """Return the dtype that Python floats get: float32 unless it was set."""
    return _default[0]


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype that Python floats get; raise TypeError for one that is not floating."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError("only floating-point types are supported as the default type")
    _default[0] = dtype


def of_number(value: Any) -> np.dtype:
    """Return the dtype that torch gives a Python number."""
    if isinstance(value, bool):
        return np.dtype(bool)
    return np.dtype(np.int64) if isinstance(value, int) else _default[0]


def result_dtype(values: tuple[Any, ...]) -> np.dtype:
    """Return the dtype in which arrays, 0-d arrays and Python numbers meet.

    The highest category (bool, integer, floating) among arrays with dimensions wins; a 0-d array
    counts only where its category is higher than theirs, a Python number where it is higher still.
    """
    ranks: list[np.dtype | None] = [None, None, None]
    for value in values:
        dtype = getattr(value, "dtype", None)
        rank = 2 if dtype is None else (0 if value.ndim else 1)
        dtype = of_number(value) if dtype is None else dtype
        known = ranks[rank]
        ranks[rank] = dtype if known is None else np.promote_types(known, dtype)
    result = None
    for dtype in ranks:
        if dtype is not None and (result is None or _CATEGORY[dtype.kind] > _CATEGORY[result.kind]):
            result = dtype
    assert result is not None
    return result


def meet(*values: Any) -> tuple[Any, ...]:
    """Cast arrays to their common dtype; leave Python numbers beside floats, NumPy does the same."""
    if _agree(values):
        return values
    dtype = result_dtype(tuple(v for v in values if v is not None))
    return tuple(_cast(v, dtype) for v in values)


def meet_float(*values: Any) -> tuple[Any, ...]:
    """Cast arrays to their common dtype, or to the default one if that is not floating."""
    if _agree(values):
        return values
    dtype = result_dtype(tuple(v for v in values if v is not None))
    if dtype.kind != "f":
        dtype = _default[0]
    return tuple(_cast(v, dtype) for v in values)


def _agree(values: tuple[Any, ...]) -> bool:
    """Tell whether all arrays share one floating dtype, so that nothing has to be cast."""
    common = None
    for value in values:
        kind = type(value)
        if kind is float or kind is int or value is None:
            continue
        if kind is bool:
            return False
        if common is None:
            common = value.dtype
        elif value.dtype is not common:
            return False
    return common is not None and common.kind == "f"


def _cast(value: Any, dtype: np.dtype) -> Any:
    if value is None:
        return None
    if hasattr(value, "dtype"):
        return value if value.dtype == dtype else value.astype(dtype)
    return dtype.type(value)
