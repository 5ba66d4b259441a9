"""Every formula of samples/physics, at 20 points of its ranges: value and partials as SymPy has them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradcli import Expression

PHYSICS = Path(__file__).resolve().parents[2] / "samples" / "physics"
POINTS = 20
DIGITS = 50
RTOL = 1e-12


class Formula(NamedTuple):
    """A row of a table: a formula, and the bounds of each of its variables."""

    name: str
    text: str
    ranges: dict[str, tuple[float, float]]

    def points(self) -> list[dict[str, float]]:
        """Draw points of the ranges, the same at every run.

        None of them lies so near a zero of a value or a partial that rounding the arguments alone passes RTOL.
        """
        rng = np.random.default_rng(0)
        return [{name: rng.uniform(*bounds) for name, bounds in self.ranges.items()} for _ in range(POINTS)]


def read(path: Path) -> list[Formula]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Formula(row["name"], row["formula"], bounds(row["ranges"])) for row in csv.DictReader(file)]


def bounds(ranges: str) -> dict[str, tuple[float, float]]:
    pairs = [entry.split("=") for entry in ranges.split(";")]
    assert len(dict(pairs)) == len(pairs), ranges
    return {name: tuple(map(float, interval.split(":"))) for name, interval in pairs}


FEYNMAN = read(PHYSICS / "feynman.csv")
FORMULAS = FEYNMAN + read(PHYSICS / "more.csv")


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_value_and_partials_are_those_of_sympy(formula: Formula, symbolic: Callable[[str], Any]) -> None:
    sympy, mpmath = pytest.importorskip("sympy"), pytest.importorskip("mpmath")
    names = list(formula.ranges)
    twin = symbolic(formula.text)
    symbols = [sympy.Symbol(name, real=True) for name in names]
    exact = sympy.lambdify(symbols, [twin, *(sympy.diff(twin, s) for s in symbols)], "mpmath", cse=True)
    expression = Expression.parse(formula.text)
    for point in formula.points():
        value, partials = expression.value_and_grad(point)
        with mpmath.workdps(DIGITS + 10):  # ten to spare for cancellation
            wanted = exact(*(mpmath.mpf(point[name]) for name in names))
            for name, ours, theirs in zip(["", *names], [value, *(partials[n] for n in names)], wanted, strict=True):
                assert abs(ours - theirs) <= RTOL * abs(theirs), f"d/d{name} at {point}: {ours}, SymPy {theirs}"


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_variable_has_its_range(formula: Formula) -> None:
    assert set(formula.ranges) == set(Expression.parse(formula.text).variables)
    assert all(low < high for low, high in formula.ranges.values())


def test_the_fifty_of_feynman_are_here() -> None:
    assert len(FEYNMAN) == 50
    assert len({formula.name for formula in FORMULAS}) == len(FORMULAS)
