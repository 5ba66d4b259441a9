"""Local derivatives at a point: the rules of a node, run on numbers and on the texts they came from at once.

What the point decides is not written: of `where(input > 0, g, 0)` at 2 is left `g`. So the derivative of
`x**2` reads `2*x`, and its number is computed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..autograd.graph import Node
from ..ops import Op
from ..ops._registry import Rule
from .formula import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, Formula, Lengths, data_of, shown
from .recording import Run

# How tightly a text binds that an operator has made; a call binds as an atom does.
_LEVELS = {
    "add": SUM, "sub": SUM, "mul": PRODUCT, "div": PRODUCT, "floor_divide": PRODUCT, "remainder": PRODUCT,
    "matmul": SUM, "neg": SIGN, "pow": POWER, "where": COMPARISON, "eq": COMPARISON, "ne": COMPARISON,
    "lt": COMPARISON, "le": COMPARISON, "gt": COMPARISON, "ge": COMPARISON,
}  # fmt: skip

# The longest text that stands for itself in a formula; a longer one is called by its number.
LONGEST = 24


class At(Formula):
    """A value at a point, with the text of how it was computed."""

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if op.name == "where":
            condition = np.asarray(data_of(args[0]))
            if condition.all() or not condition.any():
                return args[1] if condition.all() else args[2]
        return super().__apply__(op, args, kwargs)


class Link(NamedTuple):
    """What a node does with a gradient on its way to one input.

    `formula` is what it sends; in it, `g4` is the gradient that has arrived at node 4. `derivative` is what it
    multiplies that with, where an element of the result depends on one element of the input alone.
    """

    formula: At
    derivative: At | None


def links(run: Run, node: Node, received: Sequence[Any]) -> list[Link | None]:
    """Return what a node does on the way to each of its next functions, None where it sends nothing."""
    plan = node._plan
    given = _saved(run, node) | _gradients(run, node, received)
    unit = At("1", np.ones(node._shape, node._dtype))
    found: list[Link | None] = []
    for name, following in zip(plan.differentiable, node._nexts, strict=False):
        rule = plan.op.rules[name]
        if plan.op.sequence:
            return [Link(_at(part), None) for part in rule.function(*(given[need] for need in rule.needs))]
        if following is None:
            found.append(None)
        elif plan.op.pointwise:
            derivative = _at(rule.function(*(unit if need == "g" else given[need] for need in rule.needs)))
            if rule.shortcut and all(given.get(need) is not None for need in rule.shortcut.needs):
                derivative = _as_computed(rule.shortcut, derivative, given | {"g": unit})
            found.append(Link(given["g"] * derivative, derivative))
        else:
            found.append(Link(_at(rule.function(*(given[need] for need in rule.needs))), None))
    return [link for position, link in enumerate(found) if position not in node._hidden]


def _as_computed(rule: Rule, written: At, given: Mapping[str, Any]) -> At:
    """Return a derivative as it is written, with the number that by-products of the forward made of it."""
    return At(written.text, data_of(rule.function(*(given[need] for need in rule.needs))), written.level)


def reference(run: Run, value: Any) -> tuple[str, int] | None:
    """Return how a formula speaks of a value, and how tightly that binds; None for what nothing has computed."""
    if name := run.name(value):
        return name, ATOM
    step = run.point.interpreter.made(value)
    if step is None:
        return None
    text = run.text[slice(*step.span)] if step.span else ""
    if not 0 < len(text) <= LONGEST or "\n" in text:
        return f"#{run.number_of_step(step)}", ATOM
    return text, ATOM if text.startswith(f"{step.name}(") else _LEVELS.get(step.name, ATOM)


def _saved(run: Run, node: Node) -> dict[str, Any]:
    """Return what a node has saved, each value under the text that it came from."""
    step, plan = run.step_of.get(node), node._plan
    operands = dict(step.given) if step else {}
    if step:
        operands |= zip(plan.op.results, step.results, strict=False)
    found: dict[str, Any] = {}
    for need, kind in plan.kinds.items():
        saved, argument = getattr(node, f"s_{need}"), need.rpartition("_")[0]
        if kind in ("tensor", "result"):
            found[need] = _named(run, operands.get(need), need, saved)
        elif kind == "sequence":
            found[need] = [_named(run, each, f"{need}[{i}]", each) for i, each in enumerate(operands.get(need, saved))]
        elif kind == "shape" and argument == plan.op.sequence:
            found[need] = tuple(_shape(f"{argument}[{i}]", each) for i, each in enumerate(saved))
        elif kind == "shape":
            text, level = reference(run, operands.get(argument)) or (argument, ATOM)
            found[need] = _shape(text if level == ATOM else f"({text})", saved)
        else:
            found[need] = _attribute(need, saved)
    return found


def _gradients(run: Run, node: Node, received: Sequence[Any]) -> dict[str, At]:
    """Return the gradients of the results of a node under their names: `g4`, or `g4_values` of several."""
    shapes = node._shapes or (node._shape,)
    found: dict[str, At] = {}
    for position, need in enumerate(node._plan.gradients):
        data = received[position] if position < len(received) else None
        data = np.zeros(shapes[position], node._dtype) if data is None else data
        found[need] = At(f"g{run.number(node)}{need.removeprefix('g')}", data)
    return found


def _named(run: Run, value: Any, otherwise: str, saved: Any) -> Any:
    """Return a saved value under the text that it came from; a number stands for itself."""
    known, data = reference(run, value), getattr(saved, "_data", saved)
    if known is None and value is not None and isinstance(data, (int, float, np.floating)):
        return data if isinstance(data, int) else float(data)
    text, level = known or (otherwise, ATOM)
    return None if data is None else At(text, data, level)


def _shape(name: str, lengths: Sequence[int]) -> Lengths:
    made = Lengths(lengths)
    made.text = f"{name}.shape"
    return made


def _attribute(name: str, value: Any) -> Any:
    """Return an attribute, or a selection, whose arrays are called by its name."""
    if isinstance(value, tuple):
        return tuple(_attribute(name, part) for part in value)
    return At(name, value) if isinstance(value, np.ndarray) else value


def _at(value: Any) -> At:
    return value if isinstance(value, At) else At(shown(value), np.asarray(value))
