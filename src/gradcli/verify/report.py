"""Reports: what a check found, frozen, from single rows to the whole.

CheckReport          an expression at one or many points
├── Examined         one point: its rows, and what is to be said of it
│   └── Row          one partial derivative: what each witness says, and the verdict
└── ClaimReport      what became of a formula that was claimed to be a derivative
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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

    def with_numeric(self, how: str | None) -> Row:
        """Return the row with what is to be added to the numeric witness, if that has something to say."""
        said = self.witnesses["numeric"]
        if how is None or not isinstance(said, Testimony) or self.verdict == KINK:
            return self
        return replace(self, witnesses={**self.witnesses, "numeric": replace(said, how=how)})

    @property
    def best(self) -> Testimony | None:
        """What the most accurate witness says."""
        heard = [each for each in self.witnesses.values() if isinstance(each, Testimony)]
        return min(heard, key=lambda each: each.error, default=None)

    @property
    def truth(self) -> Testimony | None:
        """The derivative, as far as it is known: from the most accurate of all that agree, or of the witnesses."""
        if self.verdict == AGREES:
            return min((self.reverse, *filter(None, [self.best])), key=lambda each: each.error)
        return self.best if self.verdict == DISAGREES else None

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
class ClaimReport:
    """What became of a formula that was claimed to be the derivative by some names.

    A wrong one has a counterexample: the point `at`, what the claim says there and what is true, and perhaps a
    `diagnosis`. `undefined` is a point where there is a derivative, and the claim has no value.
    """

    names: Partial
    formula: str
    verdict: str
    points: int
    at: Mapping[str, Any] | None = None
    claimed: Testimony | None = None
    truth: Testimony | None = None
    diagnosis: str | None = None
    undefined: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The verdict on the gradient of an expression.

    `points` are those where it was examined, up to the first disagreement, `undefined` the first of those,
    `undefined_points` in number, where the function has no value.
    """

    expression: str
    wrt: tuple[str, ...]
    order: int
    points: tuple[Examined, ...]
    undefined: tuple[Examined, ...] = ()
    undefined_points: int = 0
    claims: tuple[ClaimReport, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all points."""
        return tuple(row for point in self.points for row in point.rows)

    @property
    def gradient(self) -> str:
        """What is said of the derivatives: each must have been judged somewhere, and be wrong nowhere."""
        if any(row.verdict == DISAGREES for row in self.rows):
            return DISAGREES
        judged = {row.partial for row in self.rows if row.verdict != UNJUDGED}
        return AGREES if judged and all(row.partial in judged for row in self.rows) else UNJUDGED

    @property
    def verdict(self) -> str:
        """What is said of the derivatives and all claims."""
        return gravest([self.gradient, *(claim.verdict for claim in self.claims)])

    @property
    def counterexample(self) -> str | None:
        """The first point that shows something wrong, as it would be typed."""
        wrong = [point.at for point in self.points if point.verdict == DISAGREES]
        wrong += [claim.at for claim in self.claims if claim.at is not None]
        return place(wrong[0]) if wrong else None

    @property
    def ok(self) -> bool:
        """Whether the gradient was judged, and is right."""
        return self.verdict == AGREES

    def raise_if_wrong(self) -> None:
        """Raise GradientError, with what the witnesses say, unless the derivatives and claims were found right."""
        if not self.ok:
            wrong = self.verdict == DISAGREES
            said = "is wrong" if wrong else "could not be judged"
            raise GradientError("\n".join([f"a derivative of {self.expression} {said}", *self._complaints()]))

    def _complaints(self) -> Iterator[str]:
        """Say in a line each what is wrong, or not known, of the first point that has something, and of claims."""
        for claim in self.claims:
            if claim.verdict != AGREES:
                name = ",".join(claim.names)
                yield f"  claim {name}={claim.formula}: {claim.verdict}" + (
                    f" at {place(claim.at)}: {claim.claimed.value!r}, and the derivative is {claim.truth.value!r}"
                    if claim.at is not None and claim.claimed and claim.truth else ""
                )  # fmt: skip
        for point in self.points:
            for row in point.rows:
                if row.verdict in (DISAGREES, UNJUDGED):
                    yield f"  by {','.join(row.partial)} at {place(point.at)}: {row.verdict}"
                    yield f"    reverse {row.reverse.value!r}"
                    for name, said in row.witnesses.items():
                        told = f"{said.value!r} +- {said.error:.0e}" if isinstance(said, Testimony) else said.reason
                        yield f"    {name} {told}"
            if point.verdict in (DISAGREES, UNJUDGED):
                return
        for point in self.undefined[:1]:
            yield f"  the function is not defined at {place(point.at)}"


def place(at: Mapping[str, Any]) -> str:
    """Write a point as it would be typed.

    >>> place({"x": 2.0, "y": 0.5})
    'x=2,y=0.5'
    """
    return ",".join(f"{name}={_short(value)}" for name, value in at.items())


def _short(value: Any) -> str:
    if np.ndim(value):
        return "[" + ",".join(_short(each) for each in value) + "]"
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e6 else repr(number)


def gravest(verdicts: Iterable[str]) -> str:
    """Return the gravest of some verdicts; of none at all, that nothing was judged."""
    found = set(verdicts)
    return next((verdict for verdict in (DISAGREES, UNJUDGED, KINK, AGREES) if verdict in found), UNJUDGED)
