"""The primitives: what a program is made of, and how each is spelled.

A forward that runs on traced values leaves NumPy's functions behind, not operations, so a table of
NumPy's functions is all that a program needs to know. Elementwise primitives are ufuncs. `scalar` is
how Python's `math` spells one, as a template of its arguments; where it has none, or where `math` would
raise for what IEEE arithmetic answers with NaN or infinity, a scalar program turns to the ufunc.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Primitive(NamedTuple):
    """An elementwise function: the ufunc, and how other notations spell a call of it."""

    name: str
    ufunc: Any
    scalar: str | None = None
    commutes: bool = False


def _same(name: str, ufunc: Any | None = None, scalar: str | None = "") -> Primitive:
    """A function of one argument that `math` has under NumPy's name, or another."""
    return Primitive(name, ufunc or getattr(np, name), f"{scalar or name}({{0}})" if scalar is not None else None)


_TABLE = (
    Primitive("add", np.add, "{0} + {1}", commutes=True),
    Primitive("sub", np.subtract, "{0} - {1}"),
    Primitive("mul", np.multiply, "{0} * {1}", commutes=True),
    Primitive("div", np.divide, "{0} / {1}"),
    Primitive("floordiv", np.floor_divide, "{0} // {1}"),
    Primitive("mod", np.remainder, "{0} % {1}"),
    Primitive("pow", np.power, "pow({0}, {1})"),
    Primitive("neg", np.negative, "-{0}"),
    Primitive("abs", np.absolute, "fabs({0})"),
    Primitive("sign", np.sign),
    Primitive("square", np.square, "{0} * {0}"),
    Primitive("reciprocal", np.reciprocal, "1.0 / {0}"),
    _same("sqrt"), _same("cbrt"), _same("exp"), _same("exp2"), _same("expm1"),
    _same("log"), _same("log2"), _same("log10"), _same("log1p"),
    _same("sin"), _same("cos"), _same("tan"),
    _same("asin", np.arcsin), _same("acos", np.arccos), _same("atan", np.arctan),
    _same("sinh"), _same("cosh"), _same("tanh"),
    _same("asinh", np.arcsinh), _same("acosh", np.arccosh), _same("atanh", np.arctanh),
    Primitive("atan2", np.arctan2, "atan2({0}, {1})"),
    Primitive("hypot", np.hypot, "hypot({0}, {1})", commutes=True),
    Primitive("logaddexp", np.logaddexp, commutes=True),
    Primitive("copysign", np.copysign, "copysign({0}, {1})"),
    Primitive("heaviside", np.heaviside),
    Primitive("floor", np.floor), Primitive("ceil", np.ceil), Primitive("rint", np.rint), Primitive("trunc", np.trunc),
    Primitive("maximum", np.maximum, commutes=True), Primitive("minimum", np.minimum, commutes=True),
    Primitive("fmax", np.fmax, commutes=True), Primitive("fmin", np.fmin, commutes=True),
    Primitive("lt", np.less, "{0} < {1}"), Primitive("le", np.less_equal, "{0} <= {1}"),
    Primitive("gt", np.greater, "{0} > {1}"), Primitive("ge", np.greater_equal, "{0} >= {1}"),
    Primitive("eq", np.equal, "{0} == {1}", commutes=True), Primitive("ne", np.not_equal, "{0} != {1}", commutes=True),
    Primitive("and", np.logical_and, "{0} and {1}", commutes=True),
    Primitive("or", np.logical_or, "{0} or {1}", commutes=True),
    Primitive("xor", np.logical_xor, commutes=True),
    Primitive("not", np.logical_not, "not {0}"),
    Primitive("isnan", np.isnan, "isnan({0})"), Primitive("isinf", np.isinf, "isinf({0})"),
    Primitive("isfinite", np.isfinite, "isfinite({0})"), Primitive("signbit", np.signbit),
    # Not ufuncs, but as elementwise as those: the readers of the table know them by name.
    Primitive("where", np.where, "{1} if {0} else {2}"),
    Primitive("cast", None, "{0}"),
)  # fmt: skip

PRIMITIVES: dict[str, Primitive] = {primitive.name: primitive for primitive in _TABLE}
BY_UFUNC: dict[Any, str] = {primitive.ufunc: primitive.name for primitive in _TABLE if primitive.ufunc is not None}
