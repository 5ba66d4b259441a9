"""Habits from elsewhere: what people write that the language does not have, and what it has instead."""

from __future__ import annotations

_CONDITIONAL = "write: a if condition else b"
_FUNCTION = "a function is written f(x) = x**2"
_VALUE = "a name is given a value by x = 2"
_DERIVATIVE = "a derivative is written diff(f(x), x)"
_LATEX = "LaTeX is not read: write sin(x), x/y, sqrt(x)"
_BRACKETS = "( ) group, [ ] make a list"
_QUOTES = "an expression has no text in quotes"

# Characters, alone or in twos.
CHARACTERS = {
    "&&": "write `and`", "||": "write `or`", "&": "write `and`", "~": "write `not`", "!": "write `not`",
    "∧": "write `and`", "∨": "write `or`", "¬": "write `not`",
    "–": "this is a dash; write a minus, `-`", "—": "this is a dash; write a minus, `-`",
    "∗": "write `*`", "∙": "write `*`", "•": "write `*`", "∕": "write `/`", "⁄": "write `/`",
    "½": "write 1/2", "¼": "write 1/4", "¾": "write 3/4", "∞": "write inf", "°": "write deg2rad(x) for degrees",
    "√": "write sqrt(x)", "∛": "write cbrt(x)", "∑": "write sum(x)", "∏": "write prod(x)",
    "⌊": "write floor(x)", "⌈": "write ceil(x)", "{": _BRACKETS, "}": _BRACKETS, "\\": _LATEX, "$": _LATEX,
    "'": _DERIVATIVE, "’": _DERIVATIVE, "∂": _DERIVATIVE, "∇": _DERIVATIVE,
    '"': _QUOTES, "“": _QUOTES, "”": _QUOTES, "‘": _QUOTES, "`": _QUOTES, "?": _CONDITIONAL,
}  # fmt: skip

# Two tokens that are meant as one operator.
PAIRS = {
    "=<": "write `<=`", "=>": "write `>=`", "<>": "write `!=`", "=!": "write `!=`", "===": "write `==`",
    "!==": "write `!=`", "***": "write `**`", "^^": "write `^`", ":=": "write `=`", "->": _FUNCTION,
}  # fmt: skip

# Words that stand between or before values.
WORDS = {
    "then": _CONDITIONAL, "elif": _CONDITIONAL, "where": _CONDITIONAL, "lambda": _FUNCTION, "def": _FUNCTION,
    "let": _VALUE, "var": _VALUE, "return": "the last value is the result; leave `return` out",
    "for": "there are no loops; sum(x) adds the elements of x", "while": "there are no loops",
    "import": "all functions are there without it", "in": "there is no such test; `==` compares",
    "is": "write `==`", "mod": "write `%`", "div": "write `//`", "xor": "write `!=`",
}  # fmt: skip

# What functions hang on in Python; nothing does here.
MODULES = ("np", "numpy", "math", "torch", "scipy", "sympy", "jnp", "tf", "Math")
