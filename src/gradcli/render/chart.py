"""Plots in characters: curves in dots where colours tell them apart, else each in a character of its own."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..views.plot import Field, Plot, line, tangent
from . import numbers
from .contours import contours
from .extra import library
from .look import Line, Look

_HEIGHT = 17
# What sets a curve apart from the others: in characters, in ASCII, and on a terminal with colours.
_MARKS, _MARKS_IN_ASCII = "•+×∘◇", "*+xo#"
_LINE, _POINT = ".", "O"
# The styles of what is no curve.
_TOUCHING, _CONTOUR, _ARROW = 5, 0, 1
# Eight ways from the right, against the clock.
_ARROWS, _ARROWS_IN_ASCII = "→↗↑↖←↙↓↘", ">/^\\</v\\"
# An arrow has so many columns and rows for itself.
_ROOM = (6, 3)
# uniplot knows colours by name, and writes them as the codes behind; here they stand for styles.
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_PAINTED = re.compile(r"\x1b\[3(\d)m(.*?)\x1b\[0m")
_FRAME = str.maketrans("┌┐└┘│─▔▁", "++++|---")


class Series(NamedTuple):
    """Points, or the corners of a line; NaN parts the line.

    Its mark draws it where colours do not, and its style is one of eight.
    """

    x: np.ndarray
    y: np.ndarray
    mark: str
    style: int
    label: str = ""
    joined: bool = True


def draw(view: Plot | Field, look: Look) -> Iterator[Line]:
    """Draw a plot; bare, the samples as rows of numbers."""
    if look.bare:
        yield from _table(view, look)
    elif isinstance(view, Plot):
        yield from _curves(view, look)
    else:
        yield from _field(view, look)


def _table(view: Plot | Field, look: Look) -> Iterator[Line]:
    """Yield the samples, a row for each: the variables, the value, the derivatives."""
    if isinstance(view, Plot):
        columns = [*view.samples.values(), *(curve.values for curve in view.curves)]
    else:
        columns = [*np.meshgrid(*view.samples.values()), view.value, *view.grad.values()]
    for row in np.stack([column.ravel() for column in columns], axis=1):
        yield from (((text, ""),) for text in numbers.bare(row, look))


def _curves(view: Plot, look: Look) -> Iterator[Line]:
    marks = _MARKS_IN_ASCII if look.ascii else _MARKS
    series = [
        Series(*line(view, curve), marks[i % len(marks)], i % _TOUCHING, curve.name)
        for i, curve in enumerate(view.curves)
    ]
    [(name, limits)] = view.range.items()
    if view.tangent is not None:
        at, value, _ = view.tangent
        point = np.array([at]), np.array([value])
        series.append(Series(*tangent(view), _LINE, _TOUCHING, "tangent"))
        series.append(Series(*point, _POINT, _TOUCHING, f"{name}={numbers.number(at)}", joined=False))
    yield from _drawn(series, limits, view.window, look, dots=look.painted)
    if view.tangent is not None:
        x, height, slope = (numbers.number(v, look.digits or 6) for v in view.tangent)
        yield ((f"tangent: {view.curves[0].name} = {height} + {slope}*({name} - {x})".replace("- -", "+ "), ""),)


def _field(view: Field, look: Look) -> Iterator[Line]:
    marks = [str(i) for i in range(1, len(view.levels) + 1)]
    lines = zip(marks, contours(view), strict=True)
    series = [Series(*corners, mark, _CONTOUR) for mark, corners in lines] + list(_arrows(view, look))
    if view.point is not None:
        x, y = (np.array([v]) for v in view.point.values())
        series.append(Series(x, y, _POINT, _TOUCHING, joined=False))
    (across, right), (up, top) = view.range.items()
    yield from _drawn(series, right, top, look, dots=False)
    levels = [f"{mark}={numbers.number(level)}" for mark, level in zip(marks, view.levels, strict=True)]
    told = f"{across} to the right, {up} upwards; arrows as the gradient; f: {', '.join(levels)}"
    for told_line in textwrap.wrap(told, look.width):
        yield ((told_line, ""),)


def _arrows(view: Field, look: Look) -> Iterator[Series]:
    """Yield the points where the gradient has each of eight directions, as they are seen on a terminal."""
    (left, right), (low, high) = view.range.values()
    x, y = view.samples.values()
    at = np.ix_(_spread(y.size, _HEIGHT // _ROOM[1]), _spread(x.size, look.width // _ROOM[0]))
    # A row is as high as two columns are wide.
    across, up = (grad[at] for grad in view.grad.values())
    angle = np.arctan2(up * 2 * _HEIGHT / (high - low), across * look.width / (right - left))
    way = np.round(angle / (math.pi / 4)) % 8
    way[~np.isfinite(angle) | (np.hypot(across, up) == 0)] = -1
    mesh = np.meshgrid(x[at[1].ravel()], y[at[0].ravel()])
    for i, arrow in enumerate(_ARROWS_IN_ASCII if look.ascii else _ARROWS):
        if (way == i).any():
            yield Series(mesh[0][way == i], mesh[1][way == i], arrow, _ARROW, joined=False)


def _spread(size: int, count: int) -> np.ndarray:
    """Return the indices of so many of some samples, evenly spread, each in the middle of its share."""
    return ((np.arange(count) + 0.5) / count * size).astype(int)


def _drawn(
    series: Sequence[Series], across: tuple[float, float], up: tuple[float, float], look: Look, dots: bool
) -> Iterator[Line]:
    """Have uniplot draw series in a frame with its axes, and read its colours as styles."""
    uniplot: Any = library("uniplot", "a plot in the terminal", "plot")
    series = [s for s in series if np.isfinite(s.y).any()]
    if not series:
        return
    wide, high = _unit(across), _unit(up)
    # A line that leaves the picture need not be followed far: uniplot would follow it to its end.
    far = up[1] - up[0]
    text = uniplot.plot_to_string(
        [np.clip(s.y, up[0] - far, up[1] + far) / high for s in series],
        [s.x / wide for s in series],
        lines=[s.joined for s in series],
        color=[_COLOURS[s.style] for s in series],
        character_set="braille" if dots else "ascii",
        force_ascii_characters=[s.mark for s in series],
        legend_labels=[s.label for s in series if s.label] or None,
        width=look.width, line_length_hard_cap=look.width, height=_HEIGHT,
        x_min=across[0] / wide, x_max=across[1] / wide, x_gridlines=_axis(across),
        y_min=up[0] / high, y_max=up[1] / high, y_gridlines=_axis(up),
    )  # fmt: skip
    for row in text.splitlines():
        yield tuple(_pieces(row.rstrip().translate(_FRAME) if look.ascii else row.rstrip()))
    for unit, way in ((wide, "to the right"), (high, "upwards")):
        if unit != 1:
            yield ((f"{way}, in units of {unit:.0e}", ""),)


def _unit(limits: tuple[float, float]) -> float:
    """Return the power of ten that an axis counts in: 1, unless its numbers would be long."""
    exponent = math.floor(math.log10(max(map(abs, limits))))
    return 1.0 if -4 < exponent < 6 else 10.0**exponent


def _axis(limits: tuple[float, float]) -> list[float]:
    """Return where the other axis crosses, unless that is on the frame or off it."""
    return [0.0] if limits[0] < 0 < limits[1] else []


def _pieces(row: str) -> Iterator[tuple[str, str]]:
    """Part a row where its colour changes."""
    end = 0
    for match in _PAINTED.finditer(row):
        yield row[end : match.start()], ""
        yield match[2], f"curve {match[1]}"
        end = match.end()
    yield row[end:], ""
