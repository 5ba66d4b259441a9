"""The names of a program, found before it is evaluated."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from gradcli.errors import EvaluationError, ParseError, UnknownNameError
from gradcli.lang import parse, split_product, suggest


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("1 + pi*e", ()),
        ("b*a + b", ("b", "a")),
        ("y = w*x; y + b", ("w", "x", "b")),
        ("y + 1; y = 2", ("y",)),
        ("x = x + 1; x", ("x",)),
        ("f(x) = a*x; f(b)", ("a", "b")),
        ("f(x) = a*x; 3", ()),
        ("f(x) = a*x; a = 2; f(1)", ()),
        ("f(x) = a*x; f(1); a = 2", ("a",)),
        ("f(x) = a*x; g(y) = f(y) + c; g(z)", ("a", "c", "z")),
        ("f(x, y) = a*x", ("x", "y", "a")),
        ("x = 3; f(x) = x**2", ("x",)),
        ("f(e) = e**2", ("e",)),
        ("c if a else b", ("c", "a", "b")),
        ("f(x) = x; (a if b else c)[d] if g > f(k) else h", ("a", "b", "c", "d", "g", "k", "h")),
        ("a; f(x) = x", ("a", "x")),
        ("diff(u*v, v)", ("u", "v")),
        ("sum(x, axis=k)[i:j]", ("x", "k", "i", "j")),
        ("gelu(x, approximate=tanh)", ("x",)),
        ("gamma*beta + gamma(x)", ("gamma", "beta", "x")),
    ],
)
def test_variables(text, variables):
    assert set(parse(text).variables) == set(variables)
    ordered = sorted(variables, key=lambda name: parse(text).place(name))
    assert parse(text).variables == tuple(ordered)


def test_a_given_constant_is_a_free_name():
    program = parse("x*e + pi")
    assert program.variables == ("x",)
    assert program.free_names({"e": 1.0, "x": 2.0, "unused": 3.0}) == ("x", "e")
    assert program.place("e") == (2, 3)


def test_bindings_and_statements():
    program = parse("y = 2\nf(x) = x; y = 3; z = y")
    assert program.bindings == ("y", "z")
    assert len(program.statements) == 4


def test_a_missing_value_is_reported_at_its_place(interpreter):
    with pytest.raises(UnknownNameError) as caught:
        parse("w*widht", "--at x").evaluate({"w": np.float64(1), "width": np.float64(2)}, interpreter)
    assert (caught.value.span, caught.value.source, caught.value.hint) == ((2, 7), "--at x", "did you mean `width`?")


def test_a_constant_is_no_variable_unless_it_is_given(interpreter):
    program = parse("diff(e**2, e)")
    with pytest.raises(EvaluationError, match="constant"):
        program.evaluate({}, interpreter)


@pytest.mark.parametrize("source", ["expression", "--at x"])
def test_errors_name_their_text(source):
    with pytest.raises(ParseError) as caught:
        parse("2x", source)
    assert (caught.value.text, caught.value.source) == ("2x", source)


def test_programs_are_copied_and_pickled_by_their_text(interpreter):
    program = parse("-" * 5000 + "x", "--at y")
    for made in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert (made.text, made.source) == (program.text, program.source)
        assert made.evaluate({"x": np.float64(2)}, interpreter).value == 2


def test_a_program_is_evaluated_again_and_again(interpreter):
    program = parse("f(t) = t if t > 0 else y; y = f(x); y*2")
    assert [program.evaluate({"x": np.float64(x)}, interpreter).value for x in (3, 1)] == [6, 2]


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("sqr", ["sqrt", "square", "sin"], "sqrt"), ("sinn", ["sign", "sin", "sinh"], "sin"), ("SIN", ["sin"], "sin"),
        ("xe", ["ex"], None), ("exep", ["exp"], "exp"), ("arctna", ["arctan", "atan"], "arctan"),
        ("q", ["x", "y"], None),
        ("", ["x"], None), ("theta", ["thetas", "teta"], "thetas"), ("foo", [], None), ("a" * 10_000, ["a"], None),
    ],
)  # fmt: skip
def test_suggest(name, candidates, expected):
    assert suggest(name, candidates) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("xy", {"x", "y"}, "x*y"), ("xyx", {"x", "y"}, "x*y*x"), ("ab", {"a"}, None),
        ("alphax", {"alpha", "x"}, "alpha*x"),
        ("x", {"x"}, None), ("aab", {"a", "aa", "b"}, "aa*b"), ("aaaa", {"aa", "aaa"}, "aa*aa"),
        ("x" * 1000, {"x"}, None),
    ],
)  # fmt: skip
def test_split_product(name, known, expected):
    assert split_product(name, known) == expected
