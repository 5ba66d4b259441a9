"""From text to tree: what each rule of the grammar makes.

The methods of `Builder` bear the names that rules have in `grammar/expression.lark`; each is given the
span of the rule and the values of its parts.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import LimitError, ParseError, Span
from . import faults, limits, parser
from .faults import shorten
from .functions import LITERALS, SPELLINGS
from .tree import Binding, Call, Comparison, Conditional, Definition, Index, Items, Literal, Name, Node, Slice, Statement

_DIGITS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


def read(text: str) -> tuple[Statement, ...]:
    """Parse a text into its statements.

    Raises ParseError where it is not a program, LimitError where it or a number in it is too long.
    """
    limits.check_length(text)
    try:
        return parser.run(text, Builder(text))
    except parser.Unexpected as unexpected:
        raise faults.explain(text, unexpected) from None


class Builder:
    """Makes the nodes of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def program(self, span: Span, *statements: Statement | None) -> tuple[Statement, ...]:
        return tuple(statement for statement in statements if statement is not None)

    def equation(self, span: Span, left: Node, _: str, right: Node) -> Statement:
        match left:
            case Name():
                return Binding(left, right, span)
            case Call(keywords=()) if left.function.isidentifier() and all(type(a) is Name for a in left.args):
                name = Name(left.function, Span(left.span.start, left.span.start + len(left.function)))
                return Definition(name, self._parameters(left.args), right, span)
            case Call() if left.function.isidentifier():
                raise self._wrong("the parameters of a function are names", left.span, "as in f(x) = x**2; `==` compares")
        raise self._wrong("`=` gives a value to a name, and this is not one", left.span, f"`==` compares: {self._compared(left, span)}")

    def _compared(self, left: Node, span: Span) -> str:
        sign = self.text.index("=", left.span.end)
        return shorten(f"{self.text[span.start : sign]}=={self.text[sign + 1 : span.end]}")

    def _wrong(self, message: str, span: Span, hint: str) -> ParseError:
        return ParseError(message, span=span, hint=hint)

    def _parameters(self, names: tuple[Any, ...]) -> tuple[Name, ...]:
        seen: set[str] = set()
        for name in names:
            if name.name in seen:
                raise self._wrong(f"there are two parameters `{shorten(name.name)}`", name.span, "rename one of them")
            seen.add(name.name)
        return names

    def conditional(self, span: Span, then: Node, condition: Node, otherwise: Node) -> Node:
        return Conditional(condition, then, otherwise, span)

    def infix(self, span: Span, left: Node, operator: str, right: Node) -> Node:
        return Call(SPELLINGS.get(operator, operator), (left, right), (), span)

    def prefix(self, span: Span, operator: str, operand: Node) -> Node:
        return operand if operator == "+" else Call(SPELLINGS.get(operator, operator), (operand,), (), span)

    def comparison(self, span: Span, *parts: Any) -> Node:
        operators = tuple(SPELLINGS.get(operator, operator) for operator in parts[1::2])
        return Comparison(parts[0::2], operators, span)

    def superscript(self, span: Span, base: Node, exponent: str) -> Node:
        written = Span(span.end - len(exponent), span.end)
        return Call("**", (base, self.number(written, exponent.translate(_DIGITS))), (), span)

    def index(self, span: Span, value: Node, *subscripts: Node) -> Node:
        return Index(value, subscripts, span)

    def attribute(self, span: Span, value: Node, name: str) -> Node:
        if name != "T":
            written = Span(span.end - len(name), span.end)
            hint = "only `.T`, the transpose, can follow a value"
            raise self._wrong(f"there is no attribute `{shorten(name)}`", written, hint)
        return Call(".T", (value,), (), span)

    def number(self, span: Span, written: str) -> Node:
        limits.check_digits(span)
        value = float(written)
        if math.isinf(value):
            raise LimitError(
                "the number is too large for a float, which ends at 1.8e308", span=span,
                hint="write inf for infinity",
            )  # fmt: skip
        return Literal(value, span)

    def name(self, span: Span, name: str) -> Node:
        return Literal(LITERALS[name], span) if name in LITERALS else Name(name, span)

    def call(self, span: Span, function: str, *arguments: Any) -> Node:
        positional = tuple(a for a in arguments if type(a) is not tuple)
        keywords = tuple(a for a in arguments if type(a) is tuple)
        if arguments[len(positional) :] != keywords:
            late = next(a for a, b in zip(positional, arguments, strict=False) if a is not b)
            raise self._wrong("an argument without a name follows one with a name", late.span, "write the named ones last")
        return Call(function, positional, keywords, span)

    def keyword(self, span: Span, name: str, _: str, value: Node) -> tuple[Name, Node]:
        return Name(name, Span(span.start, span.start + len(name))), value

    def items(self, span: Span, *items: Node) -> Node:
        return Items(items, span)

    def slice(self, span: Span, start: Node | None, stop: Node | None, step: Node | None) -> Node:
        return Slice(start, stop, step, span)

    def ellipsis(self, span: Span) -> Node:
        return Literal(..., span)
