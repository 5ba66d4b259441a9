"""Lengths of axes that are not known before a program runs: `n`, `n-1`, `2n+3`.

A program that was traced with the length `n` runs for every n from 2 on, which is why an axis of
length 1, which broadcasts, is never called n.

>>> n = Length(1, 0)
>>> n - 1, 2 * n + 3, (n - 1).at(10)
(n-1, 2n+3, 9)
"""

from __future__ import annotations

import math
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
        return Length(self.scale, self.offset + other) if isinstance(other, int) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Length:
        return Length(-self.scale, -self.offset)

    def __sub__(self, other: int | Length) -> int | Length:
        return self + -other if isinstance(other, (int, Length)) else NotImplemented

    def __rsub__(self, other: int) -> int | Length:
        return -self + other if isinstance(other, int) else NotImplemented

    def __mul__(self, other: int | Length) -> int | Length:
        if isinstance(other, Length):
            raise Undecided(f"{self}*{other} is not a multiple of n")
        return affine(self.scale * other, self.offset * other) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int | Length:
        if self.scale % other or self.offset % other:
            raise Undecided(f"{self} is not known to be a multiple of {other}")
        return affine(self.scale // other, self.offset // other)

    def __lt__(self, other: int | Length) -> bool:
        low, high = self._gap(other)
        return self._decided(high < 0, low >= 0, other)

    def __le__(self, other: int | Length) -> bool:
        low, high = self._gap(other)
        return self._decided(high <= 0, low > 0, other)

    def __gt__(self, other: int | Length) -> bool:
        return not self <= other

    def __ge__(self, other: int | Length) -> bool:
        return not self < other

    def _gap(self, other: int | Length) -> tuple[float, float]:
        """Return the least and the largest difference that there is for any n."""
        gap = self - other
        if not isinstance(gap, Length):
            return gap, gap
        return (gap.at(SMALLEST), math.inf) if gap.scale > 0 else (-math.inf, gap.at(SMALLEST))

    def _decided(self, yes: bool, no: bool, other: int | Length) -> bool:
        if not yes and not no:
            raise Undecided(f"whether {self} exceeds {other} depends on n")
        return yes

    def __repr__(self) -> str:
        scaled = {1: "n", -1: "-n"}.get(self.scale, f"{self.scale}n")
        return scaled + (f"{self.offset:+d}" if self.offset else "")


def affine(scale: int, offset: int) -> int | Length:
    """Return the length `scale*n + offset`, a plain number where n has no part in it."""
    return Length(scale, offset) if scale else offset


def known(length: int | Length, n: int) -> int:
    """Return a length for a given n."""
    return length.at(n) if isinstance(length, Length) else length
