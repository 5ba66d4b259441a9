"""Values and derivatives as text: a name, an equals sign and a number, aligned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..views import Evaluation, Gradient
from ..views.names import function_name, partial_name
from . import numbers
from .look import Line, Look

Row = tuple[str, Any]


def draw(view: Evaluation | Gradient, look: Look) -> Iterator[Line]:
    """Draw a value, or a value with its derivatives."""
    return evaluation(view, look) if isinstance(view, Evaluation) else gradient(view, look)


def evaluation(view: Evaluation, look: Look) -> Iterator[Line]:
    """Draw the value alone."""
    if look.bare:
        yield from (((line, ""),) for line in numbers.bare(view.value, look))
    else:
        yield ((numbers.block(view.value, look), ""),)


def gradient(view: Gradient, look: Look) -> Iterator[Line]:
    """Draw the value and the derivatives, a row each; bare, the derivatives of the highest order only."""
    if look.bare:
        for value in _highest(view):
            yield from (((line, ""),) for line in numbers.bare(value, look))
        return
    rows = list(_rows(view))
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        yield (label.ljust(width), "label"), (" = ", ""), (numbers.block(value, look, width + 3), "")


def _rows(view: Gradient) -> Iterator[Row]:
    f = function_name([*view.at, *(view.grad or view.jacobian or {})])
    yield f, view.value
    for name, value in (view.jacobian or view.grad or {}).items():
        yield partial_name(f, [name]), value
    for names, value in _upper(view):
        yield partial_name(f, names), value
    for name, values in (view.derivatives or {}).items():
        for order, value in enumerate(values[1:], 2):
            yield partial_name(f, [name] * order), value


def _upper(view: Gradient) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield the second derivatives, each pair of names once: the other half is its mirror image."""
    names = list(view.hessian or {})
    for i, name in enumerate(names):
        for other in names[i:]:
            yield (name, other), (view.hessian or {})[name][other]


def _highest(view: Gradient) -> Iterator[Any]:
    if view.derivatives:
        yield from (values[-1] for values in view.derivatives.values())
    elif view.hessian:
        for row in view.hessian.values():
            entries = list(row.values())
            if any(isinstance(entry, np.ndarray) for entry in entries):
                yield from entries
            else:
                yield np.array(entries)
    else:
        yield from (view.jacobian or view.grad or {}).values()
