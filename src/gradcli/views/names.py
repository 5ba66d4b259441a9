"""What functions and derivatives are called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby


def function_name(variables: Collection[str]) -> str:
    """Return what a result is called: f, or the next letter that is no variable."""
    return next((letter for letter in "fghFGH" if letter not in variables), "value")


def partial_name(function: str, names: Sequence[str]) -> str:
    """Return what the derivative of a function by one name after the other is called.

    >>> partial_name("f", ["x"]), partial_name("f", ["x", "x"]), partial_name("f", ["x", "y"])
    ('df/dx', 'd2f/dx2', 'd2f/dxdy')
    """
    order = len(names) if len(names) > 1 else ""
    below = [(name, len(list(run))) for name, run in groupby(names)]
    return f"d{order}{function}/" + "".join(f"d{name}{count if count > 1 else ''}" for name, count in below)
