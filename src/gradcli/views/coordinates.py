"""Coordinates across the layers of a drawing: long wires straight, boxes between their neighbours, compact.

The method is that of U. Brandes and B. Köpf ("Fast and simple horizontal coordinate assignment", 2001): each
vertex is aligned with a median neighbour, so that blocks form, which are then pushed together. That is done
from both ends and from both sides, and the result lies between the four. Blocks are compacted along the graph
of who stands beside whom, so that vertices of any size keep their distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

Layers = Sequence[Sequence[str]]
Edge = tuple[str, str]


def coordinates(
    layers: Layers, edges: Iterable[Edge], space: Callable[[str, str], float], straight: Callable[[str], bool]
) -> dict[str, float]:
    """Place vertices in their layers, whose order is kept, with at least `space` from one to the next.

    `edges` lead from a layer to the next; those between two vertices that are to be `straight` come first.
    """
    order = {key: place for layer in layers for place, key in enumerate(layer)}
    above: dict[str, list[str]] = {key: [] for key in order}
    below: dict[str, list[str]] = {key: [] for key in order}
    for one, other in dict.fromkeys(edges):
        below[one].append(other)
        above[other].append(one)
    crossing = _crossing(layers, above, order, straight)
    found = []
    for near, downwards in ((above, True), (below, False)):
        ordered = layers if downwards else layers[::-1]
        for sign in (1, -1):
            turned = [layer[::sign] for layer in ordered]
            places = {key: sign * place for key, place in order.items()}
            roots = _aligned(turned, near, places, crossing)
            compact = _compacted(turned, roots, space if sign > 0 else lambda one, other: space(other, one))
            found.append({key: sign * place for key, place in compact.items()})
    return _between(found)


def _crossing(
    layers: Layers, above: Mapping[str, Sequence[str]], order: Mapping[str, int], straight: Callable[[str], bool]
) -> set[Edge]:
    """Return the edges that cross one between two vertices that are to be straight."""
    found: set[Edge] = set()
    for upper, lower in pairwise(layers):
        start, reached = 0, 0
        for place, key in enumerate(lower):
            inner = next((one for one in above[key] if straight(one)), None) if straight(key) else None
            if inner is None and place < len(lower) - 1:
                continue
            end = len(upper) if inner is None else order[inner]
            for other in lower[reached : place + 1]:
                found |= {
                    (one, other)
                    for one in above[other]
                    if not start <= order[one] <= end and not (straight(one) and straight(other))
                }
            start, reached = end, place + 1
    return found


def _aligned(
    layers: Layers, near: Mapping[str, Sequence[str]], order: Mapping[str, int], crossing: set[Edge]
) -> dict[str, str]:
    """Align each vertex with a median neighbour, if no other is in the way, and return the root of its block."""
    roots = {key: key for key in order}
    taken: set[str] = set()
    for layer in layers:
        least = float("-inf")
        for key in layer:
            beside = sorted(near[key], key=order.__getitem__)
            for other in beside[(len(beside) - 1) // 2 : len(beside) // 2 + 1]:
                free = other not in taken and order[other] > least
                if free and not {(other, key), (key, other)} & crossing:
                    roots[key], least = roots[other], order[other]
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
