"""A graph of nodes as a view: numbered, in the order in which a reader comes upon them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..autograd.graph import LEAF, AccumulateGrad, Node, accumulator
from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor
from ..errors import Span
from ..ops import Op
from ..point import Point


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

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "graph"


class Recorder(TensorInterpreter):
    """An interpreter that remembers the result of each node: a graph keeps only what backward needs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.results: dict[Node, Any] = {}

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        result = super().apply(op, args, kwargs, span)
        first = result[0] if isinstance(result, tuple) else result
        if isinstance(first, Tensor) and first.grad_fn is not None:
            self.results.setdefault(first.grad_fn, first._data)
        return result


class RecordedPoint(Point):
    """A Point whose graph is to be shown, with the result of each node."""

    interpreted_by = Recorder
    interpreter: Recorder


def nodes(point: RecordedPoint, told: bool) -> list[GraphNode]:
    """Describe the nodes that backward would meet, each once, the root first; without values unless `told`."""
    root = point.root
    first = accumulator(root) if root._node is LEAF else root._node
    order = _preorder(first) if first is not None else []
    ids = {node: number for number, node in enumerate(order, 1)}
    leaves = {id(value): name for name, value in point.values.items()}
    results = None
    if told:
        results = {first: root._data} | point.interpreter.results  # what `diff` made was not recorded
    return [_described(node, ids, leaves, results) for node in order]


def _preorder(root: Node) -> list[Node]:
    order: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order[node] = None
            stack += [following for following, _ in reversed(node.next_functions) if following is not None]
    return list(order)


def _described(
    node: Node, ids: Mapping[Node, int], leaves: Mapping[int, str], results: Mapping[Node, Any] | None
) -> GraphNode:
    leaf = node.variable if isinstance(node, AccumulateGrad) else None
    value = None if results is None else _plain(results.get(node) if leaf is None else leaf)
    span = node._span
    return GraphNode(
        id=ids[node],
        name=node.name().rpartition("::")[2],  # torch says torch::autograd::AccumulateGrad
        next_functions=[None if n is None else (ids[n], number) for n, number in node.next_functions],
        variable=None if leaf is None else leaves.get(id(leaf)),
        span=None if span is None else (span.start, span.end),
        shape=None if value is None else list(np.shape(value)),
        value=value,
        saved={need: None if results is None else _plain(getattr(node, f"s_{need}")) for need in _kept(node)},
    )


def _kept(node: Node) -> list[str]:
    """Name what a node has saved of values: shapes and dtypes are none, and what no rule needs is None."""
    if node._plan is None:
        return []
    kinds, op = node._plan.kinds, node._op
    kept = (name for name in (*op.parameters, *op.results) if kinds.get(name, "shape") not in ("shape", "dtype"))
    return [name for name in kept if getattr(node, f"s_{name}") is not None]


def _plain(value: Any) -> Any:
    """Return a value as a number, an array, text, or a list of these."""
    if isinstance(value, Tensor):
        value = value._data
    if hasattr(value, "tolist"):
        return value if value.ndim else value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
