"""Functions on Tensors, generated from the registry: one forward and one backward an operation.

A table-driven `apply` spends most of a scalar operation's time on finding out what the operation
is like. The registry knows that beforehand, so the first use of an operation writes out the few
lines that it needs (`source` says which) and runs them from then on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..ops._registry import REGISTRY, Op, Untraceable, spread
from . import dtypes, grad_mode, graph
from .graph import Node
from .plan import Plan
from .source import apply_source, backward_source

# Types of data that NumPy combines as torch does, so that dtypes need not be looked at.
FLOATS = frozenset({np.float64, np.float32})
NUMBERS = frozenset({float, int})


class Compiled(NamedTuple):
    """What is generated for an operation: `operator`, made when asked for, is `apply` as Python's operators call it."""

    apply: Callable[..., Any]
    backward: Callable[..., Any]
    operator: Callable[[], Callable[..., Any]]


_compiled: dict[str, Compiled] = {}


def compiled(op: Op) -> Compiled:
    """Return the generated functions of an operation, written out on first use."""
    known = _compiled.get(op.name)
    if known is None:
        known = _compiled[op.name] = _generate(op)
    return known


def _generate(op: Op) -> Compiled:
    plan = Plan(op)
    classes: dict[str, type[Node]] = {}

    def node_class(label: str) -> type[Node]:
        made = classes.get(label)
        if made is None:
            made = classes[label] = type(label, (Node,), _facts(plan, label, scope["backward"]))
        return made

    scope: dict[str, Any] = {
        **_runtime(),
        "op": op, "forward": op.forward, "node_class": node_class, "label_of": op.node,
        "along": op.along and REGISTRY[op.along],
        "also": op.forward_with_byproducts,
        **{f"rule_{name}": rule.function for name, rule in plan.rules.items()},
        **{f"default_{name}": value for name, value in op.defaults.items()},
    }  # fmt: skip
    _execute(op, backward_source(plan), scope)
    if op.rules and not callable(op.node):
        names = (op.node,) if isinstance(op.node, str) else op.node[:2]
        scope |= {f"Node{i}": node_class(name) for i, name in enumerate(names)}

    def applied(operator: bool) -> Callable[..., Any]:
        _execute(op, apply_source(plan, operator), scope)
        apply: Callable[..., Any] = scope["apply"]
        apply.__name__ = apply.__qualname__ = op.name
        apply.__doc__ = op.doc
        return apply

    return Compiled(applied(False), scope["backward"], functools.cache(lambda: applied(True)))


def _facts(plan: Plan, label: str, backward: Callable[..., Any]) -> dict[str, Any]:
    """Return what the class of an operation's nodes holds: its rules, and a place for each value to be saved."""
    op = plan.op
    facts = {
        "_op": op, "_label": label, "_plan": plan,
        "backward": staticmethod(backward), "backward_recorded": staticmethod(backward_recorded),
    }  # fmt: skip
    if len(plan.differentiable) == 1 and not op.sequence:
        # One tuple less for the garbage collector, which costs as much as the operation does.
        facts["_nexts"] = property(lambda node: (node._only,))
    if isinstance(op.node, tuple) and label == op.node[0]:
        # torch has an overload for plain numbers there, whose node has no edges for them.
        facts["_hidden"] = tuple(i for i, name in enumerate(plan.differentiable) if name in op.node[2:])
    for need, kind in plan.kinds.items():
        facts[f"s_{need}"] = None
        if kind in ("tensor", "result"):
            facts[f"v_{need}"] = 0
        if kind == "result":
            facts[f"c_{need}"] = None
    return facts


def _reword(op: Op, error: Exception, names: Mapping[str, Any]) -> Exception:
    from .faults import reword

    return reword(op, error, names)


@functools.cache
def _runtime() -> dict[str, Any]:
    """Return what the generated lines call, by the names they call it."""
    from . import operands, tensor, views

    return {
        "new": object.__new__, "float64": np.float64, "ndarray": np.ndarray, "shape_of": np.shape,
        "FLOATS": FLOATS, "NUMBERS": NUMBERS, "Untraceable": Untraceable, "spread": spread, "reword": _reword,
        **_named(dtypes, "alike", "meet", "meet_float"),
        **_named(grad_mode, "barred", "modes", "special", "volatiles"),
        **_named(graph, "FREED", "LEAF", "accumulator", "freed", "has_arrays", "noticed", "sequence", "stale"),
        **_named(operands, "Foreign", "array_operand", "operand", "plain", "wrap_results"),
        **_named(tensor, "Tensor", "box"),
        **_named(views, "as_view"),
    }  # fmt: skip


def _named(module: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names}


def _execute(op: Op, lines: Iterator[str], scope: dict[str, Any]) -> None:
    exec(compile("\n".join(lines), f"<gradcli {op.name}>", "exec"), scope)


def backward_recorded(node: Any, nexts: tuple[Any, ...], free: bool, *grads: Any) -> tuple[Any, ...]:
    """Run a node's rules on Tensors, so that the backward pass is itself a graph."""
    plan: Plan = node._plan
    needs = [need for need, kind in plan.kinds.items() if kind != "byproduct"]
    values = dict(zip(plan.gradients, grads, strict=True)) | {need: _unpacked(node, need) for need in needs}
    results: list[Any] = []
    for name, following in zip(plan.differentiable, nexts, strict=False):
        rule = plan.op.rules[name]
        needed = following is not None or name == plan.op.sequence
        results.append(rule.function(*(values[need] for need in rule.needs)) if needed else None)
    if free:
        held = ("tensor", "result", "sequence", "selection", "byproduct")
        for need, kind in plan.kinds.items():
            value = getattr(node, f"s_{need}")
            if kind in held and value is not None and (kind != "selection" or graph.has_arrays(value)):
                setattr(node, f"s_{need}", graph.FREED)
    return tuple(results[0]) if plan.op.sequence else tuple(results)


def _unpacked(node: Any, need: str) -> Any:
    """Return a saved value, after checking that it is there and unchanged; a result as a Tensor of its node."""
    from .tensor import Tensor, saved_result

    kind, value = node._plan.kinds[need], getattr(node, f"s_{need}")
    if value is graph.FREED:
        graph.freed(node)
    if kind == "tensor" and type(value) is Tensor:
        if value._ver is not None and value._ver[0] != getattr(node, f"v_{need}"):
            graph.stale(node, need, value._ver[0])
    elif kind == "result" and value is not None:
        return saved_result(node, need, value)
    return value
