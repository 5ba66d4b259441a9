"""A run told step by step: what was computed, what went back, and the chain rule that this comes to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import Any, NamedTuple

import numpy as np

from ..autograd.graph import Node
from .formula import shown
from .graph import kept
from .local import At, Link, links
from .recording import Passage, Run, Step, is_leaf, plain

# The chain rule is written by paths while they are few and short, else by what arrives at the leaf.
PATHS, LONG = 4, 8


class Operand(NamedTuple):
    """An argument of a step: the id of what it comes from, None for a constant, and how the step's call shows it."""

    argument: str
    id: int | None
    text: str


class Computed(NamedTuple):
    """A step forward: an operation, or a variable, whose `operation` is None.

    `saved` are the values that the step has kept for the way back, by the names that its rules ask for.
    """

    id: int
    operation: str | None
    variable: str | None
    inputs: list[Operand]
    span: tuple[int, int] | None
    shape: list[int]
    value: Any
    saved: dict[str, Any]
    node: str | None


class Flow(NamedTuple):
    """What a node sends to one input: `formula` in the gradient `g4` of node 4, and the gradient that it gave.

    `derivative` is the local derivative as a formula, `local` as a number; they are None where an element of
    the result depends on several of the input.
    """

    to: int
    argument: str
    formula: str
    derivative: str | None
    local: Any
    gradient: Any


class Turn(NamedTuple):
    """A step back: a node, the gradient that had arrived when the engine came to it, and what it sent.

    At an AccumulateGrad, `variable` is the leaf, to whose `grad` the gradient is added.
    """

    id: int
    name: str
    variable: str | None
    span: tuple[int, int] | None
    gradient: Any
    flows: list[Flow]


class Chain(NamedTuple):
    """The chain rule of one leaf: the terms that add up to its gradient, and what each of them is."""

    variable: str
    by_paths: bool
    terms: list[str]
    values: list[Any]
    grad: Any


class Trace(NamedTuple):
    """An evaluation and its backward pass, each part None where it was not asked for."""

    expression: str
    at: dict[str, Any]
    value: Any
    forward: list[Computed] | None
    backward: list[Turn] | None
    chain: list[Chain] | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "trace"


def forward(run: Run) -> list[Computed]:
    """Tell the steps of an evaluation, the variables first."""
    given = [
        Computed(run.number_of_variable(name), None, name, [], None, list(tensor.shape), plain(tensor), {}, None)
        for name, tensor in run.point.values.items()
    ]
    return given + [_computed(run, step) for step in run.steps]


def _computed(run: Run, step: Step) -> Computed:
    node, value = step.node, plain(step.results[0])
    inputs = [_operand(run, name, given) for name, _, given in step.operands]
    for name, given in step.attributes:
        inputs.append(Operand(name, None, f"{name}={name if isinstance(given, np.ndarray) else shown(given)}"))
    return Computed(
        id=run.number_of_step(step),
        operation=step.name,
        variable=None,
        inputs=inputs,
        span=step.span and (step.span.start, step.span.end),
        shape=list(np.shape(value)),
        value=value,
        saved={need: plain(getattr(node, f"s_{need}")) for need in _saved(node)} if node and step.op else {},
        node=node.name() if node else None,
    )


def _saved(node: Node) -> list[str]:
    """Name the values that a node has saved; an attribute is told by the call."""
    return [need for need in kept(node) if node._plan.kinds[need] != "attribute"]


def _operand(run: Run, argument: str, value: Any) -> Operand:
    source = run.source(value)
    if source is None:
        return Operand(argument, None, argument if np.ndim(plain(value)) else shown(plain(value)))
    return Operand(argument, source, run.name(value) or f"#{source}")


class Way(NamedTuple):
    """A step back together with the formulas that it was told in."""

    turn: Turn
    links: list[tuple[int, Link]]


def backward(run: Run, passage: Passage) -> tuple[list[Turn], list[Chain]]:
    """Tell the nodes in the order in which the engine came to them, and the chain rule for each leaf."""
    ways = [_way(run, passage, node) for node in passage.order]
    return [way.turn for way in ways], _chains(run, ways)


def _way(run: Run, passage: Passage, node: Node) -> Way:
    told = [] if is_leaf(node) else links(run, node, passage.received[node])
    sent, arguments = passage.sent.get(node, ()), run.arguments(node)
    flows, pairs = [], []
    for (following, _), link, gradient, (argument, _) in zip(node.next_functions, told, sent, arguments, strict=True):
        if following is None or link is None:
            continue
        derivative = link.derivative
        text, local = (derivative.text, plain(np.asarray(derivative.data))) if derivative else (None, None)
        flows.append(Flow(run.number(following), argument, _fitted(link.formula, gradient), text, local, gradient))
        pairs.append((run.number(following), link))
    return Way(Turn(
        id=run.number(node),
        name=node.name().rpartition("::")[2],
        variable=run.variable(node),
        span=node._span and (node._span.start, node._span.end),
        gradient=passage.gradient(node),
        flows=flows,
    ), pairs)  # fmt: skip


def _fitted(formula: At, gradient: Any) -> str:
    """Write what is sent to an input that broadcasting has enlarged: the engine sums it back."""
    shape = np.shape(gradient)
    if np.shape(formula.data) == shape:
        return formula.text
    return f"sum({formula.text})" if not shape else f"sum_to_shape({formula.text}, {list(shape)})"


def _chains(run: Run, ways: Sequence[Way]) -> list[Chain]:
    """Follow the paths from the root, and tell the chain rule of each leaf that they end in."""
    if not ways:
        return []
    paths: dict[int, list[tuple[At, ...]] | None] = {ways[0].turn.id: [()]}
    arriving: dict[int, list[Flow]] = {}
    found: list[Chain] = []
    for turn, pairs in ways:
        here, shape = paths.get(turn.id), np.shape(turn.gradient)
        for (to, link), flow in zip(pairs, turn.flows, strict=True):
            longer = _lengthened(here, link.derivative, np.shape(flow.gradient) == shape)
            known = paths.setdefault(to, [])
            enough = known is None or longer is None or len(known) + len(longer) > PATHS
            paths[to] = None if enough else [*(known or ()), *(longer or ())]
            arriving.setdefault(to, []).append(flow)
        if turn.variable is not None:
            found.append(_chain(turn, here, arriving.get(turn.id, [])))
    names = list(run.point.values)
    return sorted(found, key=lambda chain: names.index(chain.variable))


def _lengthened(
    paths: list[tuple[At, ...]] | None, derivative: At | None, alike: bool
) -> list[tuple[At, ...]] | None:  # fmt: skip
    """Return paths with one more factor; None where they get too long, or where that is no factor."""
    if paths is None or derivative is None or not alike:
        return None
    if derivative.text == "1":
        return paths
    return None if any(len(path) == LONG for path in paths) else [(*path, derivative) for path in paths]


def _chain(turn: Turn, paths: list[tuple[At, ...]] | None, arriving: Sequence[Flow]) -> Chain:
    assert turn.variable is not None
    if paths is None:
        terms, values = [flow.formula for flow in arriving], [flow.gradient for flow in arriving]
        return Chain(turn.variable, False, terms, values, turn.gradient)
    products = [_product(path) for path in reversed(paths)]  # as the text has them: the engine starts at its end
    values = [plain(np.asarray(product.data)) for product in products]
    return Chain(turn.variable, True, [product.text for product in products], values, turn.gradient)


def _product(path: Sequence[At]) -> At:
    """Multiply the local derivatives along a path, numbers first."""
    return reduce(mul, sorted(path, key=lambda factor: not factor.text[:1].isdigit()), At("1", 1.0))
