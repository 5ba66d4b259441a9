"""The report of a check as text: a table of witnesses for one point, a line for each partial for many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import Span
from ..views.check import Check, Looked, Partial, Remark, Said
from . import diagnostic, numbers, table
from .look import Line, Look

# Of a symbolic witness's fifty digits, these are shown.
_DIGITS = 20
_WORDS = {"agrees": "agrees", "disagrees": "DISAGREES", "kink": "kink", "unjudged": "not judged"}

_WITNESSES = [
    table.Column("partial", "label"), table.Column("witness"), table.Column("value", "value"), table.Column("error"),
    table.Column("ulp"), table.Column("verdict"),
]  # fmt: skip
_SUMMARY = [
    table.Column("partial", "label"), table.Column("agrees"), table.Column("kinks"), table.Column("not judged"),
    table.Column("worst ulp"), table.Column("at", "value"),
]  # fmt: skip


def draw(view: Check, look: Look) -> Iterator[Line]:
    """Draw a report: the witnesses at a single point or at the one that disagrees, else a summary of the points."""
    if look.bare:
        yield from ((("" if p.ulp is None else f"{p.ulp:g}", ""),) for point in view.points for p in point.rows)
        return
    closely = [p for p in view.points if p.verdict == "disagrees"] or view.points[:1] * (len(view.points) == 1)
    if not closely:
        yield from _summary(view, look)
    for looked in closely:
        yield from table.draw(_WITNESSES, _rows(looked, look), look.width)
        yield from _remarks(looked.remarks, view.expression)
    for looked in view.undefined[:1]:
        yield from _undefined(looked, len(view.undefined), view.expression, look)
    yield _verdict(view, look)


def _rows(looked: Looked, look: Look) -> Iterator[list[str]]:
    for row in looked.rows:
        yield [_name(row.wrt), "reverse", *_numbers(row.reverse, look), "", _judged(row)]
        for side, value in (("left", row.left), ("right", row.right)):
            if row.verdict == "kink":
                shown = "none" if value is None else numbers.number(value, look.digits)
                yield ["", side, shown, "", "", ""]
        for name, said in row.witnesses.items():
            if said.gave_up is not None:
                yield ["", name, "", "", "", f"gave up: {said.gave_up}"]
            else:
                yield ["", name, *_numbers(said, look), _count(said.ulp), "agrees" if said.agrees else "disagrees"]


def _judged(row: Partial) -> str:
    return _WORDS[row.verdict] + (f": {row.note}" if row.note else "")


def _numbers(said: Said, look: Look) -> tuple[str, str]:
    digits = look.digits or _DIGITS
    value = said.digits[: digits + 2] if said.digits and digits > 17 else numbers.number(said.value, look.digits)
    return value, f"{said.error:.0e}" if said.error else "0"


def _summary(view: Check, look: Look) -> Iterator[Line]:
    found: dict[tuple[str, ...], list[tuple[Looked, Partial]]] = {}
    for looked in view.points:
        for row in looked.rows:
            found.setdefault(tuple(row.wrt), []).append((looked, row))
    yield from table.draw(_SUMMARY, (_summed(name, rows, look) for name, rows in found.items()), look.width)


def _summed(wrt: tuple[str, ...], rows: list[tuple[Looked, Partial]], look: Look) -> list[str]:
    counts = [str(sum(row.verdict == verdict for _, row in rows)) for verdict in ("agrees", "kink", "unjudged")]
    judged = [(row.ulp, looked) for looked, row in rows if row.verdict == "agrees" and row.ulp is not None]
    ulp, where = max(judged, key=lambda pair: pair[0], default=(None, None))
    return [_name(wrt), *counts, _count(ulp), place(where.at, look) if where and ulp else ""]


def _name(wrt: Iterable[str]) -> str:
    names = list(wrt)
    if len(names) == 1:
        return f"df/d{names[0]}"
    return f"d2f/d{names[0]}2" if names[0] == names[1] else f"d2f/d{names[0]}d{names[1]}"


def _count(ulp: float | None) -> str:
    return "" if ulp is None else f"{ulp:.0f}" if ulp < 1e4 else f"{ulp:.0e}"


def place(at: dict[str, Any], look: Look) -> str:
    """Write a point as it would be typed."""
    return ",".join(f"{name}={_plain(value, look)}" for name, value in at.items())


def _plain(value: Any, look: Look) -> str:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e6
    return str(int(value)) if whole else numbers.short(value, look.digits)


def _remarks(remarks: Iterable[Remark], text: str) -> Iterator[Line]:
    for remark in remarks:
        yield ("note:", "note"), (f" {remark.message}", "")
        if remark.span:
            yield from diagnostic.place(text, Span(*remark.span))
        if remark.hint:
            yield ("hint:", "hint"), (f" {remark.hint}", "")


def _undefined(looked: Looked, count: int, text: str, look: Look) -> Iterator[Line]:
    more = f", and at {count - 1} more points" if count > 1 else ""
    yield ("note:", "note"), (f" the function is not defined at {place(looked.at, look)}{more}", "")
    yield from _remarks(looked.remarks, text)


def _verdict(view: Check, look: Look) -> Line:
    word = _WORDS[view.verdict]
    style = {"agrees": "text", "disagrees": "error"}.get(view.verdict, "note")
    points = view.points
    if view.verdict == "disagrees":
        points = [point for point in points if point.verdict == "disagrees"]
    if len(points) == 1:
        where = f" at {place(points[0].at, look)}" if points[0].at else ""
    else:
        where = f" at {len(points)} points" if points else ""
    return (word, style), (where, "")
