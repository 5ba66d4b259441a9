"""A line of a shell as its statements, each with its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import Span
from ..lang import parser, scene, syntax, tree
from ..lang.tree import Binding, Definition, Statement


class Piece(NamedTuple):
    """A statement: its text and where that starts, what it gives a value or a meaning, what it reads and calls.

    `name` is "" for one that gives a value to nothing. A function `defines` its name, and reads its `parameters`.
    """

    text: str
    name: str
    start: int = 0
    defines: bool = False
    parameters: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()


def split(line: str) -> list[Piece]:
    """Part a line into its statements; raise ParseError where it is not made of any.

    >>> [(piece.text, piece.name) for piece in split("y = 3; f(x) = x**2; (f(y))")]
    [('y = 3', 'y'), ('f(x) = x**2', 'f'), ('(f(y))', '')]
    """
    statements = syntax.read(line)
    return [
        _piece(line, place, statement) for place, statement in zip(_places(line, statements), statements, strict=True)
    ]


def _piece(line: str, place: Span, statement: Statement) -> Piece:
    text = line[place.start : place.end]
    if isinstance(statement, Definition):
        parameters = frozenset(parameter.name for parameter in statement.parameters)
        return Piece(text, statement.name.name, place.start, True, parameters, *_uses(statement.value))
    if isinstance(statement, Binding):
        return Piece(text, statement.name.name, place.start, False, frozenset(), *_uses(statement.value))
    return Piece(text, "", place.start, False, frozenset(), *_uses(statement))


def _uses(node: tree.Node) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that are read in an expression, and the functions that are called."""
    nodes = list(tree.walk(node))
    names = frozenset(node.name for node in nodes if isinstance(node, tree.Name))
    return names, frozenset(node.function for node in nodes if isinstance(node, tree.Call))


def _places(line: str, statements: Sequence[Statement]) -> Iterator[Span]:
    """Yield where each statement stands with its outermost brackets, which its own span leaves out."""
    rest = iter(statements)
    inner = next(rest, None)
    first = last = None
    depth = 0
    for token in parser.tokens(line):
        ends = token.kind in (parser.NEWLINE, parser.END) or token.text == ";"
        if not ends:
            first, last = first or token, token
            depth += (token.text in scene.PARTNERS) - (token.text in scene.PARTNERS.values())
        elif first and last and inner and depth == 0 and token.span.start >= inner.span.end:
            yield scene.joined(first, last)
            first, inner = None, next(rest, None)
