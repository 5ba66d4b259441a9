"""Help: it starts with examples, the examples run, and every option is told."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcli.cli.app import COMMANDS, EXAMPLES, group

Run = Callable[..., Any]

# What the examples read.
FILES = {
    "table.csv": "price\n1\n2\n",
    "data.csv": "y,x\n10.07,77.6\n29.61,239.9\n50.76,434.8\n81.78,760.0\n",
    "runs.csv": "t,load\n0,1\n1,2.7\n2,7.4\n",
}


def commands() -> dict[str, Any]:
    with group.make_context("gradcli", ["ops"]) as ctx:
        return {name: group.get_command(ctx, name) for name in COMMANDS}


def test_gradcli_alone_is_its_help(gradcli: Run) -> None:
    assert gradcli("") == gradcli("-h") == gradcli("--help")
    assert gradcli("").out.startswith('Examples:\n  gradcli grad "x**2*exp(x)" --at x=1\n')
    for name, summary in COMMANDS.items():
        assert f"  {name.ljust(10)}  {summary}\n" in gradcli("").out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_tells_all_its_options(gradcli: Run, name: str) -> None:
    page = gradcli(f"{name} -h").out
    assert page.startswith(f"Examples:\n  {commands()[name].examples[0]}\n")
    assert all(len(line) <= 80 for line in page.splitlines())
    options = {option for parameter in commands()[name].params for option in parameter.opts if option[0] == "-"}
    assert {word.strip(",") for line in page.splitlines() for word in line.split()} >= options


@pytest.mark.parametrize("example", [*EXAMPLES, *(e for c in commands().values() for e in c.examples)])
def test_the_examples_run(gradcli: Run, tmp_path: Path, example: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    line = example.partition("gradcli ")[2].partition(")")[0] if example[:4] == "eval" else example[len("gradcli ") :]
    assert gradcli(shlex.join(shlex.split(line.partition(" > ")[0], comments=True))).status == 0


@pytest.mark.parametrize(
    ("words", "index", "expected"),
    [
        ("gradcli gr", 1, {"grad", "graph"}),
        ("gradcli grad x --j", 3, {"--json", "--jacobian"}),
        ("gradcli grad -x --di", 3, {"--digits"}),
        ("gradcli ops arcta", 2, {"arctan", "arctan2", "arctanh"}),
        ("gradcli completion z", 2, {"zsh"}),
    ],
)
def test_completion(process: Run, words: str, index: int, expected: set[str]) -> None:
    variables = {"_GRADCLI_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(index)}
    ran = process("", variables=variables)
    assert {line.removeprefix("plain,") for line in ran.stdout.split()} == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(gradcli: Run, shell: str) -> None:
    ran = gradcli(f"completion {shell}")
    assert ran.status == 0
    assert f"_GRADCLI_COMPLETE={shell}_complete" in ran.out
