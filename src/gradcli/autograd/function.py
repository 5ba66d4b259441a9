"""Functions with a backward of their own: `Function`, and how a call of one becomes a node of the graph.

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

from ..ops import REGISTRY
from . import grad_mode
from .context import FunctionCtx, FunctionNode, keep
from .graph import LEAF, Node, accumulator, noticed, sequence
from .inplace import CopySlices, bump
from .tensor import Tensor, box, wrap
from .views import as_view, base_of, derive_again, follow, refuse_write

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

_modes, _special, switch = grad_mode.modes, grad_mode.special, grad_mode.switch


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
            # A class may call its `backward` by the other name, and mypy asks that no method be assigned.
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
        bar: Any = grad_mode.barred(*args) if _special else False
        node = object.__new__(cls._backward_cls)
        needed = []
        for each in args:  # until Python 3.12 a comprehension is a call of its own
            needed.append(type(each) is Tensor and each._node is not None)
        node.needs_input_grad = tuple(needed)
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
        recorded = not bar and True in needed
        if recorded:
            _connect(node, args, outputs)
        results = []
        for nr, each in enumerate(outputs):
            results.append(_claimed(node, nr, each, args, recorded))
        if node.dirty_tensors:
            _check_dirty(node, outputs)
        if recorded:
            keep(node)
            if bar is None:
                noticed(node)
        elif bar:
            for each in results:
                if isinstance(each, Tensor):
                    bar(each)
        return tuple(results) if type(output) is tuple else results[0]


def _positional(forward: Any, takes_context: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    context = (None,) if takes_context else ()
    bound = inspect.signature(forward).bind(*context, *args, **kwargs)
    bound.apply_defaults()
    return bound.args[len(context) :]


def _connect(node: FunctionNode, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    """Give a node its place in the graph: its edges, and what its results are like."""
    node._seq = next(sequence)
    are_tensors, nexts, numbers = [], [], []
    for each in args:
        are_tensors.append(type(each) is Tensor)
        if type(each) is Tensor:
            nexts.append(accumulator(each) if each._node is LEAF else each._node)
            numbers.append(each.output_nr)
    node._tensor_args, node._nexts, node._nrs = are_tensors, tuple(nexts), tuple(numbers)
    if len(outputs) == 1:
        data = outputs[0]._data if type(outputs[0]) is Tensor else None
        node._shape, node._dtype = ((), None) if data is None else (data.shape, data.dtype)
    else:
        node._shapes = tuple([each._data.shape if type(each) is Tensor else () for each in outputs])
        node._dtypes = tuple([each._data.dtype if type(each) is Tensor else None for each in outputs])


def _claimed(node: FunctionNode, nr: int, value: Any, args: tuple[Any, ...], recorded: bool) -> Any:
    """Make what `forward` returned a result of the node, a Tensor of its own where it is an argument's."""
    if type(value) is not Tensor:
        return value
    if node.dirty_tensors and _among(value, node.dirty_tensors):
        return _written(node, nr, value, recorded)
    flows = recorded and value._data.dtype.kind == "f" and not _among(value, node.non_differentiable)
    if (value._node is not None and value._node is not node) or _among(value, args):
        source, value = value, wrap(box(value))
        as_view(value, source, REGISTRY["alias"], ())
    if flows:
        value._node, value.output_nr = node, nr
        if value._source is not None:
            value._barred = "function" if node._shapes is None else "several"
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


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    for each in values:  # noqa: SIM110  a generator takes longer than the Function
        if value is each:
            return True
    return False


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
