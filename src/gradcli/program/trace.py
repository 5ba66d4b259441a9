"""The joint trace: a function of Tensors and its backward pass, run once on traced values, as one program.

The forward, the rules and the engine are those of the eager graph. What differs is what lies inside
the Tensors.

>>> from gradcli import lang
>>> f64 = Type(np.dtype(float), (Length(1, 0),))
>>> print(joint(of_program(lang.parse("exp(2*x)")), [Input("x", f64)], ("x",)))
inputs %0 x : f64[n]
%1 = mul 2.0 %0 : f64[n]
%2 = exp %1 : f64[n]
%3 = broadcast 1.0 {shape=(n,)} : f64[n]
%4 = mul %3 %2 : f64[n]
%5 = mul %4 2.0 : f64[n]
outputs value %2, d_x %5
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import lang
from ..autograd import grad_mode, graph
from ..autograd.api import grad
from ..autograd.engine import run_rules
from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor, wrap
from ..errors import EvaluationError, Span
from ..lang.program import uncollected
from ..ops import REGISTRY, Op
from ..ops._registry import Untraceable
from .lengths import Length, Undecided, known
from .ssa import Block, Input, Output, Type
from .traced import Traced, Tracer

# What is evaluated: from the variables, as Tensors, by name, and the tracer, to the result and all names.
Function = Callable[[dict[str, Any], Tracer], tuple[Any, Mapping[str, Any]]]

# Some length, for questions about shapes that n does not matter to.
_SOME = 10_007


def joint(
    function: Function, inputs: Sequence[Input], wrt: Sequence[str], order: int = 1, jacobian: bool = False,
    hvp: bool = False, also: Callable[[], Iterable[tuple[str, Any]]] = tuple,
) -> Block:  # fmt: skip
    """Trace a function with its derivatives: up to an order of 2, of its sum where it is no scalar.

    `wrt` names inputs, or what the function itself names. With `jacobian`, each element of the result is
    differentiated; with `hvp` the second derivatives are multiplied by vectors, which are further inputs,
    `v_x` for `x`. `also` tells, at the end, what else to give, by name. Raises Untraceable where
    something depends on a value, and whatever the function raises.
    """
    vectors = [Input(f"v_{name}", type) for name in wrt for own, type in inputs if own == name] if hvp else []
    tracer = Tracer([*inputs, *vectors])
    leaves = {each.name: wrap(value) for each, value in zip(inputs, tracer.values, strict=False)}
    for name in wrt if leaves.keys() >= set(wrt) else leaves:
        if leaves[name].dtype.is_floating_point:
            leaves[name].requires_grad_()
    with uncollected(), _following(tracer), grad_mode.enable_grad():
        result, names = function(leaves, tracer)
        root, sought = _tensor(result, tracer), [_tensor(names[name], tracer) for name in wrt]
        outputs = [("value", root)]
        if jacobian:
            outputs += [(f"d_{name}", rows) for name, rows in zip(wrt, _rows(root, sought, tracer), strict=True)]
        elif order:
            slopes = _gradients(root, sought, tracer, recorded=order > 1 or hvp)
            outputs += [(f"d_{name}", slope) for name, slope in zip(wrt, slopes, strict=True)]
        if hvp:
            along = [wrap(value) for value in tracer.values[len(inputs) :]]
            total = _total([(s * v).sum() for s, v in zip(slopes, along, strict=True)])
            outputs += [(f"h_{name}", g) for name, g in zip(wrt, _gradients(total, sought, tracer), strict=True)]
        elif order > 1:
            for name, slope in zip(wrt, slopes, strict=True):
                seconds = _rows(slope, sought, tracer)
                outputs += [(f"d_{name}_{other}", second) for other, second in zip(wrt, seconds, strict=True)]
        outputs += also()
    return tracer.block([Output(name, _data(tensor, tracer).operand) for name, tensor in outputs])


def of_program(
    program: lang.Program, dtype: Any = np.float64, wrt: Sequence[str] = (), rowwise: bool = False
) -> Function:
    """Return a parsed text as a function to be traced; `rowwise` allows nothing but elementwise operations."""

    def evaluate(values: dict[str, Any], tracer: Tracer) -> tuple[Any, Mapping[str, Any]]:
        return program.evaluate(values, TracingInterpreter(tracer, dtype, rowwise), distinct=wrt)

    return evaluate


def of_callable(function: Callable[..., Any]) -> Function:
    """Return a function of Tensors, by position, as a function to be traced."""

    def evaluate(values: dict[str, Any], tracer: Tracer) -> tuple[Any, Mapping[str, Any]]:
        return function(*values.values()), values

    return evaluate


class TracingInterpreter(TensorInterpreter):
    """Evaluates the language with Tensors of traced values, and tells the tracer the place in the text."""

    def __init__(self, tracer: Tracer, dtype: Any, rowwise: bool = False, watch: bool = False) -> None:
        super().__init__(dtype, watch=watch)
        self._tracer = tracer
        self._rowwise = rowwise

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        """Apply an operation; raise EvaluationError for one that draws random numbers, or joins rows."""
        if "generator" in op.keyword_only:
            raise EvaluationError(f"`{op.name}` draws other numbers at each run, which a program cannot", span=span)
        if self._rowwise and not op.pointwise and op.name != "alias":
            raise EvaluationError(
                f"`{op.name}` takes more than one number, and each row is evaluated for itself", span=span,
                hint="write the expression of one row",
            )  # fmt: skip
        self._tracer.span = span
        return super().apply(op, args, kwargs, span)

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        """Return the gradient of `sum(u)` with respect to `x`: zeros where u does not depend on x."""
        total = self.apply(REGISTRY["sum"], (u,), {}, span) if isinstance(u, Tensor) and u.ndim else u
        (slope,) = _gradients(_tensor(total, self._tracer), [x], self._tracer, recorded=True)
        return slope

    def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
        """Choose elementwise; raise Untraceable where one decision chooses between shapes."""
        if not np.shape(self.array(condition)) and np.shape(self.array(then)) != np.shape(self.array(otherwise)):
            raise Untraceable("the shape of the result depends on a condition", self._tracer)
        return super().select(condition, then, otherwise, span)

    def mask(self, condition: Any) -> Any:
        """Return the truth of a condition, None where it is traced."""
        return None if isinstance(self.array(condition), Traced) else super().mask(condition)

    def shape(self, value: Any) -> tuple[int, ...]:
        """Return the shape of a value, with some length for n."""
        return tuple(known(length, _SOME) for length in np.shape(self.array(value)))

    def tracked(self, value: Any) -> bool:
        """Tell whether a gradient may flow to a value, or its elements are not known."""
        return super().tracked(value) or isinstance(self.array(value), Traced)


@contextmanager
def _following(tracer: Tracer) -> Iterator[None]:
    """Tell the tracer the place in the text of each node whose rules are run."""

    def rules(node: graph.Node, nexts: Any, gradient: Any, keep: bool, recorded: bool) -> Any:
        tracer.span = node._span or tracer.span
        return run_rules(node, nexts, gradient, keep, recorded)

    graph.guards.append(rules)
    try:
        yield
    finally:
        graph.guards.remove(rules)


def _gradients(output: Tensor, inputs: Sequence[Tensor], tracer: Tracer, *, recorded: bool = False,
               seed: Any = None) -> list[Any]:  # fmt: skip
    """Return the gradients of an output, from ones or a seed; zeros where it does not depend on an input."""
    data = _data(output, tracer)
    start = tracer.full(1.0, data.type) if seed is None else tracer.lift(seed)
    found: list[Any] = [None] * len(inputs)
    live = [i for i, each in enumerate(inputs) if each.requires_grad]
    if output.requires_grad and live:
        sought = [inputs[i] for i in live]
        slopes = grad(output, sought, wrap(start), retain_graph=True, create_graph=recorded, allow_unused=True)
        for i, slope in zip(live, slopes, strict=True):
            found[i] = slope
    return [
        wrap(tracer.full(0.0, Type(data.dtype, each._data.shape))) if slope is None else slope
        for slope, each in zip(found, inputs, strict=True)
    ]


def _rows(output: Tensor, inputs: Sequence[Tensor], tracer: Tracer) -> list[Tensor]:
    """Return the derivatives of each element of an output, by a backward pass for each."""
    shape = _data(output, tracer).shape
    if any(isinstance(length, Length) for length in shape):
        raise Undecided("a matrix of derivatives has a place for each element, and n is not known")
    passes = []
    for index in np.ndindex(shape):
        unit = np.zeros(shape, output._data.dtype)
        unit[index] = 1.0
        passes.append([each._data for each in _gradients(output, inputs, tracer, seed=unit)])
    if not shape:
        return [wrap(each) for each in passes[0]]
    columns = (np.stack([row[i] for row in passes]) for i in range(len(inputs)))
    return [wrap(column.reshape((*shape, *each._data.shape))) for column, each in zip(columns, inputs, strict=True)]


def _total(terms: Sequence[Any]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _tensor(value: Any, tracer: Tracer) -> Tensor:
    return value if isinstance(value, Tensor) else wrap(tracer.lift(float(value)))


def _data(tensor: Tensor, tracer: Tracer) -> Traced:
    return tracer.lift(tensor._data)
