"""Which layer of a picture each vertex is in, and in which order they stand there.

Found by fast-sugiyama, with the method of K. Sugiyama, S. Tagawa and M. Toda ("Methods for visual
understanding of hierarchical system structures", 1981): few crossings, and short wires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Place = tuple[float, float]


class Order(NamedTuple):
    """The vertices that each wire passes, its ends among them, and those of each layer in order.

    A vertex is a box, or the place where a wire passes a layer; the last that a wire passes before its head
    carries its label. `sides` tells on which side of that the head is, -1 or 1.
    """

    paths: list[list[str]]
    layers: list[list[str]]
    sides: list[int]


def vertex_of(key: int) -> str:
    """Return the vertex of a box."""
    return f"n{key}"


def is_box(vertex: str) -> bool:
    """Tell whether a vertex is a box."""
    return vertex.startswith("n")


def ordered(keys: Iterable[int], ends: Sequence[tuple[int, int]], labelled: bool) -> Order:
    """Put boxes into layers, and the wires between them; if they are `labelled`, each passes a layer at least.

    Raises ImportError where fast-sugiyama is not installed.
    """
    steps = [
        [vertex_of(tail), *([f"w{number}"] if labelled else []), vertex_of(head)]
        for number, (tail, head) in enumerate(ends)
    ]
    edges = list(dict.fromkeys(edge for path in steps for edge in pairwise(path)))
    if not edges:
        return Order([], [[vertex_of(key)] for key in keys], [])
    places, bends = _sugiyama(edges)
    paths = [[path[0], *(key for edge in pairwise(path) for key in (*bends[edge], edge[1]))] for path in steps]
    layers: dict[float, list[str]] = {}
    turn = -1 if _mirrored(paths, places) else 1
    across = {vertex: turn * place for vertex, (place, _) in places.items()}
    for vertex in sorted(places, key=lambda vertex: (-places[vertex][1], across[vertex])):
        layers.setdefault(places[vertex][1], []).append(vertex)
    return Order(paths, list(layers.values()), [-1 if across[p[-1]] < across[p[-2]] else 1 for p in paths])


def _mirrored(paths: Iterable[Sequence[str]], places: Mapping[str, Place]) -> bool:
    """Tell whether more wires come to their box in another order than that in which they were given."""
    balance, last = 0, dict[str, float]()
    for path in paths:
        place = places[path[-2]][0]
        before = last.get(path[-1], place)
        balance += (place > before) - (place < before)
        last[path[-1]] = place
    return balance < 0


def _sugiyama(edges: Sequence[tuple[str, str]]) -> tuple[dict[str, Place], dict[tuple[str, str], list[str]]]:
    """Return a place for each vertex of a connected graph, and the bends that were put into each edge."""
    from fast_sugiyama import from_edges

    names = list(dict.fromkeys(vertex for edge in edges for vertex in edge))
    numbers = {name: number for number, name in enumerate(names)}  # of strings, the order would change from run to run
    made: Any = from_edges([(numbers[one], numbers[other]) for one, other in edges], dummy_vertices=True)
    ((found, _, _, ways),) = made
    names += [f"b{number}" for number in range(len(names), 1 + max(number for number, _ in found))]
    places = {names[number]: place for number, place in found}
    following: dict[str, list[str]] = {}
    for one, other in ways:
        following.setdefault(names[one], []).append(names[other])
    bends: dict[tuple[str, str], list[str]] = {}
    for tail in dict.fromkeys(tail for tail, _ in edges):
        for vertex in following[tail]:
            path = []
            while vertex.startswith("b"):
                path.append(vertex)
                (vertex,) = following[vertex]
            bends[tail, vertex] = path
    return places, bends
