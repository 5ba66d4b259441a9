"""Make claims.csv: derivatives of formulas of physics, right ones in other algebraic forms, and wrong ones.

A wrong one has a slip planted: a sign, a coefficient, an exponent, a factor or a term. Run it with Python; it
takes a minute, since SymPy factors and expands.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sympy

HERE = Path(__file__).resolve().parent
PHYSICS = HERE.parents[1] / "samples" / "physics"
EACH = 3
POINTS = 6

FORMS: dict[str, Callable[[Any], Any]] = {
    "as it comes": lambda d: d, "expanded": sympy.expand, "together": sympy.together, "factored": sympy.factor,
    "cancelled": sympy.cancel, "exponents gathered": sympy.powsimp,
}  # fmt: skip


def formulas() -> Iterator[tuple[str, str, str]]:
    with (PHYSICS / "feynman.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["name"], row["formula"], row["ranges"]) for row in csv.DictReader(file))


def slips(derivative: Any) -> Iterator[tuple[str, Any]]:
    """Yield derivatives with one slip each."""
    for node in sympy.preorder_traversal(derivative):
        if node.is_Add:
            for term in node.args:
                yield "sign of a term", derivative.xreplace({node: node - 2 * term})
                yield "missing term", derivative.xreplace({node: node - term})
        if node.is_Mul:
            for factor in node.args:
                if factor != -1:
                    yield "missing factor", derivative.xreplace({node: node / factor})
                if factor.is_Integer and abs(factor) > 1:
                    yield "wrong coefficient", derivative.xreplace({node: node / factor * (abs(factor) + 1)})
        if node.is_Pow and node.exp.is_Integer:
            yield "wrong exponent", derivative.xreplace({node: node.base ** (node.exp + 1)})
    yield "wrong sign", -derivative


def differ(one: Any, other: Any, points: list[dict[Any, float]]) -> bool:
    """Tell whether two formulas have different values at all of some points where they have any."""
    pairs = [(one.evalf(20, subs=point), other.evalf(20, subs=point)) for point in points]
    known = [(float(a), float(b)) for a, b in pairs if a.is_real and b.is_real]
    return len(known) > 1 and all(abs(a - b) > 1e-3 * (abs(a) + abs(b)) for a, b in known)


def spelt(expression: Any) -> str:
    return sympy.sstr(expression).replace("Abs(", "abs(").replace("E**", "e**")


def claims(name: str, text: str, ranges: str, rng: random.Random) -> Iterator[list[str]]:
    bounds = {n: tuple(map(float, b.split(":"))) for n, b in (entry.split("=") for entry in ranges.split(";"))}
    symbols = {n: sympy.Symbol(n, real=True) for n in bounds}
    function = sympy.parse_expr(text, local_dict=symbols)
    points = [{symbols[n]: rng.uniform(*b) for n, b in bounds.items()} for _ in range(POINTS)]
    variable = rng.choice(sorted(n for n in bounds if function.has(symbols[n])))
    derivative = sympy.diff(function, symbols[variable])
    right = {spelt(form(derivative)): label for label, form in FORMS.items()}
    right = {claim: label for claim, label in right.items() if "Subs(" not in claim}
    for claim in rng.sample(sorted(right), min(EACH, len(right))):
        yield [name, text, ranges, variable, claim, "right", right[claim]]
    wrong = {spelt(slipped): kind for kind, slipped in slips(derivative) if differ(slipped, derivative, points)}
    wrong = {claim: kind for claim, kind in wrong.items() if "Subs(" not in claim}
    for claim in rng.sample(sorted(wrong), min(EACH, len(wrong))):
        yield [name, text, ranges, variable, claim, "wrong", wrong[claim]]


def main() -> None:
    rng = random.Random(0)
    rows: dict[str, list[list[str]]] = {"right": [], "wrong": []}
    while min(map(len, rows.values())) < 150:  # another variable the second time
        for row in (row for formula in formulas() for row in claims(*formula, rng)):
            if row not in rows[row[5]] and len(rows[row[5]]) < 150:
                rows[row[5]].append(row)
    with (HERE / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "formula", "ranges", "variable", "claim", "verdict", "how"])
        writer.writerows(rows["right"] + rows["wrong"])


if __name__ == "__main__":
    main()
