"""Values that are read from files: `@file.npy`, `@table.csv:column`, `@params.json`."""

from __future__ import annotations

import os
from typing import Any

from ..errors import DataError


def array(reference: str) -> tuple[Any, str]:
    """Read what stands behind the `@` of a value; return it and the path of its file.

    Raises DataError where the file is missing, is of no known kind, or holds other than numbers.
    """
    path, colon, column = reference.rpartition(":")
    if not colon or not path.endswith(".csv"):
        path, column = reference, ""
    if path.endswith(".npy"):
        return _npy(path), path
    if path.endswith(".csv"):
        return _csv(path, column), path
    raise DataError(
        f"@{reference} is neither a .npy file nor a column of a .csv file", hint="@file.npy, @table.csv:column"
    )


def parameters(path: str) -> dict[str, Any]:
    """Read a JSON object of values by name, or the parameters that `fit --json` wrote."""
    import json

    with _opened(path, "r") as file:
        try:
            found = json.load(file)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} is not JSON: {error}") from None
    if isinstance(found, dict) and isinstance(fitted := found.get("parameters"), dict):
        found = {name: entry.get("value") if isinstance(entry, dict) else entry for name, entry in fitted.items()}
    if not isinstance(found, dict):
        raise DataError(f"{path} is not an object of values by name", hint='it should read {"x": 1.0, "y": [1.0, 2.0]}')
    return {name: _numbers(path, name, value) for name, value in found.items()}


def _numbers(path: str, name: str, value: Any) -> Any:
    import numpy as np

    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    try:
        made = np.array(value)
    except ValueError:
        raise DataError(f"{path}: the lists of {name} differ in length") from None
    if made.dtype.kind not in "bif":
        raise DataError(f"{path}: {name} is not a number or a list of numbers")
    return made if made.ndim else made.item()


def _npy(path: str) -> Any:
    import numpy as np

    with _opened(path, "rb") as file:
        try:
            found = np.lib.format.read_array(file, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise DataError(f"{path} is not an array in NumPy's format: {error}") from None
    if found.dtype.kind not in "biuf":
        raise DataError(f"{path} holds {found.dtype}, not numbers")
    return found


def _csv(path: str, column: str) -> Any:
    import csv

    import numpy as np

    with _opened(path, "r", newline="") as file:
        try:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            if column not in header:
                raise _no_column(path, column, header)
            at = header.index(column)
            return np.array([_cell(path, column, rows.line_num, row, at) for row in rows if row])
        except csv.Error as error:
            raise DataError(f"{path}, line {rows.line_num}: {error}") from None


def _no_column(path: str, column: str, header: list[str]) -> DataError:
    from ..lang.names import suggest

    near = suggest(column, header)
    message = f"{path} has no column {column!r}" if column else f"{path} is a table: which column?"
    return DataError(message, hint=f"did you mean @{path}:{near}?" if near else f"its columns are {', '.join(header)}")


def _cell(path: str, column: str, line: int, row: list[str], at: int) -> float:
    try:
        return float(row[at])
    except IndexError:
        raise DataError(f"{path}, line {line}: there is no cell for {column}") from None
    except ValueError:
        raise DataError(f"{path}, line {line}: {row[at]!r} in {column} is not a number") from None


def _opened(path: str, mode: str, **how: Any) -> Any:
    try:
        file = open(path, mode, encoding=None if "b" in mode else "utf-8-sig", **how)  # noqa: SIM115
    except OSError as error:
        raise DataError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    return file
