"""Functions that a language lacks, with NumPy's meaning to the last case.

A program carries those that it calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

C = {
    "sign": """\
static double sign(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
}""",
    "mod": """\
/* The remainder with the sign of the divisor. */
static double mod(double x, double y)
{
    const double r = fmod(x, y);
    return r == 0 ? copysign(0, y) : (r < 0) != (y < 0) ? r + y : r;
}""",
    "floordiv": """\
/* The quotient rounded down: x / y itself may have been rounded up to a whole number. */
static double floordiv(double x, double y)
{
    if (y == 0)
        return x / y;
    const double r = fmod(x, y), q = (x - r) / y - (r != 0 && (r < 0) != (y < 0)), down = floor(q);
    return q - down > 0.5 ? down + 1 : down;
}""",
    "maximum": """\
static double maximum(double x, double y)
{
    return x >= y || isnan(x) ? x : y;
}""",
    "minimum": """\
static double minimum(double x, double y)
{
    return x <= y || isnan(x) ? x : y;
}""",
    "heaviside": """\
static double heaviside(double x, double at_zero)
{
    return x < 0 ? 0 : x > 0 ? 1 : x == 0 ? at_zero : x;
}""",
    "logaddexp": """\
static double logaddexp(double x, double y)
{
    return x == y ? x + 0.6931471805599453 : x > y ? x + log1p(exp(y - x)) : y + log1p(exp(x - y));
}""",
}

PYTHON = {
    "scatter": """\
def scatter(values, shape, key):
    out = np.zeros(shape)
    out[key] = values
    return out""",
}

JAVASCRIPT = {
    "pow": """\
// As in IEEE 754: where a base of one, or a size of one with an infinite exponent, gives one.
function pow(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}""",
    "sign": """\
function sign(x) {
  return x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x;
}""",
    "signbit": """\
function signbit(x) {
  return x < 0 || Object.is(x, -0);
}""",
    "copysign": """\
function copysign(x, y) {
  return signbit(y) ? -Math.abs(x) : Math.abs(x);
}""",
    "mod": """\
// The remainder with the sign of the divisor.
function mod(x, y) {
  const r = x % y;
  return r === 0 ? copysign(0, y) : r < 0 !== y < 0 ? r + y : r;
}""",
    "floordiv": """\
// The quotient rounded down: x / y itself may have been rounded up to a whole number.
function floordiv(x, y) {
  if (y === 0) return x / y;
  const r = x % y, q = (x - r) / y - (r !== 0 && r < 0 !== y < 0 ? 1 : 0), down = Math.floor(q);
  return q - down > 0.5 ? down + 1 : down;
}""",
    "rint": """\
// Halves go to the even number.
function rint(x) {
  const up = Math.round(x);
  return Math.abs(x % 1) === 0.5 && up % 2 !== 0 ? up - 1 : up;
}""",
    "fmax": """\
function fmax(x, y) {
  return Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y);
}""",
    "fmin": """\
function fmin(x, y) {
  return Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y);
}""",
    "heaviside": """\
function heaviside(x, atZero) {
  return x < 0 ? 0 : x > 0 ? 1 : x === 0 ? atZero : x;
}""",
    "logaddexp": """\
function logaddexp(x, y) {
  if (x === y) return x + Math.LN2;
  return x > y ? x + Math.log1p(Math.exp(y - x)) : y + Math.log1p(Math.exp(x - y));
}""",
}


def needed(functions: Mapping[str, str], text: str) -> Iterator[str]:
    """Yield the functions that a text calls, and those that they call, each after those."""
    called: set[str] = set()
    for name, source in reversed(list(functions.items())):
        if re.search(rf"(?<![.\w]){name}\(", text):
            called.add(name)
            text += source
    yield from (source for name, source in functions.items() if name in called)


def words(*texts: str) -> frozenset[str]:
    """Return the words of some texts: names that a variable is better not given."""
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))
