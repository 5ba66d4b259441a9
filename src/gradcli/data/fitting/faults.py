"""Why a model cannot be judged at its start: the first cell, value or derivative that is not finite."""

from __future__ import annotations

import numpy as np

from ...errors import DataError, EvaluationError, GradcliError
from .held import Block
from .model import Model

_HINT = "choose another --start, or --multistart 20"


def fault(model: Model, start: np.ndarray) -> GradcliError:
    """Find what is wrong with the rows of a model at a start."""
    for block, value, slopes in model.predictions(start):
        for name, column in block.items():
            if (row := _first(column)) is not None:
                return DataError(
                    f"a cell of column {name} is {column[row]}", hint="leave out its row, or empty the cell"
                )
        response = model.response(block)
        what = {f"`{model.target.text}`": response, "the model": value}
        names = (f"the derivative of the model by {name}" for name in model.parameters)
        what |= dict(zip(names, slopes, strict=True))
        for said, column in what.items():
            if (row := _first(column)) is not None:
                where = ", ".join(f"{name} = {cells[row]:.6g}" for name, cells in _read(model, block).items())
                return EvaluationError(f"at the start {said} is {column[row]} where {where}", hint=_HINT)
    return EvaluationError("the sum of squares is too large at the start", hint=_HINT)


def _first(column: np.ndarray) -> int | None:
    """Return the first place without a finite number."""
    wrong = ~np.isfinite(column)
    return int(wrong.argmax()) if wrong.any() else None


def _read(model: Model, block: Block) -> Block:
    """Return the columns that the formula reads; those of the response, if it reads none."""
    reads = model.formula.free_names(block)
    return {name: column for name, column in block.items() if name in reads} or block
