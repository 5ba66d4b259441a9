"""`gradcli graph`: the graph that backward walks."""

from __future__ import annotations

from . import output, point
from .command import Given, command, shared


@command(
    "graph",
    *shared("xadosj"),
    examples=(
        'gradcli graph "x**2*exp(x)"',
        'gradcli graph "w*x + b" --at w=2,x=3,b=1',
        'gradcli graph "y = sin(x); y*y" --json',
    ),
)
def run(given: Given) -> None:
    """The graph that backward walks: its nodes, what each has saved, and the text it came from.

    EXPR is an expression; `-` reads it from standard input. Without --at every variable stands for a
    number, and no values are shown.
    """
    from ..views import graph

    where = point.evaluate(given, wrt=None, make=graph.RecordedPoint, stand_in=1.0)
    told = bool(given.at) or not where.variables
    nodes = graph.nodes(where.point, told)
    notes = where.notes if told else []
    if not nodes:
        notes = [*notes, "there is no graph: the result depends on no variable"]
    value = where.point.value if told else None
    output.show(graph.Graph(where.text, where.shown, value, nodes, notes), given)
