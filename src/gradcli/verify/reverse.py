"""The accused: reverse mode's derivatives, with what rounding may have done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import notes
from .rounding import EPS, TRIALS, ShakenPoint, spread
from .subject import Subject
from .witness import Partial, Testimony

# Rounding errors add up, and a rule computes with several of them.
SAFETY = 8.0


class Reverse(NamedTuple):
    """What one backward pass, or one for each row of the Hessian, says: of the value and its derivatives."""

    point: ShakenPoint
    value: float
    value_error: float
    partials: Mapping[Partial, Testimony]
    trials: list[ShakenPoint]

    @property
    def kinks(self) -> list[notes.Kink]:
        """The kinks of operations that the point stands on."""
        return notes.kinks(self.point.interpreter.applied)


def testify(subject: Subject, order: int) -> Reverse:
    """Differentiate the subject by reverse mode, and estimate the rounding error of all that is found."""
    points = [
        ShakenPoint(subject.program, subject.values, subject.wrt, subject.seed, trial) for trial in range(TRIALS + 1)
    ]
    values = [_weighed(subject, point.value) for point in points]
    found = [derivatives(subject, point, order) for point in points]
    partials = {}
    for key, value in found[0].items():
        error = SAFETY * float(spread([each[key] for each in found[1:]], value)) + 4 * EPS * abs(value)
        partials[key] = Testimony("reverse", value, error if np.isfinite(value) else 0.0)
    error = SAFETY * float(spread(values[1:], values[0])) + EPS * abs(values[0])
    return Reverse(points[0], values[0], error, partials, points)


def _weighed(subject: Subject, value: Any) -> float:
    return float(np.sum(value if subject.weights is None else np.multiply(value, subject.weights)))


def derivatives(subject: Subject, point: ShakenPoint, order: int) -> dict[Partial, float]:
    """Return the partial derivatives of a subject along its directions, those of the second order each once."""
    gradient = point.grad(subject.wrt, subject.weights)
    found: dict[Partial, float] = {(d.label,): d.project(gradient[d.name]) for d in subject.directions}
    if order > 1:
        hessian = point.hessian(subject.wrt, subject.weights)
        for i, first in enumerate(subject.directions):
            for second in subject.directions[i:]:
                rows = np.asarray(hessian[first.name][second.name])
                inner = np.tensordot(np.asarray(first.unit), rows, np.ndim(first.unit))
                found[first.label, second.label] = second.project(inner)
    return found
