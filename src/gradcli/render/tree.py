"""The graph as a tree: from the result down to the leaves, a node that several others use drawn once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import numbers, table
from .captions import excerpt, shape
from .look import Line, Look, in_ascii

if TYPE_CHECKING:
    from ..views.graph import AnyNode, Graph

# Below the first depth, a branch that would pass the second is drawn at the margin again: a chain of 20,000
# nodes has no room to the right.
_DEEP, _DEEPEST = 10, 16
# The room that the text of a node has at least, and at most.
_LEAST, _MOST = 12, 32


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph as a table whose first column is the tree; bare, as the tree alone."""
    lines = _bare(view) if look.bare else _table(view, look) if view.nodes else iter(())
    return map(in_ascii, lines) if look.ascii else lines


def outline(view: Graph) -> Iterator[tuple[str, AnyNode, str]]:
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


def _children(node: AnyNode) -> list[int]:
    return [edge.to for edge in node.edges]


def _heights(nodes: Mapping[int, AnyNode]) -> dict[int, int]:
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


def _bare(view: Graph) -> Iterator[Line]:
    for front, node, how in outline(view):
        yield ((_label(front, node, how), ""),)


def _label(front: str, node: AnyNode, how: str) -> str:
    if how:
        return f"{front}-> #{node.id}" + (", below" if how == "below" else "")
    folded = f" ({node.stands_for:,} nodes)" if node.stands_for > 1 else ""
    return f"{front}#{node.id} {node.name}".rstrip() + folded


def _table(view: Graph, look: Look) -> Iterator[Line]:
    """Draw the tree with what is known of each node; the text gets the room that the numbers leave."""
    columns = _columns(view)
    lines = [(_label(*line), *line[1:]) for line in outline(view)]
    told = [[] if how else [_cell(column, node, look) for column in columns] for _, node, how in lines]
    widths = [max([len(column), *(len(cells[i]) for cells in told if cells)]) for i, column in enumerate(columns)]
    taken = max(len(label) for label, *_ in lines) + 2 + sum(width + 2 for width in widths)
    most = max(_LEAST, min(_MOST, look.width - taken))
    texts = ["" if how else node.variable or excerpt(view.expression, node.span, most) for _, node, how in lines]
    heads = [
        table.Column("node", "node"),
        table.Column("text", "text"),
        *(table.Column(c, _COLUMNS[c]) for c in columns),
    ]
    blank = [""] * len(columns)
    yield from table.draw(heads, [[label, text, *(cells or blank)]
                                  for (label, *_), text, cells in zip(lines, texts, told, strict=True)])  # fmt: skip


# The columns that there may be, and their styles.
_COLUMNS = {"shape": "dim", "value": "value", "backward": "node", "gradient": "value", "saved": ""}


def _columns(view: Graph) -> list[str]:
    """Say which columns tell something: shapes where there are arrays, what is saved where there are no values."""
    has = {
        "shape": any(node.shape for node in view.nodes),
        "value": view.value is not None,
        "backward": any(_partner(node) for node in view.nodes),
        "gradient": any(node.gradient is not None for node in view.nodes),
        "saved": view.value is None and view.walks_back,
    }
    return [column for column in _COLUMNS if has[column]]


def _partner(node: Any) -> str:
    return node.backward.name if getattr(node, "backward", None) and node.name else ""


def _cell(column: str, node: Any, look: Look) -> str:
    match column:
        case "shape":
            return shape(node.shape)
        case "backward":
            return _partner(node)
        case "saved":
            return ", ".join(node.saved)
    value = getattr(node, column)
    return "" if value is None else numbers.brief(value, look.digits)
