"""What is wrong with a text that does not parse, and what to write instead.

The parser knows only where a text stops following the grammar. The rules at the end of this file look
at the tokens around that place, the commonest mistakes first; the first that has something to say is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import ParseError, Repair, Span
from ..ops import lookup
from . import scene
from .habits import FUNCTIONS, HINTS, MODULES, REPLACED
from .parser import END, Unexpected
from .scene import BEGINNINGS, OPERANDS, OPERATORS, PARTNERS, Scene, joined, shorten, shown


class Fault(NamedTuple):
    """What a rule has to say."""

    message: str
    span: Span
    hint: str | None = None
    repair: Repair | None = None


def explain(text: str, unexpected: Unexpected) -> ParseError:
    """Say what is wrong at the place where the parser stopped."""
    found = scene.read(text, unexpected)
    faults = (rule(found) for rule in _RULES)
    fault = next((f for f in faults if f), None) or Fault(f"{shown(found.here)} cannot stand here", found.here.span)
    return ParseError(fault.message, span=fault.span, hint=fault.hint, repair=fault.repair)


def _write(span: Span, text: str) -> tuple[str, Repair]:
    """Return the hint that says what to write in place of a span, and the repair that does so."""
    return f"write {shorten(text)}", Repair(span, text)


def _habit(message: str, s: Scene, span: Span) -> Fault:
    """Say what is written instead of something that is written elsewhere."""
    written = s.written(span)
    word = REPLACED.get(written)
    hint = HINTS.get(written, f"write `{word}`" if word else None)
    if word and word.isalpha():
        before, after = s.text[span.start - 1 : span.start], s.text[span.end : span.end + 1]
        word = ("" if before in " ([" else " ") + word + ("" if after in " )]" else " ")
    return Fault(message, span, hint, Repair(span, word) if word else None)


# The rules. Each looks at a scene and returns what it has to say, or None.


def _decimal_comma(s: Scene) -> Fault | None:
    if s.here.text != "," or (s.open and s.open[-1].text == "[") or s.next.kind != "NUMBER":
        return None
    if s.last and s.last.kind == "NUMBER" and s.last.span.end + 1 == s.next.span.start:
        span = joined(s.last, s.next)
        return Fault("a decimal is written with a point", span, *_write(span, f"{s.last.text}.{s.next.text}"))
    return None


def _word(s: Scene) -> Fault | None:
    for token in (s.here, s.last):
        if token and token.kind == "NAME" and (token.text in HINTS or token.text in REPLACED):
            return _habit(f"`{token.text}` has no meaning in an expression", s, token.span)
    if s.here.kind == "IF" and not s.last:
        return Fault("`if` stands behind a value", s.here.span, HINTS["?"])
    return None


def _pair(s: Scene) -> Fault | None:
    for first, second in ((s.last, s.here), (s.here, s.next)):
        if first and first.kind != "STRAY" and second.kind != END and first.span.end == second.span.start:
            span = joined(first, second)
            written = s.written(span)
            if written in HINTS or written in REPLACED:
                return _habit(f"there is no operator `{written}`", s, span)
    adjacent = s.last is not None and s.last.span.end == s.here.span.start
    if s.here.text == "=" and s.last and adjacent and s.last.kind in ("SIGN", "MULTIPLY", "POWER"):
        name = s.before[-2].text if len(s.before) > 1 else "x"
        hint = f"write {shorten(name)} = {shorten(name)} {s.last.text} ..."
        return Fault(f"there is no operator `{s.last.text}=`", joined(s.last, s.here), hint)
    return None


def _bars(s: Scene) -> Fault | None:
    start = s.here.span.start
    if s.here.text != "|" or s.text.startswith("||", start):
        return None
    message, end = "an absolute value is written with abs", s.text.find("|", start + 1)
    if end < 0:
        return Fault(message, s.here.span, "write abs(x)")
    span, argument = Span(start, end + 1), s.text[start + 1 : end].strip()
    hint, repair = _write(span, f"abs({argument})")
    joins = s.last is not None and s.last.kind == "NAME"  # ln|x|
    return Fault(message, span, hint, repair._replace(text=" " + repair.text) if joins else repair)


def _factorial(s: Scene) -> Fault | None:
    if s.here.text != "!" or not s.last or s.last.kind not in OPERANDS:
        return None
    argument = f"{s.written(s.left)} + 1"
    if s.last.kind == "NUMBER" and s.last.text.isdigit() and len(s.last.text) < 4:
        argument = str(int(s.last.text) + 1)
    whole = Span(s.left.start, s.here.span.end)
    return Fault("there is no factorial sign; n! is gamma(n + 1)", s.here.span, *_write(whole, f"gamma({argument})"))


def _stray(s: Scene) -> Fault | None:
    if s.here.kind != "STRAY":
        return None
    start = s.here.span.start
    two = s.text[start : start + 2]
    written = two if two in REPLACED else s.here.text
    name = f"`{written}`" if written.isprintable() else f"the character U+{ord(written):04X}"
    message, span = f"{name} has no meaning in an expression", Span(start, start + len(written))
    if written not in FUNCTIONS:
        return _habit(message, s, span)
    if s.next.kind not in BEGINNINGS:
        return Fault(message, span, f"write {FUNCTIONS[written]}(x)")
    value = scene.value_at(s.next, s.after[1:])
    argument = s.written(value) if s.next.kind == "LPAR" else f"({s.written(value)})"
    return Fault(message, span, *_write(Span(start, value.end), FUNCTIONS[written] + argument))


def _closing(s: Scene) -> Fault | None:
    if s.here.text not in PARTNERS.values():
        return None
    span = s.here.span
    if not s.open:
        hint = "remove it, or open the bracket before it"
        return Fault(f"{shown(s.here)} closes nothing", span, hint, Repair(span, ""))
    bracket = s.open[-1]
    partner = PARTNERS[bracket.text]
    if partner != s.here.text:
        message = f"{shown(s.here)} cannot close `{bracket.text}`"
        return Fault(message, span, f"write `{partner}`", Repair(span, partner))
    if s.last is bracket:
        return Fault("there is nothing between the brackets", joined(bracket, s.here), "write a value inside")
    return None


def _unclosed(s: Scene) -> Fault | None:
    if s.here.kind != END or not s.open or (s.last and s.last.kind in OPERATORS):
        return None
    bracket = s.open[-1]
    partner = PARTNERS[bracket.text]
    repair = Repair(Span(len(s.text), len(s.text)), partner)
    return Fault(f"`{bracket.text}` is never closed", bracket.span, f"add the missing `{partner}`", repair)


def _equals(s: Scene) -> Fault | None:
    if s.here.text != "=" or not s.last or s.last.kind not in OPERANDS:
        return None
    if s.bound and not s.open:
        return Fault("a statement gives one name a value", s.here.span, "write `y = 2; x = y`, or `==` to compare")
    hint = f"`==` compares: {shorten(s.written(s.left))} == {shorten(s.next.text)}"
    message = "`=` gives a name a value, which cannot be done here"
    return Fault(message, s.here.span, hint, Repair(s.here.span, "=="))


def _comma(s: Scene) -> Fault | None:
    if s.here.text != ",":
        return None
    if not s.last or s.last.text in (",", "(", "["):
        return Fault("a value is missing before the comma", s.here.span)
    if s.last.kind not in OPERANDS:
        return None
    where = "in these brackets" if s.open else "outside of brackets"
    hint = "a list is written [a, b], a decimal with a point"
    return Fault(f"a comma cannot stand {where}", s.here.span, hint)


def _method(s: Scene) -> Fault | None:
    if s.here.kind != "LPAR" or len(s.before) < 3 or s.before[-2].text != ".":
        return None
    owner, dot, name = s.before[-3:]
    message, span = f"functions are called without a dot: there is no `.{shorten(name.text)}`", joined(dot, name)
    value, arguments = scene.value_before(s.before[:-2]), s.written(s.right)
    if name.text == "T":
        transposed = _write(Span(value.start, s.right.end), f"{s.written(value)}.T")
        return Fault("the transpose is written without brackets", span, *transposed)
    if lookup(name.text) is None:
        return Fault(message, span)
    if owner.text in MODULES:
        return Fault(message, span, *_write(Span(owner.span.start, s.right.end), name.text + arguments))
    rest = arguments[1:-1].strip()
    call = f"{name.text}({s.written(value)}{', ' if rest else ''}{rest})"
    return Fault(message, span, *_write(Span(value.start, s.right.end), call))


def _power_of_function(s: Scene) -> Fault | None:
    raised = s.before if s.before and s.before[-1].kind == "SUPERSCRIPT" else s.before[:-1]
    if s.here.kind not in BEGINNINGS or len(raised) < 2:
        return None
    name, power = raised[-2:]
    function = lookup(name.text) if name.kind == "NAME" else None
    if function is None or power.kind not in ("SUPERSCRIPT", "POWER"):
        return None
    if function.family not in ("trigonometric", "hyperbolic"):  # gamma²x may well be a product
        return None
    argument = s.written(s.run)
    if s.here.kind != "LPAR":
        argument = f"({argument})"
    exponent = s.text[power.span.start : s.before[-1].span.end]
    message = f"a power of `{name.text}` stands behind its argument"
    span = Span(name.span.start, s.run.end)
    return Fault(message, joined(name, s.before[-1]), *_write(span, f"{name.text}{argument}{exponent}"))


def _missing_operator(s: Scene) -> Fault | None:
    if not s.last or s.last.kind not in OPERANDS or s.here.kind not in BEGINNINGS:
        return None
    span = joined(s.last, s.here)
    if s.last.kind == "NAME" and lookup(s.last.text):
        message = f"the argument of `{s.last.text}` stands in brackets"
        return Fault(message, span, *_write(Span(s.last.span.start, s.run.end), f"{s.last.text}({s.written(s.run)})"))
    if s.last.kind == s.here.kind == "NUMBER":
        return Fault("two numbers stand in a row", span, "write an operator between them, or one number without a gap")
    left, right = shorten(s.written(s.left)), shorten(s.written(s.right))
    repair = Repair(Span(s.last.span.end, s.here.span.start), "*")
    return Fault(f"an operator is missing between `{left}` and `{right}`", span, f"write {left}*{right}", repair)


def _missing_value(s: Scene) -> Fault | None:
    if s.last and s.last.kind in OPERATORS:
        if s.here.kind == "NOT":
            return Fault("`not` binds looser than an operator", s.here.span, "put it in brackets: (not x)")
        if s.here.kind == END:
            return Fault(f"a value is missing after {shown(s.last)}", s.last.span)
        return Fault(f"a value is missing between {shown(s.last)} and {shown(s.here)}", joined(s.last, s.here))
    if s.here.kind in OPERATORS or s.here.kind == "SUPERSCRIPT":
        return Fault(f"a value is missing before {shown(s.here)}", s.here.span)
    return None


def _if_without_else(s: Scene) -> Fault | None:
    if not s.last or not {"ELSE"} <= s.expected <= {"ELSE", "OR"}:  # nothing else could follow what was read
        return None
    place = Span(s.last.span.end, s.last.span.end)
    return Fault("`if` needs an `else`", s.here.span, HINTS["?"], Repair(place, " else 0"))


def _colon(s: Scene) -> Fault | None:
    if s.here.text != ":":
        return None
    if s.open and s.open[-1].text == "[":
        return Fault("`:` cannot stand here", s.here.span, "a slice is written x[start:stop:step]")
    return Fault("`:` stands in an index only, as in x[1:3]", s.here.span, HINTS["let"])


def _dot(s: Scene) -> Fault | None:
    if s.here.kind != "DOT" and not (s.last and s.last.kind == "DOT"):
        return None
    return Fault(f"{shown(s.here)} cannot stand here", s.here.span, "only `.T`, the transpose, can follow a value")


_RULES: tuple[Callable[[Scene], Fault | None], ...] = (
    _decimal_comma, _word, _pair, _bars, _factorial, _stray, _closing, _unclosed, _equals, _comma, _method,
    _power_of_function, _missing_operator, _if_without_else, _missing_value, _colon, _dot,
)  # fmt: skip
