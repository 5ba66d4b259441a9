"""The instructions for conditionals: which side is run, and where it counts.

On a scalar condition one side is run. On an array both are, each in its region (see `regions`), unless
one is selected nowhere; what must be computed whole, such as the argument of `sum`, is computed outside
of the region.
"""

from __future__ import annotations

import contextlib
import math
from typing import NamedTuple

import numpy as np

from ..errors import Span
from ..ops import REGISTRY
from . import mishaps
from .instructions import Function, ask
from .machine import Code, Instruction, Machine
from .regions import AnyRegion, Region, TracedRegion, traced


class Branches(NamedTuple):
    """The two sides of a conditional."""

    then: Code
    otherwise: Code
    span: Span


def branch(m: Machine, sides: Branches) -> None:
    """Run the side of a conditional that the topmost value chooses, or both under masks."""
    m.account.spend(3, sides.span)
    region = m.frame.region
    mask = ask(m, "if", sides.span, m.interpreter.mask, m.stack[-1])
    if isinstance(mask, bool):
        m.stack.pop()
        m.enter(sides.then if mask else sides.otherwise, region)
        return
    if mask is None and not m.interpreter.leaks:
        _run_both(m, sides, region, region)
        return
    if mask is None or isinstance(region, TracedRegion):
        _run_both(m, sides, *traced(m.interpreter, region).divide(m.stack[-1]))
        return
    try:
        then, otherwise = (region or Region(np.array(True))).split(mask)
    except ValueError as error:
        shapes = [region.shape if region else (), mask.shape]
        raise mishaps.explain(REGISTRY["where"], shapes, error, sides.span) from error
    if then.mask.any() and otherwise.mask.any():
        _run_both(m, sides, then, otherwise)
        return
    m.enter([(select_one, sides.span)], region)
    m.enter(*((sides.then, then) if then.mask.any() else (sides.otherwise, otherwise)))


def _run_both(m: Machine, sides: Branches, then: AnyRegion | None, otherwise: AnyRegion | None) -> None:
    m.enter([(select, sides.span)], m.frame.region)
    m.enter(sides.otherwise, otherwise)
    m.enter(sides.then, then)


def select(m: Machine, span: Span) -> None:
    """Choose elementwise between the two topmost values, by the one below."""
    condition, then, otherwise = m.take(3)
    shapes = [m.interpreter.shape(v) for v in (condition, then, otherwise)]
    with contextlib.suppress(ValueError):  # the interpreter will complain
        m.account.foresee(math.prod(np.broadcast_shapes(*shapes)), span)
    made = ask(m, "if", span, m.interpreter.select, condition, then, otherwise, span)
    m.account.enter(m.interpreter, made)
    m.stack.append(made)


def select_one(m: Machine, span: Span) -> None:
    """Give the topmost value, the only one that the condition below chooses, the shape of the choice."""
    m.stack.append(m.stack[-1])
    select(m, span)


def suspend(m: Machine, unless: tuple[Function, str] | None) -> None:
    """Compute what follows whole, outside of the region, unless a function uses it elementwise."""
    m.suspended.append(m.frame.region)
    if unless is None or unless[1] in unless[0].whole:
        m.frame.region = None


def loosen(m: Machine, load: Instruction) -> None:
    """Compute what `diff` differentiates outside of the region, unless the variable has its shape.

    If it has, an elementwise expression gives no gradient to what counts from what does not.
    """
    m.suspended.append(m.frame.region)
    if m.frame.region is not None:
        load[0](m, load[1])
        if m.interpreter.shape(m.stack.pop()) != m.frame.region.shape:
            m.frame.region = None


def resume(m: Machine, _: None) -> None:
    """Go back into the region."""
    m.frame.region = m.suspended.pop()
