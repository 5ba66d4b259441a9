"""What is taken where there is no derivative: by us, and, where they differ, by torch, JAX and SymPy.

The tests ask SymPy, and torch where it is installed, whether this is so; JAX was asked in version 0.10.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..notes import Kink
from ..ops import Op
from .report import Place


class Convention(NamedTuple):
    """What is taken as the derivatives by the arguments, in their order, at an example that stands on the kink.

    None is said of what has no derivative, or leaves it as it stands.
    """

    at: tuple[Any, ...]
    torch: str | None
    jax: str | None
    sympy: str | None


PAIR = [1.0, 1.0]

# By operation and condition, all where not everyone takes the same.
CONVENTIONS: Mapping[tuple[str, str], Convention] = {
    ("abs", "input == 0"): Convention((0.0,), "0", "1", "0"),
    ("sign", "input == 0"): Convention((0.0,), "0", "0", "2*DiracDelta(0)"),
    ("relu", "input == 0"): Convention((0.0,), "0", "0", "1/2"),
    ("leaky_relu", "input == 0"): Convention((0.0,), "1/100", "1", "1/100"),
    ("heaviside", "input == 0"): Convention((0.0, 0.5), None, "0, 1", "0, 1"),
    ("fmax", "input == other"): Convention((1.0, 1.0), "1, 0", "0, 1", "1/2, 1/2"),
    ("fmin", "input == other"): Convention((1.0, 1.0), "1, 0", "0, 1", "1/2, 1/2"),
    ("clamp", "input == min"): Convention((0.0, 0.0, 1.0), "1, 0, 0", "1/2, 1/2, 0", "1/2, 1/2, 0"),
    ("clamp", "input == max"): Convention((1.0, 0.0, 1.0), "1, 0, 0", "1/2, 0, 1/2", "1/2, 0, 1/2"),
    ("floor", "input == floor(input)"): Convention((1.0,), "0", "0", None),
    ("ceil", "input == ceil(input)"): Convention((1.0,), "0", "0", None),
    ("round", "abs(frac(input * 10**decimals)) == 0.5"): Convention((0.5,), "0", "0", None),
    ("trunc", "input == trunc(input) and input != 0"): Convention((1.0,), "0", "0", None),
    ("frac", "input == trunc(input) and input != 0"): Convention((1.0,), "1", "1", None),
    ("floor_divide", "remainder(input, other) == 0"): Convention((2.0, 1.0), None, "0, 0", None),
    ("remainder", "remainder(input, other) == 0"): Convention((2.0, 1.0), "1, -2", "1, -2", None),
    ("copysign", "input == 0"): Convention((0.0, 1.0), "0, 0", "1, 0", "0, 0"),
    ("sqrt", "input == 0"): Convention((0.0,), "inf", "inf", "zoo"),
    ("cbrt", "input == 0"): Convention((0.0,), None, "inf", "nan"),
    ("pow", "input == 0 and exponent == 0"): Convention((0.0, 0.0), "0, 0", "nan, 0", "nan, zoo"),
    ("xlogy", "input == 0 and other == 0"): Convention((0.0, 0.0), "0, nan", "-inf, nan", "zoo, nan"),
    ("hypot", "input == 0 and other == 0"): Convention((0.0, 0.0), "nan, nan", "1/2, 1/2", "nan, nan"),
    ("atan2", "input == 0 and other == 0"): Convention((0.0, 0.0), "0, 0", "nan, nan", "nan, nan"),
    ("asin", "abs(input) == 1"): Convention((1.0,), "inf", "inf", "zoo"),
    ("acos", "abs(input) == 1"): Convention((1.0,), "-inf", "-inf", "zoo"),
    ("asec", "abs(input) == 1"): Convention((1.0,), None, None, "zoo"),
    ("acsc", "abs(input) == 1"): Convention((1.0,), None, None, "zoo"),
    ("acot", "input == 0"): Convention((0.0,), None, None, "-1"),
    ("acosh", "input == 1"): Convention((1.0,), "inf", "inf", "zoo"),
    ("asech", "input == 1"): Convention((1.0,), None, None, "zoo"),
    ("norm", "amax(abs(input)) == 0"): Convention(([0.0, 0.0],), "0", "nan", "nan"),
    ("std", "amax(input) == amin(input)"): Convention((PAIR,), "0", "nan", "nan"),
}  # fmt: skip


def place(text: str, kink: Kink) -> Place:
    """Say which derivative is taken at a kink, and what others take."""
    piece = text[kink.span.start : kink.span.end]
    message = f"`{piece}` has a kink where {kink.condition}, as here; its derivative there is taken as {kink.taken}"
    convention = CONVENTIONS.get((kink.op.name, kink.condition))
    return Place(message, kink.span, detail=None if convention is None else _told(kink.op, convention))


def _told(op: Op, convention: Convention) -> str:
    others = (("torch", convention.torch), ("JAX", convention.jax), ("SymPy", convention.sympy))
    told = "; ".join(f"{name} has none" if taken is None else f"{name} takes {taken}" for name, taken in others)
    arguments = ", ".join(op.tensors[: len(convention.at)])
    return f"{told} (for {arguments})" if len(convention.at) > 1 else told
