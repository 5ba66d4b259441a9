"""Tensor: an array that remembers how it was made.

Here is what a Tensor is; `surface` gives it its operators and methods. What it carries beyond its
array has a default on the class, so that making one stores two attributes: `_data`, an array or a
NumPy scalar, and `_node`, where its gradient goes: None, LEAF, or the node of the operation that
made it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ops import REGISTRY, Op
from . import dtypes
from .generate import compiled
from .graph import LEAF, Node, stale


class Tensor:
    """An array with a gradient: what `gradcli.tensor` makes and operations return.

    >>> import gradcli as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 4.0]
    """

    _data: Any
    _node: Any = None
    _acc: Any = None
    _ver: list[int] | None = None
    _base: Tensor | None = None
    _how: tuple[Op, Tensor, tuple[Any, ...]] | None = None
    _views: weakref.WeakSet[Tensor] | None = None
    _hooks: Any = None
    grad: Tensor | None = None
    output_nr = 0

    # NumPy leaves `array * tensor` to the Tensor.
    __array_priority__ = 1000

    if TYPE_CHECKING:  # the operations of the registry, and what `surface` adds

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, data: Any = (), requires_grad: bool = False) -> None:
        self._data = as_array(data, dtypes.get_default_dtype())
        if requires_grad:
            self.requires_grad_()

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return compiled(op).apply(*args, **kwargs)

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the elements."""
        return self._data.dtype

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor; may be set on a leaf of floats."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self._node is None or self._node is LEAF

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        return None if self._node is LEAF else self._node

    @property
    def data(self) -> Tensor:
        """The same memory, outside of the graph and not watched for changes."""
        return wrap(box(self))

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether gradients are wanted for this leaf; return it.

        Raises RuntimeError where the tensor is not a leaf or not of floats.
        """
        if not self.is_leaf:
            if requires_grad:
                return self
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed "
                "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and self.dtype.kind != "f":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self._node = LEAF if requires_grad else None
        return self

    # Out of the graph

    def detach(self) -> Tensor:
        """Return the same values outside of the graph, sharing memory."""
        made = wrap(box(self))
        self._ver = made._ver = self._ver or [0]
        return made

    def numpy(self) -> np.ndarray:
        """Return the array, sharing memory; raise RuntimeError where gradients are recorded."""
        if self._node is not None:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return box(self)

    def item(self) -> Any:
        """Return the only element as a Python number; raise RuntimeError where there are more."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        return self._data.item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self._data.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    # Python's protocols

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._data.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "biu":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Tensor:
        return REGISTRY["index"](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.index_put_(key, value)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return describe(self)

    def add_in_place(self, grad: Any) -> None:
        """Add an array to the elements, keeping the tensor's identity."""
        if type(self._data) is np.ndarray:
            np.add(self._data, grad, out=self._data)
        else:
            self._data = self._data + grad


def wrap(data: Any) -> Tensor:
    """Make a Tensor of an array or NumPy scalar, without copying."""
    made = object.__new__(Tensor)
    made._data = data
    return made


def plain(value: Any) -> Any:
    """Return the array or number behind an argument; raise TypeError for what is neither."""
    if isinstance(value, Tensor):
        return value._data
    if value is None or isinstance(value, (int, float, np.ndarray, np.generic)):
        return value
    if isinstance(value, (list, tuple)):
        return as_array(value, dtypes.get_default_dtype())
    raise TypeError(f"unsupported operand type for a Tensor: {type(value).__name__!r}")


def as_array(data: Any, default: np.dtype, dtype: Any = None) -> np.ndarray:
    """Copy data into a new array; Python floats get the default dtype."""
    if isinstance(data, Tensor):
        data = data._data
    known = isinstance(data, (np.ndarray, np.generic))
    array = np.array(data, dtype=dtype)
    return array.astype(default) if dtype is None and not known and array.dtype == np.float64 else array


def box(tensor: Tensor) -> np.ndarray:
    """Give a tensor whose value is a NumPy scalar memory that can be shared, and return it."""
    if type(tensor._data) is not np.ndarray:
        tensor._data = np.asarray(tensor._data)
    return tensor._data


def as_view(result: Tensor, source: Tensor, op: Op, rest: tuple[Any, ...]) -> None:
    """Remember what a view is a view of and how, and share the version counter of its memory."""
    if not isinstance(source, Tensor) or not np.may_share_memory(result._data, source._data):
        return
    source._ver = result._ver = source._ver or [0]
    base = result._base = source if source._base is None else source._base
    result._how = (op, source, rest)
    if base._views is None:
        base._views = weakref.WeakSet()
    base._views.add(result)


def wrap_results(op: Op, out: tuple[Any, ...], node: Node | None) -> tuple[Tensor, ...]:
    """Make Tensors of an operation's results; those that have a derivative belong to its node."""
    results = [wrap(np.asarray(data)) for data in out]
    if node is not None:
        node._scalar = None
        node._shapes = tuple(r.shape for r in results)
        node._dtypes = tuple(r.dtype for r in results)
        for number, name in enumerate(op.outputs):
            if any(f"g_{name}" in rule.needs for rule in op.rules.values()):
                results[number]._node = node
                results[number].output_nr = number
    return out._make(results) if hasattr(out, "_make") else tuple(results)


def saved_result(node: Node, name: str, data: Any) -> Tensor:
    """Make a saved result a Tensor of its own node again, after checking that it is unchanged."""
    cell = getattr(node, f"c_{name}")
    if cell is not None and cell[0] != getattr(node, f"v_{name}"):
        stale(node, name, cell[0])
    made = wrap(data)
    made._node = node
    if node._shapes is not None:
        made.output_nr = node._op.outputs.index(name)
        if made._data.dtype.kind != "f":
            made._node = None
    return made


def describe(tensor: Tensor) -> str:
    """Return a tensor in torch's printed form."""
    text = np.array2string(np.asarray(tensor._data), precision=4, separator=", ", prefix="tensor(")
    if tensor.grad_fn is not None:
        text += f", grad_fn=<{tensor.grad_fn.name()}>"
    elif tensor.requires_grad:
        text += ", requires_grad=True"
    return f"tensor({text})"
