"""Arithmetic, comparisons, logic and conditionals mean what they mean in Python."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcli.lang import parse

NAMES = {"x": np.float64(0.75), "y": np.float64(-2.5), "z": np.float64(3.0)}

ATOMS = [*NAMES, "0", "1", "2", "0.5", "10", "1e-3", "7.25"]

# Texts are put into texts without brackets, so that precedence decides: N is a number, C a condition.
FORMS = {
    "N": [*(f"N {sign} N" for sign in ("+", "-", "*", "/", "//", "%", "**")), "-N", "(N)", "(N if C else N)"],
    "C": ["C and C", "C or C", "not C", "(C)"],
    "": [f"N {sign} N" for sign in ("<", "<=", ">", ">=", "==", "!=", "< N <=")],
}


@st.composite
def texts(draw: st.DrawFn, kind: str = "N", depth: int = 3) -> str:
    if kind == "N" and (depth == 0 or draw(st.booleans())):
        return draw(st.sampled_from(ATOMS))
    forms = FORMS[""] if kind == "C" and (depth == 0 or draw(st.booleans())) else FORMS[kind]
    form = draw(st.sampled_from(forms))
    return re.sub("[NC]", lambda match: draw(texts(match.group(), max(0, depth - 1))), form)


def in_python(text: str) -> object:
    """Evaluate one of the texts above in Python, its numbers as NumPy's, which do not raise on 1/0."""
    return eval(re.sub(r"(?<!\w)\d[\w.-]*", r"F(\g<0>)", text.replace("1e-3", "0.001")), {"F": np.float64, **NAMES})


@given(text=texts() | texts("C"))
def test_python_agrees(text, interpreter_factory):
    with np.errstate(all="ignore"):
        ours = parse(text).evaluate(NAMES, interpreter_factory()).value
        np.testing.assert_array_equal(ours, in_python(text))
