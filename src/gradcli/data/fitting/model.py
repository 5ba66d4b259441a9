"""A model and the rows that it is held against: residuals, their Jacobian and curvature, block by block.

Rows come as blocks: mappings of column names to arrays of one length. Whatever can be iterated over again
and again will do, so that data need not fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ... import lang
from ...errors import DataError
from ...program.compiled import Program, Wanted, of_text
from ..reading.tables import Table
from .held import Block, Held
from .losses import LOSSES
from .reduction import Columns


class Model:
    """A formula with parameters to be found, and the response that it is to give.

    Formula, response and `sigma` are programs of columns, parameters and what is `fixed`. Residuals are
    divided by `sigma` where there is one.
    """

    def __init__(
        self, formula: lang.Program, response: lang.Program, parameters: Sequence[str], fixed: Mapping[str, float],
        table: Table, columns: Sequence[str], sigma: lang.Program | None = None,
    ) -> None:  # fmt: skip
        self.formula = formula
        self.target = response
        self.parameters = tuple(parameters)
        self.columns = tuple(columns)
        self.table = table
        self._blocks = Held(lambda: table.blocks(columns))
        self._fixed = fixed
        names = self.parameters
        self._slopes = _Columns(formula, Wanted(names, 1, rowwise=True))
        self._curves = _Columns(formula, Wanted(names, 2, rowwise=True))
        self._response = _Columns(response, Wanted((), 0, rowwise=True))
        self._sigma = None if sigma is None else _Columns(sigma, Wanted((), 0, rowwise=True))

    def rows(self, point: np.ndarray) -> Iterator[Columns]:
        """Yield the columns of the Jacobian of each block, and the residuals as the last."""
        for block in self._blocks():
            yield self._columns(block, *self._slopes(self._given(block, point)))

    def curvature(self, point: np.ndarray, loss: str = "linear") -> np.ndarray:
        """Return what the Hessian of half of what the residuals count has beside J'J, weighted as the loss does."""
        size = len(self.parameters)
        total = np.zeros((size, size))
        for block in self._blocks():
            value, slopes, curves = self._curves(self._given(block, point))
            columns = self._columns(block, value, slopes)
            jacobian, residuals = columns[:-1], columns[-1]
            if loss in LOSSES:
                square = residuals**2
                total += 2 * (jacobian * LOSSES[loss].bend(square) * square) @ jacobian.T
                residuals = residuals * LOSSES[loss].slope(square)
            residuals = self._weighted(residuals, block)
            for i, name in enumerate(self.parameters):
                for j, other in enumerate(self.parameters[: i + 1]):
                    added = float((residuals * curves[name][other]).sum())
                    total[i, j] += added
                    total[j, i] += added * (i != j)
        return total

    def predictions(self, point: np.ndarray) -> Iterator[tuple[Block, np.ndarray, np.ndarray]]:
        """Yield each block with what the formula gives there, and its derivatives, one below the other."""
        for block in self._blocks():
            yield block, *self.evaluated(block, point)

    def evaluated(self, block: Block, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the formula gives in a block, and its derivatives, one below the other."""
        value, slopes = self._slopes(self._given(block, point))
        rows = _length(block)
        columns = [np.broadcast_to(slopes[name], (rows,)) for name in self.parameters]
        return np.broadcast_to(value, (rows,)), np.stack(columns)

    def spread(self) -> tuple[int, float]:
        """Return the number of rows, and the sum of squared deviations of the response from its mean, weighted."""
        count, mean, total, weight = 0, 0.0, 0.0, 0.0
        for block in self._blocks():
            response = self.response(block)
            weights = self._weighted(np.ones_like(response), block) ** 2
            count += len(response)
            added = float(weights.sum())
            if added:
                own = float((weights * response).sum()) / added
                total += float((weights * (response - own) ** 2).sum())
                total += (own - mean) ** 2 * weight * added / (weight + added)
                weight += added
                mean += (own - mean) * added / weight
        return count, total

    def response(self, block: Block) -> np.ndarray:
        """Return what the model is to give in a block."""
        return np.broadcast_to(self._response({**block, **self._fixed}), (_length(block),))

    def _given(self, block: Block, point: np.ndarray) -> dict[str, Any]:
        return {**block, **self._fixed, **dict(zip(self.parameters, point.tolist(), strict=True))}

    def _columns(self, block: Block, value: Any, slopes: Mapping[str, Any]) -> Columns:
        columns = np.empty((len(self.parameters) + 1, _length(block)))
        for column, name in zip(columns, self.parameters, strict=False):
            column[:] = slopes[name]
        columns[-1] = value - self.response(block)
        return self._weighted(columns, block)

    def _weighted(self, values: Any, block: Block) -> Any:
        if self._sigma is None:
            return values
        sigma = np.asarray(self._sigma({**block, **self._fixed}))
        if not (sigma > 0).all():
            raise DataError(f"sigma is {sigma[~(sigma > 0)][0]:g} in a row, and a standard deviation is positive")
        return values / sigma


class _Columns:
    """A program that takes of what it is given what it needs."""

    def __init__(self, program: lang.Program, wanted: Wanted) -> None:
        self._program: Program = of_text(program, wanted)
        self._needs = program.free_names

    def __call__(self, given: Mapping[str, Any]) -> Any:
        return self._program({name: given[name] for name in self._needs(given)})


def _length(block: Block) -> int:
    return len(next(iter(block.values())))
