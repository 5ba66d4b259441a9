"""Where the parts of a picture go: boxes in layers, from what is given to what comes out, and wires between them.

A wire's label is a vertex of its own on the way, so that it gets a place where nothing else is; no text can
overlap another. Along is the way from layer to layer, across the order in one; x and y are made of them at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from .coordinates import coordinates
from .order import Order, is_box, ordered, vertex_of

# Between neighbours in a layer, and between two wires that pass one.
_APART, _PASSING = 16.0, 10.0
# Between layers: at least, and where wires go far across more, by this part of how far, but no more than that.
_GAP, _SLOPE, _WIDEST = 24.0, 0.2, 150.0
# A picture that is longer is drawn downwards, if that makes it shorter.
_LONG = 1400.0

Point = tuple[float, float]


class Size(NamedTuple):
    """How large a box is; `round` where it is an ellipse."""

    width: float
    height: float
    round: bool = False


class Wire(NamedTuple):
    """What is to lead from one box to another, with the size of its label.

    `offset` is where the wire passes the label, from its middle, if it does not go down; then it passes beside it.
    """

    tail: int
    head: int
    label: Size
    offset: float = 0.0


class Box(NamedTuple):
    """A place: the corner nearest to the origin, and the size."""

    x: float
    y: float
    width: float
    height: float


class Route(NamedTuple):
    """A wire that was led, and its label's place: points in pairs, straight in each pair, bent from one to the next."""

    points: list[Point]
    label: Box | None


class Layout(NamedTuple):
    """A picture's size, the place of each box, and the wires in the order in which they were given."""

    width: float
    height: float
    boxes: dict[int, Box]
    routes: list[Route]
    down: bool


def fitting(sizes: Mapping[int, Size], wires: Callable[[bool], Sequence[Wire]], ports: float) -> Layout:
    """Return the layout from left to right if it is short enough, else the one whose longer side is shorter.

    `wires` tells the wires of a picture that goes down, or does not.
    """
    order = order_of(sizes, wires(False))
    sideways = lay_out(sizes, wires(False), order, ports)
    if sideways.width <= _LONG:
        return sideways
    downwards = lay_out(sizes, wires(True), order, ports, down=True)
    return min(sideways, downwards, key=lambda made: max(made.width, made.height))


def order_of(sizes: Mapping[int, Size], wires: Sequence[Wire]) -> Order:
    """Return the layers of boxes and wires."""
    return ordered(sizes, [(wire.tail, wire.head) for wire in wires], any(wire.label.width for wire in wires))


def lay_out(
    sizes: Mapping[int, Size], wires: Sequence[Wire], order: Order, ports: float = 12.0, down: bool = False
) -> Layout:
    """Place boxes and wires, from left to right or from the top down; wires end so far apart at a box, if they can."""
    extents = {vertex: _Extent(0.0, 0.0, 0.0) for layer in order.layers for vertex in layer}
    extents |= {vertex_of(key): _extent(size, down) for key, size in sizes.items()}
    for path, wire, side in zip(order.paths, wires, order.sides, strict=True):
        if not is_box(path[-2]):
            extents[path[-2]] = _extent(wire.label, down, -side * wire.label.width / 2 if down else wire.offset)

    def space(one: str, other: str) -> float:
        room = extents[one].behind + extents[other].before
        return room + (_APART if room else _PASSING)

    across = coordinates(order, space)
    along = _along(order, extents, across)
    return _placed(sizes, wires, _Plan(order, extents, across, along, ports, down))


class _Extent(NamedTuple):
    """The room that a vertex takes along, and across: before and behind the line on which it is aligned."""

    along: float
    before: float
    behind: float


class _Plan(NamedTuple):
    """What is known of each vertex: its room, its line across, and where its layer begins and ends."""

    order: Order
    extents: dict[str, _Extent]
    across: dict[str, float]
    along: dict[str, tuple[float, float]]
    ports: float
    down: bool


def _extent(size: Size, down: bool, offset: float = 0.0) -> _Extent:
    along, across = (size.height, size.width) if down else (size.width, size.height)
    return _Extent(along, across / 2 + offset, across / 2 - offset)


def _along(
    order: Order, extents: Mapping[str, _Extent], across: Mapping[str, float]
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Return where the layer of each vertex begins and ends: further apart where wires go far across."""
    layer_of = {vertex: number for number, layer in enumerate(order.layers) for vertex in layer}
    jumps = [0.0] * len(order.layers)
    for one, other in (edge for path in order.paths for edge in pairwise(path)):
        jumps[layer_of[other]] = max(jumps[layer_of[other]], abs(across[one] - across[other]))
    found: dict[str, tuple[float, float]] = {}
    end = 0.0
    for number, layer in enumerate(order.layers):
        start = end + (min(_GAP + _SLOPE * jumps[number], _WIDEST) if number else 0.0)
        end = start + max(extents[vertex].along for vertex in layer)
        found |= dict.fromkeys(layer, (start, end))
    return found


def _placed(sizes: Mapping[int, Size], wires: Sequence[Wire], plan: _Plan) -> Layout:
    """Turn coordinates along and across into boxes and routes, the least of them at the origin."""
    least = min(plan.across[vertex] - extent.before for vertex, extent in plan.extents.items())
    most = max(plan.across[vertex] + extent.behind for vertex, extent in plan.extents.items())
    length = max(end for _, end in plan.along.values())

    def turned(along: float, across: float) -> Point:
        return (across - least, along) if plan.down else (along, across - least)

    def box(vertex: str, size: Size) -> Box:
        (start, end), extent = plan.along[vertex], plan.extents[vertex]
        corner = turned((start + end - extent.along) / 2, plan.across[vertex] - extent.before)
        return Box(*corner, size.width, size.height)

    ends = _ends(sizes, wires, plan)
    routes = []
    for number, (wire, path) in enumerate(zip(wires, plan.order.paths, strict=True)):
        (out, leaving), (into, arriving) = ends[number]
        points = [(out, leaving), (plan.along[path[0]][1], leaving)]
        points += [(place, plan.across[vertex]) for vertex in path[1:-1] for place in plan.along[vertex]]
        points += [(plan.along[path[-1]][0], arriving), (into, arriving)]
        label = box(path[-2], wire.label) if wire.label.width else None
        routes.append(Route([turned(*point) for point in points], label))
    boxes = {key: box(vertex_of(key), size) for key, size in sizes.items()}
    return Layout(*turned(length, most), boxes, routes, plan.down)


def _ends(sizes: Mapping[int, Size], wires: Sequence[Wire], plan: _Plan) -> list[tuple[Point, Point]]:
    """Find where wires touch their boxes, along and across: side by side, in the order in which they come."""
    coming: dict[tuple[int, int], list[int]] = {}
    for number, wire in enumerate(wires):
        coming.setdefault((wire.tail, 1), []).append(number)
        coming.setdefault((wire.head, -1), []).append(number)
    found: dict[tuple[int, int], Point] = {}
    for (key, side), numbers in coming.items():
        vertex = vertex_of(key)
        (start, end), extent = plan.along[vertex], plan.extents[vertex]
        lines = {number: plan.across[plan.order.paths[number][1 if side > 0 else -2]] for number in numbers}
        numbers.sort(key=lambda number: (lines[number], number))
        step = min(plan.ports, 0.4 * (extent.before + extent.behind) / max(len(numbers) - 1, 1))
        middle = (len(numbers) - 1) / 2
        if len(numbers) < 4:  # a wire that comes straight at the middle need not bend
            middle = next((i for i, n in enumerate(numbers) if abs(lines[n] - plan.across[vertex]) < 1), middle)
        for place, number in enumerate(numbers):
            away = (place - middle) * step
            reach = extent.along / 2
            if sizes[key].round:
                reach *= (1 - (away / extent.before) ** 2) ** 0.5
            found[number, side] = ((start + end) / 2 + side * reach, plan.across[vertex] + away)
    return [(found[number, 1], found[number, -1]) for number in range(len(wires))]
