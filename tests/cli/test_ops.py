"""`gradcli ops`: the table, and a page for every operation, whose example gives what it shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from gradcli.ops import REGISTRY

Run = Callable[..., Any]
PUBLIC = [op.name for op in REGISTRY.values() if op.public]


def test_the_table_has_every_operation_on_a_line(gradcli: Run) -> None:
    lines = gradcli("ops").out.splitlines()
    assert lines[0].split() == ["function", "family", "what", "it", "is"]
    assert [line.split()[0] for line in lines[1:]] == PUBLIC
    assert gradcli("ops -q").out.split() == PUBLIC
    assert [each["name"] for each in json.loads(gradcli("ops --json").out)["operations"]] == PUBLIC


def test_a_page(gradcli: Run) -> None:
    assert (
        gradcli("ops ln").out
        == """\
log(input)
  Natural logarithm, elementwise.

family      elementary
aliases     ln
derivative  input <- g/input
tested on   input from 0.25 to 4
graph node  LogBackward0

  $ gradcli grad "log(x)" --at x=0.6
  f     = -0.5108256237659907
  df/dx = 1.6666666666666667
"""
    )


def test_kinks_are_told(gradcli: Run) -> None:
    assert "kinks       input == 0: 0\n" in gradcli("ops abs").out


@pytest.mark.parametrize("name", PUBLIC)
def test_every_page_ends_with_what_the_command_prints(gradcli: Run, name: str) -> None:
    page = gradcli(f"ops {name}")
    assert (page.status, page.err) == (0, "")
    shown = page.out.partition("  $ gradcli ")[2].splitlines()
    assert shown, "there is no example"
    ran = gradcli(shlex.join(shlex.split(shown[0])))
    assert [line.removeprefix("  ") for line in shown[1:]] == ran.out.splitlines()


@pytest.mark.parametrize("name", PUBLIC)
def test_the_json_of_every_page(gradcli: Run, name: str) -> None:
    found = json.loads(gradcli(f"ops {name} --json").out)
    op = REGISTRY[name]
    assert (found["command"], found["name"], found["signature"]) == ("ops", name, op.signature)
    assert set(found["derivatives"]) == set(op.rules)
    assert all(formula for formula in found["derivatives"].values())
    assert (found["kinks"], list(found["domain"])) == (op.kinks, list(op.tensors))
