"""The judge: reverse mode is held against witnesses, each believed as far as its own error reaches.

Reverse mode is right where it lies within its own rounding error and the error of a witness, for every witness
that has something to say. One that contradicts is enough to say that it is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import lang
from ..errors import EvaluationError
from . import complex_step, conditioning, gradchecks, kinks, nonfinite, numeric, reverse, symbolic
from .numeric import telling
from .one_sided import Side, differ, meet, sides
from .report import AGREES, DISAGREES, KINK, UNJUDGED, Examined, Place, Row
from .subject import Subject
from .witness import Account, GaveUp, Partial, Statement, Testimony

METHODS = ("numeric", "complex", "symbolic")
# Seconds that SymPy may take for all points of a program together.
PATIENCE = 6.0


class Judge:
    """Examines the derivatives of one program, at one point after the other."""

    def __init__(
        self, program: lang.Program, wrt: Sequence[str], order: int, methods: Sequence[str], rtol: float, seed: int
    ) -> None:
        self.program = program
        self.wrt = tuple(wrt)
        self.order = order
        self.methods = tuple(methods)
        self.rtol = rtol
        self.seed = seed
        self._patience = PATIENCE
        self._undefined = False
        if "symbolic" in methods:
            symbolic.prepare()

    def examine(self, at: Mapping[str, Any], closely: bool = False) -> Examined:
        """Judge the partial derivatives at a point; where the function has no value, say so instead.

        A close look measures conditions, too.
        """
        subject = Subject(self.program, at, self.wrt, self.seed)
        with np.errstate(all="ignore"):
            try:
                accused = reverse.testify(subject, self.order)
            except EvaluationError as error:
                return Examined(at, None, places=(Place(error.message, error.span, error.hint),))
            undefined = nonfinite.on_the_way(subject, accused, closely or not self._undefined)
            if undefined is not None:
                self._undefined = True
                return Examined(at, accused.point.value, places=(undefined,))
            rows = self.rows(subject, accused)
            if np.ndim(accused.point.value):
                rows = self._weighed(subject, rows, np.shape(accused.point.value))
            closely = closely or any(row.verdict == DISAGREES for row in rows)
            if closely and "numeric" in self.methods:
                told = gradchecks.opinions(subject, accused)
                rows = [row.with_numeric(told.get(len(row.partial))) for row in rows]
            conditions = conditioning.conditions(subject, accused) if closely else None
            places = tuple(_places(subject, accused, rows, closely))
            return Examined(at, accused.point.value, tuple(rows), places, conditions)

    def rows(self, subject: Subject, accused: reverse.Reverse) -> list[Row]:
        """Hear all witnesses, SymPy last, which needs a while to start; then judge."""
        numbers = {direction.label: i for i, direction in enumerate(subject.directions)}
        keys = {partial: tuple(numbers[label] for label in partial) for partial in accused.partials}
        heard: dict[Partial, dict[str, Statement]] = {partial: {} for partial in keys}
        value, error = accused.value, accused.value_error
        for partial, key in keys.items():
            if "numeric" in self.methods:
                heard[partial]["numeric"] = numeric.testify(subject, key)
            if "complex" in self.methods:
                heard[partial]["complex"] = (
                    GaveUp("complex", "the point stands on a kink")
                    if accused.kinks
                    else complex_step.testify(subject, key, value, error)
                )
        if "symbolic" in self.methods:
            account = self._ask_symbolic(subject, accused)
            for partial in keys:
                said = account if isinstance(account, GaveUp) else account.get(partial)
                heard[partial]["symbolic"] = said or GaveUp("symbolic", "it said nothing")
        return [self._judge(subject, accused, partial, key, heard[partial]) for partial, key in keys.items()]

    def _weighed(self, subject: Subject, rows: list[Row], shape: tuple[int, ...]) -> list[Row]:
        """Look at an array again with its elements weighed 1, 2, ...: errors may cancel in their sum."""
        weights = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
        again = Subject(self.program, subject.values, self.wrt, self.seed, weights)
        judge = Judge(self.program, self.wrt, self.order, self.methods[:1], self.rtol, self.seed)
        found = {row.partial: row for row in judge.rows(again, reverse.testify(again, self.order))}
        return [
            replace(found[row.partial], note="seen with the elements of the result weighed 1, 2, ...")
            if row.verdict == AGREES and found[row.partial].verdict == DISAGREES
            else row
            for row in rows
        ]

    def _ask_symbolic(self, subject: Subject, accused: reverse.Reverse) -> Account:
        """Ask SymPy, as long as it has not taken too much time in all; it must know the function's value, too."""
        if self._patience <= 0:
            return GaveUp("symbolic", f"it has taken {PATIENCE:g} s")
        began = time.monotonic()
        account = symbolic.testify(self.program, subject.values, self.wrt, self.order)
        self._patience -= time.monotonic() - began
        if isinstance(account, GaveUp):
            self._patience /= 2
            return account
        value = account.get(())
        if isinstance(value, Testimony) and not agree(Testimony("value", accused.value, accused.value_error), value):
            return GaveUp("symbolic", f"the function it knows has the value {value.value!r} there")
        return account

    def _judge(
        self, subject: Subject, accused: reverse.Reverse, partial: Partial, key: tuple[int, ...],
        heard: Mapping[str, Statement],
    ) -> Row:  # fmt: skip
        row = weigh(partial, accused.partials[partial], heard, self.rtol)
        if row.verdict == AGREES and not telling(row.reverse, subject.steepness(key, accused.value)):
            return replace(row, verdict=UNJUDGED, note="rounding leaves it in doubt")
        if row.verdict == AGREES and not accused.kinks:
            return row
        return settle(row, *sides(subject, key), bool(accused.kinks))


def _places(subject: Subject, accused: reverse.Reverse, rows: Iterable[Row], closely: bool) -> Iterator[Place]:
    """Say what a reader should know of pieces of the text: kinks, the origin of NaN, digits lost."""
    for kink in accused.kinks:
        yield kinks.place(subject.program.text, kink)
    broken = [row for row in rows if np.isnan(row.reverse.value)]
    if broken:
        found = nonfinite.of_gradient(subject, accused, any(row.verdict == DISAGREES for row in broken))
        if found is not None:
            yield found
    elif closely:
        lossy = conditioning.cancellation(subject, accused)
        if lossy is not None:
            yield lossy


def weigh(partial: Partial, accused: Testimony, witnesses: Mapping[str, Statement], rtol: float) -> Row:
    """Weigh what the witnesses say of one partial."""
    heard = {n: agree(accused, said, rtol) for n, said in witnesses.items() if isinstance(said, Testimony)}
    verdict = UNJUDGED if not heard else AGREES if all(heard.values()) else DISAGREES
    return Row(partial, accused, witnesses, heard, verdict)


def settle(row: Row, left: Side, right: Side, declared: bool) -> Row:
    """Look at both sides where witnesses do not agree, or where an operation has a kink, and say what that means.

    Where the sides differ there is no derivative, and reverse mode has a convention: it may take anything where
    an operation has one, else what lies between the sides. Where they meet, the point is like any other; only
    conventions may combine to something else, as in `relu(x) - relu(-x)`.
    """
    told = replace(row, left=left.value, right=right.value)
    if differ(left, right):
        ends = [value for value in (left.value, right.value) if value is not None]
        free = declared or len(ends) < 2 or not np.all(np.isfinite([*ends, row.reverse.value]))
        slack = row.reverse.error + left.error + right.error
        if free or min(ends) - slack <= row.reverse.value <= max(ends) + slack:
            return replace(told, verdict=KINK)
        return replace(told, verdict=DISAGREES)
    both = meet(left, right)
    if both is None:
        endless = left.value is not None and left.value == right.value
        return replace(told, verdict=KINK) if endless and (declared or left.value == row.reverse.value) else row
    if agree(row.reverse, Testimony("both sides", *both)):
        return row if row.heard else replace(row, verdict=AGREES)
    if declared and not np.isnan(row.reverse.value):
        return replace(told, verdict=KINK, note="conventions combine to what is not the derivative")
    return replace(told, verdict=DISAGREES)


def agree(one: Testimony, other: Testimony, rtol: float = 0.0) -> bool:
    """Tell whether two statements can both be true."""
    if one.value == other.value:
        return True
    return bool(abs(one.value - other.value) <= one.error + other.error + rtol * abs(other.value))
