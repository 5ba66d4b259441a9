"""Functions with a backward of their own: `Function`, whose context is the node of the call.

A Function is applied as an operation is: its `forward` runs unrecorded, its results get one node, and in
the backward pass that node hands the gradients to the user's `backward`, as Tensors, whose operations are
recorded if the pass is: so a Function can be differentiated twice unless it says otherwise.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import REGISTRY
from . import grad_mode
from .graph import FREED, LEAF, Node, accumulator, freed, noticed, refuse_stale, sequence
from .inplace import CopySlices, bump
from .api import facts
from .saved import active_pair, pack_value
from .tensor import Tensor, box, wrap
from .views import as_view, base_of, derive_again, follow, refuse_write

_modes, _special, switch = grad_mode.modes, grad_mode.special, grad_mode.switch


class FunctionCtx:
    """What `forward` tells about a call, and `backward` asks."""

    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    _materializes = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `backward`, which finds them in `saved_tensors`; once, with all of them."""
        self.to_save = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs `forward` changes in place; it must return them."""
        self.dirty_tensors = _tensors("mark_dirty can only accept variables", args)

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say through which results no gradient flows."""
        self.non_differentiable = _tensors("mark_non_differentiable only accepts variable arguments", args)

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether `backward` gets zeros for a result that has no gradient (it does), or None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - "
                f"got ({type(value).__name__}), but expected (bool)"
            )
        self._materializes = value


def _tensors(rule: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    for position, value in enumerate(args):
        if not isinstance(value, Tensor):
            raise RuntimeError(f"{rule}, but argument {position} is of type {type(value).__name__}")
    return args


class FunctionNode(Node, FunctionCtx):
    """The node of one call of a Function, which is the context that its methods are handed."""

    _forward_cls: type[Function]
    _scalar = None
    _rests = False
    _tensor_args: tuple[bool, ...] = ()
    _kept: Any = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward`; RuntimeError where they are gone, or were changed since."""
        kept = self._kept
        if kept is FREED:
            freed(self)
        return tuple([each if each is None else each.tensor(self) for each in kept])

    def apply(self, *grads: Any) -> Any:
        """Call the Function's `backward` with the gradients of its results, and return what it returns."""
        return self._forward_cls.backward(self, *grads)

    def backward(self, node: Node, nexts: Any, free: bool, *grads: Any) -> list[Any]:  # type: ignore[override]
        found = self._found(False, [g if g is None else wrap(g) for g in self._materialized(grads)])
        if free and self._kept:
            self._kept = FREED
        return [g if g is None else g._data for g in found]

    def backward_recorded(self, node: Node, nexts: Any, free: bool, *grads: Any) -> list[Any]:  # type: ignore[override]
        found = self._found(True, [wrap(g) if isinstance(g, np.ndarray) else g for g in self._materialized(grads)])
        if free and self._kept:
            self._kept = FREED
        return found

    def _materialized(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self._materializes or all([g is not None for g in grads]):
            return grads
        filled = []
        for nr, grad in enumerate(grads):
            shape, dtype = facts(self, nr)
            filled.append(np.zeros(shape, dtype) if grad is None and dtype is not None else grad)
        return tuple(filled)

    def _found(self, recorded: bool, grads: list[Any]) -> list[Any]:
        """Run the user's `backward` in the mode of the pass; return its gradients of the tensor arguments."""
        before = _modes.grad
        switch(recorded)
        try:
            found = self._forward_cls.backward(self, *grads)
        finally:
            switch(before)
        if type(found) is not tuple:
            found = (found,)
        expected = len(self._tensor_args)
        if len(found) != expected and (len(found) < expected or any(g is not None for g in found[expected:])):
            raise RuntimeError(
                f"function {self._label} returned an incorrect number of gradients "
                f"(expected {expected}, got {len(found)})"
            )
        kept = []
        for grad, is_tensor in zip(found, self._tensor_args, strict=False):
            if grad is not None and type(grad) is not Tensor:
                raise RuntimeError(f"expected Variable or None (got {type(grad).__name__})")
            if is_tensor:
                kept.append(grad)
            elif grad is not None:
                raise RuntimeError(
                    f"function {self._label} returned a gradient different than None at position "
                    f"{len(kept) + 1}, but the corresponding forward input was not a Variable"
                )
        return kept

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self._label} object at {id(self):#x}>"


class _Input:
    """A saved tensor that is not a result of the Function itself."""

    __slots__ = ("value", "version")

    def __init__(self, value: Tensor) -> None:
        self.value = value
        self.version = 0 if value._ver is None else value._ver[0]

    def tensor(self, node: FunctionNode) -> Tensor:
        value = self.value
        cell = value._ver
        if cell is not None and cell[0] != self.version:
            refuse_stale(node, value._data, value._node, value.output_nr, cell, self.version)
        return value


class _Result:
    """A saved result, kept as its data: as a Tensor it would own the node that keeps it."""

    __slots__ = ("cell", "data", "number", "version")

    def __init__(self, value: Tensor) -> None:
        self.data, self.number = value._data, value.output_nr
        if value._ver is None:
            value._ver = [0]
        self.cell, self.version = value._ver, value._ver[0]

    def tensor(self, node: FunctionNode) -> Tensor:
        if self.cell[0] != self.version:
            refuse_stale(node, self.data, node, self.number, self.cell, self.version)
        made = wrap(self.data)
        made._node, made.output_nr, made._ver = node, self.number, self.cell
        return made


class Function:
    """A function that knows its own derivative: subclass it, and call the subclass's `apply`.

    `forward(ctx, *args)` computes the result, or results, a tuple; it may keep tensors with
    `ctx.save_for_backward` and anything else as an attribute of `ctx`. `backward(ctx, *grads)` gets a gradient
    for each result and returns one for each argument, None for what has none. Instead, `forward(*args)` may
    do without the context, and `setup_context(ctx, inputs, output)` save what is needed.

    >>> import gradcli as t
    >>> from gradcli.autograd import Function
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> y = Cube.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (tensor(8., grad_fn=<CubeBackward>), tensor(12.))
    """

    _backward_cls: type[FunctionNode]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        label = f"{cls.__name__}Backward"
        facts = {"_label": label, "_forward_cls": cls, "__module__": "torch.autograd.function"}
        cls._backward_cls = type(label, (FunctionNode,), facts)
        if cls.backward is Function.backward:
            cls.backward = staticmethod(cls.vjp)  # type: ignore[method-assign]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; to be written by the subclass."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what `backward` needs, where `forward` does not take the context."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the arguments; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the Function: compute `forward` unrecorded, and record the call as one node."""
        if cls is Function:
            cls.forward()
        takes_context = cls.setup_context is Function.setup_context
        if kwargs:
            args = _positional(cls.forward, takes_context, args, kwargs)
        bar = _special[0] and grad_mode.barred(*args)
        node = object.__new__(cls._backward_cls)
        node.needs_input_grad = tuple([type(a) is Tensor and a._node is not None for a in args])
        before = _modes.grad
        switch(False)
        try:
            if takes_context:
                output = cls.forward(node, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(node, args, output)
        finally:
            switch(before)
        outputs = output if type(output) is tuple else (output,)
        recorded = not bar and True in node.needs_input_grad
        if recorded:
            _connect(node, args, outputs)
        results = tuple([_claimed(node, nr, each, args, recorded) for nr, each in enumerate(outputs)])
        _check_dirty(node, outputs)
        if recorded:
            _keep(node)
            if bar is None:
                noticed(node)
        elif bar:
            for each in results:
                if isinstance(each, Tensor):
                    bar(each)
        return results if type(output) is tuple else results[0]


def _positional(forward: Any, takes_context: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    context = (None,) if takes_context else ()
    bound = inspect.signature(forward).bind(*context, *args, **kwargs)
    bound.apply_defaults()
    return bound.args[len(context) :]


def _connect(node: FunctionNode, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    """Give a node its place in the graph: its edges, and what its results are like."""
    node._seq = next(sequence)
    node._tensor_args = tuple([type(a) is Tensor for a in args])
    tensors = [a for a in args if type(a) is Tensor]
    node._nexts = tuple([accumulator(a) if a._node is LEAF else a._node for a in tensors])
    node._nrs = tuple([a.output_nr for a in tensors])
    shapes = tuple([each._data.shape if type(each) is Tensor else () for each in outputs])
    dtypes = tuple([each._data.dtype if type(each) is Tensor else None for each in outputs])
    if len(outputs) == 1:
        node._shape, node._dtype = shapes[0], dtypes[0]
    else:
        node._shapes, node._dtypes = shapes, dtypes


def _claimed(node: FunctionNode, nr: int, value: Any, args: tuple[Any, ...], recorded: bool) -> Any:
    """Make what `forward` returned a result of the node, a Tensor of its own where it is an argument's."""
    if type(value) is not Tensor:
        return value
    flows = recorded and value._data.dtype.kind == "f" and not _among(value, node.non_differentiable)
    if _among(value, node.dirty_tensors):
        return _written(node, nr, value, recorded)
    if (value._node is not None and value._node is not node) or _among(value, args):
        source, value = value, wrap(box(value))
        as_view(value, source, REGISTRY["alias"], ())
    if flows:
        value._node, value.output_nr = node, nr
        if value._how is not None:
            value._how = value._how._replace(barred="function" if node._shapes is None else "several")
    return value


def _written(node: FunctionNode, nr: int, value: Tensor, recorded: bool) -> Tensor:
    """Move the history of an argument that `forward` changed in place."""
    if recorded:
        if value._node is LEAF:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        refuse_write(value)
    bump(value)
    base = base_of(value)
    if recorded:
        old = base._node
        if base is value:
            value._node, value.output_nr = node, nr
        else:
            base._node, base.output_nr = CopySlices(base, value, node), 0
        follow(base, old)
    if base._views is not None:
        derive_again(base, recorded)
    return value


def _check_dirty(node: FunctionNode, outputs: tuple[Any, ...]) -> None:
    if not all(_among(each, outputs) for each in node.dirty_tensors):
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
            "modified inplace must all be outputs of the Function."
        )


def _keep(node: FunctionNode) -> None:
    """Put away the tensors to save, packed where hooks say so."""
    pair = active_pair() if _special[0] else None
    kept: list[Any] = []
    for position, value in enumerate(node.to_save):
        if value is None:
            kept.append(None)
        elif type(value) is not Tensor:
            raise TypeError(
                f"save_for_backward can only save variables, but argument {position} is of type {type(value).__name__}"
            )
        elif pair is not None:
            kept.append(pack_value(value, *pair, node))
        else:
            kept.append(_Result(value) if value._node is node else _Input(value))
    node._kept = tuple(kept)
    node.to_save = node.dirty_tensors = node.non_differentiable = ()


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(value is each for each in values)


class _OnlyOnce(Node):
    """Stands behind the gradients of a backward that may not be differentiated."""

    _label = "Error"
    _scalar = None

    def __init__(self, of: Node, grad: Tensor) -> None:
        self._seq = next(sequence)
        self._nexts, self._nrs = of._nexts, of._nrs
        self._shape, self._dtype = grad._data.shape, grad._data.dtype

    def backward(self, node: Node, nexts: Any, free: bool, *grads: Any) -> tuple[Any, ...]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    backward_recorded = backward


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` that computes outside of the graph, so that a second derivative raises RuntimeError.

    >>> import numpy as np, gradcli as t
    >>> class Sinc(t.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return t.from_numpy(np.sinc(x.detach().numpy()))
    ...     @staticmethod
    ...     @t.autograd.function.once_differentiable
    ...     def backward(ctx, g):
    ...         x = ctx.saved_tensors[0].detach().numpy() * np.pi
    ...         return g * t.from_numpy(np.pi * (np.cos(x) / x - np.sin(x) / x**2))
    >>> x = t.tensor([0.5], requires_grad=True)
    >>> Sinc.apply(x).backward()
    >>> x.grad
    tensor([-1.2732])
    """

    @functools.wraps(fn)
    def wrapper(ctx: FunctionNode, *args: Any) -> Any:
        with grad_mode.no_grad():
            found = fn(ctx, *args)
        if not _modes.grad:
            return found
        several = found if type(found) is tuple else (found,)
        for each in several:
            if isinstance(each, Tensor):
                each._node = _OnlyOnce(ctx, each)
        return found

    return wrapper
