"""Plots as pictures, by matplotlib: for a page, or for paper."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from ..views.plot import Field, Plot, line, tangent
from .contours import masked
from .extra import library

# Okabe and Ito's colours, told apart by eyes that see no red or green; dashes tell them apart in grey.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_DASHES = ("-", "--", "-.", ":")
_INCHES = (6.4, 4.0)
_DOTS = 200
# Arrows from left to right, and from top to bottom.
_ARROWS = 17
# Characters of the expression that are shown.
_TITLE = 70

# A picture of the same plot is the same file, and its text stays text.
_SETTINGS = {"svg.hashsalt": "gradcli", "svg.fonttype": "none", "axes.formatter.useoffset": False}


def svg(view: Plot | Field, file: BinaryIO) -> None:
    """Write a plot as SVG, its text as text."""
    _save(view, file, format="svg", metadata={"Date": None})


def png(view: Plot | Field, file: BinaryIO) -> None:
    """Write a plot as PNG."""
    _save(view, file, format="png", dpi=_DOTS)


def pdf(view: Plot | Field, file: BinaryIO) -> None:
    """Write a plot as PDF."""
    _save(view, file, format="pdf", metadata={"CreationDate": None})


def _save(view: Plot | Field, file: BinaryIO, **how: Any) -> None:
    matplotlib = library("matplotlib", "a picture of a plot", "plot")
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=_INCHES, layout="constrained")
        axes = figure.add_subplot()
        if isinstance(view, Plot):
            _curves(view, axes)
        else:
            _field(view, axes)
        axes.set_title(_title(view.expression), fontsize="medium", family="monospace", parse_math=False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.savefig(file, **how)


def _curves(view: Plot, axes: Any) -> None:
    [(name, limits)] = view.range.items()
    if view.window[0] < 0 < view.window[1]:
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    for i, curve in enumerate(view.curves):
        style = {"linestyle": _DASHES[i % len(_DASHES)], "color": _COLOURS[i % len(_COLOURS)]}
        axes.plot(*line(view, curve), label=curve.name, gid=curve.name, **style)
    if view.tangent is not None:
        at, value, _ = view.tangent
        grey = {"color": "0.35", "linewidth": 1}
        axes.plot(*tangent(view), label=f"tangent at {name}={at:g}", gid="tangent", **grey)
        axes.plot([at], [value], "o", markersize=5, gid="point", **grey)
    axes.set(xlabel=name, xlim=limits, ylim=view.window)
    axes.legend(frameon=False)


def _field(view: Field, axes: Any) -> None:
    from matplotlib.patheffects import withStroke

    outline = withStroke(linewidth=2, foreground="white")
    x, y = view.samples.values()
    if view.levels:
        values = masked(view)
        axes.contourf(x, y, values, view.levels, extend="both", colors=_shades(len(view.levels) + 1), alpha=0.6)
        lines = axes.contour(x, y, values, view.levels, colors="0.25", linewidths=0.7, negative_linestyles="solid")
        for text in axes.clabel(lines, fmt="%g", fontsize="small", colors="black"):
            text.set(path_effects=[outline], zorder=3)
    every = x.size // _ARROWS + 1
    at = np.ix_(np.arange(every // 2, y.size, every), np.arange(every // 2, x.size, every))
    across, up = (grad[at] for grad in view.grad.values())
    length = np.hypot(across, up)
    steep = np.isfinite(length) & (length > 0)
    length[~steep] = np.nan
    axes.quiver(
        x[at[1].ravel()], y[at[0].ravel()], across / length, up / length, angles="xy", pivot="mid", scale=32,
        width=0.003, color="0.1", gid="gradient",
    )  # fmt: skip
    if view.point is not None:
        axes.plot(*([v] for v in view.point.values()), "o", color=_COLOURS[1], gid="point")
    axes.set(**dict(zip(("xlabel", "ylabel"), view.range, strict=True)))
    axes.set(**dict(zip(("xlim", "ylim"), view.range.values(), strict=True)))


def _shades(count: int) -> list[Any]:
    """Return colours from dark to light, in the order of their lightness for every eye."""
    import matplotlib

    return [matplotlib.colormaps["viridis"](i / (count - 1)) for i in range(count)]


def _title(expression: str) -> str:
    text = " ".join(expression.split())
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"
