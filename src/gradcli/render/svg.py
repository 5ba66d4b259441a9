"""The graph as a picture in SVG, which follows the reader's light or dark mode.

Every node is a group with its `data-id`, every link one with `data-tail` and `data-head`, so that a page that
holds the picture can find them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ..views.layout import Box, Layout, Point, Route, Wire, fitting, lay_out
from . import lettering
from .extra import library
from .look import Line, Look
from .palette import DARK, LIGHT, Palette
from .sketch import Link, Shape, Sketch, sketch

if TYPE_CHECKING:
    from ..views.graph import Graph

# Around the picture, and above it for its title.
_MARGIN, _HEAD = 20.0, 26.0
# An arrow's tip: its length, and half its width. How far the second card of a stack stands out.
_TIP, _HALF, _STACK = 8.0, 4.0, 4.0


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph."""
    drawn = sketch(view, look)
    return (((line, ""),) for line in picture(drawn, placed(drawn)))


def placed(drawn: Sketch) -> Layout:
    """Lay out a sketch; raise UsageError where what is needed for that is not installed."""
    library("fast_sugiyama", "a picture of a graph", "draw")
    sizes = {shape.id: lettering.size(shape) for shape in drawn.shapes}

    def made(down: bool) -> Layout:
        wires = [Wire(link.tail, link.head, *lettering.label(link, down)) for link in drawn.links]
        return lay_out(sizes, wires, down, lettering.ports(drawn.links))

    return fitting(made)


def picture(drawn: Sketch, layout: Layout) -> Iterator[str]:
    """Write a sketch, laid out, as SVG."""
    wide = max(layout.width, lettering.width(drawn.title[:80])) + 2 * _MARGIN
    high = layout.height + 2 * _MARGIN + _HEAD
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(wide)} {_n(high)}" width="{_n(wide)}" '
        f'height="{_n(high)}" role="img" class="gradcli" aria-label={quoteattr("Graph of " + drawn.title)}>'
    )
    yield "<style>"
    yield from _style(LIGHT)
    yield f"@media (prefers-color-scheme:dark){{{''.join(_style(DARK, only_colours=True))}}}"
    yield "</style>"
    yield f'<rect class="paper" width="{_n(wide)}" height="{_n(high)}" rx="8"/>'
    title = drawn.title if len(drawn.title) <= 80 else drawn.title[:79] + "…"
    yield f'<text class="head" x="{_n(_MARGIN)}" y="{_n(_MARGIN + 8)}">{escape(title)}</text>'
    left = (wide - layout.width) / 2
    yield f'<g transform="translate({_n(left)} {_n(_MARGIN + _HEAD)})">'
    for link, route in zip(drawn.links, layout.routes, strict=True):
        yield from _wire(link, route, layout.down)
    for shape in drawn.shapes:
        yield from _node(shape, layout.boxes[shape.id])
    yield "</g>"
    yield "</svg>"


def extent(picture: str) -> Point:
    """Return the width and the height of a picture that was written."""
    _, _, width, height = re.search(r'viewBox="([^"]*)"', picture)[1].split()  # type: ignore[index]
    return float(width), float(height)


def _style(palette: Palette, only_colours: bool = False) -> Iterator[str]:
    if not only_colours:
        yield (
            f".gradcli text{{font-family:{lettering.FONTS};font-size:{lettering.TEXT:g}px;font-weight:500;"
            "text-anchor:middle}"
        )
        yield f".gradcli .title{{font-size:{lettering.TITLE:g}px;font-weight:bold}}"
        yield ".gradcli .head{text-anchor:start}"
        yield ".gradcli .down text{text-anchor:start}"
        yield ".gradcli .node>*{stroke-width:1.5}.gradcli .node>text{stroke:none}"
        yield ".gradcli .wire path{fill:none;stroke-width:1.5}.gradcli .wire .tip{stroke:none}"
        yield ".gradcli .both .backward{stroke-dasharray:5 3}"
    yield f".gradcli .paper{{fill:{palette.paper}}}"
    yield f".gradcli .head{{fill:{palette.quiet}}}"
    for kind, ink in palette.shapes.items():
        yield f".gradcli .{kind}>*{{fill:{ink.fill};stroke:{ink.line}}}.gradcli .{kind}>text{{fill:{ink.text}}}"
    for way, line in (("forward", palette.forward), ("backward", palette.backward)):
        yield f".gradcli path.{way}{{stroke:{line}}}.gradcli .{way}.tip,.gradcli text.{way}{{fill:{line}}}"
    yield f".gradcli .node>.grad{{fill:{palette.backward}}}"


def _node(shape: Shape, box: Box) -> Iterator[str]:
    yield f'<g class="node {shape.kind}" data-id="{shape.id}"><title>{escape(shape.told)}</title>'
    x, y, middle, centre = box.x, box.y, box.x + box.width / 2, box.y + box.height / 2
    if shape.kind in ("variable", "constant"):
        yield (f'<ellipse cx="{_n(middle)}" cy="{_n(centre)}" rx="{_n(box.width / 2)}" ry="{_n(box.height / 2)}"/>')
    else:
        for shift in (_STACK, 0.0) if shape.kind == "fold" else (0.0,):
            yield (
                f'<rect x="{_n(x + shift)}" y="{_n(y + shift)}" width="{_n(box.width)}" height="{_n(box.height)}" '
                'rx="6"/>'
            )
    middles = lettering.middles(shape)
    if shape.back:
        line = centre + (middles[len(shape.rows) - 1] + middles[len(shape.rows)]) / 2
        yield f'<path d="M{_n(x)} {_n(line)}h{_n(box.width)}"/>'
    for row, place in zip([*shape.rows, *shape.back], middles, strict=True):
        yield f'<text class="{row.style}" x="{_n(middle)}" y="{_n(centre + place + 4)}">{escape(row.text)}</text>'
    yield "</g>"


def _wire(link: Link, route: Route, down: bool) -> Iterator[str]:
    both = lettering.both(link)
    lane = lettering.LANES / 2 if both else 0.0
    sort = " ".join(name for name, is_so in (("both", both), ("down", down)) if is_so)
    yield f'<g class="wire {sort}" data-tail="{link.tail}" data-head="{link.head}">'
    if link.forward is not None:
        yield from _arrow("forward", _shifted(route.points, -lane, down), down)
    if link.backward is not None:
        yield from _arrow("backward", _shifted(route.points, lane, down)[::-1], down)
    if route.label:
        yield from _labels(link, route.label, down)
    yield "</g>"


def _labels(link: Link, box: Box, down: bool) -> Iterator[str]:
    """Write what stands on a link: above its wire, or beside one that goes down; that of a second arrow below."""
    texts = [(way, text) for way, text in (("forward", link.forward), ("backward", link.backward)) if text]
    x = box.x + lettering.LANES + lettering.BELOW if down else box.x + box.width / 2
    for place, (way, text) in enumerate(texts):
        below = not down and way == "backward" and link.forward is not None
        y = box.y + box.height - lettering.BELOW if below else box.y + (place + 1) * lettering.LINE - lettering.BELOW
        yield f'<text class="{way}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _shifted(points: Sequence[Point], by: float, down: bool) -> list[Point]:
    return [(x + by, y) if down else (x, y + by) for x, y in points]


def _arrow(way: str, points: Sequence[Point], down: bool) -> Iterator[str]:
    """Draw a line that bends between the pairs of its points, and the tip at its end."""
    (*_, before, end) = points
    ahead = (end[1] > before[1]) if down else (end[0] > before[0])
    step = _TIP if ahead else -_TIP
    base = (end[0], end[1] - step) if down else (end[0] - step, end[1])
    line = [*points[:-1], base]
    path = f"M{_p(line[0])}"
    for number, (one, other) in enumerate(pairwise(line)):
        if number % 2 or one[0 if down else 1] == other[0 if down else 1]:
            path += f"L{_p(other)}"
        elif down:
            half = (one[1] + other[1]) / 2
            path += f"C{_p((one[0], half))} {_p((other[0], half))} {_p(other)}"
        else:
            half = (one[0] + other[0]) / 2
            path += f"C{_p((half, one[1]))} {_p((half, other[1]))} {_p(other)}"
    yield f'<path class="{way}" d="{path}"/>'
    sides = [(base[0] + s, base[1]) if down else (base[0], base[1] + s) for s in (-_HALF, _HALF)]
    yield f'<path class="{way} tip" d="M{_p(end)}L{_p(sides[0])}L{_p(sides[1])}Z"/>'


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
