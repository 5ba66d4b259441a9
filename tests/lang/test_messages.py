"""Every message of the language, as a whole, with the place it points at.

`messages.txt` holds expressions that fail and what is said; `python tests/lang/test_messages.py` writes
it anew. A newline in an expression is shown as `⏎`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gradcli.errors import GradcliError
from gradcli.lang import parse

FILE = Path(__file__).with_name("messages.txt")

# What the expressions may use.
VALUES = {
    "x": np.array([1.0, 2.0, 3.0]), "y": np.array([1.0, 2.0, 3.0, 4.0]),
    "A": np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), "a": 2.0, "b": 0.5, "width": 3.0,
}  # fmt: skip


def blocks() -> Iterator[tuple[str, str]]:
    """Yield each expression with its block of the file."""
    for block in FILE.read_text(encoding="utf-8").strip("\n").split("\n\n"):
        if not block.startswith("#"):
            yield block.partition("\n")[0].removeprefix("  ").replace("⏎", "\n"), block


def said(text: str, interpreter: object) -> str:
    """Return what is said of an expression, as the file has it."""
    with pytest.raises(GradcliError) as caught, np.errstate(all="ignore"):
        parse(text).evaluate(VALUES, interpreter)
    error = caught.value
    assert error.text == text
    assert error.span is not None
    start, end = error.span
    assert 0 <= start <= end <= len(text)
    lines = [f"  {text}".replace("\n", "⏎"), "  " + " " * start + "^" * max(1, end - start)]
    lines.append(f"{error.kind}: {error.message}")
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines)


@pytest.mark.parametrize(("text", "block"), list(blocks()))
def test_message(text, block, interpreter):
    assert said(text, interpreter) == block


def test_no_expression_is_listed_twice():
    texts = [text for text, _ in blocks()]
    assert len(texts) == len(set(texts)) > 100


def _write_anew() -> None:
    spec = importlib.util.spec_from_file_location("conftest", Path(__file__).with_name("conftest.py"))
    conftest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conftest)
    made = []
    for block in FILE.read_text(encoding="utf-8").strip("\n").split("\n\n"):
        if not block.startswith("#"):
            text = block.partition("\n")[0].removeprefix("  ").replace("⏎", "\n")
            block = said(text, conftest.ArrayInterpreter())
        made.append(block)
    FILE.write_text("\n\n".join(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_write_anew())
