"""Functions that JavaScript lacks, with NumPy's meaning to the last case."""

from __future__ import annotations

from textwrap import indent

from .helpers import ERFCX

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
    "chebyshev": """\
function chebyshev(a, t) {
  let b = 0, c = 0;
  for (let k = a.length - 1; k > 0; k--) [b, c] = [2 * t * b - c + a[k], b];
  return t * b - c + a[0];
}""",
    "erfcx": """\
// exp(x*x)*erfc(x), by a series of (1 + 2x)*erfcx(x) in (x - 3.75)/(x + 3.75) (Shepherd and Laframboise 1981).
function erfcx(x) {
  if (x < 0) return 2 * Math.exp(x * x) - erfcx(-x);
  if (x === Infinity) return 0;
  return chebyshev([
"""
    + indent(ERFCX, 4 * " ")
    + """
  ], (x - 3.75) / (x + 3.75)) / (1 + 2 * x);
}""",
    "erf": """\
function erf(x) {
  if (Math.abs(x) > 1) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  return x * chebyshev([
    0.9754769393826541, -0.14226120510371365, 0.010035582187599796, -0.0005768764699767485,
    2.741993125219606e-05, -1.1043175507344507e-06, 3.8488755420345036e-08, -1.1808582533875466e-09,
    3.2334215826050907e-11, -7.991015947004549e-13, 1.7990725113961456e-14, -3.718635487818693e-16,
    7.103599003714253e-18
  ], 2 * x * x - 1);
}""",
    "erfc": """\
// The square of x is split: that of `near` is exact, and the rest is small.
function erfc(x) {
  if (Math.abs(x) < 0.5) return 1 - erf(x);
  if (x < 0) return 2 - erfc(-x);
  const near = Math.round(Math.min(x, 64) * 128) / 128;
  return Math.exp(-near * near) * Math.exp((near - x) * (near + x)) * erfcx(x);
}""",
    "ndtr": """\
// The distribution function of the standard normal.
function ndtr(x) {
  return 0.5 * erfc(-Math.SQRT1_2 * x);
}""",
    "gamma": """\
// Lanczos' series, with g = 607/128.
function gamma(x) {
  if (x <= 0 && x === Math.floor(x)) return x === 0 ? 1 / x : NaN;
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  if (x > 172) return Infinity;
  const a = [
    0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
    3.399464998481189e-05, 4.652362892704858e-05, -9.837447530487956e-05, 0.0001580887032249125,
    -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-05,
    -2.6190838401581408e-05, 3.6899182659531625e-06
  ];
  const sum = a.reduce((total, term, k) => total + (k ? term / (x + k - 1) : term), 0);
  const t = x + 607 / 128 - 0.5, power = Math.pow(t, (x - 0.5) / 2);
  return Math.sqrt(2 * Math.PI) * power * Math.exp(-t) * power * sum;
}""",
    "digamma": """\
// The logarithmic derivative of the gamma function: by recurrence upward, then its asymptotic series (DLMF 5.11.2).
function digamma(x) {
  if (x <= 0 && x === Math.floor(x)) return x === 0 ? -1 / x : NaN;
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let below = 0;
  for (; x < 10; x++) below += 1 / x;
  const z = 1 / (x * x);
  const series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * 691 / 32760)))));
  return Math.log(x) - 0.5 / x - series - below;
}""",
    "zeta": """\
// Hurwitz's zeta function of a small whole order: a sum, and the series of its tail (DLMF 25.11.5).
function zeta(s, x) {
  if (x <= 0 && x === Math.floor(x)) return Infinity;
  let sum = 0;
  for (; x < 20; x++) sum += Math.pow(x, -s);
  const z = 1 / (x * x), b = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000];
  let tail = 1 / (s - 1) + 0.5 / x, rising = s * z;
  b.forEach((term, k) => {
    tail += term * rising;
    rising *= (s + 2 * k + 1) * (s + 2 * k + 2) * z;
  });
  return sum + Math.pow(x, 1 - s) * tail;
}""",
}
