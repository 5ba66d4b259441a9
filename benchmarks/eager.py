"""The eager graph on scalars: where the cost of recording is all there is."""

from __future__ import annotations

from .race import OURS, Loop, Race, beside_torch

SCALAR = """
def run():
    x = t.tensor(1.0, requires_grad=True)
    (x**2 * t.exp(x)).backward()
"""

HIPS_AUTOGRAD = """
import autograd.numpy as np
from autograd import value_and_grad
slope = value_and_grad(lambda x: x**2 * np.exp(x))
def run():
    slope(1.0)
"""

MYGRAD = """
import mygrad
def run():
    x = mygrad.tensor(1.0)
    (x**2 * mygrad.exp(x)).backward()
"""

CHAIN = """
def run():
    y = t.tensor(1.0, requires_grad=True)
    for _ in range({links}):
        y = y.sin()
    y.backward()
"""


def races() -> list[Race]:
    """Return the races of a scalar, of a long chain, and our million nodes alone."""
    scalar = beside_torch("`x**2*exp(x)` on a scalar, forward and backward", SCALAR, 3.0, 25, 300)
    scalar.against("HIPS autograd", "autograd", HIPS_AUTOGRAD, 3.0)
    scalar.against("MyGrad", "mygrad", MYGRAD, 3.0)
    million = Race(
        "1,000,000 chained sines, forward and backward",
        {"gradcli": Loop(OURS + CHAIN.format(links=1_000_000))},
        rounds=3,
    )
    return [
        scalar,
        beside_torch("100,000 chained sines, forward and backward", CHAIN.format(links=100_000), 2.0, 9),
        million,
    ]
