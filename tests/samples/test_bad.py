"""The samples that must fail: each command fails as its file shows, and what a hint says to try works.

A file of samples/bad holds a command, and below it all that is printed. After a change of the messages,
`UPDATE_SNAPSHOTS=1 pytest tests/samples/test_bad.py` writes the files anew; read what it wrote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BAD = Path(__file__).resolve().parents[2] / "samples" / "bad"
FILES = sorted(BAD.glob("*.txt"))
UPDATE = "UPDATE_SNAPSHOTS" in os.environ

Run = Callable[[str], Any]


def command_of(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].removeprefix("$ ")


def transcript(command: str, ran: Any) -> str:
    return f"$ {command}\n{ran.out}{ran.err}exit status {ran.status}\n"


def commands_in(message: str) -> list[str]:
    """Return the commands that the hints of a message say to try."""
    return re.findall(r"(?:try|did you mean) (gradcli .*?)\??$", message, re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_fails_with_this_message_and_what_it_says_to_try_works(file: Path, gradcli: Run) -> None:
    command = command_of(file)
    ran = gradcli(command)
    assert (ran.status, ran.out) == (2, "")
    if UPDATE:
        file.write_text(transcript(command, ran), "utf-8")
    assert file.read_text("utf-8") == transcript(command, ran)
    for meant in commands_in(ran.err):
        assert gradcli(meant).status == 0, meant


def test_the_commonest_mistakes_are_answered_by_the_corrected_command() -> None:
    assert [file.stem for file in FILES[:12] if not commands_in(file.read_text("utf-8"))] == []


def test_there_are_forty_in_order() -> None:
    assert len(FILES) >= 40
    assert [int(file.name[:2]) for file in FILES] == list(range(1, len(FILES) + 1))
