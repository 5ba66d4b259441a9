"""Numbers and arrays as text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from .look import Look

# The significant digits of a number in an array that is shown in passing.
_FEW = 6


def number(value: Any, digits: int | None = None) -> str:
    """Return a number as the shortest decimal that reads back as the same, or to so many digits.

    >>> number(0.1), number(1e23), number(float("nan")), number(2 / 3, digits=3)
    ('0.1', '1e+23', 'nan', '0.667')
    """
    if digits is None or isinstance(value, (bool, np.bool_, int, str)):
        return str(value)
    return f"{value:.{digits}g}"


def block(value: Any, look: Look, indent: int = 0) -> str:
    """Return a number or an array as NumPy prints it, more than a thousand elements in part; indent later lines."""
    if not isinstance(value, np.ndarray):
        return number(value, look.digits)
    return np.array2string(value, max_line_width=look.width - 1, prefix=" " * indent, **_digits(look.digits))


def short(value: Any, digits: int | None = None) -> str:
    """Return a number or an array on one line, of a long array the ends only."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, threshold=6, edgeitems=2, max_line_width=sys.maxsize, **_digits(digits))
        return " ".join(text.split()).replace("[ ", "[")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(short(v, digits) for v in value) + "]"
    return number(value, digits)


def brief(value: Any, digits: int | None = None) -> str:
    """Return a number whole, and an array on one line with few digits, unless `digits` says how many.

    >>> brief(2 / 3), brief(np.array([2 / 3, 1.0]))
    ('0.6666666666666666', '[0.666667 1]')
    """
    return short(value, digits or (_FEW if isinstance(value, np.ndarray) else None))


def bare(value: Any, look: Look) -> Iterator[str]:
    """Yield the lines of a number or an array without brackets: a row of the array a line."""
    if not isinstance(value, np.ndarray):
        yield number(value, look.digits)
    elif value.size:
        for row in value.reshape(-1, value.shape[-1]):
            yield " ".join(number(v, look.digits) for v in row)


def _digits(digits: int | None) -> dict[str, Any]:
    """Say how NumPy is to write floats: the shortest that read back as the same, unless `digits` says otherwise."""
    return {"formatter": {"float_kind": lambda v: number(v, digits)}} if digits else {"floatmode": "unique"}
