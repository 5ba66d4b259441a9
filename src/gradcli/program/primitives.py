r"""The primitives: what a program is made of, and how each is spelled.

A forward that runs on traced values leaves NumPy's functions behind, not operations, so a table of
NumPy's functions is all that a program needs to know. Elementwise primitives are ufuncs.

A row says how other notations spell a call. `scalar` is how Python's `math` does, as a template of the
arguments; where it has none, or where `math` would raise for what IEEE arithmetic answers with NaN or
infinity, a scalar program turns to the ufunc. The other columns are for programs that leave this house, and
say also how tightly a spelling binds, and its operands must: `{0:4}` stands in brackets where it binds less
tightly than 4. A slot that comes twice in a template wants an operand that is cheap to repeat: a name.

>>> PRIMITIVES["sub"].c, PRIMITIVES["exp"].js.template, PRIMITIVES["div"].latex.template
(Spelling(template='{0:4} - {1:5}', level=4, let=()), 'Math.exp({0})', '\\frac{{{0}}}{{{1}}}')
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# How tightly operators bind.
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)


class Spelling(NamedTuple):
    """How a language writes a call: a template of the arguments, and how tightly it binds.

    `let` are templates of values to be named first; they follow the arguments.
    """

    template: str
    level: int = ATOM
    let: tuple[str, ...] = ()


class Primitive(NamedTuple):
    """An elementwise function: the ufunc, and how other notations spell a call of it.

    `c` and `js` may use the functions of `emit/helpers_c.py` and `helpers_js.py`. All but `cast` have all of these.
    """

    name: str
    ufunc: Any
    scalar: str | None
    commutes: bool
    python: Spelling
    c: Spelling
    js: Spelling
    sql: Spelling
    latex: Spelling


def _row(name: str, ufunc: Any, scalar: str | None = None, commutes: bool = False, **columns: Any) -> Primitive:
    """A row; a column that is left out is a call of a function of that name, in JavaScript one of `Math`."""
    arguments = ", ".join(f"{{{i}}}" for i in range(ufunc.nin)) if isinstance(ufunc, np.ufunc) else "{0}"
    usual = {
        "python": f"np.{getattr(ufunc, '__name__', name)}({arguments})", "c": f"{name}({arguments})",
        "js": f"Math.{name}({arguments})", "sql": f"{name}({arguments})",
        "latex": rf"\operatorname{{{{{name}}}}}\left({arguments}\right)",
    }  # fmt: skip
    given = {column: each if isinstance(each, Spelling) else Spelling(each) for column, each in columns.items()}
    return Primitive(name, ufunc, scalar, commutes, **{c: Spelling(text) for c, text in usual.items()} | given)


def _in(*columns: str, template: str, level: int) -> dict[str, Any]:
    """Several columns that agree."""
    return dict.fromkeys(columns, Spelling(template, level))


def _same(name: str, ufunc: Any | None = None, **columns: Any) -> Primitive:
    """A function of one argument that `math` has under the primitive's name, and the others mostly so."""
    return _row(name, ufunc or getattr(np, name), f"{name}({{0}})", **columns)


def _infix(name: str, ufunc: Any, sign: str, level: int, commutes: bool = False, **columns: Any) -> Primitive:
    """An operator, which is written between its operands, and groups to the left."""
    template = f"{{0:{level}}} {sign} {{1:{level + 1}}}"
    all_alike = _in("python", "c", "js", "sql", "latex", template=template, level=level)
    return _row(name, ufunc, f"{{0}} {sign} {{1}}", commutes, **all_alike | columns)


def _comparison(name: str, ufunc: Any, sign: str, latex: str, sql: str, **columns: Any) -> Primitive:
    """An order or equality: false of NaN, which SQL thinks larger than any number and equal to itself."""
    return _infix(name, ufunc, sign, COMPARISON, latex=Spelling(f"{{0:4}} {latex} {{1:4}}", COMPARISON),
                  sql=Spelling(sql, AND), **columns)  # fmt: skip


def _test(name: str, ufunc: Any, **columns: Any) -> Primitive:
    """A question about a number; C answers yes with any number but 0."""
    return _row(name, ufunc, f"{name}({{0}})", c=Spelling(f"{name}({{0}}) != 0", COMPARISON), **columns)


def _function(name: str, arguments: str = "{0}") -> str:
    r"""LaTeX of a function that has a command of its own, such as `\sin`."""
    return rf"\{name}\left({arguments}\right)"


# SQL has no functions of its own making. `expm1` and `log1p` are Kahan's: what the inner function is in error by, the
# denominator is in error by, too.
_MOD = Spelling("CASE WHEN sign({2}) * sign({1}) < 0 THEN {2} + {1} ELSE {2} END", let=("{0:5} % {1:6}",))
_FLOORDIV = Spelling(
    "CASE WHEN {1} = 0e0 THEN {0} / {1} WHEN sign({2}) * sign({1}) < 0 "
    "THEN round_even(({0} - {2}) / {1}, 0) - 1e0 ELSE round_even(({0} - {2}) / {1}, 0) END",
    let=("{0:5} % {1:6}",),
)
_EXPM1 = Spelling(
    "CASE WHEN {1} = 1e0 THEN {0} WHEN {1} - 1e0 = -1e0 OR isinf({1}) THEN {1} - 1e0 "
    "ELSE ({1} - 1e0) * ({0} / ln({1})) END",
    let=("exp({0})",),
)
_LOG1P = Spelling(
    "CASE WHEN {1} = 1e0 OR {1} = CAST('Infinity' AS DOUBLE) THEN {0} ELSE ln({1}) * ({0} / ({1} - 1e0)) END",
    let=("1e0 + {0:5}",),
)
_LOGADDEXP = Spelling(
    "CASE WHEN {0} = {1} THEN {0} + 0.6931471805599453e0 WHEN {3} = 1e0 THEN greatest({0}, {1}) + {2} "
    "ELSE greatest({0}, {1}) + ln({3}) * ({2} / ({3} - 1e0)) END",
    let=("exp(-abs({0:4} - {1:5}))", "1e0 + {2}"),
)
_HYPOT = Spelling("CASE WHEN isinf({0}) OR isinf({1}) THEN CAST('Infinity' AS DOUBLE) WHEN {2} = 0e0 THEN 0e0 "
                  "ELSE {2} * sqrt(1e0 + {3} * {3}) END",
                  let=("greatest(abs({0}), abs({1}))", "least(abs({0}), abs({1})) / {2}"))  # fmt: skip

_TABLE = (
    _infix("add", np.add, "+", SUM, commutes=True, latex=Spelling("{0:4} + {1:4}", SUM)),
    _infix("sub", np.subtract, "-", SUM),
    _infix("mul", np.multiply, "*", PRODUCT, commutes=True, latex=Spelling("{0:5} {1:5}", PRODUCT)),
    _infix("div", np.divide, "/", PRODUCT, latex=Spelling(r"\frac{{{0}}}{{{1}}}", SIGN)),
    _infix("floordiv", np.floor_divide, "//", PRODUCT, c="floordiv({0}, {1})", js="floordiv({0}, {1})",
           sql=_FLOORDIV,
           latex=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor"),
    _infix("mod", np.remainder, "%", PRODUCT, c="mod({0}, {1})", js="mod({0}, {1})", sql=_MOD,
           latex=Spelling(r"{0:5} \bmod {1:6}", PRODUCT)),
    _row("fmod", np.fmod, "fmod({0}, {1})", **_in("js", "sql", template="{0:5} % {1:6}", level=PRODUCT)),
    _row("pow", np.power, "pow({0}, {1})", js="pow({0}, {1})", latex=Spelling("{0:8}^{{{1}}}", POWER)),
    _row("neg", np.negative, "-{0}", **_in("python", "c", "js", "sql", template="-{0:7}", level=SIGN),
         latex=Spelling("-{0:5}", SUM)),
    _row("abs", np.absolute, "fabs({0})", c="fabs({0})", latex=r"\left|{0}\right|"),
    _row("sign", np.sign, "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0 if {0} == 0.0 else {0}",
         c="sign({0})", js="sign({0})",
         sql="CASE WHEN isnan({0}) THEN {0} ELSE CAST(sign({0}) AS DOUBLE) END"),
    _row("square", np.square, "{0} * {0}", **_in("c", "js", "sql", template="{0:5} * {0:6}", level=PRODUCT),
         latex=Spelling("{0:8}^{{2}}", POWER)),
    _row("reciprocal", np.reciprocal, "1.0 / {0}", c=Spelling("1.0 / {0:6}", PRODUCT),
         js=Spelling("1 / {0:6}", PRODUCT), sql=Spelling("1e0 / {0:6}", PRODUCT),
         latex=Spelling(r"\frac{{1}}{{{0}}}", SIGN)),
    _same("sqrt", latex=r"\sqrt{{{0}}}"), _same("cbrt", latex=r"\sqrt[3]{{{0}}}"),
    _same("exp", latex=Spelling("e^{{{0}}}", POWER)),
    _same("exp2", js="pow(2, {0})", sql="pow(2e0, {0})", latex=Spelling("2^{{{0}}}", POWER)),
    _same("expm1", sql=_EXPM1, latex=Spelling("e^{{{0}}} - 1", SUM)),
    _same("log", sql="ln({0})", latex=_function("ln")),
    _same("log2", latex=_function("log_{{2}}")), _same("log10", latex=_function("log_{{10}}")),
    _same("log1p", sql=_LOG1P, latex=_function("ln", "1 + {0:4}")),
    _same("sin", latex=_function("sin")), _same("cos", latex=_function("cos")), _same("tan", latex=_function("tan")),
    _same("asin", np.arcsin, latex=_function("arcsin")), _same("acos", np.arccos, latex=_function("arccos")),
    _same("atan", np.arctan, latex=_function("arctan")),
    _same("sinh", latex=_function("sinh")), _same("cosh", latex=_function("cosh")),
    _same("tanh", latex=_function("tanh")),
    _same("asinh", np.arcsinh, latex=r"\operatorname{{arsinh}}\left({0}\right)"),
    _same("acosh", np.arccosh, latex=r"\operatorname{{arcosh}}\left({0}\right)"),
    _same("atanh", np.arctanh, latex=r"\operatorname{{artanh}}\left({0}\right)"),
    _row("atan2", np.arctan2, "atan2({0}, {1})"),
    _row("hypot", np.hypot, "hypot({0}, {1})", commutes=True, sql=_HYPOT,
         latex=r"\sqrt{{{0:8}^{{2}} + {1:8}^{{2}}}}"),
    _row("logaddexp", np.logaddexp, commutes=True, js="logaddexp({0}, {1})", sql=_LOGADDEXP,
         latex=_function("ln", "e^{{{0}}} + e^{{{1}}}")),
    _row("copysign", np.copysign, "copysign({0}, {1})", js="copysign({0}, {1})",
         sql="CASE WHEN signbit({1}) THEN -abs({0}) ELSE abs({0}) END"),
    _row("heaviside", np.heaviside, "0.0 if {0} < 0.0 else 1.0 if {0} > 0.0 else {1} if {0} == 0.0 else {0}",
         js="heaviside({0}, {1})",
         sql="CASE WHEN isnan({0}) THEN {0} WHEN {0} < 0e0 THEN 0e0 WHEN {0} > 0e0 THEN 1e0 ELSE {1} END"),
    # Python's own floor and round have no -0.0, and none of inf.
    _row("floor", np.floor, "{0} // 1.0 if isfinite({0}) else {0}", latex=r"\left\lfloor {0} \right\rfloor"),
    _row("ceil", np.ceil, "-(-{0} // 1.0) if isfinite({0}) else {0}", latex=r"\left\lceil {0} \right\rceil"),
    _row("rint", np.rint, "round({0}, 0)",
         js="rint({0})", sql="round_even({0}, 0)", latex=r"\operatorname{{round}}\left({0}\right)"),
    _row("trunc", np.trunc, "copysign(fabs({0}) // 1.0, {0}) if isfinite({0}) else {0}"),
    # These four do not commute: of 0.0 and -0.0, which are equal, they choose one by its place.
    _row("maximum", np.maximum, "{0} if {0} > {1} or {0} != {0} else {1}", c="maximum({0}, {1})",
         js="Math.max({0}, {1})", sql="greatest({0}, {1})", latex=_function("max", "{0}, {1}")),
    _row("minimum", np.minimum, "{0} if {0} < {1} or {0} != {0} else {1}", c="minimum({0}, {1})",
         js="Math.min({0}, {1})", sql="CASE WHEN isnan({0}) THEN {0} WHEN isnan({1}) THEN {1} ELSE least({0}, {1}) END",
         latex=_function("min", "{0}, {1}")),
    _row("fmax", np.fmax, "{0} if {0} >= {1} or {1} != {1} else {1}",
         js="fmax({0}, {1})", latex=_function("max", "{0}, {1}"),
         sql="CASE WHEN isnan({0}) THEN {1} WHEN isnan({1}) THEN {0} ELSE greatest({0}, {1}) END"),
    _row("fmin", np.fmin, "{0} if {0} <= {1} or {1} != {1} else {1}",
         js="fmin({0}, {1})", latex=_function("min", "{0}, {1}"),
         sql="least({0}, {1})"),
    _comparison("lt", np.less, "<", "<", "{0:4} < {1:4} AND NOT isnan({1})"),
    _comparison("le", np.less_equal, "<=", r"\le", "{0:4} <= {1:4} AND NOT isnan({1})"),
    _comparison("gt", np.greater, ">", ">", "{0:4} > {1:4} AND NOT isnan({0})"),
    _comparison("ge", np.greater_equal, ">=", r"\ge", "{0:4} >= {1:4} AND NOT isnan({0})"),
    _comparison("eq", np.equal, "==", "=", "{0:4} = {1:4} AND NOT isnan({0})", commutes=True,
                js=Spelling("{0:4} === {1:4}", COMPARISON)),
    _comparison("ne", np.not_equal, "!=", r"\ne", "({0:4} <> {1:4} OR isnan({0}))", commutes=True,
                js=Spelling("{0:4} !== {1:4}", COMPARISON)),
    _row("and", np.logical_and, "{0} and {1}", commutes=True, latex=Spelling(r"{0:2} \land {1:3}", AND),
         sql=Spelling("{0:2} AND {1:3}", AND), **_in("c", "js", template="{0:2} && {1:3}", level=AND)),
    _row("or", np.logical_or, "{0} or {1}", commutes=True, latex=Spelling(r"{0:1} \lor {1:2}", OR),
         sql=Spelling("{0:1} OR {1:2}", OR), **_in("c", "js", template="{0:3} || {1:3}", level=OR)),
    _row("xor", np.logical_xor, "{0} != {1}", commutes=True, c=Spelling("({0}) != ({1})", COMPARISON),
         js=Spelling("({0}) !== ({1})", COMPARISON), sql=Spelling("({0}) <> ({1})", COMPARISON),
         latex=Spelling(r"{0:3} \oplus {1:3}", AND)),
    _row("not", np.logical_not, "not {0}", **_in("c", "js", template="!({0})", level=SIGN),
         sql=Spelling("NOT ({0})", AND), latex=Spelling(r"\lnot\left({0}\right)", AND)),
    _test("isnan", np.isnan, js="Number.isNaN({0})"),
    _test("isinf", np.isinf, js=Spelling("Math.abs({0}) === Infinity", COMPARISON)),
    _test("isfinite", np.isfinite, js="Number.isFinite({0})"),
    _row("signbit", np.signbit, "copysign(1.0, {0}) < 0.0", c=Spelling("signbit({0}) != 0", COMPARISON),
         js="signbit({0})"),
    # Not ufuncs, but as elementwise as those: the readers of the table know them by name.
    _row("where", np.where, "{1} if {0} else {2}", python="np.where({0}, {1}, {2})[()]",
         **_in("c", "js", template="{0:1} ? {1:1} : {2}", level=CHOICE),
         sql="CASE WHEN {0} THEN {1} ELSE {2} END",
         latex=r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"),
    _row("cast", None, "{0}"),
)  # fmt: skip

PRIMITIVES: dict[str, Primitive] = {primitive.name: primitive for primitive in _TABLE}
BY_UFUNC: dict[Any, str] = {primitive.ufunc: primitive.name for primitive in _TABLE if primitive.ufunc is not None}
