"""A check of an expression: at the point that is given, or at points that are sampled until one disagrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import lang
from ..errors import UnknownNameError
from . import points
from .points import Range
from .report import DISAGREES, CheckReport, Examined
from .verdict import METHODS, Judge

POINTS = 20


class Plan(NamedTuple):
    """What is asked of a check, apart from the expression and its point."""

    wrt: tuple[str, ...] | None = None
    order: int = 1
    points: int = POINTS
    ranges: Mapping[str, Range] = {}
    methods: tuple[str, ...] = METHODS
    rtol: float = 0.0
    seed: int = 0


def check(program: lang.Program, at: Mapping[str, Any], plan: Plan) -> CheckReport:
    """Judge the derivatives of a program by the names `plan.wrt`, or all its variables.

    Variables that `at` leaves open are sampled. Raises UnknownNameError for a name in `wrt` or a range that is
    no variable, and EvaluationError where the program cannot be evaluated at any point.
    """
    variables = program.free_names(at)
    wrt = variables if plan.wrt is None else plan.wrt
    for name in (*wrt, *plan.ranges):
        if name not in variables:
            raise _no_variable(program, name, variables)
    judge = Judge(program, wrt, plan.order, plan.methods, plan.rtol, plan.seed)
    examined: list[Examined] = []
    undefined: list[Examined] = []
    fixed = {name: value for name, value in at.items() if name in variables}
    open_names = [name for name in variables if name not in at]
    for point in points.candidates(open_names, plan.ranges, plan.points, plan.seed):
        found = judge.examine(fixed | point, closely=not open_names)
        (examined if found.rows else undefined).append(found)
        if len(examined) == (plan.points if open_names else 1) or found.verdict == DISAGREES:
            break
    return CheckReport(program.text, tuple(wrt), plan.order, tuple(examined), tuple(undefined))


def _no_variable(program: lang.Program, name: str, variables: Sequence[str]) -> UnknownNameError:
    near = lang.suggest(name, variables)
    hint = f"did you mean `{near}`?" if near else f"it has {', '.join(variables) or 'none'}"
    if name in program.bindings:
        hint = "a check moves variables, and the expression computes this one itself"
    return UnknownNameError(f"the expression has no variable `{name}`", hint=hint)
