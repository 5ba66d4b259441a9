"""The rule book as text: the table of operations, and the page of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from . import table as columns
from . import text
from .look import Line, Look

if TYPE_CHECKING:
    from ..views.operation import Listed, Operation, Operations


def table(view: Operations, look: Look) -> Iterator[Line]:
    """Draw the table of operations; bare, their names alone."""
    if look.bare:
        yield from (((listed.name, ""),) for listed in view.operations)
        return
    heads = [columns.Column("function", "node"), columns.Column("family", "dim"), columns.Column("what it is")]
    yield from columns.draw(heads, [(o.name, o.family, _with_aliases(o)) for o in view.operations],
                            look.width if look.folds else 0)  # fmt: skip


def entry(view: Operation, look: Look) -> Iterator[Line]:
    """Draw what there is to know about one operation; bare, its derivatives alone."""
    if look.bare:
        yield from (((formula, ""),) for formula in view.derivatives.values())
        return
    yield ((view.signature, "head"),)
    yield ((f"  {view.summary}", ""),)
    yield ()
    facts = {
        "family": [view.family],
        "aliases": [", ".join(view.aliases)] if view.aliases else [],
        "derivative": _aligned(view.derivatives, " <- "),
        "tested on": _aligned(view.domain, " from "),
        "kinks": [f"{kink}: {taken}" for kink, taken in view.kinks.items()],
        "graph node": [view.node] if view.node else [],
    }
    for fact, lines in facts.items():
        for i, line in enumerate(lines):
            yield (fact.ljust(12) if i == 0 else " " * 12, "label"), (line, "")
    if view.example:
        yield ()
        yield ("  $ ", "dim"), (view.example.command, "text")
        for drawn in text.draw(view.example.result, look):
            yield ("  ", ""), *((piece.replace("\n", "\n  "), style) for piece, style in drawn)


def _with_aliases(listed: Listed) -> str:
    return listed.summary + (f" Also {', '.join(listed.aliases)}." if listed.aliases else "")


def _aligned(facts: Mapping[str, str], between: str) -> list[str]:
    width = max(map(len, facts), default=0)
    return [f"{name.ljust(width)}{between}{fact}" for name, fact in facts.items()]
