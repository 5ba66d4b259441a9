"""The fifty formulas of physics: all three witnesses speak and agree, at 20 points each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gradcli import Expression
from gradcli.verify.report import AGREES

PHYSICS = Path(__file__).resolve().parents[2] / "samples" / "physics" / "feynman.csv"
POINTS = 20

with PHYSICS.open(encoding="utf-8", newline="") as file:
    FORMULAS = {row["name"]: row for row in csv.DictReader(file)}

# Where nice points stand on edges, as asin(1), or where a sine is nothing but rounding, more of them are looked at.
MORE = {"I.29.16": 2, "I.30.5": 1, "III.8.54": 3}


@pytest.mark.parametrize("name", FORMULAS)
def test_all_witnesses_agree(name: str) -> None:
    row = FORMULAS[name]
    pairs = (entry.split("=") for entry in row["ranges"].split(";"))
    ranges = {n: tuple(map(float, bounds.split(":"))) for n, bounds in pairs}
    found = Expression.parse(row["formula"]).check(ranges=ranges, points=POINTS + MORE.get(name, 0))
    assert found.ok  # and so nothing disagrees at any point
    agreed = [point for point in found.points if all(r.verdict == AGREES and len(r.heard) == 3 for r in point.rows)]
    assert len(agreed) >= POINTS, [point for point in found.points if point not in agreed]
