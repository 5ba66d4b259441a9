"""The pictures of the guide are what the commands draw that the guide shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gradcli.cli import main

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
COMMANDS = re.findall(r"^\$ gradcli (graph .* -o \w+\.svg)$", (GUIDE / "computation-graph.md").read_text("utf-8"), re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_picture_is_current(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release of what lays them out may move things, so that only what is written is compared."""
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)) == 0
    (drawn,) = tmp_path.glob("*.svg")
    shown, now = ((folder / drawn.name).read_text("utf-8") for folder in (GUIDE, tmp_path))
    assert sorted(re.findall(r">([^<>]+)</(?:text|title)>", shown)) == sorted(
        re.findall(r">([^<>]+)</(?:text|title)>", now)
    )


def test_the_guide_has_two_pictures() -> None:
    assert [command.rpartition(" ")[2] for command in COMMANDS] == ["forward.svg", "backward.svg"]
