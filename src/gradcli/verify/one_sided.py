"""Derivatives from one side: what is there to say where there is no derivative.

Differences to one side have an error in all powers of the step, and may grow without end, as at the foot of a
square root or beside a jump. Of second derivatives the sides are those where both variables grow, or fall.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .numeric import LADDER, Estimate, extrapolate, scale_of, telling
from .subject import Subject


class Side(NamedTuple):
    """A one-sided derivative: `value` may be infinite, and is None where it cannot be told.

    `there` says whether the function has values on that side at all.
    """

    value: float | None
    error: float = 0.0
    there: bool = True


def sides(subject: Subject, key: tuple[int, ...]) -> tuple[Side, Side]:
    """Return the derivative to the left and to the right."""
    left, right = (_side(subject, key, sign) for sign in (-1.0, 1.0))
    return left, right


def _side(subject: Subject, key: tuple[int, ...], sign: float) -> Side:
    steps = {i: sign * subject.steps(i, subject.scales[i] * LADDER) for i in key}
    h, k = steps[key[0]], steps[key[-1]]
    size = h * k if len(key) > 1 else h
    if len(key) == 1:
        values, noise = subject.along({key[0]: h}, {key[0]: 0 * h})
        differences = (values[0] - values[1]) / size
    elif len(steps) == 1:
        values, noise = subject.along({key[0]: 2 * h}, {key[0]: h}, {key[0]: 0 * h})
        differences = ((values[0] - values[1]) - (values[1] - values[2])) / size
    else:
        values, noise = subject.along(steps, {key[0]: h}, {key[1]: k}, {key[0]: 0 * h})
        differences = ((values[0] - values[1]) - (values[2] - values[3])) / size
    if not np.all(np.isfinite(values[:, -4:])):
        return Side(None, there=False)
    doubt = 4 * noise / np.abs(size)
    estimate = extrapolate(differences, doubt, 1)
    found = telling(estimate, scale_of(size, *values))
    return Side(_rounded(*estimate), estimate.error) if found else _endless(differences, doubt)


def _rounded(value: float, error: float) -> float:
    """Return a number without the digits that its error leaves in doubt; no zero has a sign."""
    return (round(value, -math.floor(math.log10(error))) if 0 < error < 1 else value) + 0.0


def _endless(differences: np.ndarray, noise: np.ndarray) -> Side:
    """Tell differences that grow without end, by as much or more at each step, from what rounding does to them."""
    changes = np.diff(differences)
    tail = changes[np.abs(changes) > 4 * (noise[1:] + noise[:-1])][-8:]
    grows = len(tail) == 8 and np.all(tail * tail[0] > 0) and np.all(np.abs(tail[1:]) > 0.98 * np.abs(tail[:-1]))
    return Side(float(np.copysign(np.inf, tail[0]))) if grows else Side(None)


def differ(left: Side, right: Side) -> bool:
    """Tell whether the two sides are known to be different: there is no derivative."""
    if left.there != right.there:
        return True
    if left.value is None or right.value is None:
        return False
    if np.isinf(left.value) or np.isinf(right.value):
        return left.value != right.value
    return bool(abs(left.value - right.value) > 2 * (left.error + right.error))


def meet(left: Side, right: Side) -> Estimate | None:
    """Return the derivative where both sides have the same, or None."""
    if left.value is None or right.value is None or differ(left, right) or not np.isfinite(left.value):
        return None
    return Estimate((left.value + right.value) / 2, left.error + right.error)
