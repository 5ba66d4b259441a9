"""The page of the operations is what the rule book says today."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_of_the_operations_is_current() -> None:
    made = runpy.run_path(str(DOCS / "make_operations.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run python docs/make_operations.py"
