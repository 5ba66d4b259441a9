"""Equations of Einstein sums, `ij,jk->ik`, read into labels: one for each dimension of each operand.

A dimension that `...` stands for gets a label of dots and its place from the end, so that those of
several operands meet as in broadcasting.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Labels = tuple[str, ...]

_LETTERS = string.ascii_uppercase + string.ascii_lowercase


class Equation(NamedTuple):
    """The labels of each operand, and those of the result."""

    operands: tuple[Labels, ...]
    output: Labels


def from_lists(given: Sequence[Any]) -> tuple[str, list[Any]]:
    """Write lists of numbers, each behind its operand and the last one for the result, as an equation."""
    operands, lists = list(given[: len(given) // 2 * 2 : 2]), list(given[1::2])
    text = ",".join(map(_written, lists))
    return (f"{text}->{_written(given[-1])}" if len(given) % 2 else text), operands


def _written(numbers: Iterable[Any]) -> str:
    found = []
    for number in numbers:
        if number is not ... and not 0 <= number < len(_LETTERS):
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        found.append("..." if number is ... else _LETTERS[number])
    return "".join(found)


def read(equation: str, shapes: Sequence[tuple[int, ...]]) -> Equation:
    """Read an equation for operands of some shapes; RuntimeError, in torch's words, where it does not fit."""
    left, arrow, right = equation.partition("->")
    for text, start in ((left, 0), (right, len(left) + 2)):
        wrong = re.search(r"[^a-zA-Z,. ]" if not start else r"[^a-zA-Z. ]", text)
        if wrong:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + wrong.start()} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
    terms = left.replace(" ", "").split(",")
    if len(terms) != len(shapes):
        which = "fewer" if len(shapes) < len(terms) else "more"
        raise RuntimeError(f"einsum(): {which} operands were provided than specified in the equation")
    operands = tuple(_labels(term, len(shape), i) for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)))
    _check_sizes(operands, shapes)
    return Equation(operands, _output(right.replace(" ", ""), operands) if arrow else _implied(operands))


def _labels(term: str, rank: int, operand: int) -> Labels:
    """Label the dimensions of an operand."""
    before, dots, after = term.partition("...")
    if "." in before or (not dots and "." in term):
        raise RuntimeError(f"einsum(): found '.' for operand {operand} that is not part of any ellipsis")
    if "." in after:
        raise RuntimeError(f"einsum(): found '.' for operand {operand} for which an ellipsis was already found")
    count, stood_for = len(before + after), rank - len(before + after)
    if stood_for < 0 or (stood_for and not dots):
        relation, reason = ("is more than", "") if dots else ("does not match", " and no ellipsis was given")
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({count}) {relation} the number of dimensions "
            f"({rank}) for operand {operand}{reason}"
        )
    return (*before, *_dots(stood_for), *after)


def _dots(count: int) -> Labels:
    return tuple(f"...{place}" for place in range(count, 0, -1))


def _check_sizes(operands: Sequence[Labels], shapes: Sequence[tuple[int, ...]]) -> None:
    seen: dict[str, int] = {}
    for operand, (labels, shape) in enumerate(zip(operands, shapes, strict=True)):
        own: dict[str, int] = {}
        for label, n in zip(labels, shape, strict=True):
            if own.setdefault(label, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {operand} but the sizes don't match, {n} != "
                    f"{own[label]}"
                )
        for label, n in own.items():
            known = seen.get(label, 1)
            if n != known and 1 not in (n, known):
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {operand} which does not broadcast with "
                    f"previously seen size {known}"
                )
            seen[label] = max(n, known) if 0 not in (n, known) else 0


def _implied(operands: Sequence[Labels]) -> Labels:
    """Return the labels of a result that is not written: those of `...`, then the letters that occur once."""
    every = [label for labels in operands for label in labels]
    letters = sorted(label for label in set(every) if label.isalpha() and every.count(label) == 1)
    return (*_all_dots(operands), *letters)


def _all_dots(operands: Sequence[Labels]) -> Labels:
    return _dots(max(sum(label.startswith("...") for label in labels) for labels in operands))


def _output(term: str, operands: Sequence[Labels]) -> Labels:
    before, dots, after = term.partition("...")
    if "." in before or (not dots and "." in term):
        raise RuntimeError("einsum(): found '.' for output that is not part of any ellipsis (...)")
    if "." in after:
        raise RuntimeError("einsum(): found '.' for output but an ellipsis (...) was already found")
    for label in before + after:
        if (before + after).count(label) > 1:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if not any(label in labels for labels in operands):
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return (*before, *(_all_dots(operands) if dots else ()), *after)
