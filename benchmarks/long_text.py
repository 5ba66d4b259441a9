"""Long expressions: `gradcli grad` on sums of thousands of terms, as a whole process."""

from __future__ import annotations

from .race import Command, Race, installed

SYMPY_TERMS = 2_000


def text(terms: int) -> str:
    """Return a sum of different products of functions, 19 characters a term."""
    return " + ".join(f"{i % 97 + 1:2d}*sin({i % 89 + 1:2d}*x)*y" for i in range(terms))


def _command(terms: int) -> Race:
    run = Command("-m", "gradcli", "grad", "-", "--at", "x=0.5,y=2", text=text(terms))
    return Race(f"`gradcli grad` on {terms:,} terms, {len(text(terms)) // 1000:,} kB", {"gradcli grad": run}, rounds=3)


def races() -> list[Race]:
    """Return the command on ever longer sums, and SymPy on a short one beside it."""
    program = (
        f"import sympy; x, y = sympy.symbols('x y'); f = sympy.sympify({text(SYMPY_TERMS)!r});"
        "print(*(f.diff(v).subs({x: 0.5, y: 2}) for v in (x, y)))"
    )
    short = _command(SYMPY_TERMS)
    if installed("sympy"):
        short.contenders["sympy"] = Command("-c", program)
        short.rounds = 1
    return [short, *map(_command, (20_000, 50_000, 100_000))]
