"""Each pass on small programs, written as text: what it makes of them, and what it leaves alone."""

from __future__ import annotations

import re

import pytest

from gradcli.program.passes import optimise
from gradcli.program.passes.algebra import simplify
from gradcli.program.passes.broadcasting import sink
from gradcli.program.passes.contraction import contract
from gradcli.program.passes.folding import fold
from gradcli.program.passes.numbering import drop, number
from gradcli.program.ssa import parse

INPUTS = "x : f64[n]", "y : f64[n]", "s : f64[]", "c : bool[n]", "h : f32[n]"


def program(body: str, result: str):
    """Return a program of the inputs above: `a = mul x 2.0`, separated by semicolons, of the type of x unless told."""
    names = {each.split()[0]: f"%{i}" for i, each in enumerate(INPUTS)}
    lines = ["inputs " + ", ".join(f"%{i} {each}" for i, each in enumerate(INPUTS))]
    for number_, line in enumerate(filter(None, map(str.strip, body.split(";"))), len(INPUTS)):
        name, _, text = line.partition(" = ")
        text, _, kind = text.partition(" : ")
        words = [names.get(word, word) for word in text.split(" ")]
        lines.append(f"%{number_} = {' '.join(words)} : {kind or 'f64[n]'}")
        names[name] = f"%{number_}"
    lines.append("outputs " + ", ".join(f"r{i} {names.get(word, word)}" for i, word in enumerate(result.split())))
    return parse("\n".join(lines))


def shown(block) -> str:
    """Return a program in the form in which `program` takes it, its values a, b, ... in order."""
    names = {f"%{i}": each.split()[0] for i, each in enumerate(INPUTS)}
    names |= {f"%{i}": "abdefgijkl"[i - len(INPUTS)] for i, _ in block.numbered()}
    lines = str(block).splitlines()
    body = "; ".join(lines[1:-1]).replace(" : f64[n]", "")
    result = " ".join(word for word in re.split(r"[ ,]+", lines[-1])[2::2])
    text = re.sub(r"%\d+", lambda found: names[found[0]], f"{body} -> {result}")
    return text


def check(run, body: str, result: str, wanted: str) -> None:
    assert shown(run(program(body, result))) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("a = mul x y; b = mul y x; r = sub a b", "a = mul x y; b = sub a a -> b"),
        ("a = sub x y; b = sub y x; r = sub a b", "a = sub x y; b = sub y x; d = sub a b -> d"),
        ("a = add x 0.0; b = add x -0.0; r = sub a b", "a = add x 0.0; b = add x -0.0; d = sub a b -> d"),
        ("a = mul x 1; b = mul x 1.0; r = sub a b", "a = mul x 1; b = mul x 1.0; d = sub a b -> d"),
        ("a = mul x nan; b = mul nan x; r = sub a b", "a = mul x nan; b = sub a a -> b"),
        (
            "a = cast c; b = cast c : f32[n]; r = mul a b",
            "a = cast c; b = cast c : f32[n]; d = mul a b -> d",
        ),
        (
            "a = sum x {dim=None} : f64[]; b = sum x {dim=(0,)} : f64[]; r = sub a b : f64[]",
            "a = sum x {dim=None} : f64[]; b = sum x {dim=(0,)} : f64[]; d = sub a b : f64[] -> d",
        ),
    ],
)
def test_equal_instructions_are_one(body, wanted):
    check(number, body, "r", wanted)


def test_what_no_output_needs_is_dropped():
    check(drop, "a = exp x; b = log x; r = mul a y", "r x 2.0", "a = exp x; b = mul a y -> b x 2.0")


@pytest.mark.parametrize(
    ("body", "result", "wanted"),
    [
        ("a = mul 3.0 4.0 : f64[]; r = add a x", "r", "a = add 12.0 x -> a"),
        ("a = div 1.0 3.0 : f32[]; r = mul a h : f32[n]", "r", "a = mul 0.3333333432674408 h : f32[n] -> a"),
        ("r = log 0.0 : f64[]", "r", " -> -inf"),
        ("a = lt 1.0 2.0 : bool[]; r = where a x y", "r", "a = where True x y -> a"),
        ("a = cast 0.1 : f32[]; r = mul a x", "r", "a = mul 0.10000000149011612 x -> a"),
        ("r = add s 1.0 : f64[]", "r", "a = add s 1.0 : f64[] -> a"),
    ],
)
def test_constants_are_folded_in_the_dtype_of_the_value(body, result, wanted):
    check(fold, body, result, wanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("r = mul x 1.0", " -> x"),
        ("r = mul 1 x", " -> x"),
        ("r = div x 1.0", " -> x"),
        ("r = add x -0.0", " -> x"),
        ("r = sub x 0.0", " -> x"),
        ("r = add x 0.0", "a = add x 0.0 -> a"),
        ("r = mul x 0.0", "a = mul x 0.0 -> a"),
        ("r = sub x x", "a = sub x x -> a"),
        ("r = mul h 1.0", "a = mul h 1.0 -> a"),
        ("r = mul s 1.0", "a = mul s 1.0 -> a"),
        ("r = add x x", "a = mul 2.0 x -> a"),
        ("r = mul x x", "a = square x -> a"),
        ("r = div x 8.0", "a = mul 0.125 x -> a"),
        ("r = div x 3.0", "a = div x 3.0 -> a"),
        ("r = div x 1e-320", "a = div x 1e-320 -> a"),
        ("r = div 1.0 x", "a = reciprocal x -> a"),
        ("r = mul x -1.0", "a = neg x -> a"),
        ("a = neg x; r = neg a", "a = neg x -> x"),
        ("a = neg x; r = add y a", "a = neg x; b = sub y x -> b"),
        ("a = neg x; r = sub y a", "a = neg x; b = add y x -> b"),
        ("a = neg x; r = mul 2.0 a", "a = neg x; b = mul -2.0 x -> b"),
        ("a = neg x; b = neg y; r = div a b", "a = neg x; b = neg y; d = div x y -> d"),
        ("a = mul 3.0 x; r = neg a", "a = mul 3.0 x; b = mul -3.0 x -> b"),
        ("a = neg x; r = square a", "a = neg x; b = square x -> b"),
        ("r = pow x 2.0", "a = square x -> a"),
        ("r = pow x 0.5", "a = sqrt x -> a"),
        ("r = pow x -1", "a = reciprocal x -> a"),
        ("r = pow x 1.0", " -> x"),
        ("r = pow x 0.0", "a = broadcast 1.0 {shape=(n,)} -> a"),
        ("r = pow x 3.0", "a = pow x 3.0 -> a"),
        ("r = where c x x", " -> x"),
        ("r = where True x y", " -> x"),
        ("a = not c : bool[n]; r = where a x y", "a = not c : bool[n]; b = where c y x -> b"),
        ("r = cast x", " -> x"),
        ("r = cast h", "a = cast h -> a"),
        ("r = sum s {dim=None, keepdim=False} : f64[]", " -> s"),
        ("r = maximum x x", " -> x"),
        ("r = and True c : bool[n]", " -> c"),
        ("r = or c True : bool[n]", "a = or c True : bool[n] -> a"),
        ("r = and c x : bool[n]", "a = and c x : bool[n] -> a"),
    ],
)
def test_only_what_has_the_same_bits_is_simplified(body, wanted):
    check(simplify, body, "r", wanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("a = broadcast 1.0 {shape=(n,)}; r = mul a x", "a = broadcast 1.0 {shape=(n,)}; b = mul 1.0 x -> b"),
        (
            "a = broadcast s {shape=(n,)}; r = exp a",
            "a = broadcast s {shape=(n,)}; b = exp s : f64[]; d = broadcast b {shape=(n,)} -> d",
        ),
        (
            "a = broadcast s {shape=(n,)}; r = sum a {dim=None, keepdim=False} : f64[]",
            "a = broadcast s {shape=(n,)}; b = length {of=n} : i64[]; d = cast b : f64[]; e = mul s d : f64[] -> e",
        ),
        ("a = broadcast 2.0 {shape=(n,)}; r = mul a h", "a = broadcast 2.0 {shape=(n,)}; b = mul a h -> b"),
    ],
)
def test_broadcasts_sink(body, wanted):
    check(sink, body, "r", wanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("r = div x 3.0", "a = mul 0.3333333333333333 x -> a"),
        ("r = pow x 3.0", "a = square x; b = mul x a -> b"),
        ("r = pow x -1.5", "a = sqrt x; b = mul x a; d = reciprocal b -> d"),
        ("r = pow x 100.0", "a = pow x 100.0 -> a"),
        ("a = mul 3.0 x; r = mul 2.0 a", "a = mul 3.0 x; b = mul 6.0 x -> b"),
        ("a = add 3.0 x; r = sub a 2.0", "a = add 3.0 x; b = add 1.0 x -> b"),
        ("a = mul x y; b = mul x s; r = add a b", "a = mul x y; b = mul x s; d = add y s; e = mul x d -> e"),
        ("a = div x s; b = div y s; r = sub a b", "a = div x s; b = div y s; d = sub x y; e = div d s -> e"),
        ("r = mul x 0.0", "a = broadcast 0.0 {shape=(n,)} -> a"),
        ("r = sub x x", "a = broadcast 0.0 {shape=(n,)} -> a"),
        (
            "a = mul 3.0 x; r = sum a {dim=None, keepdim=False} : f64[]",
            "a = mul 3.0 x; b = sum x {dim=None, keepdim=False} : f64[]; d = mul 3.0 b : f64[] -> d",
        ),
    ],
)
def test_fastmath_contracts(body, wanted):
    check(contract, body, "r", wanted)


def test_a_product_that_is_used_again_is_kept():
    body = "a = mul x y; b = mul x s; r = add a b"
    check(contract, body, "r a", "a = mul x y; b = mul x s; d = add a b -> d a")


def test_the_passes_together():
    body = """
        a = pow x 2.0; b = exp x; v = mul a b; g = broadcast 1.0 {shape=(n,)}; i = mul g b; j = mul g a;
        k = mul i 2.0; l = mul k x; m = mul j b; r = add l m
    """
    block, changes = optimise(program(body, "v r"))
    wanted = "a = square x; b = exp x; d = mul a b; e = mul b 2.0; f = mul e x; g = add f d -> d g"
    assert shown(block) == wanted
    assert changes[0].before == 10
    assert changes[-1].after == 6


def test_spans_stay_with_what_they_asked_for():
    from gradcli.errors import Span
    from gradcli.program.ssa import Block, Instruction

    block = program("r = mul x x", "r")
    made = block.instructions[0]
    marked = Instruction(made.name, made.args, made.type, {}, None, Span(3, 6))
    (simplified,) = simplify(Block(block.inputs, (marked,), block.outputs)).instructions
    assert (simplified.name, simplified.span) == ("square", Span(3, 6))
