"""The reader of claims: formulas that are said to be derivatives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import UsageError
from . import repair

_CLAIM = re.compile(rf"\s*({repair.NAME}(?:\s*,\s*{repair.NAME})*)\s*=(?!=)(.*)", re.DOTALL)


def read(texts: Sequence[str], variables: Sequence[str]) -> dict[str, str]:
    """Read claims: `x=2*x`, `x,y=1` for a second derivative, or a bare formula where there is one variable.

    No comma parts them. Raises UsageError where it cannot be told what a formula is the derivative by.
    """
    found: dict[str, str] = {}
    for text in texts:
        names, formula = _parted(text, variables)
        if len(names) > 2:
            raise UsageError(f"--claim {repair.quoted(text)} is of an order above 2")
        key = ",".join(names)
        if key in found:
            raise UsageError(f"--claim has {key} twice", hint="keep one of them")
        found[key] = formula
    return found


def _parted(text: str, variables: Sequence[str]) -> tuple[list[str], str]:
    match = _CLAIM.fullmatch(text)
    names = [name.strip() for name in match[1].split(",")] if match else []
    if match and (set(names) <= set(variables) or len(variables) != 1):
        return names, match[2].strip()
    if len(variables) == 1:
        return [variables[0]], text.strip()
    if not variables:
        raise UsageError(f"--claim {repair.quoted(text)}: the expression has no variable")
    hint = f"write --claim {repair.quoted(f'{variables[0]}={text.strip()}')}"
    raise UsageError(f"--claim {repair.quoted(text)}: the derivative by which of {', '.join(variables)}?", hint=hint)
