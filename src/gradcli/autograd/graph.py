"""The graph: nodes, the edges between them, and what a node keeps for backward.

A Tensor that an operation made points at the Node of that operation, a Node points at the Nodes of
the arguments (`_nexts`), and the graph ends in AccumulateGrad nodes, which own the leaves. A leaf
knows its AccumulateGrad only weakly: all ownership points one way, from roots to leaves, so a
dropped root frees its graph at once.

The context of a custom Function is its node, and its names are the user's, so the engine's facts
about a node begin with an underscore.
"""

from __future__ import annotations

import importlib
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..errors import Span
from . import dtypes


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

# Nodes whose names torch tells with the place of their class.
_QUALIFIED = ("AccumulateGrad", "CopyBackwards", "CopySlices", "Error")


class Node:
    """A recorded operation: the vector-Jacobian product of one call, and where its results go.

    `_nexts` holds, for each differentiable argument, the node its gradient flows to, or None; `_nrs`
    which result of that node it was (None: the first, of each); `_hidden` lists the places of edges for
    plain numbers, which torch does not have. `_shape` and `_dtype` are those of the result (`_shapes`,
    `_dtypes` where there are several), `_scalar` its type where it is a NumPy scalar. `_span` is the
    place in the text, `_trace` the stack of the program that recorded it, in anomaly mode.
    """

    _op: Any = None
    _label = "Node"
    _nexts: tuple[Node | None, ...] = ()
    _nrs: tuple[int, ...] | None = None
    _hidden: tuple[int, ...] = ()
    _shape: tuple[int, ...] = ()
    _dtype: Any = np.dtype(np.float64)
    _scalar: type | None = np.float64
    _shapes: tuple[tuple[int, ...], ...] | None = None
    _dtypes: tuple[Any, ...] | None = None
    _seq: float = 0
    _span: Span | None = None
    _trace: Any = None
    _plan: Any = None
    _hooks: Any = None
    # Whether no gradient in means no gradient out; a Function may make something of nothing.
    _rests = True
    backward: Callable[..., Sequence[Any]]
    backward_recorded: Callable[..., Sequence[Any]]

    def name(self) -> str:
        """Return the name that torch gives such a node, as `MulBackward0`."""
        return f"torch::autograd::{self._label}" if self._label in _QUALIFIED else self._label

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes that this node's gradients flow to, each with the index of the result."""
        edges = zip(self._nexts, self._nrs or (0,) * len(self._nexts), strict=True)
        return tuple(edge for position, edge in enumerate(edges) if position not in self._hidden)

    @property
    def metadata(self) -> dict[str, Any]:
        """A dict for the user's own notes about this node."""
        return self.__dict__.setdefault("_metadata", {})

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow through this node: always."""
        return True

    def register_hook(self, fn: Callable[..., Any]) -> Any:
        """Call `fn(grad_inputs, grad_outputs)` when the node has run; a tuple it returns takes their place."""
        from .hooks import hooks_of_node, register

        return register(hooks_of_node(self).after, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> Any:
        """Call `fn(grad_outputs)` before the node runs; a tuple it returns takes their place."""
        from .hooks import hooks_of_node, register

        return register(hooks_of_node(self).before, fn)

    def __call__(self, *grads: Any) -> Any:
        from .saved import called

        return called(self, grads)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_saved_", "_raw_saved_")):
            from .saved import saved_attribute

            return saved_attribute(self, name)
        hint = ": a custom Function's node has it; call this one itself, as grad_fn(g)" if name == "apply" else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def __dir__(self) -> list[str]:
        from .saved import attributes

        return [*(name for name in super().__dir__() if not name.startswith(("s_", "v_", "c_"))), *attributes(self)]

    def __lt__(self, other: Node) -> bool:
        return self._seq < other._seq

    def __repr__(self) -> str:
        return f"<{self._label} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's `grad`."""

    _label = "AccumulateGrad"
    _seq = float("-inf")
    variable: Any


def accumulator(leaf: Any) -> AccumulateGrad:
    """Return the one AccumulateGrad of a leaf, for as long as a graph holds it."""
    known = leaf._acc
    node: AccumulateGrad | None = None if known is None else known()
    if node is None:
        node = object.__new__(AccumulateGrad)
        node.variable = leaf
        data = leaf._data
        if type(data) is not np.float64:
            node._scalar = type(data) if isinstance(data, np.generic) else None
            node._shape, node._dtype = data.shape, data.dtype
        if leaf._hooks is not None:
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


class _Watching(threading.local):
    functions: tuple[Callable[[Node], None], ...] = ()


# Who is told of each new node while `grad_mode.special` is not empty: in this thread, and in all.
watching = _Watching()
watching_all: list[Callable[[Node], None]] = []

# What runs the rules of a node, the last of them, where more has to be looked at than the gradients.
guards: list[Callable[[Node, tuple[Any, ...], Any, bool, bool], Any]] = []


def noticed(node: Node) -> None:
    """Tell those who watch about a node that was made."""
    for function in (*watching_all, *watching.functions):
        function(node)


def has_arrays(selection: Any) -> bool:
    """Tell whether an attribute is, or holds, an array: then backward gives it back as it does tensors."""
    parts = selection if isinstance(selection, tuple) else (selection,)
    return any(isinstance(part, np.ndarray) for part in parts)


def freed(node: Node) -> NoReturn:
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
    cell: list[Any] = getattr(value, "_ver", None) or getattr(node, f"c_{name}")
    made_by, number = getattr(value, "_node", node), getattr(value, "output_nr", 0)
    refuse_stale(node, getattr(value, "_data", value), made_by, number, cell, getattr(node, f"v_{name}"))


def refuse_stale(node: Node, data: Any, made_by: Any, number: int, cell: list[Any], expected: int) -> None:
    """Raise torch's error about a value, a result of some node, that was changed after it was saved."""
    from .anomaly import advice

    of = f", which is output {number} of {forward_name(made_by.name())}," if isinstance(made_by, Node) else ""
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{type_name(data)} {list(np.shape(data))}]{of} is at version {cell[0]}; "
        f"expected version {expected} instead. {advice(node, cell)}"
    )


def forward_name(name: str) -> str:
    """Return the name of the operation that a node belongs to: `Add` for `AddBackward0`."""
    if name.startswith("torch::"):
        return name
    stem, found, number = name.rpartition("Backward")
    return stem + ("" if number == "0" else number) if found and (number.isdigit() or not number) else name


def type_name(value: Any) -> str:
    """Return torch's name of a dense CPU tensor's type."""
    return f"torch.{dtypes.word(np.asarray(value).dtype)}Tensor"


# What `gradcli.autograd.graph` offers beside nodes, and the modules that are imported for it.
_HOME = {
    "GradientEdge": "api",
    "get_gradient_edge": "api",
    "register_multi_grad_hook": "gathered",
    "saved_tensors_hooks": "saved",
    "disable_saved_tensors_hooks": "saved",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __package__), name)
