"""The graph as a tree: from the result down to the leaves, a node that several others use drawn once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from . import numbers, table
from .look import Line, Look

if TYPE_CHECKING:
    from ..views.graph import Graph, GraphNode

# Below the first depth, a branch that would pass the second is drawn at the margin again: a chain of 20,000
# nodes has no room to the right.
_DEEP, _DEEPEST = 10, 16
_TEXT = 32
_BOXES = {"├─ ": "|- ", "└─ ": "`- ", "│  ": "|  "}


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph as a table whose first column is the tree; bare, as the tree alone."""
    rows = list(_rows(view, look))
    if look.ascii:
        rows = [[_in_ascii(cell) for cell in row] for row in rows]
    if look.bare:
        yield from (((row[0], ""),) for row in rows)
        return
    columns = [table.Column("node", "node"), table.Column("text", "text")]
    if view.value is not None:
        columns += [table.Column("shape", "dim"), table.Column("value", "value", 40)]
    if rows:
        yield from table.draw([*columns, table.Column("saved")], rows)


def outline(view: Graph) -> Iterator[tuple[str, GraphNode, str]]:
    """Yield the lines of the tree: what stands in front, the node, and how it is drawn.

    The last is "" for a node in full, "again" for one that is drawn elsewhere, "below" for one that is
    drawn further down, at the margin.
    """
    nodes = {node.id: node for node in view.nodes}
    heights = _heights(nodes)
    drawn: set[int] = set()
    blocks = [view.nodes[0].id] if view.nodes else []
    for block in blocks:  # grows while it is read
        stack = [(block, "", "", 0)]
        while stack:
            key, front, under, depth = stack.pop()
            if key in drawn:
                if depth:
                    yield front, nodes[key], "again"
                continue
            if depth + heights[key] > _DEEPEST and depth > _DEEP:
                yield front, nodes[key], "below"
                blocks.append(key)
                continue
            drawn.add(key)
            yield front, nodes[key], ""
            for i, child in enumerate(reversed(_children(nodes[key]))):
                corner, wall = ("├─ ", "│  ") if i else ("└─ ", "   ")
                stack.append((child, under + corner, under + wall, depth + 1))


def _children(node: GraphNode) -> list[int]:
    return [edge[0] for edge in node.next_functions if edge is not None]


def _heights(nodes: Mapping[int, GraphNode]) -> dict[int, int]:
    """Return how many nodes the longest way down from each node passes."""
    heights: dict[int, int] = {}
    stack = list(nodes)
    while stack:
        children = _children(nodes[stack[-1]])
        waiting = [child for child in children if child not in heights]
        if waiting:
            stack += waiting
        else:
            heights[stack.pop()] = 1 + max((heights[child] for child in children), default=0)
    return heights


def _rows(view: Graph, look: Look) -> Iterator[list[str]]:
    blanks = 4 if view.value is not None else 2
    for front, node, how in outline(view):
        label = f"#{node.id} {node.name}"
        if how:
            yield [f"{front}-> #{node.id}" + (", below" if how == "below" else ""), *[""] * blanks]
            continue
        row = [front + label, _text(view, node)]
        if view.value is not None:
            row += [_shape(node.shape), numbers.short(node.value, look.digits) if node.value is not None else ""]
        yield [*row, ", ".join(_saved(node, look))]


def _text(view: Graph, node: GraphNode) -> str:
    if node.variable is not None:
        return node.variable
    if node.span is None:
        return ""
    start, end = node.span
    text = " ".join(view.expression[start : min(end, start + 2 * _TEXT)].split())
    if len(text) <= _TEXT:
        return text
    last = " ".join(view.expression[max(start, end - _TEXT) : end].split())
    return text[: _TEXT // 2 - 1] + "…" + last[-_TEXT // 2 :]


def _shape(shape: list[int] | None) -> str:
    return "" if shape is None else "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _saved(node: GraphNode, look: Look) -> Iterator[str]:
    for name, value in node.saved.items():
        yield name if value is None else f"{name}={numbers.short(value, look.digits)}"


def _in_ascii(text: str) -> str:
    for box, plain_box in _BOXES.items():
        text = text.replace(box, plain_box)
    return text.replace("…", "~")
