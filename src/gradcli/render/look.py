"""How text is to look: digits, width, characters. And the pieces that lines are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Piece = tuple[str, str]
Line = Iterable[Piece]


class Look(NamedTuple):
    """The wishes of the reader: significant digits (None: as many as identify the number), bare or not.

    `width` is the number of columns, and `folds` whether sentences are broken there; `ascii` says that trees
    are drawn without box characters; `painted`, that colours will be seen.
    """

    digits: int | None = None
    bare: bool = False
    width: int = 80
    folds: bool = False
    ascii: bool = False
    painted: bool = False


def plain(line: Line) -> str:
    """Return a line without its styles."""
    return "".join(text for text, _ in line)


def in_ascii(line: Line) -> Line:
    """Return a line without the characters that not every encoding has."""
    return [(text.translate(_ASCII), style) for text, style in line]


_ASCII = str.maketrans({"├": "|", "─": "-", "└": "`", "│": "|", "…": "~"})
