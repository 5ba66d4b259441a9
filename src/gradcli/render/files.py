"""Results as files of numbers: NumPy archives, and tables in CSV.

Columns and arrays are named `value`, `d_x` and, in second order, `d_x_y`.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np

from ..errors import DataError
from ..views import Evaluation, Gradient
from . import numbers


def npz(view: Evaluation | Gradient, file: BinaryIO) -> None:
    """Write the numbers of a result as a NumPy archive."""
    np.savez(file, **_arrays(view))


def csv(view: Evaluation | Gradient, file: BinaryIO) -> None:
    """Write the numbers of a result as a table, a number in every row where arrays have one each.

    A matrix takes a column for each of its columns. Raises DataError where the lengths differ.
    """
    columns: dict[str, np.ndarray] = {}
    for name, array in _arrays(view).items():
        if array.ndim > 2:
            raise DataError(f"{name} has shape {array.shape}, which is no table", hint="write a .npz or .json file")
        parts = array.T if array.ndim == 2 else [array]
        columns |= {f"{name}_{i}" if array.ndim == 2 else name: part for i, part in enumerate(parts)}
    lengths = {name: column.size for name, column in columns.items() if column.ndim}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"the columns differ in length: {found}", hint="write a .npz or .json file")
    rows = np.broadcast_arrays(*columns.values()) if lengths else [c.reshape(1) for c in columns.values()]
    text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
    text.write(",".join(columns) + "\n")
    for row in zip(*rows, strict=True):
        text.write(",".join(map(numbers.number, row)) + "\n")
    text.detach()


def _arrays(view: Evaluation | Gradient) -> dict[str, Any]:
    found: dict[str, Any] = {"value": view.value}
    if isinstance(view, Gradient):
        found |= {f"d_{name}": value for name, value in (view.jacobian or view.grad or {}).items()}
        for name, row in (view.hessian or {}).items():
            found |= {f"d_{name}_{other}": value for other, value in row.items()}
        for name, values in (view.derivatives or {}).items():
            found |= {"_".join(["d", *[name] * order]): value for order, value in enumerate(values, 1)}
    return {name: np.asarray(value) for name, value in found.items()}
