"""`gradcli graph`: the tree, its JSON, and that it is the graph that backward walks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import gradcli as library

Run = Callable[..., Any]


def test_the_tree_at_a_point(gradcli: Run) -> None:
    assert (
        gradcli('graph "x**2*exp(x)" --at x=1').out
        == """\
node                     text         shape  value              saved
#1 MulBackward0          x**2*exp(x)  ()     2.718281828459045  input=1.0, other=2.718281828459045
├─ #2 PowBackward0       x**2         ()     1.0                input=1.0, exponent=2
│  └─ #3 AccumulateGrad  x            ()     1.0
└─ #4 ExpBackward0       exp(x)       ()     2.718281828459045  out=2.718281828459045
   └─ -> #3
"""
    )


def test_the_tree_without_a_point(gradcli: Run) -> None:
    assert gradcli('graph "y = w*x; y*sin(y)"') == (
        0,
        """\
node                     text      saved
#1 MulBackward0          y*sin(y)  input, other
├─ #2 MulBackward0       w*x       input, other
│  ├─ #3 AccumulateGrad  w
│  └─ #4 AccumulateGrad  x
└─ #5 SinBackward0       sin(y)    input
   └─ -> #2
""",
        "",
    )


def test_bare_and_in_ascii(gradcli: Run, process: Run) -> None:
    assert gradcli('graph "x + x" -q').out == "#1 AddBackward0\n├─ #2 AccumulateGrad\n└─ -> #2\n"
    assert process('graph "x + x" -q', variables={"PYTHONIOENCODING": "ascii"}).stdout == (
        "#1 AddBackward0\n|- #2 AccumulateGrad\n`- -> #2\n"
    )


def test_arrays_are_cut_short(gradcli: Run) -> None:
    ran = gradcli('graph "sum(x)" --at "x=arange(100)"')
    assert "(100,)  [0. 1. ... 98. 99.]" in ran.out


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


@pytest.mark.parametrize("text", ["+".join(["x*x"] * 20_000), "sin(" * 900 + "x" + ")" * 900])
def test_a_large_graph_is_drawn_whole_and_not_too_wide(gradcli: Run, text: str) -> None:
    ran = gradcli("graph -", stdin=text)
    lines = ran.out.splitlines()
    assert (ran.status, ran.err, len(lines) > text.count("x")) == (0, "", True)
    assert max(map(len, lines)) < 160
    for number in (1, 2, len(lines) // 4):
        assert sum(f"#{number} " in line for line in lines) == 1
