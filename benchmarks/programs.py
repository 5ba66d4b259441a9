"""Compiled programs beside what else compiles: torch, torch.compile, JAX, numexpr, numba, and bare copying.

Every contender has two cores and the same data.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import peers
from .race import Loop, Race, installed


def race(
    title: str, data: str, codes: dict[str, str], bounds: dict[str, float], rounds: int = 9, repeat: int = 1
) -> Race:
    """Return the race of the codes whose libraries are installed, on some data."""
    present = [name for name in codes if installed(*peers.NEEDED.get(name, ()))]
    contenders = {name: Loop(peers.TWO_CORES + data + codes[name]) for name in present}
    absent = tuple(name for name in codes if name not in present)
    return Race(title, dict(contenders), bounds, rounds, repeat, absent)


def races() -> Iterator[Race]:
    """Yield the races one by one: each has processes of its own, and arrays in them."""
    beside = {"torch": 10.0, "torch.compile": 1.6, "JAX jit": 3.0, "numba": 1.0, "bare traffic": 1 / 2.2}
    for dtype in ("float64", "float32"):
        points, what = peers.POINTS.replace("DTYPE", dtype), f"on 10,000,000 {dtype}, value and gradient"
        yield race(f"`x**2*exp(x)` {what}", points, peers.ELEMENTWISE, beside)
        yield race(f"`x**2*exp(x)` {what}, into arrays kept", points, peers.IN_PLACE, {"bare traffic": 1 / 1.9})
        yield race(f"`sum(x**2*exp(x))` {what}", points, peers.SUMMED, {"JAX jit": 3.0})
    yield race("`x**2*exp(x)` on a scalar, value and gradient", "", peers.SCALAR, {"JAX jit": 6.0}, 15, 2000)
    yield race(
        "Rosenbrock's function of 1,000 variables, with gradient", "", peers.ROSENBROCK, {"JAX jit": 1.0}, 15, 500
    )
    beside = {"torch": 1.0, "JAX jit": 1.0}
    yield race("Black-Scholes, price and five greeks of 1,000,000 options", peers.OPTIONS, peers.BLACK_SCHOLES, beside)
    yield race("Logistic loss with gradient, 1,000,000 rows of 10", peers.ROWS, peers.LOGISTIC, beside)
    yield race(
        "First call of an expression of 1,000 operations", peers.FIRST_CALLS, peers.FIRST_CALL, {"JAX jit": 1.0}, 3
    )
