"""The law of a shell: what a command is about is worth what the line was worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcli
from gradcli.cli.pieces import split
from gradcli.cli.session import Session

NAMES = st.sampled_from(["a", "b", "x", "e"])
NUMBERS = st.integers(1, 3).map(str)
FUNCTIONS = st.sampled_from(["f", "g"])


def terms(draw: st.DrawFn, session: Session) -> str:
    """Draw an expression of what the session knows."""
    known = [*session.values, *(f"{name}({number})" for name in session.functions for number in ("2", "e"))]
    operands = st.sampled_from(known) | NUMBERS if known else NUMBERS
    parts = [draw(operands) for _ in range(draw(st.integers(1, 3)))]
    return draw(st.sampled_from(["{}", "({})", "sum([{}])"])).format(draw(st.sampled_from([" + ", " - "])).join(parts))


@settings(max_examples=60)
@given(st.data())
def test_the_composed_text_has_the_value_of_the_line(data: st.DataObject) -> None:
    session = Session()
    for _ in range(data.draw(st.integers(1, 12))):
        kind = data.draw(st.sampled_from(["value", "name", "function", "random"]))
        right = terms(data.draw, session)
        if kind == "function":
            # one that calls nothing: functions may not call themselves
            line = f"{data.draw(FUNCTIONS)}(t) = t*{data.draw(st.sampled_from([*session.values, '2']))} + t"
        elif kind == "random":
            line = f"{data.draw(NAMES)} = rand()"
        else:
            line = f"{data.draw(NAMES)} = {right}" if kind == "name" else right
        shown = session.enter(line)
        if shown is None:
            continue
        composed = session.compose()
        assert composed is not None
        at = {item.partition("=")[0].strip(): item.partition("=")[2] for item in composed.at}
        values = {name: gradcli.Expression.parse(text)() for name, text in at.items()}
        assert gradcli.Expression.parse(composed.text)(values) == pytest.approx(shown.value, rel=1e-12)


@pytest.mark.parametrize(
    ("lines", "text", "at"),
    [
        (["w = 2", "x = 3", "y = w*x", "y**2"], "y = w*x; y**2", ["w = 2", "x = 3"]),
        (["x = 1", "z = 5", "sin(x)"], "sin(x)", ["x = 1"]),
        (["x = [1,\n 2]", "sum(x)"], "sum(x)", ["x = [1,\n 2]"]),
        (["x = 1", "y = [x,\n 2]", "sum(y)"], "y = [x,\n 2]\nsum(y)", ["x = 1"]),
        (["f(t) = t + a", "a = 1", "f(2)"], "f(t) = t + a; f(2)", ["a = 1"]),
        (["g(t) = t; f(t) = g(t)", "f(2)"], "f(t) = g(t); g(t) = t; f(2)", []),
        (["x = 2", "x = x + 1", "x"], "x = 2; x = x + 1; x", []),
        (["2", "_ + 1", "_ + 1"], "_ = 2; _ = _ + 1; _ + 1", []),
        (["e = 2", "e*pi"], "e = 2; e*pi", []),
        (["x = 3", "f(x) = x**2"], "f(x) = x**2", ["x = 3"]),
        (["x = 3; y = x"], "y = x", ["x = 3"]),
    ],
)
def test_what_a_command_is_about(lines: list[str], text: str, at: list[str]) -> None:
    session = Session()
    for line in lines:
        session.enter(line)
    assert session.compose() == (text, at)


def test_statements_that_nothing_is_built_on_are_forgotten() -> None:
    session = Session()
    for i in range(50):
        session.enter(f"x = {i}; x**2")
    composed = session.compose("x + _")
    assert composed == ("x = 49; _ = x**2; x + _", []) or composed == ("_ = x**2; x + _", ["x = 49"])
    assert len(session._bound) == 2


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("a; b", ["a", "b"]),
        ("(a\n+ b)\nc", ["(a\n+ b)", "c"]),
        ("a +\n b; (c)", ["a +\n b", "(c)"]),
        ("x.\nT; y", ["x.\nT", "y"]),
        ("# only words", []),
        (";;\n a # words ; b\n", ["a"]),
        ("f(x) = (x\n)\n(f(2))", ["f(x) = (x\n)", "(f(2))"]),
        ("[1,\n2][0]; sum([1]) if a else\n b", ["[1,\n2][0]", "sum([1]) if a else\n b"]),
    ],
)
def test_statements_with_their_brackets(line: str, texts: list[str]) -> None:
    assert [piece.text for piece in split(line)] == texts
    for piece in split(line):
        assert line[piece.start :].startswith(piece.text)


def test_values_that_were_settled_are_the_same_to_the_last_digit() -> None:
    session = Session()
    session.enter("x = rand(3)")
    [item] = session.compose("x").at
    np.testing.assert_array_equal(gradcli.Expression.parse(item.partition("=")[2])(), session.values["x"])
