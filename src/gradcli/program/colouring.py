"""Colourings: which columns, or rows, of a sparse matrix may be computed together and still be told apart.

A matrix times a vector costs one pass, so the sum of some columns costs what one column does. Columns of
one colour are summed, and each entry is found again where nothing else has been added to it.

Gebremedhin, Manne and Pothen (2005), "What color is your Jacobian? Graph coloring for computing
derivatives", SIAM Review 47(4), 629-705. Sets of colours are whole numbers, a bit for each.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np


def of_rows(matrix: Any) -> np.ndarray:
    """Colour the rows of a matrix so that those of one colour have no column in common (Curtis, Powell and Reid 1974).

    >>> from scipy.sparse import csr_array
    >>> of_rows(csr_array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]])).tolist()
    [0, 1, 0, 1]
    """
    taken = [0] * matrix.shape[1]
    colours = np.empty(matrix.shape[0], np.intp)
    for row, columns in enumerate(_neighbours(matrix)):
        forbidden = 0
        for column in columns:
            forbidden |= taken[column]
        colours[row], bit = _lowest_free(forbidden)
        for column in columns:
            taken[column] |= bit
    return colours


def of_symmetric(matrix: Any) -> np.ndarray:
    """Colour the columns of a symmetric matrix: neighbours differ, and a path of four has three colours.

    Such a star colouring makes every entry, or its mirror image, a sum of one: of any two colours, what is
    joined is a star. Vertices with many neighbours come first.

    >>> from scipy.sparse import csr_array
    >>> arrow = csr_array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]])
    >>> of_symmetric(arrow).tolist()
    [0, 1, 1, 1]
    """
    neighbours = [[w for w in row if w != v] for v, row in enumerate(_neighbours(matrix))]
    colours = [-1] * len(neighbours)
    around = [0] * len(neighbours)  # the colours of the neighbours
    hubs = [0] * len(neighbours)  # the colours of neighbours that are the middle of a star with one's own colour
    counts: list[defaultdict[int, int]] = [defaultdict(int) for _ in neighbours]  # of neighbours, by colour
    first: list[dict[int, int]] = [{} for _ in neighbours]  # the first neighbour of each colour
    for v in sorted(range(len(neighbours)), key=lambda v: -len(neighbours[v])):
        near, count = neighbours[v], counts[v]
        forbidden = around[v]
        for w in near:
            if colours[w] >= 0:
                forbidden |= around[w] if count[colours[w]] > 1 else hubs[w]
        colours[v], bit = _lowest_free(forbidden)
        for w in near:
            other = colours[w]
            if other >= 0 and count[other] > 1:
                hubs[w] |= bit
            around[w] |= bit
            counts[w][colours[v]] += 1
            first[w].setdefault(colours[v], v)
            if other >= 0 and counts[w][colours[v]] > 1:
                hubs[v] |= 1 << other
                hubs[first[w][colours[v]]] |= 1 << other
    return np.array(colours, np.intp)


def _neighbours(matrix: Any) -> list[list[int]]:
    """Return the columns of each row."""
    indices, ends = matrix.indices.tolist(), matrix.indptr.tolist()
    return [indices[start:end] for start, end in pairwise(ends)]


def _lowest_free(taken: int) -> tuple[int, int]:
    """Return the lowest colour that is not taken, and its bit."""
    bit = ~taken & (taken + 1)
    return bit.bit_length() - 1, bit


def found_in(matrix: Any, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each entry of a symmetric matrix, the row and the colour in which it stands alone."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    columns = matrix.indices
    size = int(colours.max(initial=0)) + 1
    added = np.bincount(rows * size + colours[columns], minlength=matrix.shape[0] * size)
    alone = added[rows * size + colours[columns]] == 1
    assert (alone | (added[columns * size + colours[rows]] == 1)).all(), "the colouring does not tell entries apart"
    return np.where(alone, rows, columns), np.where(alone, colours[columns], colours[rows])
