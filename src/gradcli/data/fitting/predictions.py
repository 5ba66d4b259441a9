"""Predictions of a fit: beside the columns that it used, what the model gives there, how sure, and what is left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from ...errors import DataError
from ..reading.scans import polars
from ..writing.forms import FORMS, Written
from .least_squares import Attempt
from .model import Model
from .reduction import certainty

# The columns that are added.
ADDED = ("predicted", "stderr", "residual")
# The forms in which predictions are written, of those of `map`.
SUFFIXES = (".csv", ".tsv", ".parquet", ".ndjson")


class Predictions:
    """The rows of a table with the model's value, its standard error, and the residual, a block at a time.

    Raises DataError where the model reads a column of one of the names that are added.
    """

    def __init__(self, model: Model, attempt: Attempt) -> None:
        self.model = model
        for name in set(ADDED).intersection(model.columns):
            raise DataError(f"predictions have a column {name} of their own", hint=f"--columns other={name} renames it")
        self._point = attempt.point
        freedom = attempt.at.rows - len(attempt.point)
        variance = attempt.at.squares / freedom if freedom else math.nan
        self._root = certainty(attempt.at).root * math.sqrt(variance)

    def blocks(self) -> Iterator[dict[str, np.ndarray]]:
        """Yield columns: those of the table, `predicted`, `stderr` and `residual`."""
        for block, value, slopes in self.model.predictions(self._point):
            columns = (value, self._spread(slopes), self.model.response(block) - value)
            yield {**block, **dict(zip(ADDED, columns, strict=True))}

    def curve(self, name: str, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the model's value and its standard error at samples of the one column that the formula reads."""
        value, slopes = self.model.evaluated({name: samples}, self._point)
        return value, self._spread(slopes)

    def _spread(self, slopes: np.ndarray) -> np.ndarray:
        return np.sqrt(np.square(slopes.T @ self._root).sum(axis=1))

    def save(self, suffix: str, file: BinaryIO) -> None:
        """Write the rows in the form that a suffix says, one block after the other."""
        pl = polars()
        form = FORMS[suffix]
        file.write(form.start)
        ends: list[bytes] = []
        sizes: list[int] = []
        for block in self.blocks():
            part = form.encode(pl.DataFrame(block), first=not ends)
            ends.append(part.end)
            sizes.append(file.write(part.data))
        file.flush()
        form.finish(file.name, Written(ends, sizes))
