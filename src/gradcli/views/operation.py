"""Entries of the rule book as views: what an operation is, how it is differentiated, and an example."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import GradcliError
from ..expression import Expression
from ..ops import REGISTRY, Case, Op
from . import Evaluation, Gradient, formula

_LETTERS = "xyzuvw"

# How an example is written as a command: the command's name, the expression, and the values.
Writer = Callable[[str, str, Mapping[str, str]], str]


class Example(NamedTuple):
    """A call of an operation that was really made, as the command that repeats it and what it prints."""

    command: str
    result: Evaluation | Gradient


class Operation(NamedTuple):
    """An entry of the rule book.

    `derivatives` holds, for each argument, what backward sends to it: a formula in the incoming gradient
    `g`, the result `out` and the arguments. `domain` is where each argument is sampled by the tests.
    """

    name: str
    signature: str
    family: str
    summary: str
    aliases: list[str]
    derivatives: dict[str, str]
    domain: dict[str, str]
    kinks: dict[str, str]
    node: str | None
    example: Example | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "ops"


class Listed(NamedTuple):
    """An operation in the table of all."""

    name: str
    family: str
    aliases: list[str]
    signature: str
    summary: str


class Operations(NamedTuple):
    """The rule book as a table."""

    operations: list[Listed]
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "ops"


def table() -> Operations:
    """List the operations that users may call."""
    shown = (op for op in REGISTRY.values() if op.public)
    return Operations([Listed(o.name, o.family, list(o.aliases), o.signature, _summary(o)) for o in shown], [])


def describe(op: Op, write: Writer) -> Operation:
    """Describe an operation, with an example that `write` writes as a command."""
    return Operation(
        name=op.name,
        signature=op.signature,
        family=op.family,
        summary=_summary(op),
        aliases=list(op.aliases),
        derivatives=formula.derivatives(op, _sampled(op, max(_cases(op), key=_richness))) if op.rules else {},
        domain={name: f"{_domain(op, name).low:g} to {_domain(op, name).high:g}" for name in op.tensors},
        kinks=op.kinks,
        node=_node(op),
        example=next(_examples(op, write), None),
        notes=[],
    )


def _summary(op: Op) -> str:
    return " ".join(op.doc.partition("\n\n")[0].split())


def _node(op: Op) -> str | None:
    if not op.rules or callable(op.node):
        return None
    return op.node if isinstance(op.node, str) else " or ".join(op.node[:2])


# Sample calls


def _domain(op: Op, name: str) -> Any:
    return op.domain.get(name, REGISTRY["neg"].domain) if isinstance(op.domain, dict) else op.domain


def _cases(op: Op) -> list[Case]:
    """List the calls to sample; one that names no shapes is of numbers."""
    return [c if c.shapes else Case(((),) * len(op.tensors), c.attributes) for c in op.cases or (Case((), {}),)]


def _sampled(op: Op, case: Case) -> dict[str, Any]:
    """Draw the arguments of a case, floats to one decimal; None for a tensor that is left out."""
    rng = np.random.default_rng(3)

    def draw(name: str, shape: Any) -> Any:
        if isinstance(shape, list):
            return [draw(name, each) for each in shape]
        drawn = None if shape is None else np.asarray(_domain(op, name).sample(rng, shape))
        return drawn if drawn is None or drawn.dtype.kind != "f" else np.round(drawn, 1)

    return {name: draw(name, shape) for name, shape in zip(op.tensors, case.shapes, strict=False)} | case.attributes


def _shapes(case: Case) -> list[tuple[int, ...]]:
    return [s for shape in case.shapes for s in (shape if isinstance(shape, list) else [shape]) if s is not None]


def _richness(case: Case) -> tuple[Any, ...]:
    """Order cases by how much their formulas tell: most those of matrices, with all tensors and no attributes."""
    ranks = [len(shape) for shape in _shapes(case)]
    sizes = [math.prod(shape) for shape in _shapes(case)]
    return 0 not in sizes, len(ranks), len(ranks) > ranks.count(0), -len(case.attributes), max(ranks) <= 2, sum(ranks)


def _plainness(case: Case) -> tuple[Any, ...]:
    """Order cases by how easily their numbers are read: best a few, and no attributes."""
    sizes = [math.prod(shape) for shape in _shapes(case)]
    if not sizes:
        return ()
    return 0 in sizes, len(case.attributes), sizes == [1], len(repr(case.attributes)), sum(sizes)


# Examples


def _examples(op: Op, write: Writer) -> Iterator[Example]:
    """Call an operation in the language, with those of its sample calls that it takes there."""
    for case in sorted(_cases(op), key=_plainness) if op.public else ():
        try:
            made = _example(op, case, write)
        except GradcliError:
            continue
        if np.size(made.result.value):
            yield made


def _example(op: Op, case: Case, write: Writer) -> Example:
    values: dict[str, Any] = {}
    arguments: list[str] = []
    given = _sampled(op, case)
    for name in (name for name in op.parameters if given.get(name) is not None):
        if name == op.collects:
            arguments += map(_literal, given[name])
        elif name in op.tensors:
            arguments.append(_variable(given[name], values))
        else:
            keyword = f"{name}=" if name in op.defaults else ""
            arguments.append(keyword + _literal(given[name]))
    text = f"{op.name}({', '.join(arguments)})" + _main_result(op)
    point = Expression.parse(text).at(values)
    shown = {name: _literal(value) for name, value in values.items()}
    if not point.root.requires_grad:
        return Example(write("eval", text, shown), Evaluation(text, values, point.value, []))
    result = Gradient(text, values, point.value, point.grad(), None, None, None, [])
    return Example(write("grad", text, shown), result)


def _main_result(op: Op) -> str:
    """Return the index of the result, of several, that has a derivative."""
    needs = {need for rule in op.rules.values() for need in rule.needs}
    return next((f"[{i}]" for i, name in enumerate(op.outputs) if f"g_{name}" in needs), "")


def _variable(data: Any, values: dict[str, Any]) -> str:
    """Give an argument a variable, unless it holds indices, and return how the expression mentions it."""
    if isinstance(data, list):
        return "[" + ", ".join(_variable(each, values) for each in data) + "]"
    if data.dtype.kind == "i":
        return _literal(data)
    name = _LETTERS[len(values)]
    values[name] = data if data.ndim else data.item()
    return name


def _literal(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return "[" + ",".join(map(_literal, value)) + "]" if isinstance(value, (list, tuple)) else repr(value)
