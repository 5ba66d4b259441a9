"""Predictions of a fit: beside the columns that it used, what the model gives there, how sure, and what is left."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from .least_squares import Attempt
from .model import Model
from .reduction import certainty
from .scans import polars


class Predictions:
    """The rows of a table with the model's value, its standard error, and the residual, a block at a time."""

    def __init__(self, model: Model, attempt: Attempt, response: str) -> None:
        self.model = model
        self.response = response
        self._point = attempt.point
        freedom = attempt.at.rows - len(attempt.point)
        variance = attempt.at.squares / freedom if freedom else math.nan
        self._covariance = certainty(attempt.at).inverse * variance

    def blocks(self) -> Iterator[dict[str, np.ndarray]]:
        """Yield columns: those of the table, `predicted`, `stderr` and `residual`."""
        for block, value, jacobian in self.model.predictions(self._point):
            spread = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, self._covariance, jacobian))
            yield {**block, "predicted": value, "stderr": spread, "residual": self.model.response(block) - value}


def _csv(rows: Predictions, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer: Any = None
    for block in rows.blocks():
        if writer is None:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(block)
        writer.writerows(zip(*(column.tolist() for column in block.values()), strict=True))
    text.detach()


def _parquet(rows: Predictions, file: BinaryIO) -> None:
    pl = polars()
    pl.concat([pl.DataFrame(block) for block in rows.blocks()]).write_parquet(file)


# What writes predictions, by the suffix of the file.
WRITERS: dict[str, Callable[[Predictions, BinaryIO], None]] = {".csv": _csv, ".parquet": _parquet}
