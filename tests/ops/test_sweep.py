"""The sweep: every rule of the registry against numeric derivatives, to second order, and planted wrong rules.

A rule is a vector-Jacobian product. What it claims is compared with a central difference, along a
random direction, extrapolated and with an error estimate of its own; agreement is judged by that
estimate. The second order is the same again, of the gradient. That the check would notice a wrong
rule is shown by planting some.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcli import Expression, tensor
from gradcli.autograd import Tensor, grad
from gradcli.ops import REGISTRY, Op
from gradcli.ops._registry import Rule

Arrays = Sequence[Any]

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]
UNRULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if set(op.tensors) - set(op.rules)]
KINKED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.kinks and op.pointwise]

# A ratio of 2 would see one jump in the half step and two in the whole one as agreement.
RATIO = 1.6
STEPS = 0.04 / RATIO ** np.arange(8)
# How far the truth may lie outside of the estimated error.
SAFETY = 8.0
# The largest bound, relative to the size of what is differentiated, at which there is something to judge.
JUDGED = 1e-5
DRAWS = 25
PLANTED = 5e-4


class UnjudgedError(Exception):
    """The numeric derivative is no witness here: the sampled point is too near a kink."""


# The numeric witness


def slope(function: Callable[[float], np.ndarray], eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Differentiate an array-valued function at 0; return the derivative and an estimate of its error.

    Ridders' method (Advances in Engineering Software 4, 1982): central differences of ever smaller
    steps, extrapolated; of all of them the one that differs least from its neighbours, rounding added.
    """
    pairs = [(function(h), function(-h)) for h in STEPS]
    column = [(after - before) / (2 * h) for (after, before), h in zip(pairs, STEPS, strict=True)]
    noise = [eps * (abs(after) + abs(before)) / h for (after, before), h in zip(pairs, STEPS, strict=True)]
    best, error = column[-1], np.full(column[-1].shape, np.inf)
    for order in range(1, len(STEPS)):
        finer = [b + (b - a) / (RATIO ** (2 * order) - 1) for a, b in itertools.pairwise(column)]
        for i, found in enumerate(finer):
            doubt = np.maximum(abs(found - column[i]), abs(found - column[i + 1])) + noise[i + order]
            best, error = np.where(doubt < error, found, best), np.where(doubt < error, doubt, error)
        column = finer
    return best, error


def flat(arrays: Arrays) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays])


def moving(function: Callable[[Arrays], Arrays], variables: Arrays, i: int, direction: Any) -> Callable[..., Any]:
    """Return a function of the length of a step along a direction in one of the variables."""

    def at(step: float) -> np.ndarray:
        there = np.asarray(variables[i] + step * direction, variables[i].dtype)
        return flat(function([*variables[:i], there, *variables[i + 1 :]]))

    return at


def disagreements(
    function: Callable[[Arrays], Arrays], variables: Arrays, weights: Arrays, claimed: Arrays, rng: np.random.Generator
) -> list[str]:
    """Compare the claimed gradient of `sum(weights * function(variables))` with numeric derivatives."""
    found = []
    eps = max(np.finfo(a.dtype).eps for a in (*variables, *weights))
    size = abs(flat(weights))
    for i, variable in enumerate(variables):
        if not (variable.size and size.size):
            continue  # nothing to move, or nothing that moves
        direction = rng.standard_normal(variable.shape)
        moved = moving(function, variables, i, direction)
        rate, error = slope(moved, eps)
        terms = np.ravel(claimed[i] * direction)
        bound = SAFETY * (size @ error + eps * np.sum(abs(terms)))
        if not bound <= JUDGED * (size @ (abs(moved(0.0)) + abs(rate)) + np.sum(abs(terms))):
            raise UnjudgedError
        truth, total = flat(weights) @ rate, np.sum(terms)
        if not abs(total - truth) <= bound:
            found.append(f"variable {i}: {total!r} is not {truth!r} +- {bound:.1g}")
    return found


# The two checks, used for right rules and for wrong ones


def gradient(call: Any, variables: Arrays, weights: Arrays, recorded: bool = False) -> tuple[list[Tensor], Any]:
    """Return the variables and the weights of the results as leaves, and the gradient by the variables."""
    inputs, vectors = ([tensor(a, requires_grad=True) for a in arrays] for arrays in (variables, weights))
    ends = [result for result in call(inputs) if result.requires_grad]
    return [*inputs, *vectors], grad(ends, inputs, vectors, create_graph=recorded)


def drawn_like(arrays: Arrays, rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.standard_normal(a.shape).astype(a.dtype) for a in arrays]


def first_order(call: Any, rng: np.random.Generator) -> list[str]:
    """Say where the gradient of a call is not that of its results."""
    live = [i for i, r in enumerate(call([tensor(v, requires_grad=True) for v in call.variables])) if r.requires_grad]

    def results(variables: Arrays) -> Arrays:
        there = call(variables)
        return [np.asarray(there[i]) for i in live]

    weights = drawn_like(results(call.variables), rng)
    claimed = [g.numpy() for g in gradient(call, call.variables, weights)[1]]
    assert [g.shape for g in claimed] == [v.shape for v in call.variables]
    return disagreements(results, call.variables, weights, claimed, rng)


def second_order(call: Any, rng: np.random.Generator) -> list[str]:
    """Say where the gradient of the gradient is wrong: by the variables and by the incoming gradient."""
    results = [r for r in call([tensor(v, requires_grad=True) for v in call.variables]) if r.requires_grad]
    count = len(call.variables)
    variables = [*call.variables, *drawn_like([r.detach().numpy() for r in results], rng)]

    def slopes(variables: Arrays) -> Arrays:
        return [g.numpy() for g in gradient(call, variables[:count], variables[count:])[1]]

    inputs, recorded = gradient(call, variables[:count], variables[count:], recorded=True)
    plain = slopes(variables)
    found = [
        f"the recorded gradient {b} is not the plain one {a}"
        for a, b in zip(plain, (g.detach().numpy() for g in recorded), strict=True)
        if not np.allclose(a, b, rtol=1e-13, atol=0)
    ]
    weights = drawn_like(plain, rng)
    pairs = [(g, tensor(w)) for g, w in zip(recorded, weights, strict=True) if g.requires_grad]
    claimed = [np.zeros(v.shape) for v in variables]
    if pairs:
        ends, vectors = zip(*pairs, strict=True)
        claimed = [g.numpy() for g in grad(ends, inputs, vectors, materialize_grads=True)]
    return found + disagreements(slopes, variables, weights, claimed, rng)


def judged(check: Callable[..., list[str]], op: Op, case: Any, sample: Any) -> list[str]:
    """Run a check at the first sampled point at which the numeric witness is worth hearing."""
    for draw in range(DRAWS):
        rng = np.random.default_rng([draw, len(op.name)])
        call = sample(op, case, rng)
        try:
            return [f"{op.name}{case.shapes} {case.attributes}: {line}" for line in check(call, rng)]
        except UnjudgedError:
            continue
    raise AssertionError(f"{op.name}{case.shapes}: no sampled point is smooth enough to judge")


@pytest.mark.parametrize("check", [first_order, second_order])
@pytest.mark.parametrize("op", RULED)
def test_rule_agrees_with_numeric_derivatives(op, check, cases, sample):
    assert [line for case in cases(op) for line in judged(check, op, case, sample)] == []


# Wrong rules


def wrong_in_value(claimed: Any, g: Any) -> Any:
    return PLANTED * g if vanishes(claimed) else claimed * (1 + PLANTED)


def wrong_in_slope(claimed: Any, g: Any) -> Any:
    """Right at first order: what is added is zero, but its derivative is not."""
    source = g if vanishes(claimed) else claimed
    return claimed + PLANTED * (source - source.detach()) if isinstance(source, Tensor) else claimed


def vanishes(claimed: Any) -> bool:
    return not np.any(claimed.detach().numpy() if isinstance(claimed, Tensor) else claimed)


def planted(op: Op, argument: str, wrong: Callable[[Any, Any], Any]) -> Op:
    """Return a copy of an operation, of another name, with one wrong rule."""
    function, needs, _ = op.rules[argument]
    place = next(i for i, need in enumerate(needs) if need == "g" or need.startswith("g_"))

    def rule(*values: Any) -> Any:
        claimed = function(*values)
        if argument == op.sequence:
            return [wrong(each, values[place]) for each in claimed]
        return wrong(claimed, values[place])

    made = copy.copy(op)
    made.name = f"{op.name}_with_{argument}_{wrong.__name__}"
    made.rules = op.rules | {argument: Rule(rule, needs)}
    return made


@pytest.mark.parametrize("op", RULED)
def test_wrong_rule_is_caught(op, cases, sample):
    survivors = []
    for argument in op.rules:
        wrong = planted(op, argument, wrong_in_value)
        if not any(judged(first_order, wrong, case, sample) for case in cases(op)):
            survivors.append(wrong.name)
        wrong = planted(op, argument, wrong_in_slope)
        assert [line for case in cases(op) for line in judged(first_order, wrong, case, sample)] == []
        if not any(judged(second_order, wrong, case, sample) for case in cases(op)):
            survivors.append(wrong.name)
    assert survivors == []


# What has no rule, and what no rule can answer


@pytest.mark.parametrize("op", UNRULED)
def test_no_gradient_flows_to_an_argument_without_a_rule(op, cases, sample):
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(40))
        leaves = {
            name: tensor(value, requires_grad=True)
            for name, value in call.given.items()
            if name in op.tensors and name not in op.rules and value.dtype.kind == "f"
        }
        results = replace(call, given=call.given | leaves)()
        assert all(isinstance(r, Tensor) and not r.requires_grad for r in results) or not leaves


@pytest.mark.parametrize("op", KINKED)
def test_every_kink_is_a_condition_that_holds_on_the_grid(op, grid):
    """What is taken there is compared with torch, on the same grid."""
    calls = list(grid(op, np.random.default_rng(41)))

    def holds(condition: str) -> bool:
        parsed = Expression.parse(condition)
        return any(np.any(parsed(**{n: (op.defaults | c.given)[n] for n in parsed.variables})) for c in calls)

    assert [kink for kink in op.kinks if not holds(kink)] == []
