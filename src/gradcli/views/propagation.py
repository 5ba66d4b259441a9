"""A result with its uncertainty, as `propagate` shows it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..data.uncertainty import Contribution, Propagation, Sampled, SecondOrder

# Results of the second order, or of Monte Carlo, that differ from the first by more are worth a note.
NOTICEABLE = 0.05


class Uncertain(NamedTuple):
    """A value with its standard uncertainty, and the budget, largest contribution first."""

    expression: str
    at: dict[str, Any]
    value: float
    uncertainty: float
    budget: list[Contribution]
    second_order: SecondOrder | None
    monte_carlo: Sampled | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "propagate"


def view(expression: str, at: dict[str, Any], found: Propagation, notes: list[str]) -> Uncertain:
    """Say what propagation found, with notes on how far to trust it."""
    said = [*notes, *_notes(found)]
    return Uncertain(expression, at, found.value, found.uncertainty, list(found.budget), *found[3:], said)


def _notes(found: Propagation) -> list[str]:
    notes = []
    if not found.budget:
        notes.append("no input has an uncertainty: write --at x=1.20+/-0.05")
    if found.budget and not found.uncertainty:
        notes.append("every derivative is zero here, and the first order gives no uncertainty: see --order 2")
    second = found.second_order
    if second and math.isnan(second.uncertainty):
        notes.append("the terms of the second order are negative and outweigh the first: see --monte-carlo")
    elif second and _differs(second.uncertainty, found.uncertainty):
        notes.append("the second order changes the uncertainty: the inputs are uncertain enough to feel the curvature")
    if found.monte_carlo and not math.isfinite(found.monte_carlo.mean):
        notes.append("the expression has no value at some of the random inputs, and so Monte Carlo has none")
    elif found.monte_carlo and _differs(found.monte_carlo.uncertainty, (second or found).uncertainty):
        notes.append("Monte Carlo does not confirm this uncertainty: the result is not normally distributed")
    return notes


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > NOTICEABLE * max(one, other)
