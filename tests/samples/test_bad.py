"""The samples that must fail: each command fails as its file shows, and what a hint says to try works.

A file of samples/bad holds a command, and below it all that is printed. After a change of the messages,
`UPDATE_SNAPSHOTS=1 pytest tests/samples/test_bad.py` writes the files anew; read what it wrote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

BAD = Path(__file__).resolve().parents[2] / "samples" / "bad"
FILES = sorted(BAD.glob("*.txt"))
UPDATE = "UPDATE_SNAPSHOTS" in os.environ

Run = Callable[[str], CompletedProcess[str]]


def command_of(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].removeprefix("$ ")


def transcript(command: str, ran: CompletedProcess[str]) -> str:
    return f"$ {command}\n{ran.stdout}{ran.stderr}exit status {ran.returncode}\n"


def commands_of(hint: str) -> list[str]:
    return [line.rstrip("?") for line in re.findall(r"\bgradcli [^\n]*", hint)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_fails_with_this_message(file: Path, gradcli: Run) -> None:
    ran = gradcli(command_of(file))
    assert (ran.returncode, ran.stdout) == (2, "")
    if UPDATE:
        file.write_text(transcript(command_of(file), ran), "utf-8")
    assert file.read_text("utf-8") == transcript(command_of(file), ran)


WITH_COMMANDS = [file for file in FILES if commands_of(file.read_text("utf-8").partition("\n")[2])]


@pytest.mark.parametrize("file", WITH_COMMANDS, ids=lambda file: file.stem)
def test_the_command_in_the_hint_works(file: Path, gradcli: Run) -> None:
    for command in commands_of(file.read_text("utf-8").partition("\n")[2]):
        ran = gradcli(command)
        assert ran.returncode == 0, ran.stderr


def test_there_are_forty_in_order() -> None:
    assert len(FILES) >= 40
    assert [int(file.name[:2]) for file in FILES] == list(range(1, len(FILES) + 1))
