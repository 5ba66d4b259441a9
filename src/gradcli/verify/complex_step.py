"""The complex step: a derivative without a difference, so that no digits cancel.

The imaginary part of `f(x + ih)/h` is `f'(x)` up to `h**2`, and `h` may be as small as one likes (Squire and
Trapp, *SIAM Review* 40, 1998). The function must be holomorphic: so all operations on the way must be, and the
real part must be the function's value.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

from ..errors import GradcliError, Span
from ..ops import Op
from .arrays import ArrayInterpreter
from .holomorphic import holomorphic
from .numeric import LADDER, UNSETTLED, Estimate, extrapolate, joined, telling
from .rounding import DELTA, EPS, SAFETY, TINY, TRIALS, spread
from .subject import Subject, near_most
from .together import NotPointwise
from .witness import GaveUp, Statement, Testimony

STEP = 2.0**-100


class ComplexInterpreter(ArrayInterpreter):
    """Evaluate with complex numbers; raise NotHolomorphic where that means nothing.

    It evaluates the step of a number, shaken or not, as `shaken` says; or all at once, if the number is None: then
    it raises NotPointwise where elements are mixed.
    """

    def __init__(self, seed: int, shaken: np.ndarray, number: int | None) -> None:
        super().__init__(seed)
        self._shaken = shaken if number is None else shaken[number]
        self._together = number is None
        self._chance = np.random.default_rng([number or 0, 8])

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        given = args[0] if op.sequence else args
        if not any(np.iscomplexobj(value) for value in given):
            return super().apply(op, args, kwargs, span)
        if self._together and not op.pointwise:
            raise NotPointwise
        if op.rules and not holomorphic(op):
            raise NotHolomorphic(op.name)
        result = super().apply(op, args, kwargs, span)
        if not np.iscomplexobj(result) or not np.any(self._shaken):
            return result
        signs = self._chance.choice([-DELTA, DELTA], (2, *np.shape(result)))
        up, across = 1.0 + np.where(self._shaken, signs, 0.0)
        return result.real * up + 1j * (result.imag * across)


class NotHolomorphic(Exception):
    """An operation on the way that has no complex derivative."""


def testify(subject: Subject, key: tuple[int, ...], value: float, error: float) -> Statement:
    """Differentiate along one direction, or two; `value` is the function's, and `error` its rounding error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            here = _first(subject, key[0], value, error)
            return here if isinstance(here, GaveUp) or len(key) == 1 else _second(subject, key[0], key[1], here)
    except NotHolomorphic as reason:
        return GaveUp("complex", f"`{reason}` is not holomorphic")
    except (GradcliError, TypeError, ValueError, np.exceptions.ComplexWarning) as reason:
        return GaveUp("complex", str(reason))


def _first(subject: Subject, i: int, value: float, error: float) -> Statement:
    step = STEP * subject.scales[i]
    steps = step * np.array([0.0, 1.0, 0.5, *[1.0] * TRIALS])
    shaken = np.arange(len(steps)) >= 3
    found = subject.along_complex([(i, 1j * steps)], partial(ComplexInterpreter, subject.seed, shaken))
    here, (slope, finer, *others) = complex(found[0]), found[1:].imag / steps[1:]
    if not np.isfinite(slope):
        return GaveUp("complex", "it has no finite value")
    if here.imag or not abs(here.real - value) <= 2 * error + 16 * EPS * abs(value):
        return GaveUp("complex", "the function of complex numbers is another one here")
    off = SAFETY * spread(others, slope) + 4 * EPS * abs(slope) + 2 * abs(finer - slope) + TINY / STEP
    return _told(Estimate(float(slope), float(off)), subject.steepness((i,), value))


def _second(subject: Subject, i: int, j: int, here: Testimony) -> Statement:
    """Take a central difference, along the second direction, of what a complex step finds along the first."""
    h = subject.steps(j, subject.scales[j] * LADDER)
    steps = STEP * subject.scales[i] * np.repeat([1.0, 0.5, 1.0], 2 * len(h))
    moves = [(j, np.tile(np.concatenate([h, -h]), 3)), (i, 1j * steps)]
    shaken = np.arange(len(steps)) >= 4 * len(h)
    slopes = subject.along_complex(moves, partial(ComplexInterpreter, subject.seed, shaken)).imag / steps
    (up, down), finer, off = slopes.reshape(3, 2, -1)
    rounded = near_most(SAFETY / DELTA * EPS * np.max(np.abs(off - (up, down)), axis=0))
    noise = here.error + rounded + np.max(4 * EPS * np.abs([up, down]) + 2 * np.abs(finer - (up, down)), axis=0)
    estimate = extrapolate((up - down) / (2 * h), noise / h, 2)
    settled = joined((up + down) / 2, np.full(len(h), here.value), noise)
    return _told(estimate if settled else UNSETTLED, abs(here.value) / subject.scales[j])


def _told(estimate: Estimate, scale: float) -> Statement:
    if not np.isfinite(estimate.error):
        return GaveUp("complex", "its slopes do not settle")
    if not telling(estimate, scale):
        return GaveUp("complex", f"its error, {estimate.error:.0e}, is too large to tell")
    return Testimony("complex", estimate.value, estimate.error)
