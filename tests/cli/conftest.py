"""What the tests of the commands share: a command line run in this process, and one run as a user's shell does."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gradcli.cli import main


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def gradcli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Run what follows `gradcli` on a command line, in an empty directory, with some text or bytes on stdin."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(line: str, stdin: str | bytes = "") -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        capsys.readouterr()
        status = main(shlex.split(line))
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that finds this gradcli, and whose output is plain."""
    other = ("NO_COLOR", "FORCE_COLOR", "TERM", "PYTHONUNBUFFERED")
    kept = {key: value for key, value in os.environ.items() if key not in other}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}


@pytest.fixture
def process(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run what follows `gradcli` on a command line in a process of its own, with some variables set."""

    def run(line: str, *, variables: dict[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
        how = {"capture_output": True} | how if "stdout" not in how and "stderr" not in how else how
        command = [sys.executable, "-m", "gradcli", *shlex.split(line)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment | (variables or {}), encoding="utf-8", timeout=120, **how
        )

    return run
