"""The function under examination: a program at a point, as a real function of steps along directions.

What witnesses of numbers need is the function alone. A subject hides that variables may be arrays and the
result too: it moves variables along directions, and weighs the elements of the result. Where a program
computes each element from one element of its variables, many steps are evaluated at once, as arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..autograd.tensor import Tensor, wrap
from ..errors import GradcliError
from .arrays import ArrayInterpreter
from .labels import elements
from .rounding import DELTA, EPS, SAFETY, TINY, Shaken
from .together import NotPointwise

# A variable of more elements is not taken element by element.
ELEMENTWISE = 16
# Where steps are evaluated one by one, rounding is looked at in so many of them.
SPARSE = 5


class Direction(NamedTuple):
    """A way to move one variable: `unit` is of its shape, `label` what the derivative is called by."""

    name: str
    label: str
    unit: Any

    def project(self, gradient: Any) -> float:
        """Return the derivative along the direction, given the gradient by the variable."""
        return float(np.sum(np.multiply(gradient, self.unit)))


def directions(name: str, value: Any, seed: int) -> list[Direction]:
    """Return the directions in which a variable is examined: its elements, or a random one for all of many.

    The random one has entries 1 and -1, so that steps along it stay exact.
    """
    shape = np.shape(value)
    if not shape:
        return [Direction(name, name, 1.0)]
    if np.size(value) > ELEMENTWISE:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], shape)
        return [Direction(name, f"{name}[±]", signs)]
    units = np.eye(np.size(value)).reshape(-1, *shape)
    return [Direction(name, label, unit) for label, unit in zip(elements(name, shape), units, strict=True)]


class Subject:
    """A program at a point, as a function of steps; without weights, of the sum of its result's elements.

    `values` are numbers and arrays by name, `directions` those of the names `wrt`, and `scales` the size of
    what each direction moves: a step of that size changes the variable by as much as it is. `at_once` tells whether
    many steps may be evaluated at once.
    """

    def __init__(
        self, program: lang.Program, values: Mapping[str, Any], wrt: Sequence[str], seed: int = 0, weights: Any = None
    ) -> None:
        self.program = program
        self.values = {name: np.asarray(value, np.float64)[()] for name, value in values.items()}
        self.wrt = tuple(wrt)
        self.seed = seed
        self.weights = weights
        self.directions = [d for name in wrt for d in directions(name, values[name], seed)]
        self.scales = [_scale(self.values[d.name], d.unit) for d in self.directions]
        self.at_once = all(np.ndim(v) == 0 for v in self.values.values())

    def of(self, program: lang.Program) -> Subject:
        """Return another program at the same point."""
        return Subject(program, self.values, self.wrt, self.seed, self.weights)

    def along(self, *paths: Mapping[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the function along paths of as many steps: a row for each, NaN where it has no value.

        A path takes steps along directions, by their number. Beside the rows is returned what rounding may do, at
        each of the steps, to the values in the same column: as far as one trial, seen with its neighbours, tells.
        """
        count = len(next(iter(paths[0].values())))
        moves = {i: np.concatenate([path.get(i, np.zeros(count)) for path in paths]) for path in paths for i in path}
        values = self._at(moves, None).reshape(len(paths), count)
        every = 1 if self.at_once else SPARSE
        some = {i: steps.reshape(-1, count)[:, ::every].ravel() for i, steps in moves.items()}
        shaken = self._at(some, 1).reshape(len(paths), -1)
        off = np.abs(shaken - values[:, ::every]) / DELTA * EPS
        rounded = SAFETY * np.repeat(near_most(off.max(axis=0)), every)[:count]
        return values, rounded + 4 * EPS * np.abs(values).max(axis=0) + TINY

    def _at(self, moves: Mapping[int, np.ndarray], trial: int | None) -> np.ndarray:
        """Return the function where steps are taken, shaken in a trial."""
        count = len(next(iter(moves.values())))
        if self.at_once:
            try:
                return self._together(moves, count, trial)
            except NotPointwise:
                self.at_once = False
            except GradcliError:
                pass  # one of the points is at fault: find out which
        return np.array([self._single({i: s[k] for i, s in moves.items()}, trial) for k in range(count)])

    def along_complex(
        self, moves: Sequence[tuple[int, np.ndarray]], interpreters: Callable[[int | None], ArrayInterpreter]
    ) -> np.ndarray:
        """Return the function at complex steps along directions, so many at once.

        `interpreters` makes what evaluates all steps together (None), which may raise NotPointwise, or the step of
        a number.
        """

        def at(number: int | None) -> Any:
            values = dict(self.values)
            for i, steps in moves:
                name, _, unit = self.directions[i]
                values[name] = values[name] + (steps if number is None else steps[number]) * unit
            return self.program.evaluate(values, interpreters(number)).value

        count = len(moves[0][1])
        if self.at_once:
            try:
                return np.broadcast_to(at(None), (count,)).astype(complex)
            except NotPointwise:
                self.at_once = False
        return np.array([self._weighed(at(number)) for number in range(count)], complex)

    def steps(self, i: int, lengths: np.ndarray) -> np.ndarray:
        """Return lengths that can be taken exactly, both ways, from where a direction starts."""
        size = self.scales[i] if np.any(self.values[self.directions[i].name]) else 0.0
        return (size + lengths) - size

    def steepness(self, key: tuple[int, ...], value: float) -> float:
        """Return the size of a derivative by which the function's value would come from a step of full size."""
        return abs(value) / math.prod(self.scales[i] for i in key)

    def _together(self, moves: Mapping[int, np.ndarray], count: int, trial: int | None) -> np.ndarray:
        values = {name: np.full(count, value) for name, value in self.values.items()}
        for i, steps in moves.items():
            values[self.directions[i].name] = values[self.directions[i].name] + steps
        return np.broadcast_to(_data(self._evaluated(values, trial, together=True)), (count,)).astype(float)

    def _single(self, moves: Mapping[int, float], trial: int | None) -> float:
        values = dict(self.values)
        for i, step in moves.items():
            direction = self.directions[i]
            values[direction.name] = values[direction.name] + step * direction.unit
        try:
            return float(self._weighed(self._evaluated(values, trial, together=False)))
        except (GradcliError, ValueError):  # a value there is none, or one of another shape
            return np.nan

    def _evaluated(self, values: Mapping[str, Any], trial: int | None, together: bool) -> Any:
        interpreter = Shaken(np.float64, self.seed, trial=trial, together=together)
        return self.program.evaluate({name: wrap(value) for name, value in values.items()}, interpreter).value

    def _weighed(self, value: Any) -> Any:
        data = _data(value)
        return np.sum(data if self.weights is None else np.multiply(data, self.weights))


def near_most(numbers: np.ndarray) -> np.ndarray:
    """Return, for each number, the largest of it and its neighbours."""
    padded = np.pad(numbers, 2)
    return np.max([padded[i : len(numbers) + i] for i in range(5)], axis=0)


def _data(value: Any) -> Any:
    return value._data if isinstance(value, Tensor) else value


def _scale(value: Any, unit: Any) -> float:
    """Return the size of what a direction moves; 1 where that is zero."""
    moved = np.max(np.abs(np.where(np.asarray(unit) != 0, value, 0.0)))
    return float(moved) if moved and np.isfinite(moved) else 1.0
