"""The graph: nodes, the edges between them, and what a node keeps for backward.

A Tensor that an operation made points at the Node of that operation, a Node points at the Nodes of
the arguments (`_nexts`), and the graph ends in AccumulateGrad nodes, which own the leaves. A leaf
knows its AccumulateGrad only weakly: all ownership points one way, from roots to leaves, so a
dropped root frees its graph at once.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import Span


class _Mark:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


# The `_node` of a leaf that requires a gradient; its AccumulateGrad is made when it is first used.
LEAF: Any = _Mark("LEAF")
# What stands in a node where a saved value has been given back after backward.
FREED: Any = _Mark("FREED")

# Newer nodes have smaller numbers, so that a heap hands out the newest first.
sequence = itertools.count(0, -1)


class Node:
    """A recorded operation: the vector-Jacobian product of one call, and where its results go.

    `_nexts` holds, for each differentiable argument, the node its gradient flows to, or None;
    `_nrs` which result of that node it was (None: the first, of each). `_shape` and `_dtype` are those
    of the result (`_shapes`, `_dtypes` where there are several), `_scalar` its type where it is a NumPy scalar. `_span` is the place in the text.
    """

    _op: Any = None
    _label = "Node"
    _nexts: tuple[Node | None, ...] = ()
    _nrs: tuple[int, ...] | None = None
    _shape: tuple[int, ...] = ()
    _dtype: Any = np.dtype(np.float64)
    _scalar: type | None = np.float64
    _shapes: tuple[tuple[int, ...], ...] | None = None
    _dtypes: tuple[Any, ...] | None = None
    _seq: float = 0
    _span: Span | None = None
    _plan: Any = None
    _hooks: Any = None
    backward: Callable[..., tuple[Any, ...]]
    backward_recorded: Callable[..., tuple[Any, ...]]

    def name(self) -> str:
        """Return the name that torch gives such a node, as `MulBackward0`."""
        return self._label

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes that this node's gradients flow to, each with the index of the result."""
        return tuple(zip(self._nexts, self._nrs or (0,) * len(self._nexts), strict=True))

    @property
    def metadata(self) -> dict[str, Any]:
        """A dict for the user's own notes about this node."""
        return self.__dict__.setdefault("_metadata", {})

    def __lt__(self, other: Node) -> bool:
        return self._seq < other._seq

    def __repr__(self) -> str:
        return f"<{self._label} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's `grad`."""

    _label = "AccumulateGrad"
    _seq = float("-inf")

    def __init__(self, variable: Any) -> None:
        self.variable = variable


def accumulator(leaf: Any) -> AccumulateGrad:
    """Return the one AccumulateGrad of a leaf, for as long as a graph holds it."""
    known = leaf._acc
    node = known() if known is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        data = leaf._data
        if type(data) is not np.float64:
            node._scalar = None if type(data) is np.ndarray else type(data)
            node._shape, node._dtype = data.shape, data.dtype
        node._hooks = leaf._hooks
        leaf._acc = weakref.ref(node)
    return node


def walk(roots: list[Node]) -> list[Node]:
    """List every node that can be reached from the roots, each once, in depth-first order."""
    seen = set(roots)
    order: list[Node] = []
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        order.append(node)
        for following in reversed(node._nexts):
            if following is not None and following not in seen:
                seen.add(following)
                stack.append(following)
    return order


def freed(node: Node) -> None:
    """Raise torch's error about a graph whose saved values are gone."""
    raise RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after "
        "they have already been freed). Saved intermediate values of the graph are freed when you call "
        ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
        "graph a second time or if you need to access saved tensors after calling backward."
    )


def stale(node: Node, name: str, found: int) -> None:
    """Raise torch's error about a saved value that was changed in place."""
    value = getattr(node, f"s_{name}")
    value = getattr(value, "_data", value)
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{type_name(value)} {list(np.shape(value))}], saved by {node.name()} as '{name}', "
        f"is at version {found}; expected version {getattr(node, f'v_{name}')} instead."
    )


def type_name(value: Any) -> str:
    """Return torch's name of a dense CPU tensor's type."""
    kinds = {"float16": "Half", "float32": "Float", "float64": "Double", "int32": "Int", "int64": "Long", "bool": "Bool"}
    return f"torch.{kinds.get(np.asarray(value).dtype.name, '')}Tensor"
