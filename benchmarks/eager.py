"""The eager graph on scalars: where the cost of recording is all there is."""

from __future__ import annotations

from .race import Loop, Race, installed

OURS = "import gradcli as t"
TORCH = "import torch as t; t.set_num_threads(2)"

SCALAR = """
def run():
    x = t.tensor(1.0, requires_grad=True)
    (x**2 * t.exp(x)).backward()
"""

CHAIN = """
def run():
    y = t.tensor(1.0, requires_grad=True)
    for _ in range({links}):
        y = y.sin()
    y.backward()
"""


def _race(title: str, code: str, bound: float, rounds: int, repeat: int = 1) -> Race:
    contenders = {"gradcli": Loop(OURS + code)}
    if installed("torch"):
        contenders["torch"] = Loop(TORCH + code)
    absent = () if installed("torch") else ("torch",)
    return Race(f"{title}, forward and backward", dict(contenders), {"torch": bound}, rounds, repeat, absent)


def races() -> list[Race]:
    """Return the races of a scalar, of a long chain, and our million nodes alone."""
    million = Race(
        "1,000,000 chained sines, forward and backward",
        {"gradcli": Loop(OURS + CHAIN.format(links=1_000_000))},
        rounds=3,
    )
    return [
        _race("`x**2*exp(x)` on a scalar", SCALAR, 3.0, 25, 300),
        _race("100,000 chained sines", CHAIN.format(links=100_000), 2.0, 9),
        million,
    ]
