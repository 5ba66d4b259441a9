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
        rows = [part for part in level if type(part) is Items]
        shape.append(len(rows[0].items))
        for row in rows:
            if len(row.items) != shape[-1]:
                message = f"a row of length {len(row.items)} follows one of length {shape[-1]}"
                raise ParseError(message, span=row.span, hint="the rows of an array have one length")
        if len(shape) > _DIMENSIONS:
            raise ParseError(f"lists are nested more than {_DIMENSIONS} deep", span=rows[0].span)
        level = [item for row in rows for item in row.items]
    values = [number(part) for part in level]
    if None not in values:
        return np.array(values, np.float64).reshape(shape)
    uneven = next((part for part in level if type(part) is Items), None)
    if uneven and any(value is not None for value in values):
        message = "a list stands beside a number"
        raise ParseError(message, span=uneven.span, hint="the rows of an array have one length")
    return None
