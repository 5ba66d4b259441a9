"""The grammar, its tables and their cache; lark itself is the oracle for the parser."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lark import Lark, Tree, logger
from lark.exceptions import UnexpectedInput

from gradcli.lang import grammar, parser

TEXTS = [
    "x", "1", "-x**2", "2**-1", "a - b - c", "a**b**c", "-x²", "not a == b or c and d", "x < y <= z",
    "a if b else c if d else e", "(a if b else c) + 1", "f()", "f(x,)", "f(x, axis=0, y=1)", "[1, 2, 3]", "[]",
    "[[1], [2],]", "x[0]", "x[1:2, ::3, :, ..., a:]", "x[:-1:2,]", "x.T", "x.T[0].T", "f(x)(", "y = 2; z = y",
    "a\n\nb\n",
    "f(x) = x", "x = y = z", "1 +", "((a))", "a × b ÷ c · d − e", "2 ^ 3", "x⁻¹", "a // b % c @ d", "x[", "f(x=1=2)",
]  # fmt: skip


class Trees:
    """Makes lark's trees of what the parser finds."""

    def __getattr__(self, rule: str):
        return lambda span, *children: Tree(rule, list(children))


@pytest.fixture(scope="module")
def lark() -> Lark:
    return Lark(grammar.read(), parser="lalr", start="program", maybe_placeholders=True)


def test_the_grammar_has_no_conflicts(caplog):
    caplog.set_level(logging.DEBUG, logger.name)
    logger.addHandler(caplog.handler)
    try:
        Lark(grammar.read(), parser="lalr", start="program", debug=True)
    finally:
        logger.removeHandler(caplog.handler)
    assert [record for record in caplog.records if "onflict" in record.message] == []


@pytest.mark.parametrize("text", TEXTS)
def test_the_parser_agrees_with_lark(text, lark):
    try:
        expected = lark.parse(text)
    except UnexpectedInput as error:
        with pytest.raises(parser.Unexpected) as caught:
            parser.run(text, Trees())
        assert caught.value.start == (len(text) if error.pos_in_stream is None else _place(error, text))
    else:
        assert parser.run(text, Trees()) == expected


def _place(error: UnexpectedInput, text: str) -> int:
    token = getattr(error, "token", None)
    return len(text) if token is not None and token.type == "$END" else error.pos_in_stream


@pytest.mark.parametrize(
    "text", ["(a\n+ b)", "[1,\n\n2]", "x[\n0\n]", "f(a,\n  b)", "(\n# one\na\n)", "a +\nb", "y =\n2", "a and\nnot\nb"]
)
def test_a_newline_where_no_statement_can_end_is_a_blank(text, lark):
    spaced = text.replace("# one", "").replace("\n", " ")
    assert parser.run(text, Trees()) == lark.parse(spaced)


@pytest.mark.parametrize("blank", ["\t", "\r", "\u00a0", "\u2003", "\f", "  # a comment", "#", "# #"])
def test_blanks(blank):
    assert [t.text for t in parser.tokens(f"a{blank}\n+ b{blank}")] == ["a", "\n", "+", "b", ""]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x²", ["x", "²"]), ("x2²", ["x2", "²"]), ("π2", ["π2"]), ("x₁", ["x₁"]), ("Δx", ["Δx"]), ("_a1", ["_a1"]),
        ("1_000.5e-3x", ["1_000.5e-3", "x"]), (".5", [".5"]), ("1.", ["1."]), ("1..2", ["1.", ".2"]), ("1e5", ["1e5"]),
        ("2e", ["2", "e"]), ("a**-b", ["a", "**", "-", "b"]), ("iffy", ["iffy"]), ("a<=b", ["a", "<=", "b"]),
        ("½", ["½"]), ("٣", ["٣"]), ("naïve", ["naïve"]), ("变量", ["变量"]),
    ],
)  # fmt: skip
def test_tokens(text, parts):
    assert [t.text for t in parser.tokens(text)] == [*parts, ""]


# The cache


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """The file of a cache in an empty directory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(grammar, "tables", grammar.tables.__wrapped__)
    return tmp_path / "gradcli" / f"expression.{sys.implementation.cache_tag}"


@pytest.fixture
def built(monkeypatch) -> list[str]:
    """The grammars that were analysed."""
    grammars: list[str] = []
    build = grammar.build
    monkeypatch.setattr(grammar, "build", lambda text: grammars.append(text) or build(text))
    return grammars


def test_the_cache_holds_the_tables(cache, built):
    made = grammar.tables()
    assert [entry.name for entry in cache.parent.iterdir()] == [cache.name]
    assert grammar.tables() == made
    assert len(built) == 1


@pytest.mark.parametrize("content", [b"", b"abc", b"some other file"])
def test_a_broken_cache_is_written_anew(cache, built, content):
    cache.parent.mkdir()
    cache.write_bytes(content)
    assert grammar.tables() == grammar.tables()
    assert len(built) == 1


def test_a_damaged_cache_is_noticed(cache, built):
    grammar.tables()
    good = cache.read_bytes()
    places = range(0, len(good), len(good) // 10)
    for place in places:
        cache.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        grammar.tables()
    assert len(built) == 1 + len(places)


def test_another_grammar_is_not_taken_from_the_cache(cache, monkeypatch):
    grammar.tables()
    monkeypatch.setattr(grammar, "read", lambda: 'program: "+"\n')
    assert grammar.tables().pattern.startswith(r"(?P<PLUS>\+)")


def test_a_cache_that_cannot_be_written_is_done_without(cache):
    cache.parent.write_text("this is a file, not a directory")
    assert grammar.tables().rules


def test_no_home_means_no_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert grammar.tables.__wrapped__().rules
    assert list(tmp_path.iterdir()) == []


def test_a_second_start_does_not_import_lark(tmp_path):
    program = "import sys; from gradcli.lang import parse; parse('x**2'); print('lark' in sys.modules)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    said = [subprocess.check_output([sys.executable, "-c", program], env=environment, text=True) for _ in range(2)]
    assert said == ["True\n", "False\n"]
