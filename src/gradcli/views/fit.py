"""A fit, as `fit` shows it: parameters, how sure they are, and how far to trust that; and the picture of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..data.fitting.fit import Bounds, Fit
from ..data.fitting.predictions import Predictions

# Condition of unit columns from which digits of the parameters depend on the last ones of the data.
_ILL = 1e6
# Rows that a picture shows, samples of its curve, and the width of its band.
_SHOWN = 5_000
_SAMPLES = 500
_BAND = 1.96


@dataclass(frozen=True)
class Fitted:
    """A fit with the texts that it is of; what was found stands among them in JSON, field by field."""

    model: str
    y: str
    found: Fit
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "fit"

    def _asdict(self) -> dict[str, Any]:
        return {"model": self.model, "y": self.y} | self.found._asdict() | {"notes": self.notes}


def view(model: str, y: str, found: Fit, dropped: int, bounds: Bounds, remarks: Iterable[str] = ()) -> Fitted:
    """Say what a fit found, with notes on how far to trust it, after other `remarks`."""
    return Fitted(model, y, found, [*remarks, *_notes(found, dropped, bounds)])


def _notes(found: Fit, dropped: int, bounds: Bounds) -> Iterator[str]:
    if dropped:
        yield f"{dropped} row{'s' if dropped > 1 else ''} with an empty cell left out"
    if not found.converged:
        yield "the search has not converged: try another --start, or --multistart 20"
    elif not found.minimum:
        yield "the exact Hessian is not positive here: this is no minimum; try another --start"
    if found.rank < len(found.parameters):
        loose = [name for name, parameter in found.parameters.items() if math.isinf(parameter.stderr)]
        spare = "it" if len(loose) == 1 else f"{len(found.parameters) - found.rank} of them"
        yield f"the data do not determine {_and(loose)}: hold {spare} fixed by --at, or try another --start"
    elif found.condition > _ILL:
        lost = math.log10(found.condition)
        yield f"the parameters are nearly exchangeable: rounding the data may change their last {lost:.0f} digits"
    if not found.degrees_of_freedom:
        yield "there are as many parameters as rows: nothing is left to tell errors by"
    held = [name for name, ends in bounds.items() if found.parameters[name].value in ends]
    if held:
        yield f"{_and(held)} ended at a bound, where standard errors mean little"


def _and(names: list[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


class Picture(NamedTuple):
    """What a picture of a fit shows: the data and what is left of them along `x`, the curve and its band.

    `x` is the one column that the model uses, or, where it uses several, what the model gives.
    """

    title: str
    x_label: str
    y_label: str
    x: np.ndarray
    observed: np.ndarray
    residual: np.ndarray
    along: np.ndarray
    curve: np.ndarray
    band: np.ndarray


def picture(model: str, rows: Predictions) -> Picture:
    """Gather the rows of a picture, every so many of them where there are too many to be seen."""
    used = [name for name in rows.model.columns if name in rows.model.formula.free_names([name])]
    label = used[0] if len(used) == 1 else "predicted"
    parts: list[list[np.ndarray]] = []
    step, _ = divmod(rows.model.spread()[0] + _SHOWN - 1, _SHOWN)
    for block in rows.blocks():
        kept = [block[label], block["predicted"], block["residual"], block["stderr"]]
        parts.append([column[::step] for column in kept])
    x, predicted, residual, stderr = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(used) == 1:
        along = np.linspace(x.min(), x.max(), _SAMPLES)
        curve, stderr = rows.curve(label, along)
    else:
        order = np.argsort(x)
        along, curve, stderr = x[order], x[order], stderr[order]
    observed = predicted + residual
    return Picture(model, label, rows.model.target.text, x, observed, residual, along, curve, _BAND * stderr)
