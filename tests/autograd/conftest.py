"""What the tests of autograd share: whatever a test does, modes and hooks are afterwards as they were before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gradcli as t
from gradcli.autograd import grad_mode
from gradcli.autograd.graph import guards, watching, watching_all


def counted() -> int:
    """Count the modes that are set; the first volatile Variable counts for as long as the process runs."""
    return len(grad_mode.special) - len(grad_mode.volatiles)


@pytest.fixture(autouse=True)
def modes_are_left_as_they_were() -> Iterator[None]:
    before = counted()
    yield
    assert t.is_grad_enabled()
    assert (counted(), guards, watching_all, watching.functions) == (before, [], [], ())
