"""From text to tree: what each rule of the grammar makes.

The methods of `Builder` bear the names that rules have in `grammar/expression.lark`; each is given the
span of the rule and the values of its parts.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import GradcliError, LimitError, ParseError, Repair, Span
from . import faults, limits, parser, tree
from .functions import LITERALS, SPELLINGS
from .scene import shorten
from .tree import Call, Literal, Name, Node, Statement

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


def is_unfinished(text: str) -> bool:
    """Tell whether a text could be read if more followed: a bracket is open, or an operator comes last.

    >>> is_unfinished("sin(x"), is_unfinished("sin(x)"), is_unfinished("sin(x))")
    (True, False, False)
    """
    try:
        parser.run(text, Builder(text))
    except parser.Unexpected as unexpected:
        return unexpected.start == len(text)
    except GradcliError:
        pass
    return False


class Builder:
    """Makes the nodes of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def program(self, span: Span, *statements: Statement | None) -> tuple[Statement, ...]:
        return tuple(statement for statement in statements if statement is not None)

    def equation(self, span: Span, left: Node, _: str, right: Node) -> Statement:
        if type(left) is Name:
            return tree.Binding(left, right, span)
        if type(left) is Call and left.function.isidentifier():  # operators are not
            return self._definition(left, right, span)
        message = "`=` gives a value to a name; an equation is written as the difference of its sides"
        difference = self._difference(left, right, span)
        repair = Repair(span, difference)
        raise ParseError(message, span=left.span, hint=f"write {shorten(difference)}", repair=repair)

    def _difference(self, left: Node, right: Node, span: Span) -> str:
        """Return the left side of an equation minus the right one, in brackets where they might bind too loosely."""
        sign = self.text.index("=", left.span.end)
        sides = self.text[span.start : sign].strip(), self.text[sign + 1 : span.end].strip()
        loose = type(left) in (tree.Comparison, tree.Conditional), type(right) not in (Name, Literal)
        return " - ".join(f"({side})" if is_loose else side for side, is_loose in zip(sides, loose, strict=True))

    def _definition(self, left: Call, right: Node, span: Span) -> Statement:
        parameters: dict[str, Name] = {}
        for node in left.args:
            if type(node) is not Name or left.keywords:
                message = "the parameters of a function are names"
                raise ParseError(message, span=left.span, hint="as in f(x) = x**2; `==` compares")
            if node.name in parameters:
                message = f"there are two parameters `{shorten(node.name)}`"
                raise ParseError(message, span=node.span, hint="rename one of them")
            parameters[node.name] = node
        start = left.span.start
        name = Name(left.function, Span(start, start + len(left.function)))
        return tree.Definition(name, tuple(parameters.values()), right, span)

    def conditional(self, span: Span, then: Node, condition: Node, otherwise: Node) -> Node:
        return tree.Conditional(condition, then, otherwise, span)

    def infix(self, span: Span, left: Node, operator: str, right: Node) -> Node:
        return Call(SPELLINGS.get(operator, operator), (left, right), (), span)

    def prefix(self, span: Span, operator: str, operand: Node) -> Node:
        return operand if operator == "+" else Call(SPELLINGS.get(operator, operator), (operand,), (), span)

    def comparison(self, span: Span, *parts: Any) -> Node:
        operators = tuple(SPELLINGS.get(operator, operator) for operator in parts[1::2])
        return tree.Comparison(parts[0::2], operators, span)

    def superscript(self, span: Span, base: Node, exponent: str) -> Node:
        written = Span(span.end - len(exponent), span.end)
        return Call("**", (base, self.number(written, exponent.translate(_DIGITS))), (), span)

    def index(self, span: Span, value: Node, *subscripts: Node) -> Node:
        return tree.Index(value, subscripts, span)

    def attribute(self, span: Span, value: Node, name: str) -> Node:
        if name != "T":
            message = f"there is no attribute `{shorten(name)}`"
            hint = "only `.T`, the transpose, can follow a value"
            raise ParseError(message, span=Span(span.end - len(name), span.end), hint=hint)
        return Call(".T", (value,), (), span)

    def number(self, span: Span, written: str) -> Node:
        limits.check_digits(span)
        value = float(written)
        if math.isinf(value):
            message = "the number is too large for a float, which ends at 1.8e308"
            raise LimitError(message, span=span, hint="write inf for infinity")
        return Literal(value, span)

    def name(self, span: Span, name: str) -> Node:
        return Literal(LITERALS[name], span) if name in LITERALS else Name(name, span)

    def call(self, span: Span, function: str, *arguments: Any) -> Node:
        positional = tuple(a for a in arguments if type(a) is not tuple)
        keywords = tuple(a for a in arguments if type(a) is tuple)
        if arguments[len(positional) :] != keywords:
            late = next(a for a, b in zip(positional, arguments, strict=False) if a is not b)
            message = "an argument without a name follows one with a name"
            raise ParseError(message, span=late.span, hint="write the named ones last")
        return Call(function, positional, keywords, span)

    def keyword(self, span: Span, name: str, _: str, value: Node) -> tuple[Name, Node]:
        return Name(name, Span(span.start, span.start + len(name))), value

    def items(self, span: Span, *items: Node) -> Node:
        return tree.Items(items, span)

    def slice(self, span: Span, start: Node | None, stop: Node | None, step: Node | None) -> Node:
        return tree.Slice(start, stop, step, span)

    def ellipsis(self, span: Span) -> Node:
        return Literal(..., span)
