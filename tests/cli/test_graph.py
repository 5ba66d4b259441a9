"""`gradcli graph`: the tree, its JSON, and that it is the graph that backward walks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradcli as library

Run = Callable[..., Any]


def test_the_tree_at_a_point(gradcli: Run) -> None:
    assert (
        gradcli('graph "x**2*exp(x)" --at x=1').out
        == """\
node                     text         value              gradient
#4 MulBackward0          x**2*exp(x)  2.718281828459045  1.0
├─ #2 PowBackward0       x**2         1.0                2.718281828459045
│  └─ #1 AccumulateGrad  x            1.0                8.154845485377136
└─ #3 ExpBackward0       exp(x)       2.718281828459045  1.0
   └─ -> #1
"""
    )


def test_the_tree_without_a_point(gradcli: Run) -> None:
    assert gradcli('graph "y = w*x; y*sin(y)"') == (
        0,
        """\
node                     text      saved
#5 MulBackward0          y*sin(y)  input, other
├─ #3 MulBackward0       w*x       input, other
│  ├─ #1 AccumulateGrad  w
│  └─ #2 AccumulateGrad  x
└─ #4 SinBackward0       sin(y)    input
   └─ -> #3
""",
        "",
    )


def test_the_tree_of_the_data_and_of_both_ways(gradcli: Run) -> None:
    assert (
        gradcli('graph "sum(w*x) + 1" --at "x=[1,2],w=3" --pass forward').out
        == """\
node                  text          shape  value
#5 add                sum(w*x) + 1  ()     10.0
└─ #4 sum             sum(w*x)      ()     9.0
   └─ #3 mul          w*x           (2,)   [3 6]
      ├─ #1 variable  w             ()     3.0
      └─ #2 variable  x             (2,)   [1 2]
"""
    )
    assert (
        gradcli('graph "x*x" --pass both').out
        == """\
node            text  backward
#2 mul          x*x   MulBackward0
├─ #1 variable  x     AccumulateGrad
└─ -> #1
"""
    )


def test_bare_and_in_ascii(gradcli: Run, process: Run) -> None:
    assert gradcli('graph "x + x" -q').out == "#2 AddBackward0\n├─ #1 AccumulateGrad\n└─ -> #1\n"
    assert process('graph "x + x" -q', variables={"PYTHONIOENCODING": "ascii"}).stdout == (
        "#2 AddBackward0\n|- #1 AccumulateGrad\n`- -> #1\n"
    )


def test_arrays_are_cut_short(gradcli: Run) -> None:
    ran = gradcli('graph "sum(x)" --at "x=arange(100)"')
    assert "(100,)  [0 1 ... 98 99]  [1 1 ... 1 1]" in ran.out
    ran = gradcli('graph "x/3" --at "x=[1,2]"')
    assert "[0.333333 0.666667]" in ran.out
    assert ran.err == "note: the result has shape (2,): the gradients are those of its sum\n"


@pytest.mark.parametrize(("line", "drawn"), [("graph x", 2), ("graph 3", 0), ('graph "x > 1" --at x=2', 0)])
def test_hardly_a_graph(gradcli: Run, line: str, drawn: int) -> None:
    ran = gradcli(line)
    assert (ran.status, len(ran.out.splitlines())) == (0, drawn)
    assert ran.err == ("" if drawn else "note: there is no graph: the result depends on no variable\n")


def test_a_variable_that_is_missing_among_others(gradcli: Run) -> None:
    assert gradcli("graph x+y --at x=1") == (
        2, "", 'error: `y` has no value\n  x+y\n    ^\nhint: try gradcli graph x+y --at x=1 --at y=1\n'
    )  # fmt: skip


@pytest.mark.parametrize("text", ["x**2*exp(x)", "y = w*x; y*sin(y) + x", "max([x, w*x, x])", "diff(sin(x*w), x)"])
def test_json_is_the_graph_that_the_library_has(gradcli: Run, text: str) -> None:
    point = {"x": 0.5, "w": 2.0}
    found = json.loads(gradcli(f'graph "{text}" --at x=0.5,w=2 --json').out)
    nodes = {node["id"]: node for node in found["nodes"]}
    root = library.Expression.parse(text).graph({n: v for n, v in point.items() if n in text.replace("max", "")})
    pairs, seen = [(root.grad_fn, found["nodes"][0])], {}
    while pairs:
        node, drawn = pairs.pop()
        assert seen.setdefault(node, drawn["id"]) == drawn["id"]
        assert node.name().rpartition("::")[2] == drawn["name"]
        for (following, number), edge in zip(node.next_functions, drawn["next_functions"], strict=True):
            assert (following is None) == (edge is None)
            if edge is not None:
                assert number == edge[1]
                pairs.append((following, nodes[edge[0]]))
        if drawn["variable"]:
            assert (drawn["value"], drawn["name"]) == (point[drawn["variable"]], "AccumulateGrad")
    assert len(seen) == len(nodes)
    assert found["nodes"][0]["value"] == pytest.approx(root.item(), rel=1e-15)


def test_spans_are_the_text_that_nodes_came_from(gradcli: Run) -> None:
    text = "y = w*x\n  y * sin(y)"
    found = json.loads(gradcli("graph - --json", stdin=text).out)
    written = {node["name"]: text[slice(*node["span"])] for node in found["nodes"] if node["span"]}
    assert written == {"MulBackward0": "w*x", "SinBackward0": "sin(y)"}
    assert {node["value"] for node in found["nodes"]} == {None}
    assert found["nodes"][0]["saved"] == {"input": None, "other": None}


def test_gradients_are_those_of_grad_and_flow_on_in_full(gradcli: Run) -> None:
    line = '"y = w*x; y*sin(y) + x" --at x=0.5,w=2'
    nodes = {node["id"]: node for node in json.loads(gradcli(f"graph {line} --json").out)["nodes"]}
    leaves = {node["variable"]: node["gradient"] for node in nodes.values() if node["variable"]}
    assert leaves == json.loads(gradcli(f"grad {line} --json").out)["grad"]
    arriving = dict.fromkeys(nodes, 0.0) | {json.loads(gradcli(f"graph {line} --json").out)["nodes"][0]["id"]: 1.0}
    for node in nodes.values():
        for (following, _), gradient in zip(node["next_functions"], node["gradients"], strict=True):
            arriving[following] += gradient
    assert arriving == pytest.approx({key: node["gradient"] for key, node in nodes.items()}, rel=1e-15)


@pytest.mark.parametrize("text", ["+".join(["x*x"] * 20_000), "sin(" * 900 + "x" + ")" * 900])
def test_a_large_graph_is_drawn_whole_and_not_too_wide(gradcli: Run, text: str) -> None:
    ran = gradcli("graph -", stdin=text)
    lines = ran.out.splitlines()
    assert (ran.status, ran.err, len(lines) > text.count("x")) == (0, "", True)
    assert max(map(len, lines)) < 160
    for number in (1, 2, len(lines) // 4):
        assert sum(f"#{number} " in line for line in lines) == 1


@pytest.mark.parametrize("form", ["tree", "dot", "mermaid", "svg", "json"])
def test_a_large_graph_folds(gradcli: Run, form: str) -> None:
    text = "+".join(f"sin({i}*x)*y" for i in range(4_000))
    ran = gradcli(f"graph - {'--json' if form == 'json' else f'--format {form}'} --max-nodes 60", stdin=text)
    assert ran.status == 0
    note = "16,001 nodes are folded into 60; --max-nodes sets the most"
    assert (json.loads(ran.out)["notes"] if form == "json" else [ran.err]) == (
        [note] if form == "json" else [f"note: {note}\n"]
    )
    assert "15,8" in ran.out or '"stands_for": 15' in ran.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-o g.svg --format dot", "error: -o g.svg is a file of svg, and --format says dot\n"),
        ("-o g.pdf", "error: -o g.pdf: what should be written? the suffix says it: "
                     ".txt, .json, .dot, .gv, .mmd, .svg, .png\n"),
        ("--max-nodes 1", "error: --max-nodes takes a whole number from 2\nhint: try gradcli graph -h\n"),
        ("--format gif", "error: --format: 'gif' is not one of 'tree', 'dot', 'mermaid', 'svg', 'png'\n"
                         "hint: try gradcli graph -h\n"),
    ],
)  # fmt: skip
def test_forms_that_do_not_go_together(gradcli: Run, options: str, message: str) -> None:
    assert gradcli(f"graph x*y {options}") == (2, "", message)


def test_json_is_no_picture(gradcli: Run) -> None:
    ran = gradcli("graph x*y --format svg --json")
    assert (ran.status, json.loads(ran.err)["error"]["message"]) == (2, "--format svg is not JSON")


def test_a_picture_goes_where_it_is_sent(gradcli: Run, process: Run, tmp_path: Path) -> None:
    assert gradcli('graph "x*y" -o graph.png')[:2] == (0, "")
    picture = (tmp_path / "graph.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n")
    with (tmp_path / "stdout").open("wb") as stdout:
        assert process('graph "x*y" --format png', stdout=stdout).returncode == 0
    assert (tmp_path / "stdout").read_bytes() == picture
    assert gradcli('graph "x*y" -o graph.svg')[:2] == (0, "")
    assert gradcli('graph "x*y" --format svg').out == (tmp_path / "graph.svg").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.glob("graph*")) == ["graph.png", "graph.svg"]


def test_a_terminal_is_spared_binary(gradcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert gradcli('graph "x*y" --format png') == (
        2, "", "error: a PNG is no text for a terminal\nhint: write it to a file: -o graph.png\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("package", "form", "what"),
    [
        ("fast_sugiyama", "svg", "a picture of a graph"),
        ("resvg_py", "png", "a PNG of a graph"),
        ("fontpkg", "png", "a PNG of a graph"),
    ],
)
def test_a_missing_extra_is_named(
    gradcli: Run, monkeypatch: pytest.MonkeyPatch, package: str, form: str, what: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    message = f"error: {what} needs {package}, which is not installed\nhint: pip install 'gradcli[draw]'\n"
    assert gradcli(f"graph x*y -o graph.{form}") == (2, "", message)
