"""The reader of uncertain values: `x=1.20+/-0.05`, `x=1.20±0.05`, `x=1.20(5)`; and of their correlations."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..data.uncertainty import Measured
from ..errors import UsageError
from . import repair, values

_PLUS_MINUS = re.compile(rf"\s*({repair.NAME})\s*=\s*(.+?)\s*(?:±|\+/-|\+-)\s*(.+?)\s*", re.DOTALL)
# The digits in brackets are the uncertainty of the last ones before, as in CODATA's tables.
_CONCISE = re.compile(rf"\s*({repair.NAME})\s*=\s*([+-]?\d*\.?\d*)\((\d+(?:\.\d*)?)\)(?:[eE]([+-]?\d+))?\s*")
_PAIR = re.compile(rf"\s*({repair.NAME})\s*:\s*({repair.NAME})\s*=\s*(.+?)\s*")


def read(option: str, texts: Sequence[str], seed: int = 0) -> values.Values:
    """Read the values of an option, as `values.read` does; those with an uncertainty become Measured.

    Raises UsageError for an uncertainty that is no finite number from zero.
    """
    return values.read(option, texts, seed, partial(_measured, option))


def _measured(option: str, item: str) -> tuple[str, Measured, dict[str, float]] | None:
    """Return the name of an item that has an uncertainty, its value, and how that is shown; None of another."""
    if match := _CONCISE.fullmatch(item):
        name, digits, spread, exponent = match.groups()
        if not re.search(r"\d", digits):
            return None
        places = 0 if "." in spread else len(digits.partition(".")[2])
        shift = int(exponent or 0)
        value = Measured(float(f"{digits}e{shift}"), float(f"{spread}e{shift - places}"))
        return name, value, value._asdict()
    if match := _PLUS_MINUS.fullmatch(item):
        name, *texts = match.groups()
        middle, reach = (values.value_of(f"{option} {name}", text)[0] for text in texts)
        if not _finite(middle) or not _finite(reach) or reach < 0:
            raise UsageError(
                f"{option} {repair.quoted(item)}: an uncertain value is a number and an uncertainty from zero",
                hint=f"write {option} {name}=1.20+/-0.05",
            )
        value = Measured(float(middle), float(reach))
        return name, value, value._asdict()
    return None


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def correlations(option: str, texts: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], float]:
    """Read coefficients, as `x:y=0.3`, between uncertain values of those names.

    Raises UsageError where a text is not of that form, a name is not uncertain, or a coefficient not within [-1, 1].
    """
    found: dict[tuple[str, str], float] = {}
    for item in (item for text in texts for item in text.split(",")):
        match = _PAIR.fullmatch(item)
        if not match:
            raise UsageError(f"{option} {repair.quoted(item)} is not NAME:NAME=VALUE", hint=f"write {option} x:y=0.3")
        one, other, text = match.groups()
        for name in (one, other):
            if name not in names:
                raise UsageError(f"{option} {repair.quoted(item)}: {name} has no uncertainty")
        value, _ = values.value_of(f"{option} {one}:{other}", text)
        if one == other or not _finite(value) or abs(value) > 1:
            raise UsageError(f"{option} {repair.quoted(item)}: a correlation of two names lies between -1 and 1")
        if (one, other) in found or (other, one) in found:
            raise UsageError(f"{option} gives {one}:{other} twice", hint="keep one of them")
        found[one, other] = float(value)
    return found
