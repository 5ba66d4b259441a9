"""The report of a check as text: a table of witnesses for one point, a line for each partial for many."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from ..errors import Span
from ..views.check import Check, Claimed, Conditioned, Looked, Partial, Remark, Said
from ..views.names import function_name, partial_name
from . import diagnostic, numbers, table
from .look import Line, Look

# Of a symbolic witness's fifty digits, so many are shown.
_DIGITS = 20
# More units in the last place are not worth counting.
_MOST = 1e6

WORDS = {"agrees": "agrees", "disagrees": "DISAGREES", "kink": "kink", "unjudged": "not judged"}
STYLES = {"agrees": "text", "disagrees": "error", "kink": "note", "unjudged": "note"}

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
    f = function_name(view.wrt)
    wrong = [point for point in view.points if point.verdict == "disagrees"]
    for point in wrong or view.points[: len(view.points) == 1]:
        yield from table.draw(_WITNESSES, _rows(point, f, look), look.width)
        if point.condition is not None:
            yield from _condition(point.condition, f, look)
        yield from _remarks(point.remarks, view.expression, look)
    if len(view.points) > 1 and not wrong:
        yield from _summary(view, f, look)
    for point in view.undefined[:1]:
        yield from _undefined(point, view.undefined_points, view.expression, look)
    yield _verdict(view, wrong or view.points, look)
    for claim in view.claims or ():
        yield from _claim(claim, f, look)
    if view.repeat:
        yield ("repeat it: ", "hint"), (view.repeat, "")


def _rows(point: Looked, f: str, look: Look) -> Iterator[list[str]]:
    for row in point.rows:
        word = WORDS[row.verdict] + (f": {row.note}" if row.note else "")
        yield [partial_name(f, row.wrt), "reverse", *_numbers(row.reverse, look), "", word]
        for side, value in (("left", row.left), ("right", row.right)):
            if row.verdict == "kink":
                yield ["", side, "none" if value is None else numbers.number(value, look.digits), "", "", ""]
        for name, said in row.witnesses.items():
            if said.gave_up is not None:
                yield ["", name, "", "", "", f"gave up: {said.gave_up}"]
            else:
                yield ["", name, *_numbers(said, look), _count(said.ulp), _agreement(row, said)]


def _agreement(row: Partial, said: Said) -> str:
    word = "" if row.verdict == "kink" else "agrees" if said.agrees else "disagrees"
    return "; ".join(filter(None, (word, said.how)))


def _numbers(said: Said, look: Look) -> tuple[str, str]:
    value = numbers.number(said.value, look.digits)
    if said.digits and look.digits is None and len(said.digits) > len(value):
        value = f"{Decimal(said.digits):.{_DIGITS}g}"
    return value, f"{said.error:.0e}" if said.error else "0"


def _condition(found: Conditioned, f: str, look: Look) -> Iterator[Line]:
    """Say by how much errors of the variables grow, and how many digits rounding costs."""
    known = {f: found.value, **{partial_name(f, [name]): value for name, value in found.grad.items()}}
    told = [f"{name} {value:.3g}" for name, value in known.items() if value is not None]
    if told:
        yield ("condition", "label"), (f"  {', '.join(told)}", "")
    lost = {f if not name else partial_name(f, [name]): digits for name, digits in found.digits_lost.items()}
    told = [f"{name} {digits:.0f}" for name, digits in lost.items() if digits >= 1]
    if told:
        yield ("digits lost", "label"), (f"  {', '.join(told)} of 16", "")


def _summary(view: Check, f: str, look: Look) -> Iterator[Line]:
    found: dict[tuple[str, ...], list[tuple[Looked, Partial]]] = {}
    for point in view.points:
        for row in point.rows:
            found.setdefault(tuple(row.wrt), []).append((point, row))
    yield from table.draw(
        _SUMMARY, (_summed(partial_name(f, name), rows, look) for name, rows in found.items()), look.width
    )


def _summed(name: str, rows: list[tuple[Looked, Partial]], look: Look) -> list[str]:
    counts = [str(sum(row.verdict == verdict for _, row in rows)) for verdict in ("agrees", "kink", "unjudged")]
    judged = [(row.ulp, point) for point, row in rows if row.verdict == "agrees" and row.ulp is not None]
    ulp, where = max(judged, key=lambda pair: pair[0], default=(None, None))
    brief = look._replace(digits=look.digits or 6)
    return [name, *counts, _count(ulp), place(where.at, brief) if where and ulp else ""]


def _undefined(point: Looked, count: int, text: str, look: Look) -> Iterator[Line]:
    more = f", and at {count - 1} more point{'s' * (count > 2)}" if count > 1 else ""
    where = f" at {place(point.at, look)}" if point.at else ""
    yield ("note:", "note"), (f" the function is not defined{where}{more}", "")
    yield from _remarks(point.remarks, text, look)


def _remarks(remarks: Iterable[Remark], text: str, look: Look) -> Iterator[Line]:
    for remark in remarks:
        yield from _sentence("note", remark.message, look)
        if remark.span:
            yield from diagnostic.place(text, Span(*remark.span))
        if remark.detail:
            yield ((f"  {remark.detail}", "dim"),)
        if remark.hint:
            yield from _sentence("hint", remark.hint, look)


def _claim(claim: Claimed, f: str, look: Look) -> Iterator[Line]:
    word = {"agrees": "right", "disagrees": "WRONG", "unjudged": "not judged"}[claim.verdict]
    yield ("claim ", "label"), (f"{partial_name(f, claim.wrt)} = {claim.formula}: ", ""), (word, STYLES[claim.verdict])
    if claim.at is not None:
        claimed, derivative = (numbers.number(v, look.digits) for v in (claim.claimed, claim.derivative))
        yield ((f"  at {place(claim.at, look)} it is {claimed}, and the derivative is {derivative}", ""),)
    if claim.diagnosis:
        yield from _sentence("hint", claim.diagnosis, look)
    if claim.undefined is not None:
        yield ((f"  it has no value at {place(claim.undefined, look)}, where there is a derivative", ""),)


def _verdict(view: Check, points: list[Looked], look: Look) -> Line:
    word, style = WORDS[view.gradient], STYLES[view.gradient]
    if view.gradient == "agrees" and all(point.verdict == "kink" for point in points):
        word, style = "no derivative: a convention is taken", "note"
    if len(points) > 1:
        return (word, style), (f" at {len(points)} points", "")
    where = place(points[0].at, look) if points else ""
    return (word, style), (f" at {where}" if where else "", "")


def place(at: dict[str, Any], look: Look) -> str:
    """Write a point as it would be typed."""
    return ",".join(f"{name}={_plain(value, look)}" for name, value in at.items())


def _plain(value: Any, look: Look) -> str:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e6
    return str(int(value)) if whole else numbers.short(value, look.digits)


def _count(ulp: float | None) -> str:
    return "" if ulp is None or ulp > _MOST else f"{ulp:.0f}"


def _sentence(kind: str, text: str, look: Look) -> Iterator[Line]:
    """Draw a sentence, broken to the width, or, in a pipe, as long as it is."""
    first, *rest = textwrap.wrap(text, look.width - 6) if look.folds else [text]
    yield (f"{kind}:", kind), (f" {first}", "")
    yield from (((f"      {line}", ""),) for line in rest)
