"""Three hundred claims, half of them right in another algebraic form, half with a slip: all judged rightly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gradcli import Expression

with (Path(__file__).parent / "claims.csv").open(encoding="utf-8", newline="") as file:
    CLAIMS = list(csv.DictReader(file))


def bounds(ranges: str) -> dict[str, tuple[float, float]]:
    pairs = (entry.split("=") for entry in ranges.split(";"))
    return {name: tuple(map(float, interval.split(":"))) for name, interval in pairs}


def test_there_are_as_many_of_both() -> None:
    assert [sum(row["verdict"] == verdict for row in CLAIMS) for verdict in ("right", "wrong")] == [150, 150]


@pytest.mark.parametrize("name", sorted({row["name"] for row in CLAIMS}))
def test_claims_are_judged_rightly(name: str) -> None:
    told = []
    for row in (row for row in CLAIMS if row["name"] == name):
        report = Expression.parse(row["formula"]).check(
            wrt=[row["variable"]], claims={row["variable"]: row["claim"]}, ranges=bounds(row["ranges"]), points=5,
            methods=("numeric", "complex"),
        )  # fmt: skip
        verdict = {"agrees": "right", "disagrees": "wrong"}.get(report.claims[0].verdict, "not judged")
        told.append((verdict, report.gradient, row["how"], row["claim"]))
    expected = [(row["verdict"], "agrees", row["how"], row["claim"]) for row in CLAIMS if row["name"] == name]
    assert told == expected
