"""What `map` has done: how many rows, and how many of them have no result."""

from __future__ import annotations

from typing import NamedTuple


class Summary(NamedTuple):
    """A table that was written: `empty` and `bad` count rows with such a cell, `nan` and `infinite` results."""

    expression: str
    inputs: list[str]
    output: str
    columns: list[str]
    rows: int
    empty: int
    bad: int
    nan: int
    infinite: int
    seconds: float
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "map"
