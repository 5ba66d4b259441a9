"""Numbers and lists of numbers that are written out, and so known before any evaluation."""

from __future__ import annotations

import numpy as np

from ..errors import ParseError
from .tree import Call, Items, Literal, Node

# NumPy has no arrays of more dimensions.
_DIMENSIONS = 64


def number(node: Node) -> float | bool | None:
    """Return the number, or True or False, that a node is, with its sign; None for any other node."""
    if type(node) is Literal and isinstance(node.value, float | bool):
        return node.value
    if type(node) is Call and node.function == "-" and len(node.args) == 1 and type(node.args[0]) is Literal:
        value = node.args[0].value
        return -value if isinstance(value, float) else None
    return None


def array(node: Items) -> np.ndarray | None:
    """Return the array that nested lists of numbers are; None if there is anything else among them.

    Raises ParseError for rows of different lengths, and for too many dimensions.
    """
    shape: list[int] = []
    level: list[Node] = [node]
    while level and all(type(part) is Items for part in level):
        for row in level:
            if len(row.items) != len(level[0].items):
                raise ParseError(
                    f"a row has {len(row.items)} items, and the one before it {len(level[0].items)}", span=row.span,
                    hint="the rows of an array are of one length",
                )  # fmt: skip
        shape.append(len(level[0].items))
        level = [item for row in level for item in row.items]
        if len(shape) > _DIMENSIONS:
            raise ParseError(f"lists are nested more than {_DIMENSIONS} deep", span=level[0].span if level else node.span)
    values = [number(part) for part in level]
    if None not in values:
        return np.array(values, np.float64).reshape(shape)
    for part, value in zip(level, values, strict=True):
        if type(part) is Items and any(v is not None for v in values):
            raise ParseError("a list stands beside a number", span=part.span, hint="the rows of an array are of one length")
    return None
