"""The index of an element, as a mark in a text: until it is known what it is called, or where it is moved to.

A vector is written by its element at i, and `x[1:]` by that at i + 1. The mark is a character of the private use
area, which says by how much it was moved.

>>> spelled(moved(HERE, 2), "i"), spelled(HERE, "i")
('i+2', 'i')
"""

from __future__ import annotations

import re
from collections.abc import Callable

_FIRST, _LAST = 0xE000, 0xF000
_MIDDLE = (_FIRST + _LAST) // 2
_MARK = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")

HERE = chr(_MIDDLE)


def moved(text: str, by: int) -> str:
    """Return a text that means the elements so many places further on."""
    return _MARK.sub(lambda mark: chr(ord(mark[0]) + by), text)


def replaced(text: str, write: Callable[[int], str]) -> str:
    """Return a text whose marks are written by a function of how far each was moved."""
    return _MARK.sub(lambda mark: write(ord(mark[0]) - _MIDDLE), text)


def spelled(text: str, letter: str) -> str:
    """Return a text whose marks are a letter."""
    return replaced(text, lambda by: letter + (f"{by:+d}" if by else ""))
