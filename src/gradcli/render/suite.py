"""A suite of checks as text: a line for each, those at length that are not right, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..views.check import Check
from . import check, table
from .check import STYLES, WORDS
from .look import Line, Look

_COLUMNS = [table.Column("check", "label"), table.Column("verdict"), table.Column("")]

# What is said of one, and of many.
_TOLD = {
    "agrees": ("agrees", "agree"), "disagrees": ("disagrees", "disagree"), "unjudged": ("not judged", "not judged"),
}  # fmt: skip


def draw(checks: Sequence[Check], look: Look) -> Iterator[Line]:
    """Draw the verdicts of a suite; bare, the numbers of those that agree, disagree, and were not judged."""
    counts = {verdict: sum(each.verdict == verdict for each in checks) for verdict in _TOLD}
    if look.bare:
        yield ((" ".join(map(str, counts.values())), ""),)
        return
    rows = ([each.name or "", WORDS[each.verdict], _where(each)] for each in checks)
    yield from table.draw(_COLUMNS, rows, look.width)
    for each in checks:
        if each.verdict != "agrees":
            yield (("", ""),)
            yield (each.name or "", "head"), (f": {each.expression}", "")
            yield from check.draw(each, look)
    told = [f"{count} {_TOLD[verdict][count != 1]}" for verdict, count in counts.items() if count]
    worst = next((v for v in ("disagrees", "unjudged") if counts[v]), "agrees")
    yield (("", ""),)
    yield ((", ".join(told), STYLES[worst]),)


def _where(each: Check) -> str:
    claims = f", {len(each.claims)} claim{'s' * (len(each.claims) > 1)}" if each.claims else ""
    return f"{len(each.points)} point{'s' * (len(each.points) != 1)}{claims}"
