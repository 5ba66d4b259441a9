"""Lengths of axes that are not known before a program runs: `n`, `n-1`, `2n+3`.

A program that was traced with the length `n` runs for every n from 2 on, which is why an axis of
length 1, which broadcasts, is never called n.

>>> n = Length(1, 0)
>>> n - 1, 2 * n + 3, (n - 1).at(10)
(n-1, 2n+3, 9)
"""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 2


class Undecided(ValueError):
    """A question about a length whose answer depends on n."""


@dataclass(frozen=True, slots=True)
class Length:
    """The length `scale*n + offset`."""

    scale: int
    offset: int

    def at(self, n: int) -> int:
        """Return the length for a given n."""
        return self.scale * n + self.offset

    def __add__(self, other: int | Length) -> int | Length:
        if isinstance(other, Length):
            return affine(self.scale + other.scale, self.offset + other.offset)
        return Length(self.scale, self.offset + other)

    __radd__ = __add__

    def __neg__(self) -> Length:
        return Length(-self.scale, -self.offset)

    def __sub__(self, other: int | Length) -> int | Length:
        return self + -other

    def __rsub__(self, other: int) -> int | Length:
        return -self + other

    def __mul__(self, other: int | Length) -> int | Length:
        if isinstance(other, Length):
            raise Undecided(f"{self}*{other} is not a multiple of n")
        return affine(self.scale * other, self.offset * other)

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int | Length:
        if self.scale % other or self.offset % other:
            raise Undecided(f"{self} is not known to be a multiple of {other}")
        return affine(self.scale // other, self.offset // other)

    def __lt__(self, other: int | Length) -> bool:
        return self._sign(other) < 0

    def __le__(self, other: int | Length) -> bool:
        return self == other or self._sign(other) < 0

    def __gt__(self, other: int | Length) -> bool:
        return self._sign(other) > 0

    def __ge__(self, other: int | Length) -> bool:
        return self == other or self._sign(other) > 0

    def _sign(self, other: int | Length) -> int:
        """Return the sign of the difference, where it is the same for every n."""
        gap = self - other
        if not isinstance(gap, Length):
            return (gap > 0) - (gap < 0)
        least = gap.at(SMALLEST)
        if least * gap.scale > 0:  # it starts on one side and moves away from zero
            return 1 if least > 0 else -1
        raise Undecided(f"whether {self} exceeds {other} depends on n")

    def __repr__(self) -> str:
        scaled = {1: "n", -1: "-n"}.get(self.scale, f"{self.scale}n")
        return scaled + (f"{self.offset:+d}" if self.offset else "")


def affine(scale: int, offset: int) -> int | Length:
    """Return the length `scale*n + offset`, a plain number where n has no part in it."""
    return Length(scale, offset) if scale else offset


def known(length: int | Length, n: int) -> int:
    """Return a length for a given n."""
    return length.at(n) if isinstance(length, Length) else length
