"""The bits of integers, and logic on booleans: what Python's `& | ^ ~ << >>` mean on tensors.

>>> from gradcli.ops.bitwise import bitwise_and
>>> int(bitwise_and(6, 3)), bool(bitwise_and(True, False))
(2, False)
"""

from __future__ import annotations

import numpy as np

from ._registry import family
from ._sampling import Indices

op = family("bitwise", pointwise=True, dtype="common", public=False, writes=True, domain=Indices(0, 8))


@op
def bitwise_and(input, other):
    """The bits that both have, elementwise."""
    return np.bitwise_and(input, other)


@op
def bitwise_or(input, other):
    """The bits that one or both have, elementwise."""
    return np.bitwise_or(input, other)


@op
def bitwise_xor(input, other):
    """The bits that exactly one of two has, elementwise."""
    return np.bitwise_xor(input, other)


@op
def bitwise_not(input):
    """The bits that are not there, elementwise."""
    return np.bitwise_not(input)


@op
def bitwise_left_shift(input, other):
    """The bits moved to the left, elementwise."""
    return np.left_shift(input, other)


@op
def bitwise_right_shift(input, other):
    """The bits moved to the right, elementwise."""
    return np.right_shift(input, other)
