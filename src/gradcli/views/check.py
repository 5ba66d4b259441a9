"""The report of a check as a view: plain numbers and words, whose fields are the keys of its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..verify.report import CheckReport, Examined, Place, Row
from ..verify.witness import GaveUp, Statement


class Said(NamedTuple):
    """What a witness says: a value within its error, or why it gave up; `ulp` is how far reverse mode is from it."""

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
    hint: str | None


class Looked(NamedTuple):
    """A point that was looked at; without rows, the function is not defined there."""

    at: dict[str, Any]
    value: Any
    verdict: str
    rows: list[Partial]
    remarks: list[Remark]


class Check(NamedTuple):
    """The verdict on the derivatives of an expression."""

    expression: str
    wrt: list[str]
    order: int
    verdict: str
    points: list[Looked]
    undefined: list[Looked]
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "check"


def view(report: CheckReport, shown: Mapping[str, Any] | None = None, notes: list[str] | None = None) -> Check:
    """Turn a report into a view; `shown` are values as they were typed."""
    return Check(
        report.expression,
        list(report.wrt),
        report.order,
        report.verdict,
        [_looked(point, shown or {}) for point in report.points],
        [_looked(point, shown or {}) for point in report.undefined],
        [*report.notes, *(notes or [])],
    )


def _looked(point: Examined, shown: Mapping[str, Any]) -> Looked:
    at = {name: shown.get(name, value) for name, value in point.at.items()}
    return Looked(at, point.value, point.verdict, [_row(r) for r in point.rows], [_remark(p) for p in point.places])


def _row(row: Row) -> Partial:
    return Partial(
        list(row.partial),
        row.verdict,
        _said(row, row.reverse, None),
        {name: _said(row, said, row.heard.get(name)) for name, said in row.witnesses.items()},
        row.ulp,
        row.left,
        row.right,
        row.note,
    )


def _said(row: Row, said: Statement, agrees: bool | None) -> Said:
    if isinstance(said, GaveUp):
        return Said(None, None, None, None, said.reason, None, None)
    ulp = None if said is row.reverse else row.ulps(said)
    return Said(said.value, said.error, said.digits, said.how, None, ulp, agrees)


def _remark(place: Place) -> Remark:
    return Remark(place.message, place.span and (place.span.start, place.span.end), place.hint)
