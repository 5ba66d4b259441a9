"""What the README and the pages under docs show is what happens.

A `console` block is a session in a terminal: a line that starts with `$ ` is a command, which `> `
continues, and the lines up to the next command are all that it prints, on stdout and stderr. A line
of three dots alone stands for any lines. A `pycon` block is a doctest and a `python` block is run;
those of one page share their names, as a reader who types them one after the other would.
"""

from __future__ import annotations

import difflib
import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# Languages of blocks that are shown and not run; any other would escape these tests.
SHOWN = {"text", "json", "csv", "toml"}

# Commands that are not typed again here, by their first word.
NOT_RUN = {
    "pip": "would change the environment that the tests run in; .ci/run types the README's",
    "pipx": "installs for the user, outside of any test's reach",
    "uv": "installs for the user, outside of any test's reach",
}


class Block(NamedTuple):
    """A fenced block of a page, and the line where its text starts."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.page)}:{self.line}"


class Step(NamedTuple):
    """A command of a console block, and what it is shown to print."""

    command: str
    output: str


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    return [Block(page, t.map[0] + 2, t.info, t.content) for t in tokens if t.type == "fence" and t.map]


def steps(text: str) -> list[Step]:
    before, *sessions = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not before, f"a console block starts with a command, not with {before!r}"
    return [Step(*_split(session)) for session in sessions]


def _split(session: str) -> tuple[str, str]:
    command, *lines = session.splitlines(keepends=True)
    while lines and lines[0].startswith("> "):
        command += lines.pop(0).removeprefix("> ")
    return command.rstrip("\n"), "".join(lines).rstrip("\n")


def same(shown: str, printed: str) -> bool:
    """Tell whether this is what was printed, where a line `...` may stand for any lines."""
    lines = [r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in shown.splitlines()]
    return re.fullmatch("".join(lines), "".join(line + "\n" for line in printed.splitlines())) is not None


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a new user at a plain 80-column terminal whose output is piped."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(home),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",  # so that notes and results come in the order in which they were written
    }


ALL = [block for page in PAGES for block in blocks(page)]
CONSOLE = [block for block in ALL if block.language == "console"]
PYTHON = {"pycon", "python"}


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_console(block: Block, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    for command, shown in steps(block.text):
        if command.split()[0] in NOT_RUN:
            assert not shown, f"{block}: the output of `{command}` is not checked, so it must not be shown"
            continue
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        printed = ran.stdout.rstrip("\n")
        difference = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm="")
        assert same(shown, printed), "\n".join([f"{block}: $ {command}", *difference])


@pytest.mark.parametrize("page", [p for p in PAGES if any(b.page == p and b.language in PYTHON for b in ALL)], ids=name)
def test_python(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(verbose=False)
    for block in blocks(page):
        if block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)
        elif block.language == "pycon":
            test = doctest.DocTestParser().get_doctest(block.text, names, str(block), str(page), block.line - 1)
            report: list[str] = []
            runner.run(test, out=report.append, clear_globs=False)
            assert not report, "".join(report)
            names.update(test.globs)


def test_every_block_is_run_or_known_to_be_shown_only() -> None:
    assert [f"{b} {b.language}" for b in ALL if b.language not in SHOWN | PYTHON | {"console"}] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    inline = [
        child for t in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")) for child in t.children or ()
    ]
    targets = [str(t.attrs.get("href") or t.attrs.get("src")) for t in inline if t.type in ("link_open", "image")]
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [target for target in local if target and not (page.parent / target).exists()] == []


def test_the_runner_compares_whole_outputs() -> None:
    session = "$ printf 'a\\nb\\n' &&\n> echo c\na\n...\nc\n$ true\n"
    assert steps(session) == [Step("printf 'a\\nb\\n' &&\necho c", "a\n...\nc"), Step("true", "")]
    assert same("a\n...\nc", "a\nb\nc")
    assert same("a\n...\nc", "a\nc")
    assert not same("a\nb", "a\nb\nc")
    assert not same("a.c", "abc")
    assert not same("", "a")
