"""What the tests of pictures share: graphs to draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gradcli import lang
from gradcli.views import graph
from gradcli.views.graph import Graph
from gradcli.views.recording import Passage, RecordedPoint, Run

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


class Sample(NamedTuple):
    """An expression, and the values of its variables."""

    text: str
    values: dict[str, Any]

    def seen(self, which: str = "backward", told: bool = True) -> Graph:
        """Return its graph, as one pass or both, with or without values."""
        program = lang.parse(self.text)
        run = Run(RecordedPoint(program, self.values, None, "float64", 0))
        passage = Passage(run) if told and which != "forward" else None
        nodes: list[Any]
        if which == "backward":
            nodes = list(graph.backward(run, passage, told))
        else:
            nodes = list(graph.forward(run, passage, told, both=which == "both"))
        return Graph(self.text, self.values, run.point.value if told else None, nodes, [])


def of_file(name: str, **values: Any) -> Sample:
    return Sample((SAMPLES / f"{name}.grad").read_text("utf-8"), values)


TEN = {
    "classic": of_file("classic", x=1.0),
    "line": of_file("line", w=2.0, x=3.0, b=1.0),
    "rosenbrock": of_file("rosenbrock", x=1.2, y=1.0),
    "rosenbrock_chain": of_file("rosenbrock_chain", x=[1.2, 1.0, 0.8]),
    "black_scholes": of_file("black_scholes", S=100.0, K=110.0, r=0.03, sigma=0.25, T=0.5),
    "cross_entropy": of_file("cross_entropy", logits=[[2.0, 1, -1], [0, 3, 1]], target=[[1.0, 0, 0], [0, 0, 1]]),
    "shared": Sample("y = w*x; y*sin(y)", {"w": 2.0, "x": 0.5}),
    "arrays": Sample("sum(w*x) + b", {"w": 3.0, "x": [1.0, 2.0, 3.0], "b": 0.1}),
    "branches": Sample("x*x + x/3 if x < 0 else -x", {"x": -1e-9}),
    "lists": Sample("sum([x, w*x, x**2]*[1, 2, 3])", {"x": 0.7, "w": -2.0}),
}


@pytest.fixture(params=TEN)
def sample(request: pytest.FixtureRequest) -> Sample:
    return TEN[request.param]


def sums(terms: int) -> Sample:
    """Return an expression that is wide."""
    parts = (f"{'sin' if i % 2 else 'exp'}({i + 1}*x*y)/({i + 2} + z**2)" for i in range(terms))
    return Sample(" + ".join(parts), {"x": 0.5, "y": 0.3, "z": 0.2})


def nested(levels: int) -> Sample:
    """Return an expression that is deep."""
    return Sample("tanh(" * levels + "x*w" + " + b)" * levels, {"x": 0.5, "w": 0.3, "b": 0.2})
