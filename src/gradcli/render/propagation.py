"""A result with its uncertainty as text: rounded as physicists do, and the budget with bars."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..views.names import function_name
from . import numbers, table
from .look import Line, Look

# How long the bar of the whole is, and what parts of a cell there are to draw its end with.
_BAR = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"


def draw(view: Any, look: Look) -> Iterator[Line]:
    """Draw the result and its budget; bare, the value and its uncertainty."""
    if look.bare:
        yield ((f"{numbers.number(view.value, look.digits)} {numbers.number(view.uncertainty, look.digits)}", ""),)
        return
    sign = "+/-" if look.ascii else "±"
    f = function_name(view.at)
    yield (f, "label"), (f" = {rounded(view.value, view.uncertainty, sign, look.digits)}", "")
    for label, text in _beside(view, sign, look):
        yield (label.ljust(12), "label"), (" ", ""), (text, "")
    if view.budget:
        yield (("", ""),)
        yield from _budget(view, look)


def _beside(view: Any, sign: str, look: Look) -> Iterator[tuple[str, str]]:
    if view.second_order:
        mean = view.value + view.second_order.shift
        yield "second order", rounded(mean, view.second_order.uncertainty, sign, look.digits)
    if view.monte_carlo:
        found = view.monte_carlo
        low, high = (_to_last_place(end, found.uncertainty, look.digits) for end in found.interval)
        yield "Monte Carlo", f"{rounded(found.mean, found.uncertainty, sign, look.digits)}, 95 % in [{low}, {high}]"


def _budget(view: Any, look: Look) -> Iterator[Line]:
    columns = [
        table.Column(head) for head in ("input", "value", "uncertainty", "derivative", "contributes", "share", "")
    ]
    digits = look.digits or 3
    rows = [
        [
            row.name, numbers.number(row.value), numbers.number(row.uncertainty), f"{row.sensitivity:.{digits}g}",
            f"{abs(row.contribution):.{digits}g}", f"{100 * row.share:5.1f} %", bar(row.share, look.ascii),
        ]
        for row in view.budget
    ]  # fmt: skip
    yield from table.draw(columns, rows)


def bar(share: float, ascii: bool) -> str:
    """Return a bar of a length in proportion to a share of 1.

    >>> bar(0.5, True), bar(0.24, False)
    ('##########', '████▊')
    """
    if ascii:
        return "#" * round(share * _BAR)
    whole, eighths = divmod(round(share * _BAR * 8), 8)
    return ("█" * whole + _EIGHTHS[eighths]).rstrip()


def rounded(value: float, uncertainty: float, sign: str, digits: int | None = None) -> str:
    """Write a result as the Particle Data Group does: two digits of an uncertainty below 355, else one.

    The rule is that of the Review of Particle Physics, introduction, 5.3: of the three highest digits of
    the uncertainty, 100 to 354 are rounded to two digits, 355 to 949 to one, and 950 to 999 to 1000.

    >>> rounded(0.827, 0.119, "±"), rounded(0.827, 0.367, "±"), rounded(82712.0, 950.0, "±")
    ('0.83 ± 0.12', '0.8 ± 0.4', '(8.27 ± 0.10)e4')
    """
    if not (uncertainty > 0 and math.isfinite(uncertainty) and math.isfinite(value)):
        return f"{numbers.number(value, digits)} {sign} {numbers.number(uncertainty, digits)}"
    place, spread = _rounded(uncertainty, digits)
    top = math.floor(math.log10(max(abs(value), spread)))
    if -4 <= place <= 0 and top < 6:
        return f"{value:.{-place}f} {sign} {spread:.{-place}f}"
    decimals = max(top - place, 0)
    return f"({value / 10.0**top:.{decimals}f} {sign} {spread / 10.0**top:.{decimals}f})e{top}"


def _to_last_place(value: float, uncertainty: float, digits: int | None) -> str:
    if not (uncertainty > 0 and math.isfinite(uncertainty)):
        return numbers.number(value, digits)
    place, _ = _rounded(uncertainty, digits)
    return f"{value:.{-place}f}" if -4 <= place <= 0 else f"{value:.{max(2, digits or 3)}g}"


def _rounded(uncertainty: float, digits: int | None) -> tuple[int, float]:
    """Return the power of ten of the last digit of an uncertainty that is worth writing, and the uncertainty to it."""
    mantissa, exponent = f"{uncertainty:.2e}".split("e")
    top, leading = int(exponent), int(mantissa.replace(".", ""))
    if digits is None and leading >= 950:
        return top, float(f"1e{top + 1}")
    place = top - (digits or (2 if leading < 355 else 1)) + 1
    return place, round(uncertainty, -place)
