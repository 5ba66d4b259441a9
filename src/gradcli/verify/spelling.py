"""An expression of SymPy, spelt in the language, so that it can be typed into a command again."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from ..ops import lookup
from .translate import Unable

# What the language calls SymPy's functions, where the names differ.
_NAMES = {"Abs": "abs", "ceiling": "ceil", "Max": "max", "Min": "min", "loggamma": "lgamma"}

_SIGNS = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

# From here on a whole number, or part of a fraction, is written as a decimal, if the formula has decimals at all.
_LONG = 10_000


def spell(expression: Any, decimals: bool = False) -> str:
    """Return an expression in the language; with `decimals`, numbers that are decimals as such, not as fractions.

    Raises Unable where the language has no word for something.

    >>> x = sympy.Symbol("x", real=True)
    >>> spell(sympy.Piecewise((x, x > 1), (sympy.E**x / 2, True)))
    'x if x > 1 else exp(x)/2'
    >>> spell(x / 5, decimals=True)
    '0.2*x'
    """
    text = _Speller(expression).doprint(_decimal(expression) if decimals else expression)
    return text[1:-1] if isinstance(expression, sympy.Piecewise) else text


def _decimal(expression: Any) -> Any:
    """Replace the numbers that are better written as decimals."""
    found = {r: sympy.Float(repr(float(r)), 20) for r in expression.atoms(sympy.Rational) if _is_decimal(r)}
    roots = sympy.S.Half, -sympy.S.Half
    return expression.xreplace({r: f for r, f in found.items() if r not in roots})


def _is_decimal(number: Any) -> bool:
    if max(abs(number.p), number.q) >= _LONG:
        return True
    rest = number.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return number.q > 1 and rest == 1


class _Speller(StrPrinter):
    """SymPy's printer of Python-like text, with the words of the language."""

    def __init__(self, expression: Any) -> None:
        super().__init__()
        self._taken = {symbol.name for symbol in expression.free_symbols}

    def _constant(self, name: str, otherwise: str) -> str:
        return otherwise if name in self._taken else name

    def _print_Pi(self, expr: Any) -> str:
        return self._constant("pi", "acos(-1)")

    def _print_Exp1(self, expr: Any) -> str:
        return self._constant("e", "exp(1)")

    def _print_Infinity(self, expr: Any) -> str:
        return self._constant("inf", "1/0")

    def _print_NegativeInfinity(self, expr: Any) -> str:
        return "-" + self._print_Infinity(expr)

    def _print_NaN(self, expr: Any) -> str:
        return self._constant("nan", "0/0")

    def _print_ComplexInfinity(self, expr: Any) -> str:
        return self._print_NaN(expr)

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr)).removesuffix(".0")

    def _print_Relational(self, expr: Any) -> str:
        left, right = (self.parenthesize(side, PRECEDENCE["Relational"]) for side in expr.args)
        return f"{left} {_SIGNS[expr.rel_op]} {right}"

    def _print_And(self, expr: Any) -> str:
        return " and ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Or(self, expr: Any) -> str:
        return " or ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Not(self, expr: Any) -> str:
        return f"not ({self._print(expr.args[0])})"

    def _print_ITE(self, expr: Any) -> str:
        condition, then, otherwise = map(self._print, expr.args)
        return f"({then} if {condition} else {otherwise})"

    def _print_BooleanTrue(self, expr: Any) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: Any) -> str:
        return "False"

    def _print_Piecewise(self, expr: Any) -> str:
        *pieces, (last, condition) = expr.args
        if condition != sympy.true:
            pieces, last = list(expr.args), sympy.nan
        return "(" + "".join(f"{self._print(p)} if {self._print(c)} else " for p, c in pieces) + self._print(last) + ")"

    def _print_Function(self, expr: Any) -> str:
        written = type(expr).__name__
        name = _NAMES.get(written, written)
        op = lookup(name)
        if op is None or not op.public:
            raise Unable(f"SymPy's `{written}` has no name here")
        return f"{name}({self.stringify(expr.args, ', ')})"

    def _print_LatticeOp(self, expr: Any) -> str:  # SymPy's own Max and Min, whose arguments have no order
        return f"{_NAMES[type(expr).__name__]}({', '.join(sorted(map(self._print, expr.args)))})"

    def _print_Heaviside(self, expr: Any) -> str:
        return f"heaviside({self._print(expr.args[0])}, 0.5)"

    def _print_sinc(self, expr: Any) -> str:
        return f"sinc({self._print(expr.args[0] / sympy.pi)})"

    def _print_polygamma(self, expr: Any) -> str:
        n, x = expr.args
        return f"digamma({self._print(x)})" if n == 0 else f"polygamma({n}, {self._print(x)})"

    def _print_besseli(self, expr: Any) -> str:
        n, x = expr.args
        if n in (0, 1):
            return f"i{n}({self._print(x)})"
        if not n.is_Integer:
            raise Unable(f"I of order {n} has no name here")
        n = abs(n)  # DLMF 10.29.1 leads down to I0 and I1
        down = sympy.besseli(n - 2, x) - 2 * (n - 1) / x * sympy.besseli(n - 1, x)
        return f"({self._print(down)})"

    def emptyPrinter(self, expr: Any) -> str:
        raise Unable(f"SymPy's `{type(expr).__name__}` has no name here")
