"""The eager graph on scalars: where the cost of recording is all there is."""

from __future__ import annotations

from collections.abc import Callable

import gradcli

from .race import Race, installed

LINKS = 100_000


def _ours() -> tuple[Callable[[], object], Callable[[], object]]:
    exp = gradcli.ops.lookup("exp")

    def scalar() -> None:
        x = gradcli.tensor(1.0, requires_grad=True)
        (x**2 * exp(x)).backward()

    def chain() -> None:
        y = gradcli.tensor(1.0, requires_grad=True)
        for _ in range(LINKS):
            y = y.sin()
        y.backward()

    return scalar, chain


def _torch() -> tuple[Callable[[], object], Callable[[], object]]:
    import torch

    torch.set_num_threads(2)

    def scalar() -> None:
        x = torch.tensor(1.0, requires_grad=True)
        (x**2 * torch.exp(x)).backward()

    def chain() -> None:
        y = torch.tensor(1.0, requires_grad=True)
        for _ in range(LINKS):
            y = y.sin()
        y.backward()

    return scalar, chain


def _million() -> None:
    y = gradcli.tensor(1.0, requires_grad=True)
    for _ in range(1_000_000):
        y = y.sin()
    y.backward()


def races() -> list[Race]:
    """Return the races of a scalar, of a long chain, and our million nodes alone."""
    scalar, chain = {"gradcli": _ours()[0]}, {"gradcli": _ours()[1]}
    if installed("torch"):
        scalar["torch"], chain["torch"] = _torch()
    absent = () if installed("torch") else ("torch",)
    return [
        Race("`x**2*exp(x)` on a scalar, forward and backward", scalar, {"torch": 3.0}, 25, 300, absent),
        Race(f"{LINKS:,} chained sines, forward and backward", chain, {"torch": 2.0}, absent=absent),
        Race("1,000,000 chained sines, forward and backward", {"gradcli": _million}, rounds=3),
    ]
