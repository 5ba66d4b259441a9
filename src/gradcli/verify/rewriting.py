"""Formulas that compute badly, and the same written so that they compute well.

Both sides are written in the language itself; the letters a, b and c stand for any expression, which is put in
brackets, if it needs them, where it has braces. An offer is made only where the new text, tried at the point, is
better.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .. import lang
from ..errors import GradcliError, Span
from ..lang.tree import Binding, Call, Definition, Literal, Name, Node, walk

# What loses digits, overflows, or multiplies 0 by an infinite slope.
RULES = {
    "where(c, a, b)": "a if c else b",
    "a*log(b)": "xlogy(a, b)",
    "sqrt(a**2 + b**2)": "hypot(a, b)",
    "log(1 + exp(a))": "softplus(a)",
    "log(sum(exp(a)))": "logsumexp(a)",
    "log(exp(a) + exp(b))": "max(a, b) + log1p(exp(-abs({a} - {b})))",
    "exp(a)/(1 + exp(a))": "sigmoid(a)",
    "exp(a)/sum(exp(a))": "softmax(a, 0)",
    "log(1 + a)": "log1p(a)",
    "log(1 - a)": "log1p(-{a})",
    "exp(a) - 1": "expm1(a)",
    "1 - exp(a)": "-expm1(a)",
    "1 - cos(a)": "2*sin({a}/2)**2",
    "cos(a) - 1": "-2*sin({a}/2)**2",
    "cosh(a) - 1": "2*sinh({a}/2)**2",
    "1 - tanh(a)**2": "sech(a)**2",
    "1 - erf(a)": "erfc(a)",
    "1 - sigmoid(a)": "sigmoid(-{a})",
    "a**2 - b**2": "({a} - {b})*({a} + {b})",
    "sqrt(1 + a) - 1": "expm1(log1p(a)/2)",
    "sqrt(a + 1) - sqrt(a)": "1/(sqrt({a} + 1) + sqrt(a))",
    "sqrt(a) - sqrt(b)": "({a} - {b})/(sqrt(a) + sqrt(b))",
    "sin(a)/a": "sinc({a}/pi)",
}

_COMMUTES = frozenset("+*")
_HOLES = frozenset("abc")
_BOUND = 5_000


class Offer(NamedTuple):
    """A piece of a text, what could stand there, and the whole text with it."""

    piece: str
    instead: str
    text: str


def offers(program: lang.Program, span: Span) -> Iterator[Offer]:
    """Yield rewritings of what stands at a place, or around it, the closest first."""
    if len(program.text) > _BOUND:
        return
    around = [
        (node, index)
        for index, statement in enumerate(program.statements)
        for node in walk(statement.value if isinstance(statement, (Binding, Definition)) else statement)
        if node.span.start <= span.start and span.end <= node.span.end
    ]
    for node, index in sorted(around, key=lambda each: each[0].span.end - each[0].span.start):
        for pattern, instead in _rules():
            found: dict[str, str] = {}
            if _matches(pattern, node, program.text, found):
                yield _offer(program, node, index, instead, found)


def first_that_helps(program: lang.Program, span: Span, helps: Callable[[lang.Program], bool]) -> str | None:
    """Return what to write instead of what stands at a place, or around it, if that is known to help."""
    for offer in offers(program, span):
        try:
            better = helps(lang.parse(offer.text))
        except (GradcliError, ArithmeticError, ValueError):
            continue
        if better:
            return f"write {offer.instead} for {offer.piece}"
    return None


def _offer(program: lang.Program, node: Node, index: int, instead: str, found: dict[str, str]) -> Offer:
    new = re.sub(r"\{?\b([abc])\b\}?", lambda hole: _filled(hole[0], found[hole[1]]), instead)
    start, end = node.span
    whole = node in program.statements or not re.search(r"\W", instead.partition("(")[0])
    return Offer(
        program.text[start:end], new, program.text[:start] + (new if whole else f"({new})") + program.text[end:]
    )


@functools.cache
def _rules() -> list[tuple[Node, str]]:
    """Parse the patterns, those that say more before those that fit more."""
    read = [(lang.parse(pattern).statements[0], instead) for pattern, instead in RULES.items()]
    return [(pattern, instead) for pattern, instead in read if not isinstance(pattern, (Binding, Definition))]


def _matches(pattern: Node, node: Node, text: str, found: dict[str, str]) -> bool:
    """Tell whether a node has the form of a pattern, and note what the pattern's letters stand for.

    It recurses over the pattern alone, which is small.
    """
    if isinstance(pattern, Name) and pattern.name in _HOLES:
        piece = text[node.span.start : node.span.end]
        return found.setdefault(pattern.name, piece) == piece
    if isinstance(pattern, Literal):
        return isinstance(node, Literal) and node.value == pattern.value
    if not (isinstance(pattern, Call) and isinstance(node, Call)) or node.keywords:
        return False
    if pattern.function != node.function or len(pattern.args) != len(node.args):
        return False
    orders = [node.args, node.args[::-1]] if pattern.function in _COMMUTES else [node.args]
    for args in orders:
        trial = dict(found)
        if all(_matches(p, n, text, trial) for p, n in zip(pattern.args, args, strict=True)):
            found.update(trial)
            return True
    return False


def _filled(hole: str, piece: str) -> str:
    return f"({piece})" if hole[0] == "{" and re.search(r"[^\w.]", piece) else piece
