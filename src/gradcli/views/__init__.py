"""Results: what a command has to say, apart from how it is drawn.

The fields of a result are the keys of its JSON object, in the same order; a field of a result that is
None is left out. `at` holds the point as it was given, `notes` what stderr says in the other formats.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Evaluation(NamedTuple):
    """The value of an expression."""

    expression: str
    at: dict[str, Any]
    value: Any
    notes: list[str]

    command = "eval"


class Gradient(NamedTuple):
    """The value of an expression and its derivatives by name.

    `grad` is absent where a Jacobian was asked for; `hessian` is there at order 2, and `derivatives`,
    the list of the first, second, ... derivative, above it.
    """

    expression: str
    at: dict[str, Any]
    value: Any
    grad: dict[str, Any] | None
    jacobian: dict[str, Any] | None
    hessian: dict[str, dict[str, Any]] | None
    derivatives: dict[str, list[Any]] | None
    notes: list[str]

    command = "grad"


class GraphNode(NamedTuple):
    """A node of a graph, as backward meets it.

    `next_functions` are pairs of a node's id and the number of its result, None for an input that needs
    no gradient. `variable` is the name of the leaf at an AccumulateGrad. The values of `saved`, and
    `value`, are None where the graph stands at no point.
    """

    id: int
    name: str
    next_functions: list[tuple[int, int] | None]
    variable: str | None
    span: tuple[int, int] | None
    shape: list[int] | None
    value: Any
    saved: dict[str, Any]


class Graph(NamedTuple):
    """The graph that backward walks; the first of `nodes` is its root."""

    expression: str
    at: dict[str, Any]
    value: Any
    nodes: list[GraphNode]
    notes: list[str]

    command = "graph"


class Example(NamedTuple):
    """A call of an operation that was really made, as the command that repeats it and what it prints."""

    command: str
    result: Evaluation | Gradient


class Operation(NamedTuple):
    """An entry of the rule book.

    `derivatives` holds, for each argument, what backward sends to it: a formula in the incoming gradient
    `g`, the result `out` and the arguments. `domain` is where each argument is sampled by the tests.
    """

    name: str
    signature: str
    family: str
    summary: str
    aliases: list[str]
    derivatives: dict[str, str]
    domain: dict[str, str]
    kinks: dict[str, str]
    node: str | None
    example: Example | None
    notes: list[str]

    command = "ops"


class Listed(NamedTuple):
    """An operation in the table of all."""

    name: str
    family: str
    aliases: list[str]
    signature: str
    summary: str


class Operations(NamedTuple):
    """The rule book as a table."""

    operations: list[Listed]
    notes: list[str]

    command = "ops"


View = Evaluation | Gradient | Graph | Operation | Operations
