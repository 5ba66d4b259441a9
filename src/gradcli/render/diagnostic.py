"""Errors and notes on stderr: what is wrong, the line with a caret under the place, what to do.

error: there is no function `sinn`
  x + sinn(x)
      ^^^^
hint: did you mean `sin`?
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import GradcliError, Span
from . import terminal
from .look import Line, plain

_WIDTH = 76
_TAB = "    "


def report(error: GradcliError, as_json: bool = False, stream: Any = None) -> None:
    """Write an error to stderr, as text or as a JSON object."""
    stream = sys.stderr if stream is None else stream
    if stream is None:
        return
    if as_json:
        from . import as_json as made

        stream.write(made.error(error) + "\n")
    else:
        terminal.write(lines(error), stream)


def warn(notes: Iterable[str], stream: Any = None) -> None:
    """Write notes to stderr."""
    stream = sys.stderr if stream is None else stream
    if stream is not None:
        terminal.write((_said("note", note) for note in notes), stream)


def text(error: GradcliError) -> str:
    """Return an error as plain text."""
    return "\n".join(map(plain, lines(error)))


def lines(error: GradcliError) -> Iterator[Line]:
    """Draw an error."""
    yield _said("error", error.message)
    if error.span is not None and error.text is not None:
        yield from place(error.text, error.span, error.source)
    if error.hint:
        yield _said("hint", error.hint)


def _said(kind: str, sentence: str) -> Line:
    return (f"{kind}:", kind), (" " + "".join(_cell(c) for c in sentence), "")


def place(text: str, span: Span, source: str = "expression") -> Iterator[Line]:
    """Draw the line of a text that a span begins in, and carets below the span."""
    start = min(span.start, len(text))
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    gutter = "  "
    if "\n" in text.rstrip("\n"):
        gutter = f"  {text.count(chr(10), 0, first) + 1} | "
    elif source != "expression":
        gutter = f"  {source}" + ("=" if " " in source else " ")
    room = _WIDTH - len(gutter)
    before = [_cell(c) for c in text[max(first, start - 2 * room) : start]]
    under = [_cell(c) for c in text[start : min(span.end, last, start + 2 * room)]]
    after = [_cell(c) for c in text[start + len(under) : min(last, start + len(under) + 2 * room)]]
    before, under, after = _trimmed(before, under, after, room)
    carets = "^" * max(1, sum(map(_columns, under)))
    yield (gutter, "dim"), ("".join(before), ""), ("".join(under), "mark"), ("".join(after), "")
    yield (" " * (len(gutter) + sum(map(_columns, before))), ""), (carets, "mark")


def _trimmed(before: list[str], under: list[str], after: list[str], room: int) -> tuple[list[str], ...]:
    """Cut a line to the room there is, keeping the place and what stands around it."""
    if _total(under) > room // 2:
        under = [*_fitting(under, room // 2), "…"]
        after = []
    left = room - _total(under)
    if _total(before) + _total(after) > left:
        share = min(_total(before), max(left // 2, left - _total(after)))
        if _total(before) > share:
            before = ["…", *_fitting(before[::-1], share - 1)[::-1]]
        if _total(after) > left - _total(before):
            after = [*_fitting(after, left - _total(before) - 1), "…"]
    return before, under, after


def _fitting(cells: list[str], room: int) -> list[str]:
    kept, used = [], 0
    for cell in cells:
        used += _columns(cell)
        if used > room:
            break
        kept.append(cell)
    return kept


def _total(cells: list[str]) -> int:
    return sum(map(_columns, cells))


def _cell(character: str) -> str:
    """Return a character as it can be shown: a tab as spaces, a control character by its code."""
    if character == "\t":
        return _TAB
    return character if character.isprintable() or unicodedata.combining(character) else f"<{ord(character):04X}>"


def _columns(cell: str) -> int:
    """Return the columns that a cell takes: two for a wide character, none for a combining one."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell)
