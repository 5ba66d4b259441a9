"""Entries of the rule book as views: what an operation is, how it is differentiated, and an example."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..expression import Expression
from ..ops import REGISTRY, Case, Op
from . import Evaluation, Example, Gradient, Listed, Operation, Operations, formula

_LETTERS = "xyzuvw"

# How an example is written as a command: the command's name, the expression, and the values.
Writer = Callable[[str, str, Mapping[str, str]], str]


def table() -> Operations:
    """List the operations that users may call."""
    shown = (op for op in REGISTRY.values() if op.public)
    return Operations([Listed(o.name, o.family, list(o.aliases), o.signature, _summary(o)) for o in shown], [])


def describe(op: Op, write: Writer) -> Operation:
    """Describe an operation, with an example that `write` writes as a command."""
    cases = op.cases or (Case(((),) * len(op.tensors), {}),)
    return Operation(
        name=op.name,
        signature=op.signature,
        family=op.family,
        summary=_summary(op),
        aliases=list(op.aliases),
        derivatives=formula.derivatives(op, _samples(op, cases[0].shapes), cases[0].attributes) if op.rules else {},
        domain={name: f"{_interval(op, name).low:g} to {_interval(op, name).high:g}" for name in op.tensors},
        kinks=op.kinks,
        node=_node(op),
        example=_example(op, min(cases, key=_plainness), write),
        notes=[],
    )


def _summary(op: Op) -> str:
    return " ".join(op.doc.partition("\n\n")[0].split())


def _node(op: Op) -> str | None:
    if not op.rules:
        return None
    return op.node if isinstance(op.node, str) else ", ".join(op.node[:2]) if isinstance(op.node, tuple) else None


def _interval(op: Op, name: str) -> Any:
    return op.domain[name] if isinstance(op.domain, dict) else op.domain


def _samples(op: Op, shapes: Sequence[Any]) -> list[Any]:
    """Draw the tensors of a case, to one decimal; None for one that is left out."""
    rng = np.random.default_rng(3)

    def draw(name: str, shape: Any) -> Any:
        if isinstance(shape, list):
            return [draw(name, each) for each in shape]
        return np.round(_interval(op, name).sample(rng, shape), 1)

    drawn = [draw(name, shape) for name, shape in zip(op.tensors, shapes, strict=False)]
    return drawn + [None] * (len(op.tensors) - len(drawn))


def _plainness(case: Case) -> tuple[Any, ...]:
    """Order cases: first those with a few numbers and no attributes."""
    sizes = [int(np.prod(s)) for shape in case.shapes for s in (shape if isinstance(shape, list) else [shape])]
    return 0 in sizes, len(case.attributes), sum(sizes) < 2, sum(sizes)


def _example(op: Op, case: Case, write: Writer) -> Example | None:
    """Call an operation in the language; None for one that the language does not offer."""
    if not op.public:
        return None
    values: dict[str, Any] = {}
    arguments = [_written(data, values) for data in _samples(op, case.shapes) if data is not None]
    for name, value in case.attributes.items():
        if name == op.collects:
            arguments += [_literal(v) for v in value]
        else:
            arguments.append(f"{name}={_literal(value)}")
    text = f"{op.name}({', '.join(arguments)})"
    point = Expression.parse(text).at(values)
    shown = {name: _literal(value) for name, value in values.items()}
    if not point.root.requires_grad:
        return Example(write("eval", text, shown), Evaluation(text, values, point.value, []))
    result = Gradient(text, values, point.value, point.grad(), None, None, None, [])
    return Example(write("grad", text, shown), result)


def _written(data: Any, values: dict[str, Any]) -> str:
    """Give an argument a variable, and return how the expression mentions it."""
    if isinstance(data, list):
        return "[" + ", ".join(_written(each, values) for each in data) + "]"
    name = _LETTERS[len(values)]
    values[name] = data if data.ndim else data.item()
    return name


def _literal(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_literal, value)) + "]"
    return repr(value)
