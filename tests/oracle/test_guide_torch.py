"""The guide's sessions, typed into torch: after changing the import alone, the answers are the same."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"

# The statements, by page and their first words, to which torch answers something else, and why.
OURS = {
    "function": {"t.autograd.gradcheck(Wrong": "our message also names the worst entry"},
    "no-grad": {"s.sum().backward()": "our hint names gradcli's own anomaly mode"},
}


class Torch(doctest.DocTestRunner):
    """Run sessions under torch, and keep the statements that it answers otherwise."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.differing: list[str] = []

    def report_failure(self, out: Any, test: Any, example: doctest.Example, got: str) -> None:
        self.differing.append(example.source.strip())

    def report_unexpected_exception(self, out: Any, test: Any, example: doctest.Example, exc_info: Any) -> None:
        self.differing.append(example.source.strip())


def blocks(page: Path) -> list[tuple[str, str]]:
    """List the blocks of Python on a page, in order, with the import changed."""
    text = page.read_text(encoding="utf-8")
    text = text.replace("import gradcli as t", "import torch as t").replace(
        "from gradcli.autograd", "from torch.autograd"
    )
    return re.findall(r"```(pycon|python)\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", sorted(GUIDE.glob("*.md")), ids=lambda page: page.stem)
def test_torch_says_the_same(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = Torch()
    names: dict[str, Any] = {}
    torch.set_warn_always(True)  # what other tests were warned of is said again
    try:
        for language, text in blocks(page):
            if language == "python":
                exec(compile(text, str(page), "exec"), names)
            else:
                session = doctest.DocTestParser().get_doctest(text, names, page.stem, str(page), 0)
                runner.run(session, clear_globs=False)
                names |= session.globs
    finally:
        torch.set_warn_always(False)
    ours = OURS.get(page.stem, {})
    assert [source for source in runner.differing if not source.startswith(tuple(ours))] == []
    assert [words for words in ours if not any(source.startswith(words) for source in runner.differing)] == []
