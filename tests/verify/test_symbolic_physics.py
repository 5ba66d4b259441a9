"""SymPy's word on the formulas of physics: it is heard on all of them, and takes two seconds of work at most."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from gradcli import Expression
from gradcli.verify import symbolic, witness, worker

PHYSICS = Path(__file__).resolve().parents[2] / "samples" / "physics" / "feynman.csv"

with PHYSICS.open(encoding="utf-8", newline="") as file:
    ROWS = [(row["name"], row["formula"], row["ranges"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("label", "text", "ranges"), ROWS, ids=[row[0] for row in ROWS])
def test_a_formula_takes_two_seconds_at_most(label: str, text: str, ranges: str) -> None:
    bounds = {name: map(float, pair.split(":")) for name, pair in (entry.split("=") for entry in ranges.split(";"))}
    limits = {name: tuple(pair) for name, pair in bounds.items()}
    expression, rng, seconds = Expression.parse(text), np.random.default_rng(0), 0.0
    for _ in range(20):
        point = {name: float(rng.uniform(*pair)) for name, pair in limits.items()}
        account = symbolic.testify(expression.program, point, list(point), limits=witness.Limits(seconds=60.0))
        seconds += worker.shared().seconds
        assert isinstance(account, dict)
        for name, slope in expression.grad(point).items():
            said = account[name,]
            assert isinstance(said, witness.Testimony)
            assert slope == pytest.approx(said.value, rel=1e-11)
    assert seconds < 2
