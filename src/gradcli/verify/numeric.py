"""Numeric derivatives that know their own error: differences on a ladder of steps, extrapolated.

Central differences of a smooth function have an error in even powers of the step; Richardson's extrapolation
removes them one after the other. Ridders (*Advances in Engineering Software* 4, 1982; *Numerical Recipes*, 3rd
ed., 5.7) takes the entry of the table that differs least from its neighbours. Here rounding is followed
through the table as well, and an entry is believed only if it does not contradict smaller steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .rounding import EPS
from .subject import Subject
from .witness import GaveUp, Statement, Testimony

RATIO = 2.0
# 47/128 of the variable's size, halved again and again: few bits, and no simple fraction of a period.
LADDER = 47 / 128 / RATIO ** np.arange(26)
DEPTH = 7
# An error larger than these parts of a derivative, or of what it might have been, leaves nothing to judge by.
OF_VALUE, OF_SCALE = 1e-4, 1e-7


class Estimate(NamedTuple):
    """A limit, and by how much it may be off."""

    value: float
    error: float


UNSETTLED = Estimate(np.nan, np.inf)


def testify(subject: Subject, key: tuple[int, ...], noise: float) -> Statement:
    """Differentiate along one direction, or along two, given what rounding does to the function's value."""
    estimate, scale = first(subject, key[0], noise) if len(key) == 1 else second(subject, key[0], key[1], noise)
    if not np.isfinite(estimate.error):
        return GaveUp("numeric", "the differences do not settle")
    if not telling(estimate, scale):
        return GaveUp("numeric", f"its error, {estimate.error:.0e}, is too large to tell")
    return Testimony("numeric", estimate.value, estimate.error)


def telling(estimate: Estimate | Testimony, scale: float) -> bool:
    """Tell whether an estimate is worth hearing: its error is small beside it, or beside what it might have been."""
    return estimate.error <= max(OF_VALUE * abs(estimate.value), OF_SCALE * scale)


def first(subject: Subject, i: int, noise: float) -> tuple[Estimate, float]:
    """Estimate the first derivative along a direction; return its scale, too: how steep the function is around."""
    h = subject.steps(i, subject.scales[i] * LADDER)
    up, down, here = subject.along({i: np.concatenate([h, -h, 0 * h])}).reshape(3, -1)
    doubt = noise_of(noise, up, down)
    estimate = extrapolate((up - down) / (2 * h), doubt / h, 2)
    scale = scale_of(h, here, up - here, down - here)
    return (estimate if joined((up + down) / 2, here, doubt) else UNSETTLED), scale


def second(subject: Subject, i: int, j: int, noise: float) -> tuple[Estimate, float]:
    """Estimate the second derivative along two directions, or one twice; return its scale, too."""
    h, k = (subject.steps(n, subject.scales[n] * LADDER) for n in (i, j))
    around: Sequence[np.ndarray]
    if i == j:
        up, down, here = subject.along({i: np.concatenate([h, -h, 0 * h])}).reshape(3, -1)
        around, size = (up, down), h * h
        differences, doubt = ((up - here) + (down - here)) / size, 4 * noise_of(noise, up, down)
    else:
        moves = {i: np.concatenate([h, h, -h, -h, 0 * h]), j: np.concatenate([k, -k, k, -k, 0 * k])}
        *around, here = subject.along(moves).reshape(5, -1)
        size = h * k
        differences = ((around[0] - around[1]) - (around[2] - around[3])) / (4 * size)
        doubt = noise_of(noise, *around)
    estimate = extrapolate(differences, doubt / size, 2)
    scale = scale_of(size, here, *(each - here for each in around))
    return (estimate if joined(np.mean(around, axis=0), here, doubt) else UNSETTLED), scale


def joined(around: np.ndarray, here: np.ndarray, noise: np.ndarray) -> bool:
    """Tell whether what is found around the point, ever closer, comes to what is there: else steps miss something."""
    gap = np.abs(around - here)
    return bool(gap[-1] <= 16 * noise[-1] or gap[-1] <= 0.9 * gap[-5])


def extrapolate(differences: np.ndarray, noise: np.ndarray, power: int) -> Estimate:
    """Extrapolate differences at steps that shrink by RATIO to the step 0.

    Their error is a series in powers of the step, multiples of `power`; `noise` is what rounding may do to each.
    """
    growth = RATIO**power
    column, rounding = differences, noise
    rough = np.abs(np.diff(differences, prepend=np.nan))
    candidates = [(rough + noise, differences, np.arange(len(differences)))]
    for order in range(1, DEPTH + 1):
        factor = growth**order
        finer = column[1:] + (column[1:] - column[:-1]) / (factor - 1)
        rounding = (factor * rounding[1:] + rounding[:-1]) / (factor - 1)
        doubt = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1]))
        candidates.append((doubt + rounding, finer, np.arange(order, len(differences))))
        column = finer
    errors, values, last = map(np.concatenate, zip(*candidates, strict=True))
    for i in np.argsort(errors):
        smaller = slice(last[i] + 1, None)
        apart = np.abs(differences[smaller] - values[i])
        if np.isfinite(errors[i]) and not np.any(apart > errors[i] + noise[smaller] + 2 * rough[smaller]):
            return Estimate(float(values[i]), float(errors[i]))
    return UNSETTLED


def noise_of(noise: float, *values: np.ndarray) -> np.ndarray:
    """Return what rounding may do to each of several values, given what it does to the one in their middle."""
    return noise + 4 * EPS * np.max(np.abs(values), axis=0)


def scale_of(step: np.ndarray, *sizes: np.ndarray) -> float:
    """Return the scale of a derivative: how large it might be, given values and differences at the larger steps."""
    steepness = np.max(np.abs(sizes), axis=0)[:6] / np.abs(step[:6])
    return float(np.max(steepness[np.isfinite(steepness)], initial=0.0))
