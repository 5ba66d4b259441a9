"""What a witness says: a number with its own error, or that it gave up and why.

A witness testifies to partial derivatives at one point. They are keyed by the names that are
differentiated by, in order: `("x",)` for df/dx, `("x", "y")` for the second derivative by x and then y (each
pair once, in the order of `wrt`; at order 2 the first derivatives are there as well). A judge asks about one
program at many points, one after the other: what does not depend on the point is kept from call to call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Partial = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Testimony:
    """A derivative, as one witness has it.

    `error` is absolute, and the witness's own account: the true value lies within it, as far as the witness
    can tell. `digits` is the value as a decimal where the witness knows more of it than a float holds.
    `how` is what the witness did, in a few words, where that is not always the same.
    """

    witness: str
    value: float
    error: float = 0.0
    digits: str | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A witness that has nothing to say, and why: `reason` completes "it gave up: ..."."""

    witness: str
    reason: str


class Limits(NamedTuple):
    """What a witness in a process of its own may use: seconds of time, bytes of memory."""

    seconds: float = 2.0
    memory: int = 1 << 30


Statement = Testimony | GaveUp
Account = Mapping[Partial, Statement] | GaveUp
