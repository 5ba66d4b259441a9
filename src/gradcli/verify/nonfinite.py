"""Where NaN and infinity come from: in the value, and in the gradient alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import lang, notes
from ..autograd.tensor import Tensor
from ..point import Point
from .report import Place
from .reverse import Reverse
from .rewriting import first_that_helps
from .rounding import Call
from .subject import Subject


def on_the_way(subject: Subject, accused: Reverse, closely: bool) -> Place | None:
    """Point at the first operation that made of numbers what is none, where that reaches the value.

    It also spoils a function that comes back from it, with a gradient that does not, as `exp(-1/x**2)` at 0;
    what `where` does not choose is spoilt by nobody. A close look also offers what to write instead.
    """
    calls = accused.point.interpreter.calls
    finite = _finite([accused.point.value])
    if finite and all(np.isfinite(said.value) for said in accused.partials.values()):
        return None
    for call in calls:
        if not _finite([call.result]) and _finite(call.given):
            if finite and _inside_where(call, calls):
                return None
            return _undefined(subject, call, closely)
    return None if finite else Place("the function has no finite value")


def of_gradient(subject: Subject, accused: Reverse, trap: bool) -> Place | None:
    """Point at the operation whose derivative made the first NaN; in a trap the true derivative is finite."""
    origin = notes.origin(accused.point.root, lambda: accused.point.grad(subject.wrt))
    if origin is None:
        return None
    text = subject.program.text
    place, at = origin.steep or origin.place, origin.place
    kind = "a NaN trap" if trap or origin.around is not None else "the gradient is truly NaN"
    message = f"{kind}: the slope of `{text[place.start : place.end]}` is infinite, and it meets 0"
    if origin.steep is not None:
        message += f" in the derivative of `{text[at.start : at.end]}`"
    if origin.around is not None:
        message += ", as `where` differentiates what it does not choose"
    elif trap:
        message += ", though the derivative of the whole is finite"

    def helps(program: lang.Program) -> bool:
        again = Point(program, dict(subject.values), subject.wrt, np.float64, subject.seed)
        return _finite([again.value, *again.grad(subject.wrt).values()])

    return Place(message, place, first_that_helps(subject.program, place, helps))


def _undefined(subject: Subject, call: Call, closely: bool) -> Place:
    piece = subject.program.text[call.span.start : call.span.end]
    arguments = [_number(value) for value in call.given]
    of = f", of {' and '.join(arguments)}" if all(arguments) else ""
    what = "NaN" if np.any(np.isnan(_data(call.result))) else "infinite"

    def helps(program: lang.Program) -> bool:
        return _finite([Point(program, dict(subject.values), (), np.float64, subject.seed).value])

    hint = first_that_helps(subject.program, call.span, helps) if closely else None
    return Place(f"`{piece}` is {what}{of}", call.span, hint)


def _inside_where(call: Call, calls: Iterable[Call]) -> bool:
    return any(
        each.op.name == "where" and each.span.start <= call.span.start and call.span.end <= each.span.end
        for each in calls
    )


def _finite(values: Iterable[Any]) -> bool:
    return all(np.all(np.isfinite(_data(v))) for v in values if isinstance(v, (Tensor, float, int, np.ndarray)))


def _data(value: Any) -> Any:
    return value._data if isinstance(value, Tensor) else value


def _number(value: Any) -> str:
    data = _data(value)
    return f"{float(data):.6g}" if isinstance(value, (Tensor, float, int)) and np.ndim(data) == 0 else ""
