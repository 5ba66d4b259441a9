r"""Formulas in LaTeX are read again, by a reader that knows no more than how formulas are read, and evaluated."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from scipy import special

from gradcli import Expression
from gradcli.lang import parse
from gradcli.program.emit import emit
from gradcli.views.source import formula_of

TOKEN = re.compile(r"\\(?:left|right)\s*(?:\\[a-z]+|[^\s\\])|\\[A-Za-z]+|\\\\|\d+(?:\.\d+)?|[A-Za-z]|\S")
FUNCTIONS = {
    r"\sin": np.sin, r"\cos": np.cos, r"\tan": np.tan, r"\arcsin": np.arcsin, r"\arccos": np.arccos,
    r"\arctan": np.arctan, r"\sinh": np.sinh, r"\cosh": np.cosh, r"\tanh": np.tanh, r"\ln": np.log,
    r"\Phi": special.ndtr, r"\Gamma": special.gamma, r"\psi": special.digamma, r"\max": np.maximum, r"\min": np.minimum,
    r"\lnot": np.logical_not,
    "arsinh": np.arcsinh, "arcosh": np.arccosh, "artanh": np.arctanh, "sign": np.sign, "round": np.rint,
    "trunc": np.trunc, "atan2": np.arctan2, "copysign": np.copysign, "heaviside": np.heaviside, "erf": special.erf,
    "erfc": special.erfc, "isnan": np.isnan, "isfinite": np.isfinite, "isinf": np.isinf, "signbit": np.signbit,
}  # fmt: skip
RELATIONS = {"<": np.less, ">": np.greater, r"\le": np.less_equal, r"\ge": np.greater_equal, "=": np.equal,
             r"\ne": np.not_equal}  # fmt: skip
BRACKETS = {r"\left(": (r"\right)", lambda x: x), r"\left|": (r"\right|", np.abs), r"\left[": (r"\right]", np.float64),
            r"\left\lfloor": (r"\right\rfloor", np.floor), r"\left\lceil": (r"\right\rceil", np.ceil)}  # fmt: skip


class Reader:
    """Reads formulas by recursive descent, and computes what they say of the names that it is given."""

    def __init__(self, text: str, names: dict[str, Any]) -> None:
        self.tokens = [re.sub(r"\s", "", token) for token in TOKEN.findall(text)]
        self.at = 0
        self.names = names

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.next
        assert expected in (None, token), f"{expected} expected, not {token}, in {' '.join(self.tokens)}"
        self.at += 1
        return token

    def condition(self) -> Any:
        value = self.relation()
        while self.next in (r"\land", r"\lor"):
            value = (np.logical_and if self.take() == r"\land" else np.logical_or)(value, self.relation())
        return value

    def relation(self) -> Any:
        value = self.sum()
        return RELATIONS[self.take()](value, self.sum()) if self.next in RELATIONS else value

    def sum(self) -> Any:
        value = -self.product() if self.next == "-" and self.take() else self.product()
        while self.next in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while self.next and self.next not in ("+", "-", "}", "]", "&", r"\\", ",", r"\land", r"\lor", *RELATIONS):
            if self.next.startswith(r"\right") or self.next == r"\end":
                break
            if self.next == r"\bmod":
                self.take()
                value = value % self.factor()
            else:
                if self.next == r"\cdot":
                    self.take()
                value = value * self.factor()
        return value

    def factor(self) -> Any:
        is_e = self.next == "e"
        value = self.atom()
        if self.next != "^":
            return value
        exponent = self.exponent()
        return np.exp(exponent) if is_e else np.power(np.asarray(value, float), exponent)

    def exponent(self) -> Any:
        self.take("^")
        return self.group()

    def group(self) -> Any:
        self.take("{")
        value = self.condition()
        self.take("}")
        return value

    def text(self) -> str:
        self.take("{")
        end = self.tokens.index("}", self.at)
        self.at, found = end + 1, "".join(self.tokens[self.at : end])
        return found

    def arguments(self) -> list[Any]:
        self.take(r"\left(")
        values = [self.condition()]
        while self.next == ",":
            self.take()
            values.append(self.condition())
        self.take(r"\right)")
        return values

    def atom(self) -> Any:
        token = self.take()
        if token[0].isdigit():
            return float(token)
        if token in BRACKETS:
            closing, function = BRACKETS[token]
            value = function(self.condition())
            self.take(closing)
            return value
        if token == r"\frac":
            above = np.float64(self.group())
            return above / self.group()
        if token == r"\sqrt":
            cubic = self.next == "["
            if cubic:
                assert "".join(self.take() for _ in range(3)) == "[3]"
            return (np.cbrt if cubic else np.sqrt)(self.group())
        if token == r"\begin":
            return self.cases()
        if token == r"\log":
            self.take("_")
            return {2.0: np.log2, 10.0: np.log10}[self.group()](*self.arguments())
        if token == r"\operatorname":
            return FUNCTIONS[self.text()](*self.arguments())
        if token in FUNCTIONS:
            exponent = self.exponent() if self.next == "^" else 1.0
            return np.power(np.asarray(FUNCTIONS[token](*self.arguments()), float), exponent)
        return self.name(token)

    def name(self, token: str) -> Any:
        if token == r"\mathrm":
            token = self.text()
        if self.next == "_":
            self.take()
            token += "_" + self.text()
        return {r"\pi": math.pi, "e": math.e, r"\infty": math.inf, "NaN": math.nan}.get(token) or self.names[token]

    def cases(self) -> Any:
        assert self.text() == "cases"
        then = self.condition()
        self.take("&")
        self.take(r"\text")
        assert self.text() == "if"
        holds = self.condition()
        self.take(r"\\")
        otherwise = self.condition()
        assert "".join(self.take() for _ in range(12)) == r"&\text{otherwise"
        self.take("}")
        assert self.take() == r"\end" and self.text() == "cases"
        return np.where(holds, then, otherwise)


def read(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return what each equation of a page of formulas says, by its left side."""
    *_, body = re.split(r"\\begin\{align\*\}", source.removesuffix("\n\\end{align*}"))
    found: dict[str, Any] = {}
    for line in body.strip().splitlines():
        left, right = line.removesuffix(r" \\").split(" &= ")
        reader = Reader(right, names)
        found[left] = reader.condition()
        assert not reader.next, f"{reader.next} is left over of {right}"
        names[re.sub(r"_\{(.*)\}", r"_\1", left)] = found[left]
    return found


POINTS = {"x": np.array([0.3, 0.8, -0.4]), "y": np.array([0.7, -0.2, 0.9])}

TEXTS = (
    "x**2*exp(x)", "x*sin(y)", "(1 - x)**2 + 100*(y - x**2)**2", "-x - (-y - x)", "2*(3*x)*(4*y)", "x - (y - x*-3)",
    "sin(x)**2 + cos(x*y)**3", "1/(x/y)/3", "exp(x)**2 - exp(-x*y)", "sqrt(x**2 + 1) + cbrt(x + 2)", "abs(x)*y",
    "tanh(x)*sigmoid(y) + softplus(x)", "erf(x) - ndtr(y)*erfc(x)", "max(x, y)*min(x, 0.2)", "x if x > y else -y",
    "log1p(x) + expm1(y)", "log2(x + 2) + log10(y + 2) + log(3 + x)", "floor(5*x)*y + ceil(x)", "(x + 2)**y",
    "x % 0.3 + y//0.2", "asinh(x) + acosh(2 + y) + atanh(x)", "asin(x)*acos(x)*atan(y)", "2**x + exp2(y)",
    "(x > 0 and y < 1)*x", "(x > 0 or y < 0)*x", "where(not x > 0, x, y)", "hypot(x, y)", "log(exp(x) + exp(y))",
    "logit((x + 1)/4)", "xlogy(x + 1, y + 1)", "1e-9*x + 1.5e300*y", "pi*x + y*e", "(x + y)**-2 + (2 + x)**-0.5",
    "gamma(x + 2)", "atan2(x, y)", "sign(x)*y", "round(x*3)*y", "trunc(3*x)*y", "-(x*y)**2", "(-x)**3", "logsigmoid(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_says_what_it_was_made_of(text: str):
    program = parse(text)
    names = program.variables
    columns = {name: POINTS[name] for name in names}
    with np.errstate(all="ignore"):
        found = list(read(emit(formula_of(program, "latex", names), "latex"), dict(columns)).values())
    point = Expression(program).at(columns)
    wanted = [point.value, *point.grad(names).values()]
    for got, expected in zip(found[-len(wanted) :], wanted, strict=True):
        np.testing.assert_allclose(np.broadcast_to(got, 3), expected, rtol=1e-12, atol=1e-13)


def test_the_reader_knows_a_wrong_formula():
    x = np.array([2.0])
    assert read("\\begin{align*}\nf &= x^{2} - 3 x\n\\end{align*}", {"x": x})["f"] == -2
    with pytest.raises(AssertionError, match="left over"):
        read("\\begin{align*}\nf &= x }\n\\end{align*}", {"x": x})
