"""Reports: what a check found, frozen, from single rows to the whole.

CheckReport          an expression at one or many points
├── Examined         one point: its rows, and what is to be said of it
│   └── Row          one partial derivative: what each witness says, and the verdict
└── ClaimReport      what became of a formula that was claimed to be a derivative
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import GradientError, Span
from .witness import Partial, Statement, Testimony

# Verdicts, the gravest first; a kink is where a convention stands in for a derivative.
DISAGREES, UNJUDGED, KINK, AGREES = "disagrees", "unjudged", "kink", "agrees"


# A witness whose relative error is larger says nothing about the last places.
PRECISE = 1e-12


@dataclass(frozen=True, slots=True)
class Row:
    """A partial derivative at a point.

    `heard` says of each witness that did not give up whether reverse mode agrees with it. `left` and `right` are
    one-sided derivatives, where they were looked at: None where there is none, or none can be told.
    """

    partial: Partial
    reverse: Testimony
    witnesses: Mapping[str, Statement]
    heard: Mapping[str, bool]
    verdict: str
    left: float | None = None
    right: float | None = None
    note: str | None = None

    @property
    def best(self) -> Testimony | None:
        """What the most accurate witness says."""
        heard = [each for each in self.witnesses.values() if isinstance(each, Testimony)]
        return min(heard, key=lambda each: each.error, default=None)

    @property
    def ulp(self) -> float | None:
        """How far reverse mode is from the most accurate witness, in units in the last place, if that knows so many."""
        best = self.best
        return None if best is None or best.error > PRECISE * abs(best.value) else self.ulps(best)

    def ulps(self, other: Testimony) -> float | None:
        """Return how far reverse mode is from a witness, in units in the last place of what the witness says.

        None where there are none to count: where one of the two says zero, or the witness cannot tell.
        """
        if self.reverse.value == other.value:
            return 0.0
        if self.reverse.value == 0 or abs(other.value) <= other.error:
            return None
        distance = abs(self.reverse.value - other.value) / np.spacing(abs(other.value))
        return float(distance) if np.isfinite(distance) else None


@dataclass(frozen=True, slots=True)
class Place:
    """A remark on a piece of the expression's text, more of it, and what could be written instead."""

    message: str
    span: Span | None = None
    hint: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What errors become: relative condition numbers, and digits that rounding costs.

    `value` and `partials` say by how much a relative error of the variables grows, in the function's value and in
    each first derivative, by label (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., 1.6);
    None where there is nothing to be relative to. `lost` counts the decimal digits that rounding leaves in doubt,
    of each partial and, under no label at all, of the value.
    """

    value: float | None
    partials: Mapping[str, float | None]
    lost: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Examined:
    """A point, the value there, and a row for each partial: none where the function is undefined.

    `places` are remarks on pieces of the text, `conditions` what a closer look found.
    """

    at: Mapping[str, Any]
    value: Any
    rows: tuple[Row, ...] = ()
    places: tuple[Place, ...] = ()
    conditions: Conditions | None = None

    @property
    def verdict(self) -> str:
        """The gravest that is said of a row."""
        return gravest(row.verdict for row in self.rows)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The verdict on the gradient of an expression.

    `points` are those where it was examined, up to the first disagreement, `undefined` those where the
    function has no value.
    """

    expression: str
    wrt: tuple[str, ...]
    order: int
    points: tuple[Examined, ...]
    undefined: tuple[Examined, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all points."""
        return tuple(row for point in self.points for row in point.rows)

    @property
    def verdict(self) -> str:
        """What is said of the whole: each partial must have been judged somewhere, and be wrong nowhere."""
        best: dict[Partial, str] = {}
        for row in self.rows:
            if row.verdict == DISAGREES:
                return DISAGREES
            if best.get(row.partial, UNJUDGED) == UNJUDGED:
                best[row.partial] = row.verdict
        return UNJUDGED if UNJUDGED in best.values() or not best else AGREES

    @property
    def ok(self) -> bool:
        """Whether the gradient was judged, and is right."""
        return self.verdict == AGREES

    def raise_if_wrong(self) -> None:
        """Raise GradientError, with all that the witnesses say, unless the gradient was judged to be right."""
        if not self.ok:
            raise GradientError(self.verdict)


def gravest(verdicts: Iterable[str]) -> str:
    """Return the gravest of some verdicts; of none at all, that nothing was judged."""
    found = set(verdicts)
    return next((verdict for verdict in (DISAGREES, UNJUDGED, KINK, AGREES) if verdict in found), UNJUDGED)
