"""Seeing a graph: `gradcli trace` and `gradcli graph`, as whole processes, on graphs of many nodes."""

from __future__ import annotations

from .long_text import text
from .race import Command, Race

# Five nodes a term: variables apart, 10,000 and 100,000 nodes.
_TRACED, _FOLDED = 2_000, 20_000


def _wide(terms: int) -> str:
    """Return a sum of different fractions, nine nodes a term."""
    return " + ".join(f"{'sin' if i % 2 else 'exp'}({i + 1}*x*y)/({i + 2} + y**2)" for i in range(terms))


def _race(title: str, *arguments: str, expression: str) -> Race:
    run = Command("-m", "gradcli", *arguments, "--at", "x=0.5,y=2", text=expression)
    return Race(title, {" ".join(("gradcli", arguments[0])): run}, rounds=3)


def races() -> list[Race]:
    """Return a trace, a picture of 200 nodes, and pictures of large graphs, which are folded."""
    svg = ("graph", "-", "--format", "svg")
    return [
        _race("`gradcli trace` of 10,000 nodes", "trace", "-", expression=text(_TRACED)),
        _race("`gradcli graph --format svg` of 200 nodes, wide", *svg, expression=_wide(28)),
        _race("the same, deep", *svg, expression="tanh(" * 99 + "x" + " + y)" * 99),
        _race("the same of 100,000 nodes, folded into 200", *svg, expression=text(_FOLDED)),
    ]
