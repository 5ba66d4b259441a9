"""Where the parts of a picture go: boxes in layers, from what is given to what comes out, and wires between them.

Layers and the order in them are found by fast-sugiyama (K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual
understanding of hierarchical system structures", 1981). A wire's label is a vertex of its own on the way,
so that it gets a place where nothing else is; no text can overlap another.

Along is the way from layer to layer, across the order in one; x and y are made of them at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from .coordinates import coordinates

# Between neighbours in a layer, around a wire that passes one, and between layers: at least, and for wires that
# go far across more, by this part of how far they go, but no more than that.
_APART, _PASSING = 14.0, 5.0
_GAP, _SLOPE, _WIDEST = 24.0, 0.2, 150.0

Point = tuple[float, float]


class Size(NamedTuple):
    """How large a box is; `round` where it is an ellipse."""

    width: float
    height: float
    round: bool = False


class Wire(NamedTuple):
    """What is to lead from one box to another, with the size of its label.

    `offset` is where the wire passes the label, across, from its middle.
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
    """A wire that was led: points in pairs, between which it bends, and straight within them; and its label's place."""

    points: list[Point]
    label: Box | None


class Layout(NamedTuple):
    """A picture's size, the place of each box, and the wires in the order in which they were given."""

    width: float
    height: float
    boxes: dict[int, Box]
    routes: list[Route]
    down: bool


def lay_out(sizes: Mapping[int, Size], wires: Sequence[Wire], down: bool = False, ports: float = 12.0) -> Layout:
    """Place boxes and wires, from left to right, or from the top down; wires end so far apart at a box, if they can.

    Raises ImportError where fast-sugiyama is not installed.
    """
    labelled = any(wire.label.width for wire in wires)
    paths, layers = _layered(sizes, wires, labelled)
    extents: dict[str, _Extent] = {}
    for key, size in sizes.items():
        extents[_node(key)] = _extent(size, down)
    for number, wire in enumerate(wires if labelled else ()):
        extents[_label(number)] = _extent(wire.label, down, wire.offset)
    passing = _Extent(0.0, _PASSING, _PASSING)
    for layer in layers:
        for vertex in layer:
            extents.setdefault(vertex, passing)
    across = coordinates(
        layers,
        [edge for path in paths for edge in pairwise(path)],
        lambda one, other: extents[one].behind + _APART + extents[other].before,
        lambda key: not key.startswith("n"),
    )
    along = _along(layers, extents, across, paths)
    return _placed(sizes, wires, _Plan(paths, extents, across, along, labelled, down, ports))


class _Extent(NamedTuple):
    """The room that a vertex takes along, and across: before and behind the line on which it is aligned."""

    along: float
    before: float
    behind: float


class _Plan(NamedTuple):
    """What is known when coordinates are: paths by wire, and by vertex where its line and its layer are."""

    paths: list[list[str]]
    extents: dict[str, _Extent]
    across: dict[str, float]
    along: dict[str, tuple[float, float]]
    labelled: bool
    down: bool
    ports: float


def _node(key: int) -> str:
    return f"n{key}"


def _label(number: int) -> str:
    return f"w{number}"


def _extent(size: Size, down: bool, offset: float = 0.0) -> _Extent:
    along, across = (size.height, size.width) if down else (size.width, size.height)
    return _Extent(along, across / 2 + offset, across / 2 - offset)


def _layered(
    sizes: Mapping[int, Size], wires: Sequence[Wire], labelled: bool
) -> tuple[list[list[str]], list[list[str]]]:  # fmt: skip
    """Return the vertices that each wire passes, its ends among them, and those of each layer in order."""
    steps = [[_node(wire.tail), *([_label(i)] if labelled else []), _node(wire.head)] for i, wire in enumerate(wires)]
    edges = list(dict.fromkeys(edge for path in steps for edge in pairwise(path)))
    if not edges:
        return [], [[_node(key)] for key in sizes]
    places, bends = _sugiyama(edges)
    paths = [[path[0], *(key for edge in pairwise(path) for key in (*bends.get(edge, ()), edge[1]))] for path in steps]
    layers: dict[float, list[str]] = {}
    side = -1 if _mirrored(wires, paths, places) else 1
    for key in sorted(places, key=lambda key: (-places[key][1], side * places[key][0])):
        layers.setdefault(places[key][1], []).append(key)
    return paths, list(layers.values())


def _mirrored(wires: Sequence[Wire], paths: Sequence[Sequence[str]], places: Mapping[str, Point]) -> bool:
    """Tell whether more wires come to their box in another order than in that of its inputs."""
    balance, last = 0, dict[int, float]()
    for wire, path in zip(wires, paths, strict=True):
        place = places[path[-2]][0]
        before = last.get(wire.head, place)
        balance += (place > before) - (place < before)
        last[wire.head] = place
    return balance < 0


def _sugiyama(edges: Sequence[tuple[str, str]]) -> tuple[dict[str, Point], dict[tuple[str, str], list[str]]]:
    """Return a place for each vertex of a connected graph, and the bends that were put into each long edge."""
    from fast_sugiyama import from_edges

    names = list(dict.fromkeys(key for edge in edges for key in edge))
    numbers = {name: number for number, name in enumerate(names)}  # of strings, the order would change from run to run
    made: Any = from_edges([(numbers[one], numbers[other]) for one, other in edges], dummy_vertices=True)
    ((found, _, _, ways),) = made
    names += [f"b{key}" for key in range(len(names), 1 + max(key for key, _ in found))]
    places = {names[key]: place for key, place in found}
    following: dict[str, list[str]] = {}
    for one, other in ways:
        following.setdefault(names[one], []).append(names[other])
    bends: dict[tuple[str, str], list[str]] = {}
    for tail in dict.fromkeys(tail for tail, _ in edges):
        for key in following[tail]:
            path = []
            while key.startswith("b"):
                path.append(key)
                (key,) = following[key]
            bends[tail, key] = path
    return places, bends


def _along(
    layers: Sequence[Sequence[str]],
    extents: Mapping[str, _Extent],
    across: Mapping[str, float],
    paths: Iterable[Sequence[str]],
) -> dict[str, tuple[float, float]]:
    """Return where the layer of each vertex begins and ends: further apart where wires go far across."""
    layer_of = {key: number for number, layer in enumerate(layers) for key in layer}
    jumps = [0.0] * len(layers)
    for one, other in (edge for path in paths for edge in pairwise(path)):
        jumps[layer_of[other]] = max(jumps[layer_of[other]], abs(across[one] - across[other]))
    found: dict[str, tuple[float, float]] = {}
    end = 0.0
    for number, layer in enumerate(layers):
        start = end + (min(_GAP + _SLOPE * jumps[number], _WIDEST) if number else 0.0)
        end = start + max(extents[key].along for key in layer)
        found |= dict.fromkeys(layer, (start, end))
    return found


def _placed(sizes: Mapping[int, Size], wires: Sequence[Wire], plan: _Plan) -> Layout:
    """Turn coordinates along and across into boxes and routes, the least of them at the origin."""
    least = min(plan.across[key] - extent.before for key, extent in plan.extents.items())
    most = max(plan.across[key] + extent.behind for key, extent in plan.extents.items())
    length = max(end for _, end in plan.along.values())

    def turned(along: float, across: float) -> Point:
        return (across - least, along) if plan.down else (along, across - least)

    def box(key: str, size: Size) -> Box:
        start, end = plan.along[key]
        extent = plan.extents[key]
        corner = turned((start + end - extent.along) / 2, plan.across[key] - extent.before)
        return Box(*corner, size.width, size.height)

    ends = _ends(sizes, wires, plan)
    routes = []
    for number, (wire, path) in enumerate(zip(wires, plan.paths, strict=True)):
        points = [turned(*ends[number][0])]
        points += [turned(place, plan.across[key]) for key in path[1:-1] for place in plan.along[key]]
        points.append(turned(*ends[number][1]))
        routes.append(Route(points, box(_label(number), wire.label) if plan.labelled and wire.label.width else None))
    boxes = {key: box(_node(key), size) for key, size in sizes.items()}
    return Layout(*turned(length, most), boxes, routes, plan.down)


def _ends(sizes: Mapping[int, Size], wires: Sequence[Wire], plan: _Plan) -> list[tuple[Point, Point]]:
    """Find where wires touch their boxes, along and across: side by side, in the order in which they come."""
    coming: dict[tuple[int, int], list[int]] = {}
    for number, wire in enumerate(wires):
        coming.setdefault((wire.tail, 1), []).append(number)
        coming.setdefault((wire.head, -1), []).append(number)
    found: dict[tuple[int, int], Point] = {}
    for (key, side), numbers in coming.items():
        size, (start, end) = sizes[key], plan.along[_node(key)]
        extent = plan.extents[_node(key)]
        numbers.sort(key=lambda number: (plan.across[plan.paths[number][1 if side > 0 else -2]], number))
        room = 0.5 * (extent.before + extent.behind)
        step = min(plan.ports, room / max(len(numbers) - 1, 1))
        middle = (len(numbers) - 1) / 2
        for place, number in enumerate(numbers):
            away = (place - middle) * step
            reach = extent.along / 2 * (max(0.0, 1 - (away / extent.before) ** 2) ** 0.5 if size.round else 1.0)
            found[number, side] = ((start + end) / 2 + side * reach, plan.across[_node(key)] + away)
    return [(found[number, 1], found[number, -1]) for number in range(len(wires))]


def fitting(makes: Callable[[bool], Layout], longest: float = 1400.0) -> Layout:
    """Return the layout from left to right if it is short enough, else the one whose longer side is shorter."""
    sideways = makes(False)
    if sideways.width <= longest:
        return sideways
    downwards = makes(True)
    return min(sideways, downwards, key=lambda made: max(made.width, made.height))
