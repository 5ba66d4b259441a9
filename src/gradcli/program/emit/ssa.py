"""Programs as what they are: the text of the SSA, beside each line the place that asked for it."""

from __future__ import annotations

from collections.abc import Iterator

from .results import Formula

# A line that is longer does not move the remarks of the others, and how much of the user's text they show.
_WIDTH = 60
_PIECE = 40


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a block, with the pieces of the user's text that they came from."""
    first, *lines, last = str(formula.block).splitlines()
    column = max((len(line) for line in lines if len(line) <= _WIDTH), default=0)
    yield first
    for line, instruction in zip(lines, formula.block.instructions, strict=True):
        span = instruction.span
        piece = " ".join(formula.text[span.start : span.end].split()) if span else ""
        yield f"{line.ljust(column)}  # {piece[:_PIECE]}" if piece else line
    yield last
