"""Notes: what a reader should know about a result, though nothing went wrong.

A value that is not a number or not finite, and a point that stands on a kink, where the derivative
is a convention, are worth a sentence each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import lang
from .autograd.graph import Node, walk
from .autograd.interpreter import Applied, TensorInterpreter
from .autograd.tensor import Tensor
from .errors import Span
from .ops import Op

# How many kinks are told apart before the rest is counted.
SHOWN = 3


def of_value(what: str, value: Any) -> list[str]:
    """Say how much of a result is NaN or infinite.

    >>> of_value("the value", [1.0, float("nan"), float("inf")])
    ['the value is NaN in 1 of 3 elements', 'the value is infinite in 1 of 3 elements']
    """
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return []
    kinds = (("NaN", np.isnan(array)), ("infinite", np.isinf(array)))
    return [_counted(what, word, which) for word, which in kinds if which.any()]


def _counted(what: str, word: str, which: Any) -> str:
    where = f" in {np.count_nonzero(which)} of {np.size(which)} elements" if np.ndim(which) else ""
    return f"{what} is {word}{where}"


class Kink(NamedTuple):
    """A kink under a point: the operation, its place in the text, the condition that holds, and what is taken."""

    op: Op
    span: Span
    condition: str
    taken: str


def possible_kinks(
    applied: Iterable[Applied], truth: Callable[[lang.Program, dict[str, Any]], Any]
) -> Iterator[tuple[Kink, Any]]:
    """Yield the kinks that calls may stand on, as far as a gradient passes them, and whether they do, by `truth`."""
    for call in applied:
        if not any(isinstance(value, Tensor) and value.requires_grad for value in call.arguments.values()):
            continue
        for condition, taken in call.op.kinks.items():
            program, needed = _asked(condition, call)
            if needed is not None:
                yield Kink(call.op, call.span, condition, taken), truth(program, needed)


def kinks(applied: Iterable[Applied]) -> list[Kink]:
    """Find the kinks that the point of an evaluation stands on."""
    return list(dict.fromkeys(kink for kink, holds in possible_kinks(applied, _truth) if np.any(holds)))


def of_kinks(text: str, found: Iterable[Kink]) -> list[str]:
    """Say where the point stands on kinks, and which derivative is taken there."""
    sentences = dict.fromkeys(
        f"`{text[kink.span.start : kink.span.end]}` has a kink where {kink.condition}, as here; "
        f"its derivative there is taken as {kink.taken}"
        for kink in found
    )
    shown = list(sentences)[:SHOWN]
    return shown + ([f"{len(sentences) - SHOWN} more places stand on kinks"] if len(sentences) > SHOWN else [])


def of_gradient(text: str, root: Tensor, grads: Mapping[str, Any], again: Callable[[], Any]) -> list[str]:
    """Say which derivatives are NaN, and where in the text the first NaN came from.

    `again` repeats the backward pass, which is watched.
    """
    found = [_counted(f"df/d{name}", "NaN", np.isnan(value)) for name, value in grads.items() if np.isnan(value).any()]
    first = origin(root, again) if found else None
    if first is None:
        return found
    piece, around = (span and text[span.start : span.end] for span in (first.place, first.around))
    note = f"the first NaN came from the derivative of `{piece}`"
    if around:
        note += f", inside `{around}`: `where` differentiates what it does not choose, too; `a if c else b` does not"
    return [*found, note]


class Origin(NamedTuple):
    """Where the first NaN of a gradient came from: the place of the operation, and that of a `where` around it.

    `steep` is the place of the operation that had made its gradient infinite before, if one had.
    """

    place: Span
    around: Span | None
    steep: Span | None


def origin(root: Tensor, again: Callable[[], Any]) -> Origin | None:
    """Find the node whose rules first made NaN of numbers; `again` repeats the backward pass, which is watched."""
    nodes = walk([root.grad_fn]) if root.grad_fn is not None else []
    made: list[Node] = []
    steep: list[Node] = []

    def watch(node: Node) -> Callable[..., None]:
        def hook(grads: Sequence[Any], arrived: Sequence[Any]) -> None:
            if _has(np.isnan, grads) and not _has(np.isnan, arrived):
                made.append(node)
            if _has(np.isinf, grads) and not _has(np.isinf, arrived):
                steep.append(node)

        return hook

    handles = [node.register_hook(watch(node)) for node in nodes if node.next_functions]
    again()
    for handle in handles:
        handle.remove()
    place = made[0]._span if made else None
    if place is None:
        return None
    spans = [node._span for node in nodes if node.name() == "WhereBackward0" and node._span]
    around = [span for span in spans if span.start <= place.start < place.end <= span.end]
    before = next((node._span for node in steep if not made or node is not made[0]), None)
    return Origin(place, min(around, key=lambda span: span.end - span.start, default=None), before)


def _has(what: Callable[[Any], Any], grads: Sequence[Any]) -> bool:
    return any(grad is not None and what(grad._data).any() for grad in grads)


def _asked(condition: str, call: Applied) -> tuple[lang.Program, dict[str, Any] | None]:
    """Return a kink's condition, in the operation's argument names, and their values; None where it says nothing."""
    program = _program(condition)
    values = call.op.defaults | {n: v._data if isinstance(v, Tensor) else v for n, v in call.arguments.items()}
    needed = {name: values.get(name) for name in program.variables}
    if values.get("dim") is not None and "dim" not in needed:
        return program, None  # what is said of all elements is not said of those along a dimension
    if any(value is None or np.size(value) == 0 for value in needed.values()):
        return program, None
    if "dim" in needed and np.shape(values["input"]) == ():
        return program, None  # along a dimension a number has no neighbours
    return program, needed


def _truth(program: lang.Program, values: dict[str, Any]) -> Any:
    value = program.evaluate(values, TensorInterpreter()).value
    return value._data if isinstance(value, Tensor) else value


@functools.cache
def _program(condition: str) -> lang.Program:
    return lang.parse(condition)
