"""The tree: what is made of a text, and where each node says it stands."""

from __future__ import annotations

import dataclasses

import pytest

from gradcli.lang import syntax, tree
from gradcli.lang.tree import Call, Literal, Name


def shape(node: object) -> object:
    """Return a small tree as nested tuples, without places."""
    match node:
        case Literal(value=value):
            return value
        case Name(name=name):
            return name
        case Call():
            keywords = [(name.name, shape(value)) for name, value in node.keywords]
            return (node.function, *map(shape, node.args), *keywords)
        case tuple():
            return [shape(item) for item in node]
        case None | str():
            return node
    fields = [f.name for f in dataclasses.fields(node) if f.name != "span"]
    return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))


def only(text: str) -> object:
    (statement,) = syntax.read(text)
    return statement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x**2", ("-", ("**", "x", 2.0))),
        ("-x²", ("-", ("**", "x", 2.0))),
        ("2**-1", ("**", 2.0, ("-", 1.0))),
        ("a**b**c", ("**", "a", ("**", "b", "c"))),
        ("a - b - c", ("-", ("-", "a", "b"), "c")),
        ("a - (b - c)", ("-", "a", ("-", "b", "c"))),
        ("a + b*c", ("+", "a", ("*", "b", "c"))),
        ("a*-b", ("*", "a", ("-", "b"))),
        ("--a", ("-", ("-", "a"))),
        ("+a", "a"),
        ("a @ b.T", ("@", "a", (".T", "b"))),
        ("a ^ 2 × 3 ÷ b · c − d", ("-", ("*", ("/", ("*", ("**", "a", 2.0), 3.0), "b"), "c"), "d")),
        ("x⁻¹²", ("**", "x", -12.0)),
        ("x²**3", ("**", ("**", "x", 2.0), 3.0)),
        ("not a == b or c and d", ("|", ("!", ("Comparison", ["a", "b"], ["=="])), ("&", "c", "d"))),
        ("a < b ≤ c != d", ("Comparison", ["a", "b", "c", "d"], ["<", "<=", "!="])),
        ("(a < b) < c", ("Comparison", [("Comparison", ["a", "b"], ["<"]), "c"], ["<"])),
        ("a + b < c", ("Comparison", [("+", "a", "b"), "c"], ["<"])),
        ("a if b else c if d else e", ("Conditional", "b", "a", ("Conditional", "d", "c", "e"))),
        ("f(a, b + 1, axis=-1)", ("f", "a", ("+", "b", 1.0), ("axis", ("-", 1.0)))),
        ("f(a,)", ("f", "a")),
        ("f()", ("f",)),
        ("[1, [a],]", ("Items", [1.0, ("Items", ["a"])])),
        ("x[0, 1:, ::2, ..., None]",
         ("Index", "x", [0.0, ("Slice", 1.0, None, None), ("Slice", None, None, 2.0), ..., None])),
        ("x[a:b:c][d]", ("Index", ("Index", "x", [("Slice", "a", "b", "c")]), ["d"])),
        ("y = w*x", ("Binding", "y", ("*", "w", "x"))),
        ("f(x, y) = x", ("Definition", "f", ["x", "y"], "x")),
        ("1_000.5e-1", 100.05),
        (".5", 0.5),
        ("True", True),
    ],
)  # fmt: skip
def test_tree(text, expected):
    assert shape(only(text)) == expected


@pytest.mark.parametrize("text", ["a; b", "a\nb", "\n a;\n\n b;\n", "a # one\nb # two", "a\r\nb\r\n", ";;a;;b"])
def test_statements(text):
    assert shape(syntax.read(text)) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "a + b*c", "(a + b)*(c - d)", "-(a)", "f(a, [b, c], axis=(0))[1:(2), d].T", "(a) < (b) < (c)",
        "(a) if (b) else (c)", "y = (a)", "f(x) = (x)", "(((a)))**b", "not (a) and (b)", "π*(α + β)",
    ],
)  # fmt: skip
def test_every_node_knows_its_place(text):
    """The text of a node, parsed alone, gives the same node."""
    waiting = [only(text)]
    while waiting:
        node = waiting.pop()
        waiting += [node.value] if isinstance(node, tree.Binding | tree.Definition) else tree.children(node)
        part = text[slice(*node.span)]
        if not isinstance(node, tree.Slice):
            assert shape(only(part)) == shape(node)


def test_places_of_names():
    text = "sum(x, axis=1) + f(x)"
    call = only(text).args[0]
    ((key, _),) = call.keywords
    assert text[slice(*key.span)] == "axis"
    definition = only("  g(α, β) = α")
    assert [(n.name, tuple(n.span)) for n in (definition.name, *definition.parameters)] == [
        ("g", (2, 3)), ("α", (4, 5)), ("β", (7, 8)),
    ]  # fmt: skip


def test_walk_follows_the_text():
    names = [n.name for n in tree.walk(only("a if b < c else f(d, k=e)[g:h]")) if isinstance(n, Name)]
    assert names == ["a", "b", "c", "d", "e", "g", "h"]


def test_nodes_are_frozen_and_equal_only_to_themselves():
    node = only("x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        node.name = "y"
    assert node != only("x")
    assert not hasattr(node, "__dict__")
