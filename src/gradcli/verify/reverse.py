"""The accused: reverse mode's derivatives, with what rounding may have done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import notes
from ..errors import GradcliError
from .rounding import EPS, SAFETY, TINY, ShakenPoint, shaken, spread
from .subject import Subject
from .together import NotPointwise
from .witness import Partial, Testimony


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
    """Differentiate the subject by reverse mode, and estimate the rounding error of all that is found.

    Where the value is not finite, nothing is differentiated.
    """
    base = ShakenPoint(subject.program, subject.values, subject.wrt, subject.seed)
    value = float(_weighed(subject, base.value))
    if not np.isfinite(value):
        return Reverse(base, value, 0.0, {}, [base])
    here = derivatives(subject, base, order)
    points, found, values = _shaken(subject, order)
    partials, terms = {}, _terms(subject, base)
    for key, slope in here.items():
        error = SAFETY * spread([each[key] for each in found], slope) + 4 * EPS * terms.get(key, abs(slope)) + TINY
        partials[key] = Testimony("reverse", slope, error if np.isfinite(slope) else 0.0)
    error = SAFETY * spread(values, value) + EPS * abs(value)
    return Reverse(base, value, error, partials, [base, *points])


def _shaken(subject: Subject, order: int) -> tuple[list[ShakenPoint], list[dict[Partial, Any]], list[Any]]:
    """Return shaken points with what is found there: in one of them all trials, if that can be done."""
    asked = subject.program, subject.values, subject.wrt, subject.seed
    if subject.at_once:
        try:
            points = shaken(*asked, together=True)
            return points, [_together(subject, point, order) for point in points], [point.value for point in points]
        except NotPointwise:
            subject.at_once = False
        except GradcliError:
            pass  # one of the trials is at fault: find out which
    points = shaken(*asked, together=False)
    return points, [derivatives(subject, p, order) for p in points], [_weighed(subject, p.value) for p in points]


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


def _terms(subject: Subject, point: ShakenPoint) -> dict[Partial, float]:
    """Return the sizes of the terms that derivatives along directions of many elements are the sums of."""
    many = [direction for direction in subject.directions if np.ndim(direction.unit)]
    gradient = point.grad(subject.wrt, subject.weights) if many else {}
    return {(d.label,): float(np.sum(np.abs(np.multiply(gradient[d.name], d.unit)))) for d in many}


def _together(subject: Subject, point: ShakenPoint, order: int) -> dict[Partial, Any]:
    """Return the partial derivatives of each element."""
    found: dict[Partial, Any] = {(name,): slope for name, slope in point.grad(subject.wrt).items()}
    return found | point.second(subject.wrt) if order > 1 else found


def _weighed(subject: Subject, value: Any) -> Any:
    return np.sum(value if subject.weights is None else np.multiply(value, subject.weights))
