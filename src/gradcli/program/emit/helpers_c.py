"""Functions that C lacks, with NumPy's meaning to the last case."""

from __future__ import annotations

from textwrap import indent

from .helpers import ERFCX

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
    "erfcx": """\
/* exp(x*x)*erfc(x), by a series of (1 + 2x)*erfcx(x) in (x - 3.75)/(x + 3.75) (Shepherd and Laframboise 1981). */
static double erfcx(double x)
{
    static const double a[] = {
"""
    + indent(ERFCX, 8 * " ")
    + """
    };
    if (x < 0)
        return 2 * exp(x * x) - erfcx(-x);
    if (isinf(x))
        return 0;
    const double t = (x - 3.75) / (x + 3.75);
    double b = 0, c = 0;
    for (int k = 23; k > 0; k--) {
        const double d = 2 * t * b - c + a[k];
        c = b;
        b = d;
    }
    return (t * b - c + a[0]) / (1 + 2 * x);
}""",
    "ndtr": """\
/* The distribution function of the standard normal. */
static double ndtr(double x)
{
    return 0.5 * erfc(-0.7071067811865476 * x);
}""",
    "gammaln": """\
/* The logarithm of the size of the gamma function; C leaves the sign of an infinity out of account. */
static double gammaln(double x)
{
    return isinf(x) ? x : lgamma(x);
}""",
    "beta": """\
/* The beta function; infinite at poles, but where two of them meet (as SciPy has it). */
static double beta(double x, double y)
{
    const double sum = x + y, least = fmin(x, y);
    if (x <= 0 && x == floor(x))
        return isfinite(sum) && y == floor(y) && sum < 1 ? (fmod(y, 2) == 0 ? 1 : -1) * beta(1 - sum, y) : INFINITY;
    if (y <= 0 && y == floor(y))
        return beta(y, x);
    if (sum <= 0 && sum == floor(sum))
        return 0;
    if (isinf(sum))
        return isinf(least) ? NAN : least > 0 ? 0 : tgamma(least) * INFINITY;
    if (fabs(x) < 170 && fabs(y) < 170 && fabs(sum) < 170)
        return tgamma(x) / tgamma(sum) * tgamma(y);
    const int turns = (x < 0 && fmod(floor(x), 2) != 0) + (y < 0 && fmod(floor(y), 2) != 0)
        + (sum < 0 && fmod(floor(sum), 2) != 0);
    return (turns % 2 ? -1 : 1) * exp(lgamma(x) - lgamma(sum) + lgamma(y));
}""",
    "digamma": """\
/* The logarithmic derivative of the gamma function: by recurrence upward, then its asymptotic series (DLMF 5.11.2). */
static double digamma(double x)
{
    const double pi = 3.141592653589793;
    if (x <= 0 && x == floor(x))
        return x == 0 ? -copysign(INFINITY, x) : NAN;
    if (x < 0)
        return digamma(1 - x) - pi / tan(pi * x);
    double below = 0;
    for (; x < 10; x++)
        below += 1 / x;
    const double z = 1 / (x * x);
    const double series =
        z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * 691.0 / 32760)))));
    return log(x) - 0.5 / x - series - below;
}""",
    "zeta": """\
/* Hurwitz's zeta function of a small whole order: a sum, and the series of its tail (DLMF 25.11.5). */
static double zeta(double s, double x)
{
    static const double b[] = {
        1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000.0
    };
    if (x <= 0 && x == floor(x))
        return INFINITY;
    double sum = 0;
    for (; x < 20; x++)
        sum += pow(x, -s);
    const double z = 1 / (x * x);
    double tail = 1 / (s - 1) + 0.5 / x, rising = s * z;
    for (int k = 0; k < 6; k++) {
        tail += b[k] * rising;
        rising *= (s + 2 * k + 1) * (s + 2 * k + 2) * z;
    }
    return sum + pow(x, 1 - s) * tail;
}""",
}
