"""`gradcli explore`: the file that it writes, and the server."""

from __future__ import annotations

import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from gradcli.cli import serve
from gradcli.cli.explore import page


def test_a_file_is_written_and_its_path_printed(gradcli, tmp_path):
    ran = gradcli('explore "x**2*exp(x)" --at x=1 -o page.html')
    assert ran == (0, "page.html\n", "")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "8.154845485377136" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_without_a_name_the_file_is_temporary(gradcli, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = gradcli('explore "x**2" --at x=1')
    assert ran.status == 0
    with open(ran.out.strip(), encoding="utf-8") as file:
        assert "<svg" in file.read()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x -o page.pdf --at x=1", "error: -o page.pdf: what should be written? the suffix says it: .html\n"),
        ("x", "error: `x` has no value\n  x\n  ^\nhint: try gradcli explore x --at x=1\n"),
    ],
)
def test_messages(gradcli, line, message):
    assert gradcli(f"explore {line}") == (2, "", message)


@pytest.fixture
def served() -> Iterator[Any]:
    given = SimpleNamespace(command="explore", typed=[], text="x**2", file=None, at=("x=3",), seed=0, output=None)
    with serve.server(given, page(given)) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def fetched(address: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_server_answers_expressions_typed_into_the_page(served):
    status, text = fetched(served.address)
    assert status == 200 and 'name="expr" value="x**2"' in text and '"value": 9.0' in text
    status, text = fetched(f"{served.address}&expr={quote('sin(y)*2')}&at={quote('y=0')}")
    assert status == 200 and 'name="at" value="y=0"' in text and '"leaves": {"y": 2.0}' in text


def test_an_error_is_shown_with_its_place(served):
    status, text = fetched(f"{served.address}&expr={quote('sinn(y)')}&at=y%3D0")
    assert status == 200
    assert "error: there is no function `sinn`\n  sinn(y)\n  ^^^^\nhint: did you mean `sin`?" in text


@pytest.mark.parametrize("change", [lambda a: a[:-1], lambda a: a.partition("?")[0]])
def test_without_the_token_there_is_nothing(served, change):
    status, text = fetched(change(served.address))
    assert status == 403 and "x**2" not in text


def test_another_host_is_refused(served):
    status, _ = fetched(served.address, Host="evil.example")
    assert status == 403


def test_it_listens_on_this_machine_alone(served):
    assert served.server_address[0] == "127.0.0.1"
