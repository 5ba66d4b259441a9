"""Claims: formulas that somebody says are derivatives, held against what the witnesses found.

A claim is wrong where it differs from the derivative by more than rounding accounts for. Points come in the order
of their simplicity, so the first that shows it is the one to work by hand.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..errors import GradcliError, UnknownNameError
from . import symbolic
from .numeric import telling
from .report import AGREES, DISAGREES, UNJUDGED, ClaimReport, Examined
from .rounding import EPS, SAFETY, TRIALS, ShakenPoint, shaken, spread
from .subject import Direction, directions
from .together import NotPointwise
from .verdict import agree
from .witness import Partial, Testimony


class Claim(NamedTuple):
    """A formula that is said to be the derivative by some names, in order: once each for every order."""

    names: Partial
    program: lang.Program

    @classmethod
    def read(cls, names: str, formula: str) -> Claim:
        """Parse a claim about the derivative by a name, or by several with commas between them."""
        parts = tuple(name.strip() for name in names.split(","))
        return cls(parts, lang.parse(formula, f"--claim {','.join(parts)}"))


class Trial:
    """What has become of a claim so far."""

    def __init__(self, program: lang.Program, claim: Claim, rtol: float, seed: int) -> None:
        for name in claim.program.variables:
            if name not in program.variables:
                raise _stranger(claim, name, program.variables)
        self.program, self.claim, self.rtol, self.seed = program, claim, rtol, seed
        self.judged = 0
        self.hole: Mapping[str, Any] | None = None
        self.refuted: tuple[Mapping[str, Any], Testimony, Testimony] | None = None

    def hear(self, point: Examined) -> None:
        """Hold the claim against what was found at a point, unless it is refuted already."""
        if self.refuted is not None:
            return
        rows = {row.partial: row for row in point.rows}
        for partial, claimed in self._claimed(point.at).items():
            row = rows.get(partial) or rows.get(partial[::-1])
            truth = None if row is None else row.truth
            if truth is None:
                continue
            if not np.isfinite(claimed.value):
                self.hole = self.hole or point.at
            elif not agree(claimed, truth, self.rtol):
                self.refuted = point.at, claimed, truth
                return
            elif telling(claimed, abs(truth.value)):
                self.judged += 1

    def report(self, diagnose: bool) -> ClaimReport:
        """Say what became of the claim; of a wrong one also why, if SymPy knows and may be asked."""
        names, formula = self.claim.names, self.claim.program.text
        if self.refuted is None:
            return ClaimReport(names, formula, AGREES if self.judged else UNJUDGED, self.judged, undefined=self.hole)
        at, claimed, truth = self.refuted
        told = None
        if diagnose and len(names) == 1:
            told = symbolic.diagnose(self.program, self.claim.program, names[0], at)
        return ClaimReport(names, formula, DISAGREES, self.judged + 1, at, claimed, truth, told, self.hole)

    def _claimed(self, at: Mapping[str, Any]) -> dict[Partial, Testimony]:
        """Evaluate the claim at a point, with its rounding error: of arrays along each of the directions."""
        sides = [directions(name, at[name], self.seed) for name in self.claim.names]
        shapes = [shape for name in self.claim.names if (shape := np.shape(at[name]))]
        whole = tuple(length for shape in shapes for length in shape)
        try:
            values = [np.broadcast_to(value, whole) for value in self._values(at)]
        except (GradcliError, ValueError):
            return {(side.label,): Testimony("claim", np.nan) for side in sides[0]}
        found: dict[Partial, Testimony] = {}
        for ways in itertools.product(*sides):
            along = [functools.reduce(_along, ways, value) for value in values]
            found[tuple(way.label for way in ways)] = _testimony([float(value) for value in along])
        return found

    def _values(self, at: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the value of the claim, and values that rounding might have made of it."""
        program = self.claim.program
        given = {name: at[name] for name in program.free_names(at)}
        yield ShakenPoint(program, given, (), self.seed).value
        try:
            together = all(np.ndim(value) == 0 for value in at.values())
            for point in shaken(program, given, (), self.seed, together):
                yield from np.broadcast_to(point.value, TRIALS) if together else [point.value]
        except NotPointwise:
            yield from (point.value for point in shaken(program, given, (), self.seed, together=False))


def _along(value: np.ndarray, way: Direction) -> np.ndarray:
    """Contract the leading axes of a claimed derivative with a direction."""
    return np.tensordot(np.asarray(way.unit), value, np.ndim(way.unit))


def _testimony(values: Sequence[float]) -> Testimony:
    value, *shaken = values
    return Testimony("claim", value, SAFETY * spread(shaken, value) + 4 * EPS * abs(value))


def _stranger(claim: Claim, name: str, variables: Sequence[str]) -> GradcliError:
    near = lang.suggest(name, variables)
    hint = f"did you mean `{near}`?" if near else f"the expression has {', '.join(variables)}"
    return UnknownNameError(
        f"`{name}` is no variable of the expression", span=claim.program.place(name), text=claim.program.text,
        source=claim.program.source, hint=hint,
    )  # fmt: skip
