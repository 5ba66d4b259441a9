"""Whatever is typed, the answer is a value or an error of ours that points into the text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import GradcliError
from gradcli.lang import parse
from gradcli.ops import REGISTRY

WORDS = [
    *"+-*/%@^=<>()[]{},.:;|!&~²³⁻'\"#?$\\π×÷−√", "**", "//", "==", "<=", "!=", "...", "\n", " ", "if", "else",
    "and", "or", "not",
    "x", "y", "A", "f", "f(x) = ", "1", "0", "2.5", "1e9", "-1", "[1, 2]", "None", "True", "axis=", "dim=0", ".T",
    "diff(", "[0]",
    "max(", "log(", "round(", *(f"{name}(" for name, op in sorted(REGISTRY.items()) if op.public),
]  # fmt: skip

VALUES = {"x": np.float64(0.5), "y": np.array([1.0, -2.0]), "A": np.array([[1.0, 2.0], [3.0, 4.0]])}


def outcome(text: str, interpreter: object) -> None:
    try:
        with np.errstate(all="ignore"):
            parse(text).evaluate(VALUES, interpreter)
    except GradcliError as error:
        assert error.text == text
        assert error.span is not None
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert error.message
        assert "\n" not in error.message + (error.hint or "")


@given(text=st.text(max_size=30))
def test_any_text(text, interpreter_factory):
    outcome(text, interpreter_factory())


@given(words=st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_words(words, interpreter_factory):
    outcome("".join(words), interpreter_factory())


ARGUMENTS = [
    "x", "y", "A", "1", "0", "-1", "2.5", "[0, 1]", "[x, x]", "y > 0", "A.T", "None", "True", "[]",
    "[[1, 2], [3, 5]]", "nan",
]  # fmt: skip


@given(
    name=st.sampled_from(sorted(name for name, op in REGISTRY.items() if op.public)),
    arguments=st.lists(st.sampled_from(ARGUMENTS), min_size=1, max_size=4),
    keyword=st.sampled_from(["", ", axis=0", ", dim=1", ", keepdims=True", ", axis=[0, 1]", ", axis=y", ", n=3"]),
)
def test_any_call(name, arguments, keyword, interpreter_factory):
    outcome(f"{name}({', '.join(arguments)}{keyword})", interpreter_factory())
