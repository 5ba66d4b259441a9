"""Habits from elsewhere: what people write that the language does not have, and what it has instead."""

from __future__ import annotations

# Characters, operators and words that another one stands for.
REPLACED = {
    "&&": "and", "&": "and", "∧": "and", "||": "or", "∨": "or", "~": "not", "!": "not", "¬": "not",
    "–": "-", "—": "-", "∗": "*", "∙": "*", "•": "*", "∕": "/", "⁄": "/",
    "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "∞": "inf",
    "=<": "<=", "=>": ">=", "<>": "!=", "=!": "!=", "===": "==", "!==": "!=", "***": "**", "^^": "^", ":=": "=",
    "is": "==", "mod": "%", "div": "//", "xor": "!=",
}  # fmt: skip

# Signs of functions that are written before their argument.
FUNCTIONS = {"√": "sqrt", "∛": "cbrt", "∑": "sum", "∏": "prod"}

# What functions hang on in Python; nothing does here.
MODULES = ("np", "numpy", "math", "torch", "scipy", "sympy", "jnp", "tf", "Math")

_CONDITIONAL = "write: a if condition else b"
_FUNCTION = "a function is written f(x) = x**2"
_VALUE = "a name is given a value by x = 2"
_DERIVATIVE = "a derivative is written diff(f(x), x)"
_LATEX = "LaTeX is not read: write sin(x), x/y, sqrt(x)"
_BRACKETS = "( ) group, [ ] make a list"
_QUOTES = "an expression has no text in quotes"
_DASH = "this is a dash; write a minus, `-`"

# What to say of the others, and where it is not enough to name the replacement.
HINTS = {
    "–": _DASH, "—": _DASH, "°": "write deg2rad(x) for degrees", "⌊": "write floor(x)", "⌈": "write ceil(x)",
    "{": _BRACKETS, "}": _BRACKETS, "\\": _LATEX, "$": _LATEX, "?": _CONDITIONAL,
    "'": _DERIVATIVE, "’": _DERIVATIVE, "∂": _DERIVATIVE, "∇": _DERIVATIVE,
    '"': _QUOTES, "“": _QUOTES, "”": _QUOTES, "‘": _QUOTES, "`": _QUOTES, "->": _FUNCTION,
    "then": _CONDITIONAL, "elif": _CONDITIONAL, "where": _CONDITIONAL, "lambda": _FUNCTION, "def": _FUNCTION,
    "let": _VALUE, "var": _VALUE, "return": "the last value is the result; leave `return` out",
    "for": "there are no loops; sum(x) adds the elements of x", "while": "there are no loops",
    "import": "all functions are there without it", "in": "there is no such test; `==` compares",
}  # fmt: skip
