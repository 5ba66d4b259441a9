"""The manual page is what the commands say today, and what `man` can print."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from gradcli.cli.app import COMMANDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "gradcli.1"


def test_the_manual_is_current() -> None:
    made = runpy.run_path(str(DOCS / "make_manual.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run python docs/make_manual.py"


def test_every_command_has_its_section() -> None:
    assert re.findall(r'^\.SS "gradcli (\w+)', PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(COMMANDS)


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not on this machine")
def test_mandoc_has_nothing_to_say_but_that_there_is_no_date() -> None:
    said = subprocess.run(["mandoc", "-T", "lint", PAGE], capture_output=True, text=True).stdout
    assert [line for line in said.splitlines() if "missing date" not in line] == []


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not on this machine")
def test_groff_prints_it_without_a_warning() -> None:
    ran = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", PAGE], capture_output=True, text=True)
    assert ran.stderr == ""
    assert re.search(r'\n {11}gradcli grad "x\*\*2\*exp\(x\)" --at x=1\n', ran.stdout)
    assert all(len(line) <= 80 for line in ran.stdout.splitlines() if not line.lstrip().startswith("gradcli"))
