"""What the tests of the views share: an expression run at a point, and what is seen of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from gradcli import lang
from gradcli.views.recording import Passage, RecordedPoint, Run


class Recorded(NamedTuple):
    """A run, and its backward pass."""

    run: Run
    passage: Passage


def recorded(text: str, values: Mapping[str, Any] | None = None, **more: Any) -> Recorded:
    """Run an expression; a variable without a value is 1.5."""
    program = lang.parse(text)
    given = {name: 1.5 for name in program.variables} | dict(values or {}) | more
    run = Run(RecordedPoint(program, given, None, "float64", 0))
    return Recorded(run, Passage(run))


@pytest.fixture(scope="session")
def record() -> Callable[..., Recorded]:
    return recorded
