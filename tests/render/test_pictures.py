"""Graphs in every form: the same nodes, values and gradients, read back out of each."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from html import unescape
from typing import Any, NamedTuple

import pytest

from gradcli.render import as_json, dot, mermaid, svg, tree
from gradcli.render.look import Look, plain
from gradcli.render.sketch import sketch
from gradcli.views.graph import Graph

from .conftest import TEN, Sample


class Read(NamedTuple):
    """What a form says: of each node its name, value and gradient, and the gradients on the ways between."""

    nodes: dict[int, tuple[str, str, str]]
    ways: Counter[tuple[int, int, str]]


def text_of(form: Any, view: Graph, look: Look | None = None) -> str:
    return "\n".join(plain(line) for line in form.draw(view, look or Look()))


def number(text: str) -> str:
    """Leave out the shape before an array."""
    return re.sub(r"^\([\d, ]+\) ", "", text)


def of_rows(rows: Sequence[str]) -> tuple[int, tuple[str, str, str]]:
    """Read the rows of a shape: its title, and the numbers with their labels."""
    found = re.fullmatch(r"#(\d+) (.*)", rows[0])
    assert found
    said = {label: number(text) for label, _, text in (row.partition(" ") for row in rows[1:])}
    name = "AccumulateGrad" if "AccumulateGrad" in rows else found[2]
    return int(found[1]), (name, said.get("value", ""), said.get("grad", ""))


def from_json(view: Graph) -> Read:
    """Read the whole numbers, and of arrays what is shown of them, which is compared with them here."""
    shown = dict(of_rows([row.text for row in shape.rows]) for shape in sketch(view, Look()).shapes)
    nodes, ways = {}, Counter[tuple[int, int, str]]()
    for node in json.loads(as_json.result(view))["nodes"]:
        said = []
        for what, brief in zip((node["value"], node["gradient"]), shown[node["id"]][1:], strict=True):
            if isinstance(what, list):
                numbers = [float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", brief)]
                whole = [n for row in what for n in (row if isinstance(row, list) else [row])]
                assert numbers == pytest.approx(whole, rel=1e-5)
            said.append(brief if isinstance(what, list) else str(what))
        nodes[node["id"]] = (node["name"], *said)
        for end, gradient in zip(node["next_functions"], node["gradients"], strict=True):
            if end is not None and not isinstance(gradient, list):
                ways[node["id"], end[0], str(gradient)] += 1
    return Read(nodes, ways)


def from_tree(view: Graph) -> Read:
    head, *lines = text_of(tree, view, Look(width=200)).splitlines()
    value, gradient = head.index("value"), head.index("gradient")
    nodes = {}
    for line in lines:
        if (found := re.search(r"#(\d+) (\w+)", line)) and "-> #" not in line:
            nodes[int(found[1])] = (found[2], line[value:gradient].strip(), line[gradient:].strip())
    return Read(nodes, Counter())


def from_dot(view: Graph) -> Read:
    text = text_of(dot, view)
    labels = re.findall(r'^  n\d+ \[.*?label="(.*?)", tooltip', text, re.MULTILINE)
    ways = re.findall(r'^  n(\d+) -> n(\d+) \[.*?label="(.*?)"', text, re.MULTILINE)
    return Read(dict(of_rows(label.split("\\n")) for label in labels), scalars(ways))


def from_mermaid(view: Graph) -> Read:
    text = re.sub(r"#(\d+);", r"&#\1;", text_of(mermaid, view))
    labels = re.findall(r'^  n\d+\(?\[+"(.*?)"\]', text, re.MULTILINE)
    ways = re.findall(r'^  n(\d+) -->\|"(.*?)"\| n(\d+)', text, re.MULTILINE)
    nodes = dict(of_rows(unescape(label).split("<br>")) for label in labels)
    return Read(nodes, scalars([(tail, head, unescape(label)) for tail, label, head in ways]))


def from_svg(view: Graph) -> Read:
    nodes, ways = {}, []
    for group in ET.fromstring(text_of(svg, view)).iter("{http://www.w3.org/2000/svg}g"):
        rows = [row.text or "" for row in group.findall("{http://www.w3.org/2000/svg}text")]
        if "data-id" in group.attrib:
            nodes |= [of_rows(rows)]
        elif "data-tail" in group.attrib:
            ways += [(group.attrib["data-head"], group.attrib["data-tail"], row) for row in rows]
    return Read(nodes, scalars(ways))


def scalars(ways: Sequence[tuple[str, str, str]]) -> Counter[tuple[int, int, str]]:
    return Counter((int(tail), int(head), label) for tail, head, label in ways if not label.startswith("("))


@pytest.mark.parametrize("form", [from_tree, from_dot, from_mermaid, from_svg])
def test_every_form_has_the_same_numbers(sample: Sample, form: Any) -> None:
    view = sample.seen()
    wanted, found = from_json(view), form(view)
    assert found.nodes == wanted.nodes
    assert len(found.nodes) == len(view.nodes) > 2
    if form is not from_tree:
        assert found.ways == wanted.ways


@pytest.mark.parametrize("which", ["backward", "forward", "both"])
@pytest.mark.parametrize("told", [True, False], ids=["at a point", "at none"])
def test_pictures_are_well_formed(sample: Sample, which: str, told: bool) -> None:
    view = sample.seen(which, told)
    groups = list(ET.fromstring(text_of(svg, view, Look(digits=3))).iter("{http://www.w3.org/2000/svg}g"))
    assert [int(group.attrib["data-id"]) for group in groups if "data-id" in group.attrib] == [n.id for n in view.nodes]
    wires = sorted((g.attrib["data-head"], g.attrib["data-tail"]) for g in groups if "data-tail" in g.attrib)
    assert wires == sorted((str(node.id), str(edge.to)) for node in view.nodes for edge in node.edges)


def test_both_modes_are_there() -> None:
    drawn = text_of(svg, TEN["classic"].seen())
    light, dark = drawn.split("@media (prefers-color-scheme:dark)")
    for style in ("paper", "head", "operation", "variable", "constant", "backward", "forward", "grad"):
        assert f".{style}" in light and f".{style}" in dark


def test_what_means_something_in_a_form_is_escaped() -> None:
    view = Sample("x*(x < 2)", {"x": 1.0}).seen("forward")
    assert "x*(x &lt; 2)" in text_of(svg, view)
    assert "x#42;(x #60; 2)" in text_of(mermaid, view)
    assert 'label="#3 mul\\nx*(x < 2)\\nvalue 1.0"' in text_of(dot, view)
