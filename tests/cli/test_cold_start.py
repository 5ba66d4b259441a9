"""What the shortest run loads: the speed of `gradcli grad` is what it does not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each costs milliseconds, or far more, and is not needed to print two numbers in a pipe.
HEAVY = {"rich", "scipy", "sympy", "lark", "matplotlib", "json", "csv", "difflib", "tempfile", "importlib.metadata"}

LOADED = """
import io, sys
from gradcli.cli import main
sys.argv = ["gradcli", *sys.argv[1:]]
assert main(sys.argv[1:]) == 0
print(*sorted(sys.modules), file=sys.stderr)
"""


def loaded(environment: dict[str, str], *argv: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-c", LOADED, *argv], env=environment, capture_output=True, check=True)
    return set(ran.stderr.decode().split())


@pytest.mark.parametrize(
    "argv",
    [["grad", "x**2*exp(x)", "--at", "x=1"], ["eval", "sum(x)", "--at", "x=[1,2]"], ["graph", "x**2", "--at", "x=1"]],
)
def test_no_heavy_module_is_loaded(environment: dict[str, str], argv: list[str]) -> None:
    loaded(environment, *argv)  # builds the grammar's tables, if this is the first run
    modules = loaded(environment, *argv)
    assert modules & HEAVY == set()
    assert f"gradcli.cli.{argv[0]}" in modules


def test_a_command_loads_no_other(environment: dict[str, str]) -> None:
    modules = loaded(environment, "grad", "x", "--at", "x=1")
    assert modules.isdisjoint({"gradcli.cli.eval", "gradcli.cli.ops", "gradcli.views.graph", "gradcli.render.tree"})


@pytest.mark.parametrize("argv", [[], ["-h"], ["--version"], ["completion", "bash"]])
def test_help_loads_no_numpy(environment: dict[str, str], argv: list[str]) -> None:
    assert {"gradcli.lang", "gradcli.ops", "numpy"}.isdisjoint(loaded(environment, *argv))


def test_a_terminal_alone_brings_rich(environment: dict[str, str]) -> None:
    assert "rich" in loaded(environment | {"FORCE_COLOR": "1"}, "eval", "1")
