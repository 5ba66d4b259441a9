"""Write the page of the operations, `reference/operations.md`, from the rule book.

Run `python docs/make_operations.py` after a change to `src/gradcli/ops`; a test says when it is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from gradcli.ops import REGISTRY
from gradcli.views import operation
from gradcli.views.operation import Operation

PAGE = Path(__file__).parent / "reference" / "operations.md"

HEAD = """# The operations

Every function of [the language](language.md) and of the Python API, by family. This page is written by
`docs/make_operations.py` from the rule book; `gradcli ops NAME` shows the same with an example.

In a derivative, `g` is the gradient that comes in and `out` the result; an argument's own name stands for its
value. What broadcasting has enlarged is summed back by the engine.
"""


def page() -> str:
    """Return the text of the page."""
    public = [op for op in REGISTRY.values() if op.public]
    lines = [HEAD]
    for family, members in groupby(sorted(public, key=lambda op: op.family), key=lambda op: op.family):
        lines.append(f"## {family.capitalize()}\n")
        for op in members:
            lines += entry(operation.describe(op, lambda name, text, values: ""))
    return "\n".join(lines).rstrip() + "\n"


def entry(op: Operation) -> Iterator[str]:
    """Yield the lines about one operation."""
    yield f"### `{op.signature}`\n"
    also = f" Also {', '.join(f'`{alias}`' for alias in op.aliases)}." if op.aliases else ""
    node = f" Node: `{op.node}`." if op.node else ""
    yield f"{op.summary}{also}{node}\n"
    yield from (f"- derivative by `{name}`: `{formula}`" for name, formula in op.derivatives.items())
    yield from (f"- kink where `{kink}`: {taken}" for kink, taken in op.kinks.items())
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
