"""The contour lines of a field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..views.plot import Field, Line, joined
from .extra import library

# Beyond the outermost levels by so many times their distance, a field has a pole rather than a slope.
_STEEP = 3.0


def masked(view: Field) -> np.ma.MaskedArray:
    """Return the values of a field without those at a pole or a gap, where no contour belongs."""
    lowest, highest = view.levels[0], view.levels[-1]
    far = _STEEP * (highest - lowest or abs(lowest) or 1.0)
    beyond = ~np.isfinite(view.value) | (view.value > highest + far) | (view.value < lowest - far)
    return np.ma.masked_array(view.value, beyond)


def contours(view: Field) -> Iterator[Line]:
    """Yield for each level the lines at which a field has that value, NaN between them."""
    if not view.levels:
        return
    contourpy = library("contourpy", "a plot of contours", "plot")
    generator = contourpy.contour_generator(*view.samples.values(), masked(view), name="serial")
    for level in view.levels:
        yield joined((corners[:, 0], corners[:, 1]) for corners in generator.lines(level))
