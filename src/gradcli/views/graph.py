"""A graph of nodes as a view: numbered, in the order in which a reader comes upon them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..autograd.graph import LEAF, AccumulateGrad, Node, accumulator
from ..autograd.tensor import Tensor
from . import GraphNode


def nodes(root: Tensor, names: Mapping[str, Any], results: Mapping[Node, Any] | None) -> list[GraphNode]:
    """Describe the nodes that backward would meet from a tensor, each once, the root first.

    `names` are those of the leaves. `results` holds the value that each node's operation gave; without
    it, no values are told.
    """
    node = accumulator(root) if root._node is LEAF else root._node
    order = _preorder(node) if node is not None else []
    ids = {node: number for number, node in enumerate(order, 1)}
    leaves = {id(value): name for name, value in names.items() if isinstance(value, Tensor) and value.is_leaf}
    return [_described(node, ids, leaves, results) for node in order]


def _preorder(root: Node) -> list[Node]:
    order: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order[node] = None
            stack += [following for following in reversed(node._nexts) if following is not None]
    return list(order)


def _described(
    node: Node, ids: Mapping[Node, int], leaves: Mapping[int, str], results: Mapping[Node, Any] | None
) -> GraphNode:
    leaf = node.variable if isinstance(node, AccumulateGrad) else None
    told = results is not None
    value = leaf if leaf is not None else (results or {}).get(node)
    return GraphNode(
        id=ids[node],
        name=node.name(),
        next_functions=[None if n is None else (ids[n], number) for n, number in node.next_functions],
        variable=leaves.get(id(leaf)) if leaf is not None else None,
        span=tuple(node._span) if node._span is not None else None,
        shape=list(node._shape) if told else None,
        value=_plain(value) if told and value is not None else None,
        saved={need: _plain(getattr(node, f"s_{need}")) if told else None for need in _kept(node)},
    )


def _kept(node: Node) -> list[str]:
    """Name what a node has saved: shapes and dtypes are no values, and what no rule needs is not there."""
    kinds = node._plan.kinds if node._plan is not None else {}
    return [n for n, kind in kinds.items() if kind not in ("shape", "dtype") and getattr(node, f"s_{n}") is not None]


def _plain(value: Any) -> Any:
    """Return a saved value as a number, an array, a list of these, or text."""
    if isinstance(value, Tensor):
        value = value._data
    if hasattr(value, "tolist"):
        return value if value.ndim else value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)
