"""Which operations may be differentiated by a complex step: found out by running their forwards, not listed.

On a circle around a point, a holomorphic function has no Fourier coefficient of negative frequency (Ahlfors,
*Complex Analysis*, 5.1); `abs`, `max` or a forward that drops imaginary parts has. So each forward is run
on circles all over its domain, once, when it is first asked about.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ops import REGISTRY, Case, Op

RADIUS = 0.02
TURN = np.exp(2j * np.pi * np.arange(32) / 32)
# How many circles: so many that the seams of `max` and its like cannot be missed.
CIRCLES = {True: 1000, False: 5}
DOUBT = 1e-5


@functools.cache
def holomorphic(op: Op) -> bool:
    """Tell whether an operation, with any of its attributes, is holomorphic around its real domain.

    >>> [holomorphic(REGISTRY[name]) for name in ("exp", "abs", "maximum")]
    [True, False, False]
    """
    if not op.rules or op.outputs or (op.kinks and not op.pointwise):
        return False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            return all(_analytic(op, case, moved) for case in _cases(op) for moved in _choices(op))
        except (TypeError, ValueError, RuntimeError, np.exceptions.ComplexWarning, np.linalg.LinAlgError):
            return False


def _cases(op: Op) -> Iterator[Case]:
    for case in op.cases or (Case((), {}),):
        if op.pointwise:
            yield case._replace(shapes=tuple(s if s is None else () for s in case.shapes or ((),) * len(op.tensors)))
        else:
            yield case if case.shapes else case._replace(shapes=((3, 4),) * len(op.tensors))


def _choices(op: Op) -> list[tuple[str, ...]]:
    """Return which arguments are moved: each by itself, and all together."""
    alone: list[tuple[str, ...]] = [(name,) for name in op.rules]
    return alone if len(alone) == 1 else [*alone, tuple(op.rules)]


def _analytic(op: Op, case: Case, moved: tuple[str, ...]) -> bool:
    rng = np.random.default_rng(0)
    around = np.array([np.ravel(f) for f in _circles(op, case, moved, rng)])  # a row for each circle and element
    if not around.size:
        return True
    if not np.iscomplexobj(around):
        return False
    spectrum = np.fft.fft(around.reshape(-1, len(TURN)) if op.pointwise else around) / len(TURN)
    half = len(TURN) // 2
    varies = np.max(np.abs(spectrum[:, 1:half]), axis=1)
    against = np.max(np.abs(spectrum[:, half:]), axis=1)
    return bool(np.all(against <= DOUBT * varies + 1e-12 * np.abs(spectrum[:, 0])))


def _circles(op: Op, case: Case, moves: tuple[str, ...], rng: np.random.Generator) -> Iterator[Any]:
    """Yield values along circles: for what is pointwise all at once, else an element of the result at a time."""
    if op.pointwise:
        given = _drawn(op, case, rng, lambda shape: (CIRCLES[True], *shape))
        moved = {n: (v[:, None] + _radii(rng, v)[:, None] * TURN if _moves(moves, n, v) else _spread(v))
                 for n, v in given.items()}  # fmt: skip
        yield from _call(op, case, moved).reshape(CIRCLES[True], len(TURN))
        return
    for _ in range(CIRCLES[False]):
        given = _drawn(op, case, rng, lambda shape: shape)
        radii = {name: _radii(rng, value) for name, value in given.items() if _moves(moves, name, value)}
        turned = [
            _call(op, case, {n: _turned(v, radii[n], turn) if n in radii else v for n, v in given.items()})
            for turn in TURN
        ]
        yield from np.reshape(turned, (len(TURN), -1)).T


def _drawn(op: Op, case: Case, rng: np.random.Generator, shaped: Any) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, shape in zip(op.tensors, case.shapes, strict=False):
        domain = op.domain.get(name) if isinstance(op.domain, dict) else op.domain
        domain = domain or REGISTRY["add"].domain
        if name == op.sequence:
            given[name] = [np.asarray(domain.sample(rng, shaped(each))) for each in shape]
        else:
            given[name] = None if shape is None else np.asarray(domain.sample(rng, shaped(shape)))
    return given


def _moves(moves: tuple[str, ...], name: str, value: Any) -> bool:
    return name in moves and value is not None


def _spread(value: Any) -> Any:
    return None if value is None else value[:, None] + np.zeros(len(TURN), value.dtype)


def _radii(rng: np.random.Generator, value: Any) -> Any:
    if isinstance(value, list):
        return [_radii(rng, each) for each in value]
    return RADIUS * rng.uniform(0.3, 1.0, value.shape) * np.exp(2j * np.pi * rng.uniform(size=value.shape))


def _turned(value: Any, radius: Any, turn: complex) -> Any:
    if isinstance(value, list):
        return [v + r * turn for v, r in zip(value, radius, strict=True)]
    return value + radius * turn


def _call(op: Op, case: Case, tensors: dict[str, Any]) -> np.ndarray:
    given = op.defaults | tensors | case.attributes
    positional = [given[n] for n in op.parameters if n not in op.keyword_only and n != op.collects]
    return np.asarray(op(*positional, *case.attributes.get(op.collects or "", ())))
