"""Comparisons, logic, and the kinds of floating-point values: results are booleans, without gradient.

>>> from gradcli.ops.comparison import isfinite, lt
>>> lt(np.array([1.0, 3.0]), 2.0).tolist()
[True, False]
>>> bool(isfinite(np.inf))
False
"""

from __future__ import annotations

import numpy as np

from ._registry import family
from ._sampling import BOOLEANS

op = family("comparison", pointwise=True, dtype="common")


@op(sympy="Eq")
def eq(input, other):
    """Whether two tensors are equal, elementwise."""
    return np.equal(input, other)


@op(sympy="Ne", aliases=("not_equal",))
def ne(input, other):
    """Whether two tensors differ, elementwise."""
    return np.not_equal(input, other)


@op(sympy="Lt", aliases=("less",))
def lt(input, other):
    """Whether `input < other`, elementwise."""
    return np.less(input, other)


@op(sympy="Le", aliases=("less_equal",))
def le(input, other):
    """Whether `input <= other`, elementwise."""
    return np.less_equal(input, other)


@op(sympy="Gt", aliases=("greater",))
def gt(input, other):
    """Whether `input > other`, elementwise."""
    return np.greater(input, other)


@op(sympy="Ge", aliases=("greater_equal",))
def ge(input, other):
    """Whether `input >= other`, elementwise."""
    return np.greater_equal(input, other)


@op(dtype=None, sympy="And", domain=BOOLEANS)
def logical_and(input, other):
    """Whether both are true (not zero), elementwise."""
    return np.logical_and(input, other)


@op(dtype=None, sympy="Or", domain=BOOLEANS)
def logical_or(input, other):
    """Whether one or both are true (not zero), elementwise."""
    return np.logical_or(input, other)


@op(dtype=None, sympy="Not", domain=BOOLEANS)
def logical_not(input):
    """Whether false (zero), elementwise."""
    return np.logical_not(input)


@op(dtype=None, sympy="Xor", domain=BOOLEANS)
def logical_xor(input, other):
    """Whether exactly one of two is true (not zero), elementwise."""
    return np.logical_xor(input, other)


@op(dtype=None, sympy=lambda s, input: s.false)
def isnan(input):
    """Whether not a number, elementwise."""
    return np.isnan(input)


@op(dtype=None, sympy=lambda s, input: s.false)
def isinf(input):
    """Whether infinite, of either sign, elementwise."""
    return np.isinf(input)


@op(dtype=None, sympy=lambda s, input: s.false)
def isposinf(input):
    """Whether infinite and positive, elementwise."""
    return np.isposinf(input)


@op(dtype=None, sympy=lambda s, input: s.false)
def isneginf(input):
    """Whether infinite and negative, elementwise."""
    return np.isneginf(input)


@op(dtype=None, sympy=lambda s, input: s.Lt(input, 0))
def signbit(input):
    """Whether negative, elementwise; of zeros, those with a minus sign."""
    return np.signbit(input)


@op(dtype=None, sympy=lambda s, input: s.true)
def isfinite(input):
    """Whether neither infinite nor NaN, elementwise."""
    return np.isfinite(input)
