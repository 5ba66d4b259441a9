"""The page of accuracy tells of every elementwise operation, and why some are further off than others."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
MADE = runpy.run_path(str(DOCS / "make_accuracy.py"))
LINES = re.findall(r"^(\w+|  by \w+) +(\d+\.\d\d)", MADE["PAGE"].read_text(encoding="utf-8"), re.MULTILINE)


def shown() -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    name = ""
    for label, error in LINES:
        name = name if label.startswith(" ") else label
        found.setdefault(name, []).append(float(error))
    return found


def test_the_page_is_about_the_operations_that_there_are() -> None:
    wanted = sorted(op.name for op in MADE["measured"]())
    assert list(shown()) == wanted, "run python docs/make_accuracy.py"


def test_what_is_further_off_than_four_has_a_reason() -> None:
    assert {name for name, errors in shown().items() if max(errors) > 4} <= MADE["REASONS"].keys()


WITHIN = [op for op in MADE["measured"]() if op.name not in MADE["REASONS"]]


@pytest.mark.parametrize("op", WITHIN, ids=lambda op: op.name)
def test_a_sample_is_within_four(op) -> None:
    import numpy as np

    MADE["worst"].__globals__["POINTS"] = 8
    for case in op.cases or (MADE["Case"]((), {}),):
        assert max(MADE["worst"](op, case, np.random.default_rng(1)).values()) <= 4
