"""How a point multiplies errors: those of the variables, and those of rounding on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import lang
from ..autograd.tensor import Tensor
from . import reverse
from .numeric import NEGLIGIBLE
from .report import Conditions, Place
from .reverse import Reverse
from .rewriting import first_that_helps
from .rounding import DELTA, EPS
from .subject import ELEMENTWISE, Subject

# Fewer digits lost are not worth a remark.
WORTH = 3.0
# Calls of a longer evaluation are not gone through one by one.
CALLS = 20_000
DIGITS = -math.log10(EPS)


def conditions(subject: Subject, accused: Reverse) -> Conditions | None:
    """Measure how the function and its first partials react to errors; of too many elements, return None."""
    if len(subject.directions) > ELEMENTWISE or any(np.size(d.unit) > ELEMENTWISE for d in subject.directions):
        return None
    sizes = np.array([np.sum(np.abs(subject.values[d.name] * d.unit)) for d in subject.directions])
    curved = reverse.derivatives(subject, accused.point, 2)
    slopes = np.array([curved[(d.label,)] for d in subject.directions])
    partials = {}
    for i, (direction, slope) in enumerate(zip(subject.directions, slopes, strict=True)):
        pairs = [(subject.directions[min(i, j)].label, subject.directions[max(i, j)].label) for j in range(len(sizes))]
        partials[direction.label] = _relative(sizes * [curved[pair] for pair in pairs], slope)
    doubts = {"": (accused.value, accused.value_error)} | {
        key[0]: (said.value, said.error) for key, said in accused.partials.items() if len(key) == 1
    }
    return Conditions(_relative(sizes * slopes, accused.value), partials, {n: _lost(*d) for n, d in doubts.items()})


def cancellation(subject: Subject, accused: Reverse) -> Place | None:
    """Point at the operation that loses most digits, if it loses many, and at a way to write it that does not."""
    base, *trials = (point.interpreter.calls for point in accused.trials)
    if len(base) > CALLS or any(len(calls) != len(base) for calls in trials):
        return None
    worst, where = 10**WORTH, None
    for number, call in enumerate(base):
        shaken = [calls[number] for calls in trials]
        after = _doubt((each.result for each in shaken), call.result)
        before = [_doubt((each.given[i] for each in shaken), value) for i, value in enumerate(call.given)]
        if worst < after / max(1.0, *before, 1.0) < math.inf:
            worst, where = after / max(1.0, *before, 1.0), call
    if where is None:
        return None
    piece = subject.program.text[where.span.start : where.span.end]
    message = f"`{piece}` loses {min(math.log10(worst), DIGITS):.0f} of {DIGITS:.0f} digits to cancellation"
    now = _worst(accused)

    def helps(program: lang.Program) -> bool:
        return _worst(reverse.testify(subject.of(program), 1)) < now - 1

    return Place(message, where.span, first_that_helps(subject.program, where.span, helps))


def _worst(accused: Reverse) -> float:
    """Return the digits that rounding costs, of the value or of the partial that it costs most."""
    said = [(accused.value, accused.value_error), *((each.value, each.error) for each in accused.partials.values())]
    return max(_lost(value, error) for value, error in said)


def _lost(value: float, error: float) -> float:
    if not (math.isfinite(error) and math.isfinite(value) and error > NEGLIGIBLE):
        return 0.0
    return min(DIGITS, max(0.0, math.log10(error / abs(value) / EPS) - 1)) if value else DIGITS


def _doubt(shaken: Iterable[Any], base: Any) -> float:
    """Return by how much more than one rounding error a result is in doubt, given what it is when shaken."""
    exact = _data(base)
    if exact is None:
        return 1.0
    with np.errstate(all="ignore"):
        off = [np.max(np.abs(_data(each) / exact - 1.0), initial=0.0) for each in shaken]
    return float(max(off, default=0.0)) / DELTA


def _data(value: Any) -> Any:
    """Return the numbers of a value that has any."""
    data = value._data if isinstance(value, Tensor) else value
    return np.asarray(data) if isinstance(data, (float, np.floating, np.ndarray)) else None


def _relative(changes: Any, value: float) -> float | None:
    """Return the size of some changes relative to a value."""
    size = float(np.sum(np.abs(changes)))
    return size / abs(value) if value and math.isfinite(size) and math.isfinite(value) else None
