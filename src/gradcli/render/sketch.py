"""What every picture of a graph shows, before it is laid out: shapes with their rows of text, and links.

Links lead from what was computed first to what it was used for. A link has the data that go forward along
it, the gradient that goes back, or both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from . import captions, numbers
from .look import Look

if TYPE_CHECKING:
    from ..views.graph import Graph

# The longest text of the expression in a shape, and in what is told of it.
_SHOWN, _TOLD = 28, 400


class Row(NamedTuple):
    """A line of text in a shape: what it is (title, text, count, value or grad), and what it says."""

    style: str
    text: str


class Shape(NamedTuple):
    """A node.

    Its `kind` is operation, fold (a subexpression), variable (a leaf that requires a gradient) or constant
    (a leaf that does not). `back` are the rows about the way back, where both ways are shown. `told` is
    for the reader who points at it.
    """

    id: int
    kind: str
    rows: list[Row]
    back: list[Row]
    told: str


class Link(NamedTuple):
    """A way between two shapes, and what is written on its arrows; None where it has no such arrow."""

    tail: int
    head: int
    forward: str | None
    backward: str | None


class Sketch(NamedTuple):
    """A picture before it is laid out; the root is the first of its shapes."""

    title: str
    shapes: list[Shape]
    links: list[Link]


def sketch(view: Graph, look: Look) -> Sketch:
    """Describe the picture of a graph."""
    return Sketch(
        title=" ".join(re.sub("#.*", "", view.expression).split()),  # without its comments
        shapes=[_shape(view, node, look) for node in view.nodes],
        links=[link for node in view.nodes for link in _links(view, node, look)],
    )


def _shape(view: Graph, node: Any, look: Look) -> Shape:
    rows = [Row("title", f"#{node.id} {node.variable or node.name}".rstrip())]
    text = captions.excerpt(view.expression, node.span, _SHOWN)
    if node.variable and view.walks_back:
        text = node.name
    rows += [Row("text", text)] if text else []
    rows += [Row("count", f"{node.stands_for:,} nodes")] if node.stands_for > 1 else []
    rows += _number("value", node.value, look)
    back = _number("grad", node.gradient, look)
    if view.walks_back:
        return Shape(node.id, _kind(node), rows + back, [], _told(view, node, look))
    partner = [Row("title", node.backward.name)] if node.backward and node.name else []
    return Shape(node.id, _kind(node), rows, partner + back, _told(view, node, look))


def _kind(node: Any) -> str:
    if node.variable:
        return "variable" if node.requires_grad else "constant"
    return "fold" if node.stands_for > 1 else "operation"


def _number(what: str, value: Any, look: Look) -> list[Row]:
    return [] if value is None else [Row(what, f"{what} {captions.shaped(value, look.digits)}")]


def _told(view: Graph, node: Any, look: Look) -> str:
    lines = [f"#{node.id} {node.name}".rstrip(), node.variable or captions.excerpt(view.expression, node.span, _TOLD)]
    saved = node.saved if view.walks_back else node.backward.saved if node.backward else {}
    for name, value in saved.items():
        lines.append(f"saved {name}" + ("" if value is None else f" = {numbers.brief(value, look.digits)}"))
    return "\n".join(filter(None, lines))


def _links(view: Graph, node: Any, look: Look) -> Iterator[Link]:
    for edge in node.edges:
        gradient = captions.shaped(edge.gradient, look.digits) if edge.gradient is not None else ""
        data = captions.shape(edge.shape) if edge.shape else ""
        yield Link(edge.to, node.id, None if view.walks_back else data, gradient if edge.requires_grad else None)
