"""What is written of a node, wherever it is drawn: its text in the expression, its shape, its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import numbers


def excerpt(expression: str, span: tuple[int, int] | None, most: int) -> str:
    """Return a piece of an expression on one line, its middle left out where it is long.

    >>> excerpt("sin(x) + cos(y)", (0, 15), 9)
    'sin(…s(y)'
    """
    if span is None:
        return ""
    start, end = span
    text = " ".join(expression[start : min(end, start + 2 * most)].split())
    if end - start <= 2 * most and len(text) <= most:
        return text
    last = " ".join(expression[max(start, end - most) : end].split())
    return shortened(text + last, most)


def shortened(text: str, most: int) -> str:
    """Leave out the middle of a line that is longer."""
    return text if len(text) <= most else text[: most // 2].rstrip() + "…" + text[most // 2 + 1 - most :].lstrip()


def shape(lengths: Sequence[int] | None) -> str:
    """Return a shape as Python writes it; nothing for None."""
    return "" if lengths is None else "(" + ", ".join(map(str, lengths)) + ("," if len(lengths) == 1 else "") + ")"


def shaped(value: Any, digits: int | None) -> str:
    """Return a value on one line, an array with its shape before it."""
    lengths = np.shape(value)
    return (f"{shape(lengths)} " if lengths else "") + numbers.brief(value, digits)


def summed(terms: Sequence[str], most: int = 3) -> list[str]:
    """Return the terms of a sum with their signs; so many of them, and how many more there are.

    >>> summed(["a", "-b", "c", "d"])
    ['a', '- b', '+ c', '+ d']
    >>> summed(["a"] * 1000)
    ['a', '+ a', '+ a', '+ ... (997 more)']
    """
    shown = list(terms[: most if len(terms) > most + 1 else most + 1])
    signed = shown[:1] + [f"- {term[1:]}" if term.startswith("-") else f"+ {term}" for term in shown[1:]]
    return signed + ([f"+ ... ({len(terms) - len(shown):,} more)"] if len(terms) > len(shown) else [])
