"""Programs in other languages, as they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile

from ..views.source import Source
from .look import Line, Look

# What a line begins with that is a remark, in any of the languages; in SSA a line may begin with `%1`.
_REMARKS = ("# ", "// ", "/* ", "-- ", "% ")


def draw(view: Source, look: Look) -> Iterator[Line]:
    """Draw the lines of a program; bare, without the remarks at its top."""
    lines = view.source.splitlines()
    shown = dropwhile(lambda line: line.startswith(_REMARKS), lines) if look.bare else lines
    return (((line, ""),) for line in shown)
