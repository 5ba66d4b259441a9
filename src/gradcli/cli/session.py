"""What a shell remembers: the names and functions of earlier lines, and how a line builds on them.

A line is computed from the values of the names it uses. For a command, which differentiates or draws, it is put
together with the statements that it builds on to one expression and its point, as they would be typed:
after `w = 2`, `x = 3` and `y = w*x`, the line `y**2` is `y = w*x; y**2` at `w = 2`, `x = 3`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

import gradcli

from .. import lang
from ..errors import GradcliError, Span, UnknownNameError
from ..ops import lookup
from ..views import Evaluation
from .pieces import Piece, split

# The name of the last value.
LAST = "_"

# What is typed by those who mean a command of the shell.
_MEANT = {"quit": ":quit", "exit": ":quit", "help": ":help"}


class Composed(NamedTuple):
    """An expression that stands by itself, and the values of its variables, each as `x = 1`."""

    text: str
    at: list[str]


class _Bound(NamedTuple):
    """A statement that has given a name its value, with the value where it may have to stand for the statement."""

    piece: Piece
    value: Any


class Session:
    """The names of the lines so far with their `values`, and the `functions`."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.functions: dict[str, Piece] = {}
        self._bound: list[_Bound] = []
        self._latest: Piece | None = None

    def enter(self, line: str) -> Evaluation | None:
        """Compute a line and remember what it gives names to; return the value of a last statement that names nothing.

        Raises what parsing and evaluation raise, with a place in the line, or in the function it comes from.
        """
        try:
            pieces = split(line)
        except GradcliError as error:
            raise error.located(line) from None
        for piece in pieces:
            if piece.defines:
                self._define(line, piece)
        shown = None
        for piece in pieces:
            shown = None if piece.defines else self._compute(line, piece)
            self._latest = piece
        return shown

    def compose(self, text: str = "") -> Composed | None:
        """Put a text, or the line before, together with all that it builds on; None where there is no line."""
        pieces = split(text) if text else [self._latest] if self._latest else []
        if not pieces:
            return None
        if text or pieces[-1].defines:
            chain = self._chain(self._needs(pieces))
        else:
            chain = self._chain({pieces[-1].name or LAST})[:-1]  # without the statement that the line has become
        defined = {p.name for p in pieces if p.defines}
        functions = [p for p in self._called([*chain, *pieces]) if p.name not in defined]
        bound = [piece.name for piece in (*chain, *pieces)]
        alone = [p for p in chain if bound.count(p.name) == 1 and self._is_value(p) and p.reads.isdisjoint(bound)]
        steps = [p.text for p in (*functions, *chain, *pieces) if p not in alone]
        return Composed(("\n" if any("\n" in step for step in steps) else "; ").join(steps), [p.text for p in alone])

    def _compute(self, line: str, piece: Piece) -> Evaluation | None:
        """Compute a statement, and bind its value to its name, or to the name of the last value."""
        parts = [*self._called([piece]), piece]
        try:
            expression = gradcli.Expression.parse("\n".join(p.text for p in parts))
            program = expression.program
            used = program.free_names(self.values)
            for name in used:
                if name not in self.values:
                    raise self._unknown(name, program.place(name))
            at = {name: self.values[name] for name in used}
            point = expression.evaluated(at, wrt=())
        except GradcliError as error:
            raise _placed(error, line, parts) from None
        value = point.value
        if piece.name:
            self._bind(piece, value)
            return None
        self._bind(piece._replace(text=f"{LAST} = {piece.text}", name=LAST), value)
        return Evaluation(piece.text, at, value, point.notes)

    def _bind(self, piece: Piece, value: Any) -> None:
        """Give a name a value, and forget the statements on which no name is built any more."""
        self.values[piece.name] = value
        piece = _settled(piece, value) if any(map(_draws, piece.calls)) else piece
        self._bound.append(_Bound(piece, value if self._called([piece]) else None))
        living = {id(p) for p in self._chain(set(self.values))}
        self._bound = [bound for bound in self._bound if id(bound.piece) in living]

    def _define(self, line: str, piece: Piece) -> None:
        """Remember a function. Names that were computed with another one of its name keep their values."""
        before = self.functions.pop(piece.name, None)
        parts = [*self._called([piece]), piece]
        try:
            gradcli.Expression.parse("\n".join(p.text for p in parts))
        except GradcliError as error:
            if before is not None:
                self.functions[piece.name] = before
            raise _placed(error, line, parts) from None
        if before is not None:
            self.functions[piece.name] = before
            self._bound = [
                _Bound(_settled(p, value), None) if before in self._called([p]) else _Bound(p, value)
                for p, value in self._bound
            ]
        self.functions[piece.name] = piece

    def _chain(self, wanted: set[str]) -> list[Piece]:
        """Return the statements that gave some names their values, and those that these build on, in order."""
        chain: list[Piece] = []
        for piece, _ in reversed(self._bound):
            if piece.name in wanted:
                chain.append(piece)
                wanted = wanted - {piece.name} | self._needs([piece])
        return chain[::-1]

    def _needs(self, pieces: Sequence[Piece]) -> set[str]:
        """Return the names that some statements read from before; a function in last place reads its parameters."""
        needed: set[str] = set()
        for piece in reversed(pieces):
            needed -= {piece.name}
            needed |= piece.reads - (piece.parameters if piece is not pieces[-1] else set())
            needed |= {name for p in self._called([piece]) for name in p.reads - p.parameters}
        return needed

    def _called(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the functions of earlier lines that some pieces call, and those that these call."""
        found: dict[str, Piece] = {}
        waiting = [name for piece in pieces for name in piece.calls]
        while waiting:
            name = waiting.pop()
            if name in self.functions and name not in found:
                found[name] = self.functions[name]
                waiting += found[name].calls
        return list(found.values())

    def _is_value(self, piece: Piece) -> bool:
        """Tell whether a statement can be a value of a point: nothing but constants and functions known to all."""
        own = piece.name in lang.CONSTANTS or not piece.calls.isdisjoint(self.functions)
        return not own and piece.reads <= lang.CONSTANTS.keys()

    def _unknown(self, name: str, place: Span) -> UnknownNameError:
        meant = _MEANT.get(name) or lang.suggest(name, self.values)
        hint = f"did you mean `{meant}`?" if meant else f"give it one: {name} = 1"
        return UnknownNameError(f"`{name}` has no value", span=place, hint=hint)


def _placed(error: GradcliError, line: str, parts: Sequence[Piece]) -> GradcliError:
    """Say where an error is in the line, of which the last part is a piece, or in the function that it comes from."""
    if error.span is None:
        return error
    start = 0
    for part in parts:
        end = start + len(part.text)
        if error.span.start <= end:
            break
        start = end + 1
    own = part is parts[-1]
    shift = (part.start if own else 0) - start
    error.text = line if own else part.text
    error.span = error.span.moved(shift)
    if error.repair is not None:
        error.repair = error.repair._replace(span=error.repair.span.moved(shift))
    return error


def _draws(function: str) -> bool:
    """Tell whether a function gives random numbers, which are others the next time."""
    op = lookup(function)
    return op is not None and "generator" in op.keyword_only


def _settled(piece: Piece, value: Any) -> Piece:
    """Return a statement that gives a name its value as numbers."""
    return Piece(f"{piece.name} = {np.asarray(value).tolist()!r}", piece.name)
