"""Pictures of graphs: no text lies on another, no wire runs through a box, at 5, 50 and 200 nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gradcli.render import lettering
from gradcli.render.look import Look
from gradcli.render.sketch import Shape, Sketch, sketch
from gradcli.render.svg import placed
from gradcli.views.layout import Box, Layout, Size, Wire, lay_out, order_of

from .conftest import TEN, nested, sums

# About 5, 50 and 200 nodes, wide and deep, and some of arrays.
SIZES = {"5": TEN["classic"], "50": sums(6), "200": sums(23), "200-deep": nested(100), "arrays": TEN["cross_entropy"]}
PASSES = ["backward", "forward", "both"]
CASES = [(size, which, down) for size in SIZES for which in PASSES for down in (False, True)]
# What a deep graph has that others have not, takes as long as all others.
CASES = [case for case in CASES if case[0] != "200-deep" or case[1:] == ("both", True)]


def laid_out(drawn: Sketch, down: bool) -> tuple[list[Wire], Layout]:
    wires = [Wire(link.tail, link.head, *lettering.label(link, down)) for link in drawn.links]
    sizes = {shape.id: lettering.size(shape) for shape in drawn.shapes}
    return wires, lay_out(sizes, wires, order_of(sizes, wires), lettering.ports(drawn.links), down)


def width_of(row: Any) -> float:
    return lettering.width(row.text, lettering.TITLE if row.style == "title" else lettering.TEXT)


def written(shape: Shape, box: Box) -> Iterator[Box]:
    """Yield the places of the rows of a shape."""
    for row, middle in zip([*shape.rows, *shape.back], lettering.middles(shape), strict=True):
        wide, y = width_of(row), box.y + box.height / 2 + middle - lettering.LINE / 2
        yield Box(box.x + (box.width - wide) / 2, y, wide, lettering.LINE)


def meeting(some: Sequence[Box], others: Sequence[Box]) -> set[tuple[int, int]]:
    """Return which of some places lie on which of others, by their numbers; they may touch."""
    one, other = np.array(some)[:, None, :], np.array(others)[None, :, :]
    before = one[..., :2] + one[..., 2:] <= other[..., :2] + 1e-6
    behind = other[..., :2] + other[..., 2:] <= one[..., :2] + 1e-6
    return {(int(i), int(j)) for i, j in np.argwhere(~(before | behind).any(-1))}


def inside(some: Sequence[Box], around: Sequence[Box]) -> bool:
    one, other = np.array(some), np.array(around)
    start = (one[:, :2] >= other[:, :2] - 1e-6).all()
    return bool(start and (one[:, :2] + one[:, 2:] <= other[:, :2] + other[:, 2:] + 1e-6).all())


def around(points: Sequence[tuple[float, float]]) -> Box:
    (left, right), (top, bottom) = (sorted(each) for each in zip(*points, strict=True))
    return Box(left, top, right - left, bottom - top)


@pytest.mark.parametrize(("size", "which", "down"), CASES)
def test_nothing_lies_on_anything_else(size: str, which: str, down: bool) -> None:
    drawn = sketch(SIZES[size].seen(which), Look())
    wires, layout = laid_out(drawn, down)
    keys, boxes = list(layout.boxes), list(layout.boxes.values())
    labels = [(number, route.label) for number, route in enumerate(layout.routes) if route.label]
    places = [*boxes, *(label for _, label in labels)]
    assert meeting(places, places) == {(i, i) for i in range(len(places))}
    assert inside(places, [Box(0, 0, layout.width, layout.height)] * len(places))
    for shape in drawn.shapes:
        rows = list(written(shape, layout.boxes[shape.id]))
        assert inside(rows, [layout.boxes[shape.id]] * len(rows))
    assert [number for number, _ in labels] == [number for number, wire in enumerate(wires) if wire.label.width]
    pieces = [(number, around(pair)) for number, route in enumerate(layout.routes) for pair in pairwise(route.points)]
    own = [{keys.index(wire.tail), keys.index(wire.head)} for wire in wires]
    for place, (number, _) in enumerate(labels, len(boxes)):
        own[number].add(place)
    for piece, place in meeting([piece for _, piece in pieces], places):
        assert place in own[pieces[piece][0]]


def test_the_rows_of_an_ellipse_are_inside_it(sample: Any) -> None:
    for shape in sketch(sample.seen("both"), Look()).shapes:
        size = lettering.size(shape)
        if size.round:
            for row, middle in zip([*shape.rows, *shape.back], lettering.middles(shape), strict=True):
                x, y = width_of(row) / 2, abs(middle) + lettering.LINE / 2
                assert (2 * x / size.width) ** 2 + (2 * y / size.height) ** 2 <= 1


def test_wires_lead_from_box_to_box(sample: Any) -> None:
    drawn = sketch(sample.seen(), Look())
    wires, layout = laid_out(drawn, down=False)
    for wire, route in zip(wires, layout.routes, strict=True):
        tail, head = layout.boxes[wire.tail], layout.boxes[wire.head]
        (x0, y0), (x1, y1) = route.points[0], route.points[-1]
        assert tail.x + tail.width / 2 < x0 <= tail.x + tail.width + 1e-6 and tail.y <= y0 <= tail.y + tail.height
        assert head.x - 1e-6 <= x1 < head.x + head.width / 2 and head.y <= y1 <= head.y + head.height
        assert all(one[0] <= other[0] + 1e-6 for one, other in pairwise(route.points))


def test_a_wide_picture_goes_down_instead() -> None:
    assert not placed(sketch(TEN["classic"].seen(), Look())).down
    assert placed(sketch(nested(40).seen(), Look())).down


def test_parallel_wires_have_places_of_their_own() -> None:
    wires = [Wire(1, 2, Size(30, 17), 8.5), Wire(1, 2, Size(30, 17), 8.5)]
    sizes = {1: Size(60, 40, round=True), 2: Size(60, 40)}
    layout = lay_out(sizes, wires, order_of(sizes, wires))
    one, other = layout.routes
    assert one.label and other.label and not meeting([one.label], [other.label])
    assert one.points[0] != other.points[0] and one.points[-1] != other.points[-1]


def test_a_picture_of_one_box_needs_no_order() -> None:
    sizes = {7: Size(60, 40)}
    assert lay_out(sizes, [], order_of(sizes, [])).boxes == {7: Box(0.0, 0.0, 60, 40)}
