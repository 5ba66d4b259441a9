"""What is wrong with a formula that was claimed to be a derivative, if it is one of the usual slips.

A slip is guessed from the expressions, and told only if it explains the claim at random points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import sympy

from . import digits, reals, trials

Numbers = list[Any]
Spell = Callable[[Any], str]

# Numbers that a constant factor may be made of, beside a fraction; and the largest denominator of a fraction.
_KNOWN = (sympy.S.One, sympy.pi, sympy.pi**2, sympy.sqrt(2), sympy.sqrt(sympy.pi), sympy.log(2), sympy.log(10), sympy.E)
_DENOMINATOR = 1000

# How many parts of the expressions are tried as factors.
_MANY = 200


class Case(NamedTuple):
    """A function, its derivative by `x`, what was claimed to be that, and the last two at some points."""

    function: Any
    x: Any
    truth: Any
    claim: Any
    where: list[trials.Point]
    true: Numbers
    claimed: Numbers

    def at(self, expression: Any) -> Numbers:
        """Return the values of an expression at the points: none if it is not defined at all of them."""
        return trials.values(expression, self.where) or []


def diagnose(function: Any, x: Any, claim: Any, around: Mapping[Any, float] | None, spell: Spell) -> str | None:
    """Say what is wrong with a claim; None if nothing is, or if it is wrong in a way of its own."""
    truth = reals.differentiate(function, x)
    where = trials.points((function, truth, claim), around)
    true, claimed = trials.values(truth, where), trials.values(claim, where)
    if not true or not claimed or trials.close(true, claimed):
        return None
    case = Case(function, x, truth, claim, where, true, claimed)
    with mpmath.workdps(digits.DIGITS):
        return next((said for slip in _SLIPS for said in slip(case, spell)), None)


def _inner(case: Case, spell: Spell) -> Iterator[str]:
    """Look for a chain rule without the derivative of an inner function."""
    hole = sympy.Dummy(real=True)
    for outer in sympy.postorder_traversal(case.function):
        chained = (outer.is_Function or outer.is_Pow) and not outer.is_Piecewise
        for i, inner in enumerate(outer.args if chained else ()):
            if inner == case.x or not inner.has(case.x):
                continue
            opened = case.function.xreplace({outer: outer.func(*outer.args[:i], hole, *outer.args[i + 1 :])})
            forgetful = reals.differentiate(opened, case.x) + reals.differentiate(opened, hole)
            if trials.close(case.at(forgetful.xreplace({hole: inner})), case.claimed):
                slope = reals.differentiate(inner, case.x)
                yield f"it looks as if the inner derivative {spell(slope)} of {spell(inner)} was forgotten"


def _sign(case: Case, spell: Spell) -> Iterator[str]:
    """Look for a wrong sign."""
    if trials.close(case.true, [-c for c in case.claimed]):
        yield "the sign is wrong"


def _constant(case: Case, spell: Spell) -> Iterator[str]:
    """Look for a constant factor."""
    factor = _ratio(case.true, case.claimed)
    if factor is not None:
        yield "your formula " + _lack(factor, spell)


def _term(case: Case, spell: Spell) -> Iterator[str]:
    """Look for a term of the sum that is missing, superfluous, or has a wrong sign or coefficient."""
    rest = [t - c for t, c in zip(case.true, case.claimed, strict=True)]
    of_truth = [(term, case.at(term)) for term in _terms(case.truth)]
    for term, values in of_truth:
        if trials.close(rest, values):
            yield f"the term {spell(term)} is missing"
        if trials.close(rest, [2 * v for v in values]):
            yield f"the sign of the term {spell(term)} is wrong"
    for term in _terms(case.claim):
        if trials.close(rest, [-v for v in case.at(term)]):
            yield f"the term {spell(term)} is superfluous"
    for term, values in of_truth:
        factor = _ratio(values, [v - r for v, r in zip(values, rest, strict=False)])
        if factor is not None:
            yield f"the term {spell(term)} {_lack(factor, spell)} in your formula"


def _terms(expression: Any) -> list[Any]:
    """Return the terms of a sum, as it stands and multiplied out."""
    return list(dict.fromkeys((*sympy.Add.make_args(expression), *sympy.Add.make_args(sympy.expand_mul(expression)))))


def _factor(case: Case, spell: Spell) -> Iterator[str]:
    """Look for a factor that is part of the expressions, or one over such a part, times a number."""
    parts = dict.fromkeys(
        part for e in (case.function, case.truth, case.claim) for part in sympy.postorder_traversal(e)
    )
    factors = []
    for part in [p for p in parts if p.is_Mul or p.is_Function or p.is_Pow or p.is_Symbol or p.is_Add][:_MANY]:
        values = case.at(part)
        lacking = _ratio(case.true, [c * v for c, v in zip(case.claimed, values, strict=False)])
        spare = _ratio([t * v for t, v in zip(case.true, values, strict=False)], case.claimed)
        factors += [number * factor for number, factor in ((lacking, part), (spare, 1 / part)) if number is not None]
    best = min(factors, key=sympy.count_ops, default=None)
    if best is not None:
        yield "your formula " + _lack(best, spell)


def _quotient(case: Case, spell: Spell) -> Iterator[str]:
    """Let SymPy look for a factor."""
    factor = sympy.simplify(case.truth / case.claim)
    fits = trials.close(case.true, [c * v for c, v in zip(case.claimed, case.at(factor), strict=False)])
    if fits and not factor.has(sympy.Piecewise) and sympy.count_ops(factor) < sympy.count_ops(case.truth):
        yield "your formula " + _lack(factor, spell)


_SLIPS: tuple[Callable[[Case, Spell], Iterator[str]], ...] = (_inner, _sign, _constant, _term, _factor, _quotient)


def _lack(factor: Any, spell: Spell) -> str:
    """Say of what lacks a factor that it does, or that it has one over it."""
    numerator, denominator = factor.as_numer_denom()
    if numerator in (1, -1) and denominator != 1:
        return f"has the superfluous factor {spell(numerator * denominator)}"
    return f"lacks the factor {spell(factor)}"


def _ratio(some: Numbers, others: Numbers) -> Any:
    """Return the number that all the quotients of two rows are, as SymPy writes it; None if it is none to write."""
    if not some or not others or not all(others):
        return None
    ratios = [a / b for a, b in zip(some, others, strict=True)]
    if not ratios[0] or not trials.close(ratios, ratios[:1] * len(ratios)):
        return None
    for known in _KNOWN:
        rest = ratios[0] / digits.evaluate(known, {}).value
        fraction = Fraction(mpmath.nstr(rest, 40)).limit_denominator(_DENOMINATOR)
        if trials.close([rest], [mpmath.mpf(fraction.numerator) / fraction.denominator]):
            return known * sympy.Rational(fraction.numerator, fraction.denominator)
    return None
