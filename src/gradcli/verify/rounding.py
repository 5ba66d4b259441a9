"""What rounding does to a value and a gradient: evaluate again with every result shaken a little.

Each result of an operation is changed by a relative amount of random sign, far larger than rounding and far
smaller than anything else; by how much the outcome changes, for what rounding really does, is a first-order
estimate of the rounding error (the idea of CESTAC: Vignes, *Mathematics and Computers in Simulation* 35, 1993).
Variables are not shaken: floats are exact. Nor is what is exact, such as a choice, or a sum of small integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..autograd.generate import compiled
from ..autograd.graph import Node, walk
from ..autograd.tensor import Tensor, wrap
from ..errors import Span
from ..ops import REGISTRY, Op
from ..point import Point
from .together import Together

EPS = float(np.finfo(np.float64).eps)
# What is smaller than any normal number may be lost.
TINY = float(np.finfo(np.float64).tiny)
DELTA = 2.0**-44
TRIALS = 6
# Rounding errors add up, and an operation or a rule computes with several of them.
SAFETY = 8.0

# Results of these families are selected or moved, not computed; so are gradients, and through these operations.
_EXACT = frozenset({"shape", "comparison", "piecewise", "creation", "bitwise", "writing"})
_PASSES = frozenset({"add", "sub", "rsub", "neg", "alias"})
# What these find is exact for matrices that are off a little, by their norm (Higham, *Accuracy and Stability*, 9.3).
_FACTORIZES = frozenset({"inv", "solve", "det", "slogdet", "cholesky", "cofactors", "cofactors_along"})


class Call(NamedTuple):
    """An operation that was applied: where it stands, what it was given, and what came out."""

    op: Op
    span: Span
    given: tuple[Any, ...]
    result: Any


class Shaken(Together):
    """An interpreter that keeps all calls, and shakes their results, unless `trial` is None."""

    def __init__(self, *args: Any, trial: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: list[Call] = []
        self._chance = None if trial is None else np.random.default_rng([trial, 7])

    def constant(self, value: Any, span: Span) -> Any:
        """Shake a number that a float cannot be trusted to hold, such as 0.1 or pi."""
        made = super().constant(value, span)
        if self._chance is None or np.all(_short(value)):
            return made
        return made * self._factor(made, np.logical_not(_short(value)))

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        if self._chance is not None and op.name in _FACTORIZES:
            args = tuple(self._displace(value) for value in args)
        result = super().apply(op, args, kwargs, span)
        if self._chance is not None and op.family not in _EXACT and not op.view:
            if isinstance(result, tuple):
                result = tuple(self._shake(each, True) for each in result)
            else:
                result = self._shake(result, _rough(op, args, result))
        self.calls.append(Call(op, span, args, result))
        return result

    def shake_gradients(self, grads: tuple[Any, ...], _: Any) -> tuple[Any, ...]:
        """Shake what a node sends on, as one of its hooks."""
        return tuple(None if grad is None else self._shake(grad, True) for grad in grads)

    def _shake(self, result: Any, rough: Any) -> Any:
        if not np.any(rough) or (isinstance(result, Tensor) and result._data.dtype.kind != "f"):
            return result
        factor = self._factor(result, rough)
        if isinstance(result, Tensor):
            return compiled(REGISTRY["mul"]).apply(result, wrap(factor) if np.ndim(factor) else factor)
        return result * factor if isinstance(result, float) else result

    def _displace(self, value: Any) -> Any:
        """Shake all elements of a matrix by the size of the largest."""
        if not isinstance(value, Tensor):
            return value
        off = (self._factor(value, True) - 1.0) * np.max(np.abs(value._data), initial=0.0)
        return compiled(REGISTRY["add"]).apply(value, wrap(off))

    def _factor(self, result: Any, rough: Any) -> Any:
        assert self._chance is not None
        data = result._data if isinstance(result, Tensor) else result
        signs = self._chance.choice([-DELTA, DELTA], np.shape(data))
        factor = 1.0 + np.where(rough, signs, 0.0)
        return factor if np.ndim(factor) else float(factor)


class ShakenPoint(Point):
    """A Point whose evaluation is shaken, except for the trial 0; with `together`, each element by itself."""

    interpreter: Shaken

    def __init__(
        self, program: lang.Program, values: Mapping[str, Any], wrt: Sequence[str], seed: int, trial: int = 0,
        together: bool = False,
    ) -> None:  # fmt: skip
        self.interpreted_by = partial(Shaken, trial=trial or None, together=together)
        self._shakes = trial > 0
        super().__init__(program, dict(values), wrt, np.float64, seed)

    def second(self, wrt: Sequence[str]) -> dict[tuple[str, str], Any]:
        """Return the second derivatives of what is pointwise, each pair of names once: of each element by itself."""
        slopes = self._gradients(self.root, wrt, None, create_graph=True)
        return {
            (name, other): found._data
            for i, (name, slope) in enumerate(zip(wrt, slopes, strict=True))
            for other, found in zip(wrt[i:], self._gradients(slope, wrt[i:], None, create_graph=False), strict=True)
        }

    def _gradients(self, output: Tensor, names: Sequence[str], vector: Any, *, create_graph: bool) -> list[Tensor]:
        """Return the gradients by name, those on the way shaken as well."""
        nodes = walk([output.grad_fn]) if self._shakes and output.grad_fn is not None else []
        handles = [node.register_hook(self.interpreter.shake_gradients) for node in nodes if _computes(node)]
        try:
            return super()._gradients(output, names, vector, create_graph=create_graph)
        finally:
            for handle in handles:
                handle.remove()


def _computes(node: Node) -> bool:
    op = getattr(node, "_op", None)
    return op is not None and op.family not in _EXACT and op.name not in _PASSES


def shaken(
    program: lang.Program, values: Mapping[str, Any], wrt: Sequence[str], seed: int, together: bool
) -> list[ShakenPoint]:
    """Evaluate a program in all trials, if wanted `together`, at a single point; that may raise NotPointwise."""
    if not together:
        return [ShakenPoint(program, values, wrt, seed, trial) for trial in range(1, TRIALS + 1)]
    many = {name: np.full(TRIALS, value) for name, value in values.items()}
    return [ShakenPoint(program, many, wrt, seed, 1, together=True)]


def spread(outcomes: Sequence[Any], base: float) -> float:
    """Return by how much rounding may change a number, given what it is in some trials, and unshaken."""
    changes = np.abs(np.concatenate([np.ravel(outcome) for outcome in outcomes]) - base)
    known = changes[np.isfinite(changes)]
    return np.max(known, initial=0.0) / DELTA * EPS if len(known) or not len(changes) else np.inf


def _rough(op: Op, args: tuple[Any, ...], result: Any) -> Any:
    """Tell which elements of a result may have been rounded: not those of arithmetic on short numbers."""
    if op.family != "arithmetic":
        return True
    exact: Any = True
    for value in (result, *args):
        exact = np.logical_and(exact, _short(value._data if isinstance(value, Tensor) else value))
        if not np.any(exact):
            return True
    return np.logical_not(exact)


def _short(value: Any) -> Any:
    """Tell which numbers have few bits, and so are what they seem, and combine exactly."""
    scaled = np.asarray(value, float) * 2.0**20
    return np.logical_and(np.abs(scaled) < 2.0**50, np.floor(scaled) == scaled)
