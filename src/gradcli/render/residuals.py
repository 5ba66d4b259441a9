"""The picture of a fit: the data with the curve and its band, and below it what is left."""

from __future__ import annotations

from typing import Any, BinaryIO

from .extra import library

_BLUE, _ORANGE = "#0072b2", "#d55e00"
_SETTINGS = {"svg.hashsalt": "gradcli", "svg.fonttype": "none"}
_TITLE = 70
# Points from which they are drawn small.
_MANY = 500


def needed() -> Any:
    """Import what draws; raise UsageError where it is missing."""
    return library("matplotlib", "a picture of a fit", "plot")


def save(picture: Any, form: str, file: BinaryIO) -> None:
    """Write the picture as "svg", "png" or "pdf"."""
    matplotlib = needed()
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(6.4, 5.2), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        marks: dict[str, Any] = {"marker": ".", "linestyle": "none", "color": "0.35"}
        marks["markersize"] = 4 if len(picture.x) < _MANY else 1.5
        above.plot(picture.x, picture.observed, label="data", **marks)
        above.plot(picture.along, picture.curve, color=_BLUE, label="model")
        low, high = picture.curve - picture.band, picture.curve + picture.band
        above.fill_between(picture.along, low, high, color=_BLUE, alpha=0.25, linewidth=0, label="95 % band")
        above.set_ylabel(picture.y_label)
        above.legend(frameon=False)
        title = picture.title if len(picture.title) <= _TITLE else picture.title[: _TITLE - 1] + "…"
        above.set_title(title, fontsize="medium", family="monospace", parse_math=False)
        below.plot(picture.x, picture.residual, **marks)
        below.axhline(0.0, color=_ORANGE, linewidth=0.8)
        below.set_ylabel("residual")
        below.set_xlabel(picture.x_label)
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
        figure.savefig(file, format=form, dpi=200, metadata=metadata)
