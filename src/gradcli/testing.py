"""For the tests of your own project: an assertion that a gradient is right.

>>> from gradcli.testing import assert_gradient
>>> assert_gradient("x**2*exp(x)", at={"x": 1.0})
>>> assert_gradient("x**2", claims={"x": "3*x"})  # doctest: +ELLIPSIS
Traceback (most recent call last):
gradcli.errors.GradientError: a derivative of x**2 is wrong
  claim x=3*x: disagrees at x=1: 3.0, and the derivative is 2.0
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .expression import Expression


def assert_gradient(f: Expression | str, at: Mapping[str, Any] | None = None, **wishes: Any) -> None:
    """Check the derivatives of an expression, or its text; raise GradientError unless they are found right.

    `at` gives variables their values, the others are sampled; `wishes` are those of `Expression.check`, such as
    `claims`, `order` and `ranges`. GradientError is an AssertionError, so that pytest reports it as a failure.
    """
    expression = Expression.parse(f) if isinstance(f, str) else f
    if not isinstance(expression, Expression):
        raise TypeError("an expression or its text is wanted; gradcli.autograd.gradcheck checks functions of tensors")
    expression.check(at, **wishes).raise_if_wrong()
