"""Errors drawn: the right line, the caret under the place, whatever stands around it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import EvaluationError, Span
from gradcli.render import diagnostic
from gradcli.render.look import plain


def drawn(text: str, start: int, end: int, source: str = "expression", hint: str | None = None) -> str:
    error = EvaluationError("it is wrong", span=Span(start, end), text=text, source=source, hint=hint)
    return "\n".join(plain(line) for line in diagnostic.lines(error))


def test_a_place() -> None:
    assert drawn("x + foo", 4, 7, hint="write bar") == "error: it is wrong\n  x + foo\n      ^^^\nhint: write bar"


def test_another_text_than_the_expression_is_named() -> None:
    assert drawn("1 + y", 4, 5, source="--at x") == "error: it is wrong\n  --at x=1 + y\n             ^"
    assert drawn("1 + y", 4, 5, source="--gradient") == "error: it is wrong\n  --gradient 1 + y\n                 ^"


def test_a_line_among_others() -> None:
    assert drawn("a = 1\nb = foo\nb\n", 10, 13) == "error: it is wrong\n  2 | b = foo\n          ^^^"


def test_a_span_over_lines_is_marked_on_its_first() -> None:
    assert drawn("f(1,\n  2)", 0, 9) == "error: it is wrong\n  1 | f(1,\n      ^^^^"


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [
        ("x+", 2, 2, "  x+\n    ^"),
        ("", 0, 0, "  \n  ^"),
        ("a\n", 2, 2, "  \n  ^"),
        ("x\t+ y", 4, 5, "  x    + y\n         ^"),
        ("变量 + y", 5, 6, "  变量 + y\n         ^"),
        ("变量 + y", 0, 2, "  变量 + y\n  ^^^^"),
        ("e\u0301 + y", 5, 6, "  e\u0301 + y\n      ^"),
        ("a\x1b[31m + y", 9, 10, "  a<001B>[31m + y\n                ^"),
    ],
)
def test_what_is_not_one_column_wide(text: str, start: int, end: int, shown: str) -> None:
    assert drawn(text, start, end) == "error: it is wrong\n" + shown


def test_a_control_character_in_a_message_is_spelt() -> None:
    error = EvaluationError("no \x1b[2J here", hint="nor\nhere")
    assert [plain(line) for line in diagnostic.lines(error)] == ["error: no <001B>[2J here", "hint: nor<000A>here"]


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (0, "  yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…\n  ^"),
        (100, "  …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…\n" + " " * 38 + "^"),
        (199, "  …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n" + " " * 75 + "^"),
    ],
)
def test_a_long_line_is_cut_around_the_place(start: int, shown: str) -> None:
    assert drawn("y" * 200, start, start + 1) == "error: it is wrong\n" + shown


def columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )  # fmt: skip


@given(st.text(alphabet=st.sampled_from("xy \t变é\u0301+"), max_size=300), st.data())
def test_the_carets_stand_under_the_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    _, line, carets = drawn(text, start, end).split("\n")
    assert columns(line) <= 80 and len(carets) <= 81
    width = len(carets) - len(carets.lstrip())
    assert set(carets.strip()) == {"^"}
    if len(text) < 15:
        expand = text.replace("\t", "    ")
        assert line == "  " + expand
        assert width == 2 + columns(text[:start].replace("\t", "    "))
        assert len(carets.strip()) == max(1, columns(text[start:end].replace("\t", "    ")))


def test_a_very_long_line_takes_no_time() -> None:
    text = "y" * 4_000_000
    assert len(drawn(text, 2_000_000, 2_000_001)) < 200
    assert len(drawn(text, 0, len(text))) < 200
