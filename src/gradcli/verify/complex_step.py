"""The complex step: a derivative without a difference, so that no digits cancel.

The imaginary part of `f(x + ih)/h` is `f'(x)` up to `h**2`, and `h` may be as small as one likes (Squire and
Trapp, *SIAM Review* 40, 1998). The function must be holomorphic: so all operations on the way must be, and the
real part must be the function's value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import GradcliError, Span
from ..ops import Op
from .arrays import ArrayInterpreter
from .holomorphic import holomorphic
from .numeric import LADDER, Estimate, extrapolate, telling
from .reverse import SAFETY
from .rounding import DELTA, EPS, TRIALS, spread
from .subject import Subject
from .witness import GaveUp, Statement, Testimony

STEP = 2.0**-100


class ComplexInterpreter(ArrayInterpreter):
    """Evaluate with complex numbers, shaken unless `trial` is 0; raise NotHolomorphic where that means nothing."""

    def __init__(self, seed: int, trial: int) -> None:
        super().__init__(seed)
        self._chance = np.random.default_rng([trial, 8]) if trial else None

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        given = args[0] if op.sequence else args
        moved = any(np.iscomplexobj(value) for value in given)
        if moved and op.rules and not holomorphic(op.name):
            raise NotHolomorphic(op.name)
        result = super().apply(op, args, kwargs, span)
        if self._chance is None or not np.iscomplexobj(result):
            return result
        up, across = 1.0 + self._chance.choice([-DELTA, DELTA], (2, *np.shape(result)))
        return result.real * up + 1j * (result.imag * across)


class NotHolomorphic(Exception):
    """An operation on the way that has no complex derivative."""


def testify(subject: Subject, key: tuple[int, ...], value: float, error: float) -> Statement:
    """Differentiate along one direction, or two; `value` is the function's, and `error` its rounding error."""
    try:
        if len(key) == 1:
            return _first(subject, key[0], {}, value, error)
        return _second(subject, key[0], key[1], value, error)
    except NotHolomorphic as reason:
        return GaveUp("complex", f"`{reason}` is not holomorphic")
    except (GradcliError, TypeError, ValueError, np.exceptions.ComplexWarning) as reason:
        return GaveUp("complex", str(reason))


def _first(
    subject: Subject, i: int, moves: dict[int, float], value: float | None, error: float, trials: int = TRIALS
) -> Statement:
    step = STEP * subject.scales[i]

    def at(length: float, trial: int) -> complex:
        return subject.along_complex(i, 1j * length, moves, ComplexInterpreter(subject.seed, trial))

    here, slope, finer = at(0.0, 0), at(step, 0).imag / step, at(step / 2, 0).imag / (step / 2)
    if not np.isfinite(slope):
        return GaveUp("complex", "it has no finite value")
    if here.imag or (value is not None and not abs(here.real - value) <= 2 * error + 16 * EPS * abs(value)):
        return GaveUp("complex", "the function of complex numbers is another one here")
    shaken = [at(step, trial).imag / step for trial in range(1, trials + 1)]
    off = SAFETY * float(spread(shaken, slope)) + 4 * EPS * abs(slope) + 2 * abs(finer - slope)
    estimate = Estimate(slope, off)
    if not telling(estimate, subject.steepness((i,), abs(here))):
        return GaveUp("complex", f"its error, {off:.0e}, is too large to tell")
    return Testimony("complex", slope, off)


def _second(subject: Subject, i: int, j: int, value: float, error: float) -> Statement:
    """Take a central difference, along the second direction, of what a complex step finds along the first."""
    here = _first(subject, i, {}, value, error)
    if isinstance(here, GaveUp):
        return here
    h = subject.steps(j, subject.scales[j] * LADDER[:20])
    slopes = [[_first(subject, i, {j: s * length}, None, 0.0, 0) for length in h] for s in (1, -1)]
    up, down = ([s.value if isinstance(s, Testimony) else np.nan for s in side] for side in slopes)
    noise = here.error + 4 * EPS * np.maximum(np.abs(up), np.abs(down))
    estimate = extrapolate((np.subtract(up, down)) / (2 * h), noise / h, 2)
    scale = max(abs(estimate.value), abs(here.value) / subject.scales[j])
    if not telling(estimate, scale):
        return GaveUp("complex", "the differences of its slopes do not settle")
    return Testimony("complex", estimate.value, estimate.error)
