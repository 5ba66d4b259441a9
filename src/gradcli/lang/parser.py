"""The parser: drive the tables of the grammar over a text, without recursion.

lark's own driver takes five times as long and half the start-up time of the command; this one reads
the same table. A step from one rung of the precedence ladder to the next changes only the name of what
is on top of the stack, so a run of such steps is taken at once, and remembered.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import Span
from .grammar import Tables, tables

_DEPTH = {"LPAR": 1, "LSQB": 1, "RPAR": -1, "RSQB": -1}
NEWLINE, END = "_NEWLINE", "$END"


class Token(NamedTuple):
    """A piece of the text: what kind it is, how it is written, and where."""

    kind: str
    text: str
    span: Span


class Unexpected(Exception):
    """Where the text stops following the grammar, and the kinds of token that could have stood there."""

    def __init__(self, start: int, expected: frozenset[str]) -> None:
        super().__init__(start, expected)
        self.start = start
        self.expected = expected


def tokens(text: str) -> Iterator[Token]:
    """Split a text into its tokens, newlines and stray characters among them, and the end last."""
    for kind, word, start, stop in _feed(text):
        yield Token(kind, word, Span(start, stop))


def run(text: str, builder: Any) -> Any:
    """Parse a text, making its value by the method of each rule: `builder.rule(span, *values)`.

    Raises Unexpected at the first token that cannot stand where it stands.
    """
    made = tables()
    states, end_state, routes, new = made.states, made.end, _routes(), tuple.__new__
    rules = [(r.origin, r.size, r.plan, r.action and getattr(builder, r.action), r.action == "") for r in made.rules]
    path = [made.start]  # the states passed through: one, and another for each symbol
    values: list[Any] = []
    starts: list[int] = []
    row = states[made.start]
    depth = end = 0
    for kind, word, start, stop in _feed(text):
        if kind in _DEPTH:
            depth += _DEPTH[kind]
        elif kind == NEWLINE and (depth > 0 or kind not in row):
            continue
        while True:
            action = row.get(kind)
            if action is None:
                raise Unexpected(start, frozenset(k for k in row if k.isupper() or k == END))
            if action >= 0:
                path.append(action)
                values.append(word)
                starts.append(start)
                row, end = states[action], stop
                break
            origin, size, plan, maker, inline = rules[~action]
            if size:
                first, taken = starts[-size], values[-size:]
                del path[-size:], values[-size:], starts[-size:]
            else:
                first, taken = end, []
            if plan is not None:
                taken = _keep(taken, plan)
            values.append(maker(new(Span, (first, end)), *taken) if maker else taken if inline else taken[0])
            starts.append(first)
            key = path[-1], origin, kind
            state = routes.get(key)
            if state is None:
                state = routes[key] = _route(made, *key)
            path.append(state)
            row = states[state]
            if state == end_state and kind == END:
                return values[0]
    raise AssertionError("the end of the text is a token too")


def _feed(text: str) -> Iterator[tuple[str, str, int, int]]:
    made = tables()
    keywords, ignored = made.keywords, made.ignored
    for match in _pattern().finditer(text):
        kind = match.lastgroup or ""
        if kind in ignored:
            continue
        word = match.group()
        if word in keywords:
            kind = keywords[word]
        yield kind, word, *match.span()
    yield END, "", len(text), len(text)


def _keep(taken: list[Any], plan: tuple[tuple[int | None, bool], ...]) -> list[Any]:
    kept: list[Any] = []
    for index, spread in plan:
        if index is None:
            kept.append(None)
        elif not spread:
            kept.append(taken[index])
        elif kept:
            kept += taken[index]
        else:
            kept = taken[index]  # grow the list in place: a long list takes linear time
    return kept


def _route(made: Tables, here: int, origin: str, kind: str) -> int:
    """Find the state that a symbol leads to, after the steps that only rename it."""
    state = made.states[here][origin]
    while True:
        action = made.states[state].get(kind, 0)
        if action >= 0:
            return state
        rule = made.rules[~action]
        if rule.size != 1 or rule.action is not None:
            return state
        state = made.states[here][rule.origin]


@functools.cache
def _pattern() -> re.Pattern[str]:
    return re.compile(tables().pattern)


@functools.cache
def _routes() -> dict[tuple[int, str, str], int]:
    return {}
