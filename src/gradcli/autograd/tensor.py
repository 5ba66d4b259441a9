"""Tensor: an array that remembers how it was made.

Here is what a Tensor is; `surface` gives it its operators and methods. What it carries beyond its
array has a default on the class, so that making one stores two attributes: `_data`, an array or a
NumPy scalar, and `_node`, where its gradient goes: None, LEAF, or the node of the operation that
made it.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ops import Op
from . import dtypes
from .generate import compiled
from .grad_mode import INFERENCE, modes
from .graph import LEAF, Node, stale
from .size import Size
from .views import Step


class Tensor:
    """An array with a gradient: what `gradcli.tensor` makes and operations return.

    Called itself it makes a tensor of the default dtype, from a sequence or of a size. Making one
    with `gradcli.tensor` keeps the dtype of the data.

    >>> import gradcli as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    _data: Any
    _node: Any = None
    _acc: Any = None
    _ver: list[int] | None = None
    _base: Tensor | None = None
    # Of a view: of what, by which step, and what bars it from being written to in a recorded way, if anything.
    _source: Tensor | None = None
    _step: Step
    _barred = ""
    _views: list[weakref.ref[Tensor]] | None = None
    _hooks: Any = None
    _grad: Tensor | None = None
    output_nr = 0
    volatile = False

    # NumPy leaves `array * tensor` to the Tensor.
    __array_priority__ = 1000

    if TYPE_CHECKING:  # the operations of the registry, and what `surface` adds
        backward: Callable[..., None]

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *data: Any) -> None:
        from .conversion import of_size_or_data

        self._data = of_size_or_data(data, dtypes.default())

    def __init_subclass__(cls) -> None:
        raise TypeError("a Tensor cannot be subclassed: operations know no other kind, and would lose its gradient")

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return compiled(op).apply(*args, **kwargs)

    # What it is

    @property
    def shape(self) -> Size:
        """The lengths of the axes."""
        return tuple.__new__(Size, self._data.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def dtype(self) -> dtypes.dtype:
        """The dtype of the elements."""
        return dtypes.public(self._data.dtype)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self._node is None or self._node is LEAF

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        return None if self._node is LEAF else self._node

    @property
    def _version(self) -> int:
        """How often the elements were changed in place, through this tensor or another that shares them."""
        if self._ver is INFERENCE:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._ver is None else self._ver[0]

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor; may be set on a leaf of floats."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and not self.is_leaf:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        if value and self._data.dtype.kind != "f":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(value)

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
        if requires_grad and self._data.dtype.kind != "f":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and self._ver is INFERENCE and not modes.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._node = LEAF if requires_grad else None
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up; None before the first."""
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            from .reading import NO_GRAD_HERE

            warnings.warn(NO_GRAD_HERE, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            from .reading import check_grad

            check_grad(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same memory, outside of the graph and not watched for changes; setting it replaces the memory."""
        return wrap(box(self))

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._node is not None and value._data.dtype.kind != "f":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._data = box(value)

    # Out of the graph

    def detach(self) -> Tensor:
        """Return the same values outside of the graph, sharing memory."""
        made = wrap(box(self))
        if self._ver is not INFERENCE:
            self._ver = made._ver = self._ver or [0]
        if self.volatile:
            made.volatile = True
        return made

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """Return the array, sharing memory; raise RuntimeError where gradients are recorded, unless forced."""
        if self._node is not None and modes.grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
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
            found = "more than one value" if self._data.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {found} is ambiguous")
        return bool(self._data)

    def _number(self) -> Any:
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._data.item()

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "biu" or self._data.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind())

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        from .printing import describe

        return describe(self)

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec) if self._data.ndim else format(self._data.item(), spec)

    def add_in_place(self, grad: Any) -> None:
        """Add an array to the elements, keeping the tensor's identity."""
        self._ver = self._ver or [0]
        self._ver[0] += 1
        if type(self._data) is np.ndarray:
            np.add(self._data, grad, out=self._data)
        else:
            self._data = self._data + grad


def wrap(data: Any) -> Tensor:
    """Make a Tensor of an array or NumPy scalar, without copying."""
    made = object.__new__(Tensor)
    made._data = data
    return made


def box(tensor: Tensor) -> np.ndarray:
    """Give a tensor whose value is a NumPy scalar memory that can be shared, and return it."""
    if type(tensor._data) is not np.ndarray:
        tensor._data = np.asarray(tensor._data)
    return tensor._data


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
