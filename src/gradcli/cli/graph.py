"""`gradcli graph`: the graph of an expression, as a tree or a picture."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from ..errors import UsageError
from . import output, point
from .command import Given, command, option, shared

# The forms that a graph is drawn in, with the suffixes of their files.
_FORMS = {"tree": (".txt",), "dot": (".dot", ".gv"), "mermaid": (".mmd",), "svg": (".svg",), "png": (".png",)}

# A picture of more nodes is folded, unless --max-nodes says otherwise.
_ROOM = 200


@command(
    "graph",
    *shared("xaw"),
    option("--format", "form", type=click.Choice(list(_FORMS)), metavar="FORMAT",
           help="tree, dot (Graphviz), mermaid, svg or png; unless given, what the suffix of -o says, or tree."),
    option("--pass", "passes", type=click.Choice(["backward", "forward", "both"]), default="backward", metavar="PASS",
           help="The graph that backward walks (the default), the forward flow of data, or both as one."),
    option("--max-nodes", "most", type=click.IntRange(min=2), metavar="N",
           help="Fold a graph of more nodes, by subexpressions; pictures are folded above 200."),
    *shared("dosj"),
    examples=(
        'gradcli graph "x**2*exp(x)"',
        'gradcli graph "w*x + b" --at w=2,x=3,b=1',
        'gradcli graph "y = sin(x); y*y" --at x=1 --pass both -o graph.svg',
        'gradcli graph "x**2*exp(x)" --format dot',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """The graph of an expression: the nodes that backward walks, or the data that flows forward.

    EXPR is an expression; `-` reads it from standard input. Without --at every variable stands for a
    number, and no values are shown; with it, a backward pass is run, and each node has its gradient.
    """
    from ..views import graph
    from ..views.fold import fold
    from ..views.recording import Passage, RecordedPoint, Run, remarks

    form = _form(given)
    where = point.evaluate(given, wrt=point.names(given.wrt) or None, make=RecordedPoint, stand_in=1.0)
    told = bool(given.at) or not where.variables
    recorded = Run(where.point)
    passage = Passage(recorded) if told and given.passes != "forward" else None
    nodes: list[Any] = (
        graph.backward(recorded, passage, told)
        if given.passes == "backward"
        else graph.forward(recorded, passage, told, both=given.passes == "both")
    )
    notes = [*where.unused, *remarks(recorded)] if told else []
    if not nodes:
        notes.append("there is no graph: the result depends on no variable")
    most = given.most or (len(nodes) if form is None else _ROOM)
    shown = fold(nodes, most)
    if len(shown) < len(nodes):
        notes.append(f"{len(nodes):,} nodes are folded into {len(shown):,}; --max-nodes sets the most")
    value = where.point.value if told else None
    output.show(graph.Graph(where.text, where.shown, value, shown, notes), given, form)


def _form(given: Given) -> str | None:
    """Return the form of the picture that is asked for, or that the suffix of the file is of; None for a tree."""
    suffix = os.path.splitext(given.output or "")[1]
    of_file = next((form for form, suffixes in _FORMS.items() if suffix in suffixes), None)
    if given.form and (given.json or suffix == ".json"):
        raise UsageError(f"--format {given.form} is not JSON", hint="leave one of them out")
    if given.form and of_file and given.form != of_file:
        raise UsageError(f"-o {given.output} is a file of {of_file}, and --format says {given.form}")
    form = given.form or of_file
    if form == "png" and given.output is None and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("a PNG is no text for a terminal", hint="write it to a file: -o graph.png")
    return None if form == "tree" else form
