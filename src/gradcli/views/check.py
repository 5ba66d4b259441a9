"""The report of a check as a view: plain numbers and words, whose fields are the keys of its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..verify.report import CheckReport, ClaimReport, Examined, Place, Row
from ..verify.witness import GaveUp, Statement


class Said(NamedTuple):
    """What a witness says: a value within its error, or why it gave up; `ulp` is how far reverse mode is from it.

    `how` names what else stands behind the value.
    """

    value: float | None
    error: float | None
    digits: str | None
    how: str | None
    gave_up: str | None
    ulp: float | None
    agrees: bool | None


class Partial(NamedTuple):
    """A row of the report: a partial derivative by `wrt`, what each witness says, and the verdict."""

    wrt: list[str]
    verdict: str
    reverse: Said
    witnesses: dict[str, Said]
    ulp: float | None
    left: float | None
    right: float | None
    note: str | None


class Remark(NamedTuple):
    """A remark on a piece of the text."""

    message: str
    span: tuple[int, int] | None
    detail: str | None
    hint: str | None


class Conditioned(NamedTuple):
    """Relative condition numbers of the value and of each first partial, and digits that rounding costs."""

    value: float | None
    grad: dict[str, float | None]
    digits_lost: dict[str, float]


class Looked(NamedTuple):
    """A point that was looked at; without rows, the function is not defined there."""

    at: dict[str, Any]
    value: Any
    verdict: str
    rows: list[Partial]
    remarks: list[Remark]
    condition: Conditioned | None


class Claimed(NamedTuple):
    """What became of a claim: of a wrong one, where that is seen, and why if that is known."""

    wrt: list[str]
    formula: str
    verdict: str
    points: int
    at: dict[str, Any] | None
    claimed: float | None
    derivative: float | None
    diagnosis: str | None
    undefined: dict[str, Any] | None


class Check(NamedTuple):
    """The verdict on the derivatives of an expression, and on claims; `gradient` is that on the derivatives alone.

    `repeat` is the command that shows a disagreement again.
    """

    name: str | None
    expression: str
    wrt: list[str]
    order: int
    verdict: str
    gradient: str
    points: list[Looked]
    undefined: list[Looked]
    undefined_points: int
    claims: list[Claimed] | None
    repeat: str | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "check"


def view(
    report: CheckReport, shown: Mapping[str, Any], notes: list[str], name: str | None = None, repeat: str | None = None
) -> Check:
    """Turn a report into a view; `shown` are values as they were typed."""

    def looked(point: Examined) -> Looked:
        return _looked(point, {n: shown.get(n, v) for n, v in point.at.items()})

    return Check(
        name,
        report.expression,
        list(report.wrt),
        report.order,
        report.verdict,
        report.gradient,
        [looked(point) for point in report.points],
        [looked(point) for point in report.undefined],
        report.undefined_points,
        [_claimed(claim) for claim in report.claims] or None,
        repeat,
        [*report.notes, *notes],
    )


def _looked(point: Examined, at: dict[str, Any]) -> Looked:
    found = point.conditions
    conditions = None if found is None else Conditioned(found.value, dict(found.partials), dict(found.lost))
    rows = [_row(row) for row in point.rows]
    return Looked(at, point.value, point.verdict, rows, [_remark(p) for p in point.places], conditions)


def _row(row: Row) -> Partial:
    witnesses = {name: _said(row, said, row.heard.get(name)) for name, said in row.witnesses.items()}
    reverse = _said(row, row.reverse, None)
    return Partial(list(row.partial), row.verdict, reverse, witnesses, row.ulp, row.left, row.right, row.note)


def _said(row: Row, said: Statement, agrees: bool | None) -> Said:
    if isinstance(said, GaveUp):
        return Said(None, None, None, None, said.reason, None, None)
    ulp = None if said is row.reverse else row.ulps(said)
    return Said(said.value, said.error, said.digits, said.how, None, ulp, agrees)


def _remark(place: Place) -> Remark:
    span = place.span and (place.span.start, place.span.end)
    return Remark(place.message, span, place.detail, place.hint)


def _claimed(claim: ClaimReport) -> Claimed:
    return Claimed(
        list(claim.names),
        claim.formula,
        claim.verdict,
        claim.points,
        None if claim.at is None else dict(claim.at),
        None if claim.claimed is None else claim.claimed.value,
        None if claim.truth is None else claim.truth.value,
        claim.diagnosis,
        None if claim.undefined is None else dict(claim.undefined),
    )
