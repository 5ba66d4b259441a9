"""What the table of conventions says of torch is what torch takes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from gradcli.verify.kinks import CONVENTIONS

torch = pytest.importorskip("torch")


def function(name: str) -> Any:
    homes = (torch, torch.special, torch.nn.functional)
    return next((getattr(home, name) for home in homes if hasattr(home, name)), None)


def written(value: float) -> str:
    """Write a number as the table does."""
    return str(Fraction(value + 0.0).limit_denominator(1000)) if abs(value) < float("inf") else str(value)


@pytest.mark.parametrize(("name", "condition"), CONVENTIONS)
def test_what_torch_takes(name: str, condition: str) -> None:
    at, expected = CONVENTIONS[name, condition].at, CONVENTIONS[name, condition].torch
    leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in at]
    called = function(name)
    if expected is None:
        with pytest.raises((TypeError, RuntimeError)):  # there is no such function, or it has no derivative
            torch.autograd.grad(called(*leaves), leaves)
        return
    slopes = torch.autograd.grad(called(*leaves), leaves, materialize_grads=True)
    numbers = [float(value) for slope in slopes for value in slope.unique()]
    assert ", ".join(map(written, numbers)) == expected
