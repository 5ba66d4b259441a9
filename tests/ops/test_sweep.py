"""The sweep: every rule of the registry against numeric derivatives, to second order, and planted wrong rules.

A rule is a vector-Jacobian product. What it claims is compared with a central difference, along a
random direction, extrapolated and with an error estimate of its own; agreement is judged by that
estimate. The second order is the same again, of the gradient. That the check would notice a wrong
rule is shown by planting some.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from gradcli.autograd import Tensor, grad, tensor
from gradcli.ops import REGISTRY, Op

Arrays = Sequence[Any]

ALL = [pytest.param(op, id=name) for name, op in REGISTRY.items()]
RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]
TENSORS = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.tensors]

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
        finer = [b + (b - a) / (RATIO ** (2 * order) - 1) for a, b in zip(column, column[1:], strict=False)]
        for i, found in enumerate(finer):
            doubt = np.maximum(abs(found - column[i]), abs(found - column[i + 1])) + noise[i + order]
            best, error = np.where(doubt < error, found, best), np.where(doubt < error, doubt, error)
        column = finer
    return best, error


def flat(arrays: Arrays) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays])


def disagreements(
    function: Callable[[Arrays], Arrays], variables: Arrays, weights: Arrays, claimed: Arrays, rng: np.random.Generator
) -> list[str]:
    """Compare the claimed gradient of `sum(weights * function(variables))` with numeric derivatives."""
    found = []
    eps = max(np.finfo(np.asarray(a).dtype).eps for a in (*variables, *weights))
    for i, variable in enumerate(variables):
        if not (np.size(variable) and flat(weights).size):
            continue  # nothing to move, or nothing that moves
        direction = rng.standard_normal(np.shape(variable))

        def moved(t: float) -> np.ndarray:
            there = np.asarray(variables[i] + t * direction, variables[i].dtype)  # noqa: B023
            return flat(function([*variables[:i], there, *variables[i + 1 :]]))  # noqa: B023

        rate, error = slope(moved, eps)
        size = abs(flat(weights))
        terms = np.ravel(claimed[i] * direction)
        bound = SAFETY * (size @ error + eps * np.sum(abs(terms)))
        if not bound <= JUDGED * (size @ (abs(moved(0.0)) + abs(rate)) + np.sum(abs(terms))):
            raise UnjudgedError
        truth, sum_of_terms = flat(weights) @ rate, np.sum(terms)
        if not abs(sum_of_terms - truth) <= bound:
            found.append(f"variable {i}: {sum_of_terms!r} is not {truth!r} +- {bound:.1g}")
    return found


# The two checks, used for right rules and for wrong ones


def leaves(arrays: Arrays) -> list[Tensor]:
    return [tensor(a, requires_grad=True) for a in arrays]


def first_order(call: Any, rng: np.random.Generator) -> list[str]:
    """Say where the gradient of a call is not that of its result."""
    inputs = leaves(call.variables)
    results = call(inputs)
    live = [i for i, result in enumerate(results) if result.requires_grad]
    weights = [rng.standard_normal(results[i].shape).astype(results[i].dtype) for i in live]
    claimed = [g.numpy() for g in grad([results[i] for i in live], inputs, weights)]
    found = [f"a gradient of shape {g.shape} for {x.shape}" for g, x in zip(claimed, inputs, strict=True) if g.shape != x.shape]

    def values(variables: Arrays) -> Arrays:
        there = call(variables)
        return [there[i] for i in live]

    return found or disagreements(values, call.variables, weights, claimed, rng)


def second_order(call: Any, rng: np.random.Generator) -> list[str]:
    """Say where the gradient of the gradient is wrong: by the variables and by the incoming gradient."""

    def gradient(variables: Arrays, recorded: bool = False) -> tuple[list[Tensor], Sequence[Any]]:
        inputs = leaves(variables)
        ends = [r for r in call(inputs[:count]) if r.requires_grad]
        return inputs, grad(ends, inputs[:count], inputs[count:], create_graph=recorded)

    count = len(call.variables)
    ends = [r for r in call(leaves(call.variables)) if r.requires_grad]
    variables = [*call.variables, *(rng.standard_normal(r.shape).astype(r.dtype) for r in ends)]
    inputs, slopes = gradient(variables, recorded=True)
    plain = [g.numpy() for g in gradient(variables)[1]]
    recorded = [g.detach().numpy() for g in slopes]
    weights = [rng.standard_normal(g.shape).astype(g.dtype) for g in slopes]
    live = [i for i, g in enumerate(slopes) if g.requires_grad]
    claimed = [np.zeros(x.shape) for x in inputs]
    if live:
        twice = grad([slopes[i] for i in live], inputs, [weights[i] for i in live], materialize_grads=True)
        claimed = [g.numpy() for g in twice]
    found = [
        f"the recorded gradient {b} is not the plain one {a}"
        for a, b in zip(plain, recorded, strict=True)
        if not np.allclose(a, b, rtol=1e-13, atol=0)
    ]
    return found + disagreements(
        lambda there: [g.numpy() for g in gradient(there)[1]], variables, weights, claimed, rng
    )


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
    function, needs = op.rules[argument]
    place = next(i for i, need in enumerate(needs) if need == "g" or need.startswith("g_"))

    def rule(*values: Any) -> Any:
        claimed = function(*values)
        if argument == op.sequence:
            return [wrong(each, values[place]) for each in claimed]
        return wrong(claimed, values[place])

    made = copy.copy(op)
    made.name = f"{op.name} with {argument} {wrong.__name__}"
    made.rules = op.rules | {argument: op.rules[argument]._replace(function=rule)}
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
