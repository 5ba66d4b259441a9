"""A page about an expression: one HTML file that needs nothing from anywhere, made of the parts in `explore/`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from . import as_json, svg
from .look import Look
from .palette import DARK, LIGHT, Palette
from .sketch import sketch

if TYPE_CHECKING:
    from ..views.explore import Page

# Numbers in the graph have so many digits, and room for as many, whatever they become.
_DIGITS = 6
_WIDEST = -0.000123456


def draw(view: Page, asked: Mapping[str, str] | None = None) -> str:
    """Return the page as HTML; one that was `asked` for of a server has a form for other expressions."""
    parts = {
        "form": "" if asked is None else _form(asked),
        "expression": "".join(_marked(view)),
        "graph": "\n".join(_graph(view)),
        "notes": "".join(f"<li>{html.escape(note)}</li>" for note in view.notes),
        "data": _data(view),
        "run": view.live.source if view.live else "const run = null;",
        "script": _part("page.js"),
    }
    return _framed(f"{html.escape(view.expression)} · gradcli", _filled("page.html", parts))


def failed(asked: Mapping[str, str], message: str) -> str:
    """Return the page about an expression that was asked for and cannot be shown."""
    return _framed("gradcli", _filled("failed.html", {"form": _form(asked), "message": html.escape(message)}))


def _framed(title: str, body: str) -> str:
    palette = "".join(_colours(":root", LIGHT)) + f"@media(prefers-color-scheme:dark){{{_dark()}}}"
    return _filled("frame.html", {"title": title, "palette": palette, "style": _part("page.css"), "body": body})


def _form(asked: Mapping[str, str]) -> str:
    return _filled(
        "form.html", {name: html.escape(asked.get(name, ""), quote=True) for name in ("token", "expr", "at")}
    )


def _filled(name: str, parts: Mapping[str, str]) -> str:
    """Return a template with its places filled, each once: what fills one may look like another."""
    found = re.split(r"<!--(\w+)-->", _part(name))
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(found))


def _part(name: str) -> str:
    return resources.files(__package__).joinpath("explore", name).read_text(encoding="utf-8")


def _colours(selector: str, palette: Palette) -> Iterator[str]:
    yield f"{selector}{{--paper:{palette.paper};--quiet:{palette.quiet};--backward:{palette.backward};"
    ink = palette.shapes["operation"]
    yield f"--fill:{ink.fill};--line:{ink.line};--ink:{ink.text};--leaf:{palette.shapes['variable'].line}}}"


def _dark() -> str:
    return "".join(_colours(":root", DARK))


def _graph(view: Page) -> Iterator[str]:
    """Write the graph, laid out for numbers as wide as any that the sliders may bring."""
    look = Look(digits=_DIGITS)
    if not view.graph.nodes:
        return
    roomy = view.graph._replace(nodes=[_roomy(node) for node in view.graph.nodes])
    yield from svg.picture(sketch(view.graph, look), svg.placed(sketch(roomy, look)))


def _roomy(node: Any) -> Any:
    def wide(value: Any) -> Any:
        return _WIDEST if isinstance(value, float) else value

    backward = node.backward and node.backward._replace(gradient=wide(node.backward.gradient))
    inputs = [each._replace(gradient=wide(each.gradient)) for each in node.inputs]
    return node._replace(value=wide(node.value), inputs=inputs, backward=backward)


def _marked(view: Page) -> Iterator[str]:
    """Write the expression with an element around each subexpression that a node was made from."""
    owners: dict[tuple[int, int], list[int]] = {}
    for node in view.graph.nodes:
        if node.span:
            owners.setdefault(node.span, []).append(node.id)
    for step in view.trace.forward or ():
        if step.variable:
            for span in _places(view.expression, step.variable):
                owners.setdefault(span, []).append(step.id)
    opening: dict[int, list[tuple[int, str]]] = {}
    for (start, end), ids in owners.items():
        opening.setdefault(start, []).append((end, " ".join(map(str, ids))))
    open_ends: list[int] = []
    for position, character in enumerate(view.expression):
        while open_ends and open_ends[-1] <= position:
            open_ends.pop()
            yield "</span>"
        for end, names in sorted(opening.get(position, ()), reverse=True):
            open_ends.append(end)
            yield f'<span class="part" data-ids="{names}">'
        yield html.escape(character)
    yield "</span>" * len(open_ends)


def _places(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Find where a name stands as a word of its own."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = text[start - 1 : start], text[end : end + 1]
        if not (before.isalnum() or before == "_") and not (after.isalnum() or after in ("_", "(")):
            yield start, end
        start = text.find(name, end)


def _data(view: Page) -> str:
    """Write what the script works on, so that it can stand inside of a script element."""
    nodes = [
        {"id": n.id, "name": n.name, "variable": n.variable, "span": n.span, "value": n.value, "gradient": n.gradient}
        for n in view.graph.nodes
    ]
    links = [
        {"tail": edge.to, "head": node.id, "gradient": edge.gradient}
        for node in view.graph.nodes
        for edge in node.edges
    ]
    moving = view.live and {"values": view.live.values, "gradients": view.live.gradients, "links": view.live.links}
    data = {
        "expression": view.expression, "at": view.at, "value": view.value, "nodes": nodes, "links": links,
        "sliders": [slider._asdict() for slider in view.sliders], "live": moving, "steps": list(_steps(view)),
        "variables": view.live.variables if view.live else [], "digits": _DIGITS,
        "leaves": {chain.variable: chain.grad for chain in view.trace.chain or ()},
    }  # fmt: skip
    return json.dumps(as_json.plain(data), ensure_ascii=False).replace("<", "\\u003c")


def _steps(view: Page) -> Iterator[dict[str, Any]]:
    """Yield what a reader steps through: what is computed, then what goes back."""
    for step in view.trace.forward or ():
        text = step.variable or _excerpt(view.expression, step.span) or step.operation or ""
        yield {"pass": "forward", "id": step.id, "text": text}
    for turn in view.trace.backward or ():
        formulas = [f"to #{flow.to}: {flow.formula}" for flow in turn.flows]
        text = "; ".join(formulas) or f"added to the gradient of {turn.variable}"
        yield {"pass": "backward", "id": turn.id, "text": text}


def _excerpt(text: str, span: tuple[int, int] | None) -> str:
    return " ".join(text[slice(*span)].split()) if span else ""
