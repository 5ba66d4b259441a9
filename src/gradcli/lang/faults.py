"""What is wrong with a text that does not parse, and what to write instead.

The parser knows only where a text stops following the grammar. The rules at the end of this file look
at the tokens around that place, the commonest mistakes first; the first that has something to say is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import ParseError, Span
from ..ops import lookup
from .habits import CHARACTERS, MODULES, PAIRS, WORDS
from .parser import END, NEWLINE, Token, Unexpected, tokens

_OPERANDS = {"NUMBER", "NAME", "RPAR", "RSQB", "SUPERSCRIPT"}
_BEGINNINGS = {"NUMBER", "NAME", "LPAR"}
_OPERATORS = {"SIGN", "MULTIPLY", "POWER", "COMPARE", "EQUALS", "AND", "OR", "NOT", "IF", "ELSE"}
_PARTNERS = {"(": ")", "[": "]"}

Fault = tuple[str, Span, str | None]


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


def explain(text: str, unexpected: Unexpected) -> ParseError:
    """Say what is wrong at the place where the parser stopped."""
    scene = _scene(text, unexpected)
    for rule in _RULES:
        found = rule(scene)
        if found is not None:
            message, span, hint = found
            return ParseError(message, span=span, hint=hint)
    return ParseError(f"{shown(scene.here)} cannot stand here", span=scene.here.span)


def _scene(text: str, unexpected: Unexpected) -> Scene:
    before: list[Token] = []
    opened: list[Token] = []
    bound = False
    rest = tokens(text)
    for here in rest:
        if here.span.start == unexpected.start:
            break
        if here.kind == NEWLINE and (opened or (before and before[-1].kind in _OPERATORS)):
            continue
        if here.text in _PARTNERS:
            opened.append(here)
        elif here.text in _PARTNERS.values():
            opened.pop()
        elif not opened:
            bound = here.text == "=" or (bound and here.text not in (";", "\n"))
        before.append(here)
    return Scene(text, before, here, list(rest), opened, bound, unexpected.expected)


def shorten(text: str, most: int = 40) -> str:
    """Return a piece of text on one line, cut where it is long."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 3] + "..."


def shown(token: Token) -> str:
    """Return a token as messages show it."""
    return {END: "the end", NEWLINE: "the end of the line"}.get(token.kind, f"`{shorten(token.text)}`")


def _joined(first: Token, last: Token) -> Span:
    return Span(first.span.start, last.span.end)


def _written(scene: Scene, found: Sequence[Token]) -> str:
    return shorten(scene.text[slice(*_joined(found[0], found[-1]))])


def _left(scene: Scene) -> str:
    """Return the value that stands before the place, with its brackets and the function before them."""
    index, depth = len(scene.before) - 1, 0
    while index > 0:
        depth += (scene.before[index].text in ")]") - (scene.before[index].text in "([")
        joins = scene.before[index].kind in ("SUPERSCRIPT", "LSQB") or scene.before[index - 1].kind == "NAME"
        if depth == 0 and not (joins and scene.before[index].kind in ("SUPERSCRIPT", "LSQB", "LPAR")):
            break
        index -= 1
    return _written(scene, scene.before[index:])


def _right(scene: Scene) -> str:
    """Return the value that begins at the place, with what is in its brackets."""
    found, depth = [scene.here], int(scene.here.kind == "LPAR")
    for token in scene.after:
        if depth == 0 and not (token.kind == "LPAR" and found[-1].kind == "NAME"):
            break
        found.append(token)
        depth += (token.text in _PARTNERS) - (token.text in _PARTNERS.values())
    return _written(scene, found)


# The rules. Each looks at a scene and returns what it has to say, or None.


def _decimal_comma(s: Scene) -> Fault | None:
    if s.here.text != "," or (s.open and s.open[-1].text == "[") or s.next.kind != "NUMBER":
        return None
    if s.last and s.last.kind == "NUMBER" and s.last.span.end + 1 == s.next.span.start:
        span = _joined(s.last, s.next)
        return "a decimal is written with a point", span, f"write {shorten(s.last.text)}.{shorten(s.next.text)}"
    return None


def _word(s: Scene) -> Fault | None:
    for token in (s.here, s.last):
        if token and token.kind == "NAME" and token.text in WORDS:
            return f"`{token.text}` has no meaning in an expression", token.span, WORDS[token.text]
    if s.here.kind == "IF" and not s.last:
        return "`if` stands behind a value", s.here.span, "write: a if condition else b"
    return None


def _pair(s: Scene) -> Fault | None:
    for first, second in ((s.last, s.here), (s.here, s.next)):
        if first and first.span.end == second.span.start and first.text + second.text in PAIRS:
            written = first.text + second.text
            return f"there is no operator `{written}`", _joined(first, second), PAIRS[written]
    adjacent = s.last is not None and s.last.span.end == s.here.span.start
    if s.here.text == "=" and s.last and adjacent and s.last.kind in ("SIGN", "MULTIPLY", "POWER"):
        name = s.before[-2].text if len(s.before) > 1 else "x"
        hint = f"write {shorten(name)} = {shorten(name)} {s.last.text} ..."
        return f"there is no operator `{s.last.text}=`", _joined(s.last, s.here), hint
    return None


def _bars(s: Scene) -> Fault | None:
    start = s.here.span.start
    if s.here.text != "|" or s.text.startswith("||", start):
        return None
    end = s.text.find("|", start + 1)
    inside = shorten(s.text[start + 1 : end].strip()) if end > 0 else "x"
    return "an absolute value is written with abs", Span(start, max(end, start) + 1), f"write abs({inside})"


def _factorial(s: Scene) -> Fault | None:
    if s.here.text != "!" or not s.last or s.last.kind not in _OPERANDS:
        return None
    argument = f"{_left(s)} + 1"
    if s.last.kind == "NUMBER" and s.last.text.isdigit() and len(s.last.text) < 4:
        argument = str(int(s.last.text) + 1)
    return "there is no factorial sign", s.here.span, f"write gamma({argument}), since n! is gamma(n + 1)"


def _stray(s: Scene) -> Fault | None:
    if s.here.kind != "STRAY":
        return None
    start = s.here.span.start
    two = s.text[start : start + 2]
    written = two if two in CHARACTERS else s.here.text
    name = f"`{written}`" if written.isprintable() else f"the character U+{ord(written):04X}"
    return f"{name} has no meaning in an expression", Span(start, start + len(written)), CHARACTERS.get(written)


def _closing(s: Scene) -> Fault | None:
    if s.here.text not in _PARTNERS.values():
        return None
    if not s.open:
        return f"{shown(s.here)} closes nothing", s.here.span, "remove it, or open the bracket before it"
    if _PARTNERS[s.open[-1].text] != s.here.text:
        hint = f"write `{_PARTNERS[s.open[-1].text]}`"
        return f"{shown(s.here)} cannot close `{s.open[-1].text}`", s.here.span, hint
    if s.last is s.open[-1]:
        return "there is nothing between the brackets", _joined(s.last, s.here), "write a value inside"
    return None


def _unclosed(s: Scene) -> Fault | None:
    if s.here.kind != END or not s.open:
        return None
    return f"`{s.open[-1].text}` is never closed", s.open[-1].span, f"add the missing `{_PARTNERS[s.open[-1].text]}`"


def _equals(s: Scene) -> Fault | None:
    if s.here.text != "=" or not s.last or s.last.kind not in _OPERANDS:
        return None
    if s.bound and not s.open:
        return "a statement gives one name a value", s.here.span, "write `y = 2; x = y`, or `==` to compare"
    hint = f"`==` compares: {_left(s)} == {shorten(s.next.text)}"
    return "`=` gives a name a value, which cannot be done here", s.here.span, hint


def _comma(s: Scene) -> Fault | None:
    if s.here.text != ",":
        return None
    if not s.last or s.last.text in (",", "(", "["):
        return "a value is missing before the comma", s.here.span, None
    if s.last.kind not in _OPERANDS:
        return None
    hint = "a list is written [a, b], a decimal with a point"
    return "a comma cannot stand " + ("in these brackets" if s.open else "outside of brackets"), s.here.span, hint


def _method(s: Scene) -> Fault | None:
    if s.here.kind != "LPAR" or len(s.before) < 3 or s.before[-2].text != ".":
        return None
    name = s.before[-1].text
    inside = _right(s)[1:-1] if s.before[-3].text in MODULES else _left(s._replace(before=s.before[:-2]))
    span = _joined(s.before[-2], s.before[-1])
    if name == "T":
        return "the transpose is written without brackets", span, f"write {inside}.T"
    hint = f"write {name}({inside})" if lookup(name) else None
    return f"functions are called without a dot: there is no `.{shorten(name)}`", span, hint


def _missing_operator(s: Scene) -> Fault | None:
    if not s.last or s.last.kind not in _OPERANDS or s.here.kind not in _BEGINNINGS:
        return None
    span = _joined(s.last, s.here)
    if s.last.kind == "NAME" and lookup(s.last.text):
        return f"the argument of `{s.last.text}` stands in brackets", span, f"write {s.last.text}({_right(s)})"
    if s.last.kind == s.here.kind == "NUMBER":
        return "two numbers stand in a row", span, "write an operator between them, or one number without a gap"
    left, right = _left(s), _right(s)
    return f"an operator is missing between `{left}` and `{right}`", span, f"write {left}*{right}"


def _missing_value(s: Scene) -> Fault | None:
    if s.last and s.last.kind in _OPERATORS:
        if s.here.kind == "NOT":
            return "`not` binds looser than an operator", s.here.span, "put it in brackets: (not x)"
        if s.here.kind == END:
            return f"a value is missing after {shown(s.last)}", s.last.span, None
        return f"a value is missing between {shown(s.last)} and {shown(s.here)}", _joined(s.last, s.here), None
    if s.here.kind in _OPERATORS or s.here.kind == "SUPERSCRIPT":
        return f"a value is missing before {shown(s.here)}", s.here.span, None
    return None


def _if_without_else(s: Scene) -> Fault | None:
    if not {"ELSE"} <= s.expected <= {"ELSE", "OR"}:  # nothing else could follow what was read
        return None
    return "`if` needs an `else`", s.here.span, "write: a if condition else b"


def _colon(s: Scene) -> Fault | None:
    if s.here.text != ":":
        return None
    if s.open and s.open[-1].text == "[":
        return "`:` cannot stand here", s.here.span, "a slice is written x[start:stop:step]"
    return "`:` stands in an index only, as in x[1:3]", s.here.span, "a name is given a value by x = 2"


def _dot(s: Scene) -> Fault | None:
    if s.here.kind != "DOT" and not (s.last and s.last.kind == "DOT"):
        return None
    return f"{shown(s.here)} cannot stand here", s.here.span, "only `.T`, the transpose, can follow a value"


_RULES: tuple[Callable[[Scene], Fault | None], ...] = (
    _decimal_comma, _word, _pair, _bars, _factorial, _stray, _closing, _unclosed, _equals, _comma, _method,
    _missing_operator, _missing_value, _if_without_else, _colon, _dot,
)  # fmt: skip
