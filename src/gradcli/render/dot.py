"""The graph in Graphviz's language, for its `dot`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .look import Line, Look
from .palette import LIGHT
from .sketch import Link, Shape, sketch

if TYPE_CHECKING:
    from ..views.graph import Graph

_FORMS = {"variable": "ellipse", "constant": "ellipse", "operation": "box", "fold": "box"}


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph as a digraph of Graphviz, the result at the right."""
    drawn = sketch(view, look)
    direction = "RL" if view.walks_back else "LR"
    lines = [
        "digraph {",
        f"  graph [rankdir={direction}, label={_quoted(drawn.title)}, labelloc=t, fontname=monospace]",
        "  node [fontname=monospace, fontsize=11, style=filled]",
        "  edge [fontname=monospace, fontsize=10]",
        *(f"  n{shape.id} [{_shape(shape)}]" for shape in drawn.shapes),
        *(f"  {arrow}" for link in drawn.links for arrow in _arrows(link)),
        "}",
    ]
    return (((line, ""),) for line in lines)


def _shape(shape: Shape) -> str:
    ink = LIGHT.shapes[shape.kind]
    label = "\n".join(row.text for row in [*shape.rows, *shape.back])
    double = ", peripheries=2" if shape.kind == "fold" else ""
    return (
        f"shape={_FORMS[shape.kind]}, label={_quoted(label)}, tooltip={_quoted(shape.told)}, "
        f'fillcolor="{ink.fill}", color="{ink.line}", fontcolor="{ink.text}"{double}'
    )


def _arrows(link: Link) -> Iterator[str]:
    """Write the arrows of a link; beside one that goes forward, the one back is dashed, and places nothing."""
    if link.forward is not None:
        yield _arrow(link.tail, link.head, link.forward, LIGHT.forward)
    if link.backward is not None:
        yield _arrow(link.head, link.tail, link.backward, LIGHT.backward,
                     "" if link.forward is None else ", style=dashed, constraint=false")  # fmt: skip


def _arrow(tail: int, head: int, text: str, ink: str, more: str = "") -> str:
    label = f", label={_quoted(text)}" if text else ""
    return f'n{tail} -> n{head} [color="{ink}", fontcolor="{ink}"{label}{more}]'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
