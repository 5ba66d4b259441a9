"""The graph as a picture of dots: its SVG, drawn by resvg in a font that comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from .extra import library
from .look import Look, plain
from .svg import draw, extent

if TYPE_CHECKING:
    from ..views.graph import Graph

_FONT = "Source Code Pro"

# Dots for each pixel of the SVG, and the most dots that a picture may have.
_SCALE, _MOST = 2.0, 40e6


def write(view: Graph, look: Look, file: BinaryIO) -> None:
    """Write a graph as PNG, on light paper; raise UsageError where what draws it is not installed."""
    resvg = library("resvg_py", "a PNG of a graph", "draw")
    fonts = library("fontpkg", "a PNG of a graph", "draw")
    picture = "\n".join(map(plain, draw(view, look)))
    width, height = extent(picture)
    made = resvg.svg_to_bytes(
        svg_string=picture,
        zoom=min(_SCALE, (_MOST / (width * height)) ** 0.5),
        font_files=[str(fonts.path(_FONT))],
        font_family=_FONT,
        monospace_family=_FONT,
    )
    file.write(bytes(made))
