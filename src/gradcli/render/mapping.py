"""The summary of `map`, on one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .look import Line, Look


def draw(view: Any, look: Look) -> Iterator[Line]:
    """Draw the summary; bare, the number of rows."""
    if look.bare:
        yield ((str(view.rows), ""),)
        return
    told = [f"{view.rows:,} rows to {view.output}: {', '.join(view.columns)}"]
    counts = (
        (view.empty, "rows with an empty cell"), (view.bad, "rows with a cell that is no number"),
        (view.nan, "results NaN"), (view.infinite, "results infinite"),
    )  # fmt: skip
    yield (("; ".join([*told, *(f"{count:,} {what}" for count, what in counts if count)]), ""),)
