"""What partial derivatives are called: by the names of variables, and of elements of arrays as in the language."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from .witness import Partial


def elements(name: str, shape: Sequence[int]) -> list[str]:
    """Return what the elements of an array are called; of a scalar, its name.

    >>> elements("x", ()), elements("w", (1, 2))
    (['x'], ['w[0, 0]', 'w[0, 1]'])
    """
    return [f"{name}[{', '.join(map(str, index))}]" if index else name for index in np.ndindex(*shape)]


def partials(shapes: Mapping[str, Sequence[int]], wrt: Sequence[str], order: int) -> list[Partial]:
    """Return what to differentiate by: nothing at all, each element, each pair of them once, and so on.

    >>> partials({}, ["x", "y"], 2)
    [(), ('x',), ('y',), ('x', 'x'), ('x', 'y'), ('y', 'y')]
    """
    labels = [label for name in wrt for label in elements(name, shapes.get(name, ()))]
    return [key for n in range(order + 1) for key in itertools.combinations_with_replacement(labels, n)]
