"""Derivatives as formulas."""

from __future__ import annotations

from collections.abc import Iterator

from ..views.comparison import Comparison
from ..views.names import partial_name
from .look import Line, Look


def draw(view: Comparison, look: Look) -> Iterator[Line]:
    """Draw the derivatives, an equation each; bare, the formulas alone."""
    labels = [partial_name(view.function, row.partial) for row in view.derivatives]
    width = max(map(len, labels))
    for label, row in zip(labels, view.derivatives, strict=True):
        if row.drawn is not None:
            yield from (((line.rstrip(), ""),) for line in row.drawn.splitlines())
        elif look.bare:
            yield ((row.formula, ""),)
        else:
            yield (label.ljust(width), "label"), (" = ", ""), (row.formula, "")
