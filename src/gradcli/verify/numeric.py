"""Numeric derivatives that know their own error: differences on a ladder of steps, extrapolated.

Central differences of a smooth function have an error in even powers of the step; Richardson's extrapolation
removes them one after the other. Ridders (*Advances in Engineering Software* 4, 1982; *Numerical Recipes*, 3rd
ed., 5.7) takes the entry of the table that differs least from its neighbours. Here rounding is followed
through the table as well, and an entry is believed only if smaller steps do not lead away from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .subject import Subject
from .witness import GaveUp, Statement, Testimony

RATIO = 2.0
# 47/128 of the variable's size, halved again and again: few bits, and no simple fraction of a period.
LADDER = 47 / 128 / RATIO ** np.arange(26)
DEPTH = 7
# An error larger than these parts of a derivative, or of what it might have been, leaves nothing to judge by.
OF_VALUE, OF_SCALE = 1e-4, 1e-7
# An error as small as this is underflow.
NEGLIGIBLE = 2.0**-900


class Estimate(NamedTuple):
    """A limit, and by how much it may be off."""

    value: float
    error: float


UNSETTLED = Estimate(np.nan, np.inf)


def testify(subject: Subject, key: tuple[int, ...]) -> Statement:
    """Differentiate along one direction, or along two."""
    estimate, scale = first(subject, key[0]) if len(key) == 1 else second(subject, key[0], key[1])
    if not np.isfinite(estimate.error):
        return GaveUp("numeric", "the differences do not settle")
    if not telling(estimate, scale):
        return GaveUp("numeric", f"its error, {estimate.error:.0e}, is too large to tell")
    return Testimony("numeric", estimate.value, estimate.error)


def telling(estimate: Estimate | Testimony, scale: float) -> bool:
    """Tell whether an estimate is worth hearing: its error is small beside it, or beside what it might have been."""
    return estimate.error <= max(OF_VALUE * abs(estimate.value), OF_SCALE * scale, NEGLIGIBLE)


def first(subject: Subject, i: int) -> tuple[Estimate, float]:
    """Estimate the first derivative along a direction; return its scale, too: how steep the function is around."""
    h = subject.steps(i, subject.scales[i] * LADDER)
    (up, down, here), noise = subject.along({i: h}, {i: -h}, {i: 0 * h})
    estimate = extrapolate((up - down) / (2 * h), noise / h, 2)
    scale = scale_of(h, here, up - here, down - here)
    return (estimate if joined((up + down) / 2, here, noise) else UNSETTLED), scale


def second(subject: Subject, i: int, j: int) -> tuple[Estimate, float]:
    """Estimate the second derivative along two directions, or one twice; return its scale, too."""
    h, k = (subject.steps(n, subject.scales[n] * LADDER) for n in (i, j))
    size = h * k
    if i == j:
        (*around, here), noise = subject.along({i: h}, {i: -h}, {i: 0 * h})
        differences = ((around[0] - here) + (around[1] - here)) / size
    else:
        corners = ({i: h, j: k}, {i: h, j: -k}, {i: -h, j: k}, {i: -h, j: -k})
        (*around, here), noise = subject.along(*corners, {i: 0 * h, j: 0 * k})
        differences = ((around[0] - around[1]) - (around[2] - around[3])) / (4 * size)
    estimate = extrapolate(differences, 4 * noise / size, 2)
    scale = scale_of(size, here, *(each - here for each in around))
    return (estimate if joined(np.mean(around, axis=0), here, noise) else UNSETTLED), scale


def joined(around: np.ndarray, here: np.ndarray, noise: np.ndarray) -> bool:
    """Tell whether what is found around the point, ever closer, comes to what is there: else steps miss something."""
    gap = np.abs(around - here)
    return bool(gap[-1] <= 16 * noise[-1] or gap[-1] <= 0.9 * gap[-5])


def extrapolate(differences: np.ndarray, noise: np.ndarray, power: int) -> Estimate:
    """Extrapolate differences at steps that shrink by RATIO to the step 0.

    Their error is a series in powers of the step, multiples of `power`; `noise` is what rounding may do to each.
    """
    column, rounding, last = differences, noise, np.arange(len(differences))
    rough = np.abs(np.diff(differences, prepend=np.nan))
    table = [(rough + noise, column, last)]
    for order in range(1, DEPTH + 1):
        factor = RATIO ** (power * order)
        finer = column[1:] + (column[1:] - column[:-1]) / (factor - 1)
        rounding = (factor * rounding[1:] + rounding[:-1]) / (factor - 1)
        doubt = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1]))
        column, last = finer, last[1:]
        table.append((doubt + rounding, column, last))
    errors, values, ends = map(np.concatenate, zip(*table, strict=True))
    for i in np.argsort(errors):
        apart = np.abs(differences[ends[i] :] - values[i]) - noise[ends[i] :]
        if np.isfinite(errors[i]) and np.all(apart <= errors[i] + max(apart[0], 0.0)):
            return Estimate(float(values[i]), float(errors[i]))
    return UNSETTLED


def scale_of(step: np.ndarray, *sizes: np.ndarray) -> float:
    """Return the scale of a derivative: how large it might be, given values and differences at the larger steps."""
    steepness = np.max(np.abs(sizes), axis=0)[:6] / np.abs(step[:6])
    return float(np.max(steepness[np.isfinite(steepness)], initial=0.0))
