"""A check of an expression: at the point that is given, or at points that are sampled until one disagrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import lang
from ..errors import UnknownNameError
from . import points
from .claims import Claim, Trial
from .points import Range
from .report import DISAGREES, CheckReport, Examined
from .verdict import METHODS, Judge

POINTS = 20
# How many points where the function is not defined are kept.
SHOWN = 5


class Plan(NamedTuple):
    """What is asked of a check, apart from the expression and its point."""

    wrt: tuple[str, ...] | None = None
    order: int = 1
    claims: tuple[Claim, ...] = ()
    points: int = POINTS
    ranges: Mapping[str, Range] = {}
    methods: tuple[str, ...] = METHODS
    rtol: float = 0.0
    seed: int = 0


def check(program: lang.Program, at: Mapping[str, Any], plan: Plan) -> CheckReport:
    """Judge the derivatives of a program by the names `plan.wrt`, or all its variables, and what is claimed of them.

    Variables that `at` leaves open are sampled. Raises UnknownNameError for a name in `wrt`, a range or a claim that
    is no variable.
    """
    variables = program.free_names(at)
    wrt = variables if plan.wrt is None else plan.wrt
    for name in (*wrt, *plan.ranges, *(name for claim in plan.claims for name in claim.names)):
        if name not in variables:
            raise _no_variable(program, name, variables)
    order = max([plan.order, *(len(claim.names) for claim in plan.claims)])
    judge = Judge(program, wrt, order, plan.methods, plan.rtol, plan.seed)
    trials = [Trial(program, claim, plan.rtol, plan.seed) for claim in plan.claims]
    examined: list[Examined] = []
    undefined: list[Examined] = []
    holes = 0
    fixed = {name: value for name, value in at.items() if name in variables}
    open_names = [name for name in variables if name not in at]
    for point in points.candidates(open_names, plan.ranges, plan.points, plan.seed):
        found = judge.examine(fixed | point, closely=not open_names)
        if found.rows:
            examined.append(found)
        else:
            holes += 1
            undefined += [found] * (holes <= SHOWN)
        for trial in trials:
            trial.hear(found)
        settled = bool(trials) and all(trial.refuted for trial in trials)
        if settled or found.verdict == DISAGREES or len(examined) == (plan.points if open_names else 1):
            break
    claims = tuple(trial.report("symbolic" in plan.methods) for trial in trials)
    return CheckReport(program.text, tuple(wrt), order, tuple(examined), tuple(undefined), holes, claims)


def _no_variable(program: lang.Program, name: str, variables: Sequence[str]) -> UnknownNameError:
    near = lang.suggest(name, variables)
    hint = f"did you mean `{near}`?" if near else f"it has {', '.join(variables) or 'none'}"
    if name in program.bindings:
        hint = "a check moves variables, and the expression computes this one itself"
    return UnknownNameError(f"the expression has no variable `{name}`", hint=hint)
