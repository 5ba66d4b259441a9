"""Large graphs made small: subexpressions folded into one node each, with a count of what they stand for.

A subexpression is a node with all that is reached through it alone, which is what the node dominates. So what
several subexpressions share, such as a variable, stays outside of them, and the folded graph has no cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

from .graph import AnyNode, Edge


def fold(nodes: Sequence[AnyNode], most: int) -> list[AnyNode]:
    """Return a graph of at most so many nodes, 2 at least; the largest subexpressions are looked into first."""
    if len(nodes) <= most:
        return list(nodes)
    known = {node.id: node for node in nodes}
    ways = {node.id: node.edges for node in nodes}
    order = _topological(ways, nodes[0].id)
    tree = _Dominators(ways, order)
    shown, rests = _looked_into(tree, order, most)
    owner: dict[int, int] = {}
    for key in order:
        owner[key] = rests.get(key) or (key if key in shown else owner[tree.parent[key]])
    members: dict[int, list[int]] = {}
    for key in order:
        members.setdefault(owner[key], []).append(key)
    return [_joined(known[keys[0]], [edge for key in keys for edge in ways[key]], len(keys), owner, rests)
            for keys in members.values()]  # fmt: skip


def _joined(
    top: AnyNode, edges: Sequence[Edge], count: int, owner: Mapping[int, int], rests: Mapping[int, int]
) -> AnyNode:
    """Return the node that stands for some with these ways out: the top of a subexpression, or of a rest."""
    if count == 1 and all(owner[edge.to] == edge.to for edge in edges):
        return top
    ways: dict[int, Edge] = {}
    for edge in edges:
        to = owner[edge.to]
        if to != top.id:
            gradient = _sum(ways[to].gradient, edge.gradient) if to in ways else edge.gradient
            ways[to] = edge._replace(to=to, gradient=gradient)
    joined = top.folded(list(ways.values()), count)
    return joined._replace(name="", span=None, value=None, shape=None) if top.id in rests else joined


def _sum(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def _looked_into(tree: _Dominators, order: Sequence[int], most: int) -> tuple[set[int], dict[int, int]]:
    """Choose what is shown, and what is shown as one rest: which of it stands for each."""
    shown, rests = {order[0]}, dict[int, int]()
    waiting = [(-tree.size[order[0]], 0, order[0])]
    while waiting:
        _, place, key = heappop(waiting)
        below = tree.children.get(key, [])
        room = most - len(shown)
        if len(below) > room:
            if room < 2 or rests:
                continue
            # A rest is what comes last, so that nothing outside of it lies between two of its parts.
            rests = dict.fromkeys(below[room - 1 :], below[room - 1])
            below = below[: room - 1]
            shown.add(next(iter(rests)))
        shown.update(below)
        for child in below:
            if tree.size[child] > 1:
                heappush(waiting, (-tree.size[child], place + 1, child))
    return shown, rests


class _Dominators:
    """The tree of immediate dominators: `parent`, `children` in topological order, `size` of each subtree.

    Each node also points far up the tree, so that the common ancestor of two is found in few steps (E. W. Myers,
    "An applicative random-access stack", 1983).
    """

    def __init__(self, ways: Mapping[int, Sequence[Edge]], order: Sequence[int]) -> None:
        self.parent = {order[0]: order[0]}
        self._far = {order[0]: order[0]}
        self._depth = {order[0]: 0}
        users: dict[int, list[int]] = {}
        for key in order:
            if key in users:
                self._place(key, users.pop(key))
            for to in dict.fromkeys(edge.to for edge in ways[key]):
                users.setdefault(to, []).append(key)
        self.children: dict[int, list[int]] = {}
        self.size = dict.fromkeys(order, 1)
        for key in order[1:]:
            self.children.setdefault(self.parent[key], []).append(key)
        for key in reversed(order[1:]):
            self.size[self.parent[key]] += self.size[key]

    def _place(self, key: int, users: Iterable[int]) -> None:
        first, *others = users
        for other in others:
            first = self._common(first, other)
        far = self._far[first]
        even = self._depth[first] - self._depth[far] == self._depth[far] - self._depth[self._far[far]]
        self.parent[key], self._depth[key] = first, self._depth[first] + 1
        self._far[key] = self._far[far] if even else first

    def _common(self, one: int, other: int) -> int:
        """Return the nearest node that dominates two."""
        depth, far, parent = self._depth, self._far, self.parent
        if depth[one] < depth[other]:
            one, other = other, one
        while depth[one] > depth[other]:
            one = far[one] if depth[far[one]] >= depth[other] else parent[one]
        while one != other:
            farther = far[one] != far[other]
            one, other = (far[one], far[other]) if farther else (parent[one], parent[other])
        return one


def _topological(ways: Mapping[int, Sequence[Edge]], root: int) -> list[int]:
    """Order nodes so that each comes before those that it leads to, and a way is followed to its end first."""
    done: dict[int, None] = {}
    entered = set[int]()
    stack = [root]
    while stack:
        key = stack[-1]
        if key in entered:
            stack.pop()
            done[key] = None
            continue
        entered.add(key)
        stack += [edge.to for edge in ways[key] if edge.to not in entered]
    return list(reversed(done))
