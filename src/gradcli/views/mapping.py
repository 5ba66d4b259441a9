"""What `map` has done: how many rows, and how many of them have no result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


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


_COUNTED = {
    "empty": "rows with an empty cell",
    "bad": "rows with a cell that is no number",
    "nan": "results NaN",
    "infinite": "results infinite",
}


def lacking(counts: Any) -> list[str]:
    """Return what is to be said of rows without a result: `counts` is a summary, or has its fields."""
    found = ((getattr(counts, name), what) for name, what in _COUNTED.items())
    return [f"{what}: {count:,}" for count, what in found if count]


class Preview(NamedTuple):
    """The first rows of a table that would be written, by column."""

    expression: str
    inputs: list[str]
    columns: Mapping[str, Sequence[Any]]
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "map"
