"""The graph in Mermaid's language, which many pages and wikis draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .look import Line, Look
from .palette import LIGHT
from .sketch import Link, Shape, sketch

if TYPE_CHECKING:
    from ..views.graph import Graph

_FORMS = {"variable": ("([", "])"), "constant": ("([", "])"), "operation": ("[", "]"), "fold": ("[[", "]]")}


def draw(view: Graph, look: Look) -> Iterator[Line]:
    """Draw a graph as a flowchart, the result at the right."""
    drawn = sketch(view, look)
    inks = {shape.kind: LIGHT.shapes[shape.kind] for shape in drawn.shapes}
    lines = [
        f"flowchart {'RL' if view.walks_back else 'LR'}",
        *(f"  {_shape(shape)}" for shape in drawn.shapes),
        *(f"  {arrow}" for link in drawn.links for arrow in _arrows(link)),
        *(f"  classDef {kind} fill:{ink.fill},stroke:{ink.line},color:{ink.text}" for kind, ink in inks.items()),
    ]
    return (((line, ""),) for line in lines)


def _shape(shape: Shape) -> str:
    opening, closing = _FORMS[shape.kind]
    label = "<br>".join(_escaped(row.text) for row in [*shape.rows, *shape.back])
    return f'n{shape.id}{opening}"{label}"{closing}:::{shape.kind}'


def _arrows(link: Link) -> Iterator[str]:
    """Write the arrows of a link; beside one that goes forward, the one back is dotted."""
    if link.forward is not None:
        yield f"n{link.tail} -->{_label(link.forward)} n{link.head}"
    if link.backward is not None:
        line = "-->" if link.forward is None else "-.->"
        yield f"n{link.head} {line}{_label(link.backward)} n{link.tail}"


def _label(text: str) -> str:
    return f'|"{_escaped(text)}"|' if text else ""


def _escaped(text: str) -> str:
    """Write what Mermaid would take for its own, or for HTML or Markdown, as character entities."""
    return "".join(f"#{ord(c)};" if c in _OWN else c for c in text)


_OWN = frozenset('#"&<>*_`~[]{}\\|')
