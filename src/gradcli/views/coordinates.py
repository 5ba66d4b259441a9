"""Coordinates across the layers of a drawing: long wires straight, boxes between their neighbours, compact.

The method is that of U. Brandes and B. Köpf ("Fast and simple horizontal coordinate assignment", 2001): each
vertex is aligned with a median neighbour, so that blocks form, which are then pushed together. That is done
from both ends and from both sides, and the result lies between the four. Blocks are compacted along the graph
of who stands beside whom, so that vertices of any size keep their distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from .order import Order, is_box

Layers = Sequence[Sequence[str]]
Edge = tuple[str, str]


def coordinates(order: Order, space: Callable[[str, str], float]) -> dict[str, float]:
    """Place the vertices of each layer, whose order is kept, with at least `space` from one to the next."""
    places = {vertex: place for layer in order.layers for place, vertex in enumerate(layer)}
    above, below = _nearest(order.paths), _nearest([path[::-1] for path in order.paths])
    crossing = _crossing(order, places)
    found = []
    for near, layers in ((above, order.layers), (below, order.layers[::-1])):
        for sign in (1, -1):
            turned = [layer[::sign] for layer in layers]
            signed = {vertex: sign * place for vertex, place in places.items()}
            roots = _aligned(turned, near, signed, crossing)
            compact = _compacted(turned, roots, space if sign > 0 else lambda one, other: space(other, one))
            found.append({vertex: sign * place for vertex, place in compact.items()})
    return _between(found)


def _nearest(paths: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Return what each vertex may be aligned with: where a wire was before, and at a box the shortest wires."""
    shortest: dict[str, int] = {}
    for path in paths:
        shortest[path[-1]] = min(len(path), shortest.get(path[-1], len(path)))
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        for one, other in pairwise(path):
            if not is_box(other) or len(path) == shortest[other]:
                found.setdefault(other, {})[one] = None
    return {vertex: list(ones) for vertex, ones in found.items()}


def _crossing(order: Order, places: Mapping[str, int]) -> set[Edge]:
    """Return the edges at boxes that cross one within a wire, which is to be straight."""
    above: dict[str, list[str]] = {}
    for path in order.paths:
        for one, other in pairwise(path):
            above.setdefault(other, []).append(one)
    found: set[Edge] = set()
    for upper, lower in pairwise(order.layers):
        start, reached = 0, 0
        for place, vertex in enumerate(lower):
            inner = None if is_box(vertex) else next((one for one in above[vertex] if not is_box(one)), None)
            if inner is None and place < len(lower) - 1:
                continue
            end = len(upper) if inner is None else places[inner]
            for other in lower[reached : place + 1]:
                edges = [(one, other) for one in above.get(other, ()) if not start <= places[one] <= end]
                found |= {(one, other) for one, other in edges if is_box(one) or is_box(other)}
            start, reached = end, place + 1
    return found


def _aligned(
    layers: Layers, near: Mapping[str, Sequence[str]], places: Mapping[str, int], crossing: set[Edge]
) -> dict[str, str]:
    """Align each vertex with a median neighbour, if no other is in the way, and return the root of its block."""
    roots = {vertex: vertex for vertex in places}
    taken: set[str] = set()
    for layer in layers:
        least = float("-inf")
        for vertex in layer:
            beside = near.get(vertex, [])
            beside = sorted(beside, key=places.__getitem__) if len(beside) > 1 else beside
            for other in beside[(len(beside) - 1) // 2 : len(beside) // 2 + 1]:
                free = other not in taken and places[other] > least
                if free and (other, vertex) not in crossing and (vertex, other) not in crossing:
                    roots[vertex], least = roots[other], places[other]
                    taken.add(other)
                    break
    return roots


def _compacted(layers: Layers, roots: Mapping[str, str], space: Callable[[str, str], float]) -> dict[str, float]:
    """Push blocks together: each as far to the start as those before it allow, then as near to those after it."""
    after: dict[str, dict[str, float]] = {root: {} for root in roots.values()}
    before: dict[str, dict[str, float]] = {root: {} for root in roots.values()}
    for one, other in (edge for layer in layers for edge in pairwise(layer)):
        least = max(space(one, other), after[roots[one]].get(roots[other], 0.0))
        after[roots[one]][roots[other]] = before[roots[other]][roots[one]] = least
    order = _topological(after, before)
    places: dict[str, float] = {}
    for root in order:
        places[root] = max((places[other] + room for other, room in before[root].items()), default=0.0)
    for root in reversed(order):
        if after[root]:
            places[root] = max(places[root], min(places[other] - room for other, room in after[root].items()))
    return {key: places[root] for key, root in roots.items()}


def _topological(
    after: Mapping[str, Iterable[str]], before: Mapping[str, Sequence[str] | Mapping[str, float]]
) -> list[str]:
    """Order blocks from the start."""
    waiting = {root: len(others) for root, others in before.items()}
    order = [root for root, count in waiting.items() if not count]
    for root in order:  # grows while it is read
        for other in after[root]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _between(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Lay four drawings over the narrowest, at the side that each was pushed to, and take the middle of them."""
    spans = [(min(places.values()), max(places.values())) for places in found]
    low, high = min(spans, key=lambda span: span[1] - span[0])
    shifted = []
    for number, (places, span) in enumerate(zip(found, spans, strict=True)):
        shift = high - span[1] if number % 2 else low - span[0]
        shifted.append({key: place + shift for key, place in places.items()})
    return {key: sum(sorted(places[key] for places in shifted)[1:3]) / 2 for key in found[0]}
