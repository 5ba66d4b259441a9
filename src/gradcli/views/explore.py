"""What a page about an expression at a point shows: its graph, its steps, and a program that moves them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from . import graph, live, trace
from .fold import fold
from .graph import Graph
from .live import Live, NotLive
from .recording import Passage, Run, remarks
from .trace import Trace

# Nodes that a page shows unfolded.
ROOM = 200


class Slider(NamedTuple):
    """A variable that is a number, and the range over which a reader may move it."""

    variable: str
    value: float
    low: float
    high: float


class Page(NamedTuple):
    """A page: `live` is None where numbers cannot be computed in it, and `why` says why."""

    expression: str
    at: dict[str, Any]
    value: Any
    graph: Graph
    trace: Trace
    sliders: list[Slider]
    live: Live | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "explore"


def page(run: Run, at: dict[str, Any], notes: list[str]) -> Page:
    """Gather what a page shows about a run."""
    passage = Passage(run)
    nodes = graph.forward(run, passage, True, both=True)
    shown = fold(nodes, ROOM)
    text, value = run.point.program.text, run.point.value
    steps = trace.forward(run)
    turns, chains = trace.backward(run, passage)
    notes = [*notes, *remarks(run)]
    moving = None
    try:
        moving = live.live(run, nodes) if len(shown) == len(nodes) else live.result_only(run)
    except NotLive as reason:
        try:
            moving = live.result_only(run)
            notes.append(f"sliders move the result and its gradient only: {reason}")
        except NotLive as other:
            notes.append(f"there are no sliders: {other}")
    sliders = [_slider(name, value) for name, value in at.items() if isinstance(value, (int, float))] if moving else []
    told = Trace(text, at, value, steps, turns, chains, [])
    return Page(text, at, value, Graph(text, at, value, shown, []), told, sliders, moving, notes)


def _slider(name: str, value: float) -> Slider:
    """Propose a range: three on both sides of a small number, twice itself on both sides of another."""
    reach = 3.0 if abs(value) <= 3 else 2 * 10 ** math.ceil(math.log10(abs(value)))
    low, high = value - reach, value + reach
    return Slider(name, float(value), math.floor(low), math.ceil(high))
