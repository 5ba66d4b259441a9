"""The place where a text stops following the grammar, and what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import Span
from .parser import END, NEWLINE, Token, Unexpected, tokens

OPERANDS = {"NUMBER", "NAME", "RPAR", "RSQB", "SUPERSCRIPT"}
BEGINNINGS = {"NUMBER", "NAME", "LPAR"}
OPERATORS = {"SIGN", "MULTIPLY", "POWER", "COMPARE", "EQUALS", "AND", "OR", "NOT", "IF", "ELSE"}
PARTNERS = {"(": ")", "[": "]"}


class Scene(NamedTuple):
    """The tokens up to the one that does not fit, which is `here`, and those after it."""

    text: str
    before: list[Token]
    here: Token
    after: list[Token]
    open: list[Token]
    bound: bool
    expected: frozenset[str]

    @property
    def last(self) -> Token | None:
        """The token before the one that does not fit, unless a statement ended there."""
        return self.before[-1] if self.before and self.before[-1].text not in (";", "\n") else None

    @property
    def next(self) -> Token:
        """The token after the one that does not fit."""
        return self.after[0] if self.after else self.here

    @property
    def left(self) -> Span:
        """The value that stands before the place, with its brackets and the function before them."""
        return value_before(self.before)

    @property
    def right(self) -> Span:
        """The value that begins at the place, with what is in its brackets."""
        return value_at(self.here, self.after)

    @property
    def run(self) -> Span:
        """The values that begin at the place and are written without a gap, as `2x` is."""
        span = self.right
        for i, token in enumerate(self.after):
            if token.span.start == span.end and token.kind in BEGINNINGS:
                span = Span(span.start, value_at(token, self.after[i + 1 :]).end)
        return span

    def written(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[slice(*span)]


def read(text: str, unexpected: Unexpected) -> Scene:
    """Return the scene at the place where the parser stopped."""
    before: list[Token] = []
    opened: list[Token] = []
    bound = False
    rest = tokens(text)
    for here in rest:
        if here.span.start == unexpected.start:
            break
        if here.kind == NEWLINE and (opened or (before and before[-1].kind in OPERATORS)):
            continue
        if here.text in PARTNERS:
            opened.append(here)
        elif here.text in PARTNERS.values():
            opened.pop()
        elif not opened:
            bound = here.text == "=" or (bound and here.text not in (";", "\n"))
        before.append(here)
    return Scene(text, before, here, list(rest), opened, bound, unexpected.expected)


def value_before(before: Sequence[Token]) -> Span:
    """Return where the value stands that ends with the last of some tokens."""
    index, depth = len(before) - 1, 0
    while index > 0:
        depth += (before[index].text in ")]") - (before[index].text in "([")
        joins = before[index].kind in ("SUPERSCRIPT", "LSQB") or before[index - 1].kind == "NAME"
        if depth == 0 and not (joins and before[index].kind in ("SUPERSCRIPT", "LSQB", "LPAR")):
            break
        index -= 1
    return joined(before[index], before[-1])


def value_at(first: Token, after: Sequence[Token]) -> Span:
    """Return where the value stands that begins with a token."""
    last, depth = first, int(first.kind == "LPAR")
    for token in after:
        if depth == 0 and not (token.kind == "LPAR" and last.kind == "NAME"):
            break
        last = token
        depth += (token.text in PARTNERS) - (token.text in PARTNERS.values())
    return joined(first, last)


def joined(first: Token, last: Token) -> Span:
    """Return the span from one token to another."""
    return Span(first.span.start, last.span.end)


def shorten(text: str, most: int = 40) -> str:
    """Return a piece of text on one line, cut where it is long."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 3] + "..."


def shown(token: Token) -> str:
    """Return a token as messages show it."""
    return {END: "the end", NEWLINE: "the end of the line"}.get(token.kind, f"`{shorten(token.text)}`")
