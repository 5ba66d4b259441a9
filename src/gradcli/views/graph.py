"""The graph of a run as a view: backward as the engine walks it, forward as the data flows, or both as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..autograd.graph import Node
from .recording import Passage, Run, Step, plain


class Edge(NamedTuple):
    """The way from a node to one that it was computed from: the shape of what came from there, and the gradient back.

    Both are None where the graph stands at no point. `requires_grad` tells whether a gradient flows back at all.
    """

    to: int
    shape: list[int] | None
    requires_grad: bool
    gradient: Any


class GraphNode(NamedTuple):
    """A node of the graph that backward walks.

    `next_functions` are pairs of a node's id and the number of its result, None for an input that needs
    no gradient; `gradients` is what flows to each. `variable` is the name of the leaf at an AccumulateGrad.
    `gradient` has arrived at the node, for its first result. Values are None where the graph stands at no
    point. A node whose `stands_for` is above 1 is in the place of so many, a subexpression that was folded.
    """

    id: int
    name: str
    next_functions: list[tuple[int, int] | None]
    variable: str | None
    span: tuple[int, int] | None
    shape: list[int] | None
    value: Any
    saved: dict[str, Any]
    gradient: Any
    gradients: list[Any]
    stands_for: int = 1

    @property
    def edges(self) -> list[Edge]:
        """The ways that gradients take from here."""
        pairs = zip(self.next_functions, self.gradients, strict=True)
        return [Edge(f[0], None if g is None else list(np.shape(g)), True, g) for f, g in pairs if f is not None]

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow through this node: always."""
        return True

    def folded(self, edges: list[Edge], count: int) -> GraphNode:
        """Return this node in the place of many, with the ways that lead out of them."""
        return self._replace(
            next_functions=[(edge.to, 0) for edge in edges],
            gradients=[edge.gradient for edge in edges],
            saved=self.saved if count == 1 else {},
            stands_for=count,
        )


class Input(NamedTuple):
    """An argument of an operation that was computed or given: its shape, and the gradient that flows back to it.

    `requires_grad` tells whether one does, where the way back is described as well.
    """

    argument: str
    id: int
    shape: list[int] | None
    requires_grad: bool
    gradient: Any


class DataNode(NamedTuple):
    """An operation that was carried out, or a variable; `backward` is the node it has left for the way back."""

    id: int
    name: str
    inputs: list[Input]
    variable: str | None
    requires_grad: bool
    span: tuple[int, int] | None
    shape: list[int] | None
    value: Any
    backward: GraphNode | None
    stands_for: int = 1

    @property
    def edges(self) -> list[Edge]:
        """Where the data came from."""
        return [Edge(*each[1:]) for each in self.inputs]

    @property
    def gradient(self) -> Any:
        """What has arrived at the node on the way back."""
        return None if self.backward is None else self.backward.gradient

    def folded(self, edges: list[Edge], count: int) -> DataNode:
        """Return this node in the place of many, with the ways that lead into them."""
        backward = self.backward and self.backward.folded([], count)
        return self._replace(inputs=[Input("", *edge) for edge in edges], backward=backward, stands_for=count)


AnyNode: TypeAlias = GraphNode | DataNode


class Graph(NamedTuple):
    """The graph of an expression; the first of `nodes` is its root."""

    expression: str
    at: dict[str, Any]
    value: Any
    nodes: list[Any]
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "graph"

    @property
    def walks_back(self) -> bool:
        """Whether the nodes are those of the way back, and not those of the data."""
        return not self.nodes or isinstance(self.nodes[0], GraphNode)


def backward(run: Run, passage: Passage | None, told: bool) -> list[GraphNode]:
    """Describe the nodes that backward would meet, each once, the root first; without values unless `told`."""
    return [backward_node(run, node, passage, told) for node in run.nodes]


def backward_node(run: Run, node: Node, passage: Passage | None, told: bool) -> GraphNode:
    """Describe a node, with what went through it in a passage."""
    value = run.value(node) if told else None
    edges = node.next_functions
    return GraphNode(
        id=run.number(node),
        name=node.name().rpartition("::")[2],  # torch says torch::autograd::AccumulateGrad
        next_functions=[None if n is None else (run.number(n), number) for n, number in edges],
        variable=run.variable(node),
        span=_pair(node._span),
        shape=None if value is None else list(np.shape(value)),
        value=value,
        saved={need: plain(getattr(node, f"s_{need}")) if told else None for need in kept(node)},
        gradient=passage and passage.gradient(node),
        gradients=list(passage.sent.get(node, ())) if passage and edges else [None] * len(edges),
    )


def forward(run: Run, passage: Passage | None, told: bool, both: bool) -> list[DataNode]:
    """Describe what the result was computed from, each once, the root first; with their partners, if `both`."""
    described: dict[int, DataNode] = {}
    partners = {run.number(node): node for node in run.nodes} if both else {}
    steps = {run.number_of_step(step): step for step in run.steps}
    names = {run.number_of_variable(name): name for name in run.point.values}
    waiting = [run.result] if run.result else []
    while waiting:
        number = waiting.pop()
        if number in described:
            continue
        step, partner = steps.get(number), partners.get(number)
        if step:
            node = _of_step(run, number, step, _back(run, step, passage) if both else {}, told)
        else:
            node = _of_variable(run, number, names[number], told)
        if partner is not None:
            node = node._replace(backward=backward_node(run, partner, passage, told))
        described[number] = node
        waiting += [each.id for each in reversed(node.inputs)]
    return list(described.values())


def _of_variable(run: Run, number: int, name: str, told: bool) -> DataNode:
    tensor = run.point.values[name]
    value = plain(tensor) if told else None
    shape = None if value is None else list(np.shape(value))
    return DataNode(number, "variable", [], name, tensor.requires_grad, None, shape, value, None)


def _of_step(run: Run, number: int, step: Step, back: Mapping[Any, Any], told: bool) -> DataNode:
    """Describe a step; `back` holds what flows back to each of its arguments that requires a gradient."""
    value = plain(step.results[0]) if told else None
    inputs = [
        Input(
            name, source, list(np.shape(plain(given))) if told else None, (name, place) in back, back.get((name, place))
        )
        for name, place, given in step.operands
        if (source := run.source(given)) is not None
    ]
    shape = None if value is None else list(np.shape(value))
    return DataNode(number, step.name, inputs, None, step.node is not None, _pair(step.span), shape, value, None)


def _back(run: Run, step: Step, passage: Passage | None) -> dict[Any, Any]:
    """Return what a step sends back, by argument and place: None where no passage tells."""
    if step.node is None or step.op is None:
        return {}
    sent = passage.sent.get(step.node) if passage else None
    sent = sent or (None,) * len(step.node.next_functions)
    ways = zip(run.arguments(step.node), step.node.next_functions, sent, strict=True)
    return {argument: gradient for argument, (following, _), gradient in ways if following is not None}


def kept(node: Node) -> Iterator[str]:
    """Name what a node has saved of values: shapes and dtypes are none, and what no rule needs is None."""
    if node._plan is None:
        return
    kinds, op = node._plan.kinds, node._op
    for name in (*op.parameters, *op.results):
        if kinds.get(name, "shape") not in ("shape", "dtype") and getattr(node, f"s_{name}") is not None:
            yield name


def _pair(span: Any) -> tuple[int, int] | None:
    return None if span is None else (span.start, span.end)
