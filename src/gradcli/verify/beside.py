"""The graph and the formulas of a function side by side: values of both, verdicts, and the operations they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..autograd.api import grad
from ..autograd.graph import AccumulateGrad, walk
from ..autograd.tensor import Tensor
from ..point import Point
from . import symbolic
from .check import Plan, check
from .report import CheckReport
from .witness import GaveUp, Partial, Testimony


class Pair(NamedTuple):
    """A value by the graph and by its formula: `digits` are those of the formula, None where that gives none.

    `ulp` is the distance in units in the last place, `verdict` what a check says; a function's value has none.
    """

    graph: float
    formula: float | None
    digits: str | None
    ulp: float | None
    verdict: str | None


class Beside(NamedTuple):
    """What graph and formulas give at a point, by what is differentiated by, the value itself by nothing.

    `forward` and `backward` are the operations that the graph took, `report` is the check.
    """

    pairs: dict[Partial, Pair]
    forward: int
    backward: int
    report: CheckReport


def compare(program: lang.Program, at: Mapping[str, Any], wrt: Sequence[str], order: int) -> Beside:
    """Compare graph and formulas at a point; raise what `check` raises."""
    report = check(program, at, Plan(tuple(wrt), order))
    account = symbolic.testify(program, at, wrt, order)
    said = {} if isinstance(account, GaveUp) else account
    looked = (*report.points, *report.undefined)[0]
    pairs: dict[Partial, Pair] = {(): _pair(float(np.sum(looked.value)), said.get(()), None)}
    for row in looked.rows:
        pairs[row.partial] = _pair(row.reverse.value, said.get(row.partial), row.verdict)
    forward, backward = _operations(program, at, wrt, order)
    return Beside(pairs, forward, backward, report)


def _pair(graph: float, said: Any, verdict: str | None) -> Pair:
    if not isinstance(said, Testimony) or said.digits is None:
        return Pair(graph, None, None, None, verdict)
    ulp = None
    if np.isfinite(graph) and said.value:
        ulp = float(abs(Decimal(graph) - Decimal(said.digits)) / Decimal(float(np.spacing(abs(said.value)))))
    return Pair(graph, said.value, said.digits, 0.0 if graph == said.value == 0 else ulp, verdict)


def _operations(program: lang.Program, at: Mapping[str, Any], wrt: Sequence[str], order: int) -> tuple[int, int]:
    """Count the operations of the graph, and those that make the derivatives from it, as they are recorded."""
    point = Point(program, dict(at), wrt, np.float64, 0)
    root = point.root
    forward = len([n for n in walk([root.grad_fn]) if not isinstance(n, AccumulateGrad)]) if root.grad_fn else 0
    before = point.interpreter.work()
    outputs: list[Tensor] = [root]
    for _ in range(order):
        leaves = [point.names[name] for name in wrt]
        wholes = [output.sum() if output.ndim else output for output in outputs if output.requires_grad]
        found = [grad(whole, leaves, create_graph=True, materialize_grads=True) for whole in wholes]
        outputs = [slope for slopes in found for slope in slopes if slope is not None]
    return forward, point.interpreter.work() - before - 1
