"""The graph as a picture in SVG, which follows the reader's light or dark mode.

Every node is a group with its `data-id`, every link one with `data-tail` and `data-head`, so that a page that
holds the picture can find them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ..views.layout import Box, Layout, Point, Route, Wire, fitting
from . import lettering
from .extra import library
from .look import Line, Look
from .palette import DARK, LIGHT, Palette
from .sketch import Link, Shape, Sketch, sketch

if TYPE_CHECKING:
    from ..views.graph import Graph

# Around the picture, and above it for its title.
_MARGIN, _HEAD = 20.0, 26.0
# An arrow's tip: its length, and half its width.
_TIP, _HALF = 8.0, 4.0


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph."""
    drawn = sketch(view, look)
    return (((line, ""),) for line in picture(drawn, placed(drawn)))


def placed(drawn: Sketch) -> Layout:
    """Lay out a sketch; raise UsageError where what is needed for that is not installed."""
    library("fast_sugiyama", "a picture of a graph", "draw")
    sizes = {shape.id: lettering.size(shape) for shape in drawn.shapes}

    def wires(down: bool) -> list[Wire]:
        return [Wire(link.tail, link.head, *lettering.label(link, down)) for link in drawn.links]

    return fitting(sizes, wires, lettering.ports(drawn.links))


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
    _, _, width, height = picture.partition('viewBox="')[2].partition('"')[0].split()
    return float(width), float(height)


def _style(palette: Palette, only_colours: bool = False) -> Iterator[str]:
    if not only_colours:
        yield (
            f".gradcli text{{font-family:{lettering.FONTS};font-size:{lettering.TEXT:g}px;font-weight:500}}"
            ".gradcli .node>text,.gradcli .side>text{text-anchor:middle}"
        )
        yield f".gradcli .title{{font-size:{lettering.TITLE:g}px;font-weight:bold}}"
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
    if shape.kind == "fold":
        box = box._replace(width=box.width - lettering.STACK, height=box.height - lettering.STACK)
        yield _rectangle(box._replace(x=box.x + lettering.STACK, y=box.y + lettering.STACK))
    x, middle, centre = box.x, box.x + box.width / 2, box.y + box.height / 2
    if shape.kind in ("variable", "constant"):
        yield f'<ellipse cx="{_n(middle)}" cy="{_n(centre)}" rx="{_n(box.width / 2)}" ry="{_n(box.height / 2)}"/>'
    else:
        yield _rectangle(box)
    middles = lettering.middles(shape)
    if shape.back:
        line = centre + (middles[len(shape.rows) - 1] + middles[len(shape.rows)]) / 2
        yield f'<path d="M{_n(x)} {_n(line)}h{_n(box.width)}"/>'
    for row, place in zip([*shape.rows, *shape.back], middles, strict=True):
        yield f'<text class="{row.style}" x="{_n(middle)}" y="{_n(centre + place + 4)}">{escape(row.text)}</text>'
    yield "</g>"


def _rectangle(box: Box) -> str:
    return f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="6"/>'


def _wire(link: Link, route: Route, down: bool) -> Iterator[str]:
    both = lettering.both(link)
    lane = lettering.LANES / 2 if both else 0.0
    sort = ("both " if both else "") + ("down" if down else "side")
    yield f'<g class="wire {sort}" data-tail="{link.tail}" data-head="{link.head}">'
    if link.forward is not None:
        yield from _arrow("forward", [_moved(point, -lane, not down) for point in route.points], down)
    if link.backward is not None:
        yield from _arrow("backward", [_moved(point, lane, not down) for point in reversed(route.points)], down)
    if route.label:
        yield from _labels(link, route, route.label, down)
    yield "</g>"


def _labels(link: Link, route: Route, box: Box, down: bool) -> Iterator[str]:
    """Write what stands on a link: above its wire, or beside one that goes down; that of a second arrow below."""
    texts = [(way, text) for way, text in (("forward", link.forward), ("backward", link.backward)) if text]
    x, anchor = box.x + box.width / 2, ""
    if down:
        left = box.x + box.width / 2 < route.points[-3][0]
        x = box.x + (box.width - lettering.BESIDE if left else lettering.BESIDE)
        anchor = ' text-anchor="end"' if left else ' text-anchor="start"'
    for place, (way, text) in enumerate(texts):
        below = not down and way == "backward" and link.forward is not None
        y = box.y + box.height - lettering.BELOW if below else box.y + (place + 1) * lettering.LINE - lettering.BELOW
        yield f'<text class="{way}" x="{_n(x)}" y="{_n(y)}"{anchor}>{escape(text)}</text>'


def _arrow(way: str, points: Sequence[Point], down: bool) -> Iterator[str]:
    """Draw a line along the pairs of its points, which bends from one pair to the next, and the tip at its end."""
    (*_, before, end), along = points, 1 if down else 0
    sign = 1.0 if points[0][along] < end[along] else -1.0
    base = _moved(end, -sign * _TIP, down)
    bent = before if (base[along] - before[along]) * sign > 0 else base  # a box as wide as its layer leaves no room
    line = [*points[:-2], bent, base]
    path = f"M{_p(line[0])}"
    for number, (one, other) in enumerate(pairwise(line)):
        half = (other[along] - one[along]) / 2
        straight = number % 2 == 0 or one[1 - along] == other[1 - along]
        bend = f"C{_p(_moved(one, half, down))} {_p(_moved(other, -half, down))} {_p(other)}"
        path += f"L{_p(other)}" if straight else bend
    yield f'<path class="{way}" d="{path}"/>'
    sides = [_moved(base, side, not down) for side in (-_HALF, _HALF)]
    yield f'<path class="{way} tip" d="M{_p(end)}L{_p(sides[0])}L{_p(sides[1])}Z"/>'


def _moved(point: Point, by: float, down: bool) -> Point:
    return (point[0], point[1] + by) if down else (point[0] + by, point[1])


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
