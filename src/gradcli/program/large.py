"""Large points: what Point is, for arrays so large that a graph of them costs more than a trace.

>>> from gradcli import lang
>>> at = evaluated(lang.parse("sum(abs(x))"), {"x": np.arange(-3.0, 3.0)})
>>> type(at).__name__, at.value, at.grad()["x"].tolist(), at.notes
('LargePoint', 9.0, [-1.0, -1.0, -1.0, 0.0, 1.0, 1.0], ['`abs(x)` has a kink where input == 0, as here; its \
derivative there is taken as 0'])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .. import lang, notes
from ..autograd.tensor import Tensor, wrap
from ..errors import GradcliError
from ..point import Point
from .executable import Executable
from .ssa import Input, Type
from .trace import TracingInterpreter, joint
from .traced import Tracer


def evaluated(
    program: lang.Program, values: dict[str, Any], wrt: Sequence[str] | None = None, dtype: Any = np.float64,
    seed: int = 0, threads: int | None = None,
) -> Point | LargePoint:  # fmt: skip
    """Return a program at a point: as it is traced, or, where it cannot be, by its graph."""
    if not any(isinstance(value, Tensor) for value in values.values()):
        try:
            return LargePoint(program, values, wrt, dtype, seed, threads)
        except (GradcliError, RuntimeError, ValueError, TypeError, IndexError):
            pass  # what is wrong with it, if anything, the graph will tell
    return Point(program, values, wrt, dtype, seed)


class LargePoint:
    """A program at a point, with the gradient by `wrt`; anything else is asked of the graph, made then."""

    def __init__(
        self, program: lang.Program, values: dict[str, Any], wrt: Sequence[str] | None, dtype: Any, seed: int,
        threads: int | None,
    ) -> None:  # fmt: skip
        self.program = program
        self._point = (program, values, wrt, dtype, seed)
        names = program.free_names(values)
        arrays = [_array(values[name], np.dtype(dtype)) for name in names]
        self._wrt = tuple(names if wrt is None else wrt)
        self._possible: list[notes.Kink] = []
        inputs = [Input(name, Type(array.dtype, array.shape)) for name, array in zip(names, arrays, strict=True)]
        block = joint(self._forward, inputs, self._wrt, order=bool(self._wrt), also=self._kinks)
        value, *rest = Executable(block, threads).run(arrays)
        self.value = value if np.ndim(value) else np.asarray(value).item()
        self._slopes = dict(zip(self._wrt, map(_plain, rest), strict=False))
        self._holding = rest[len(self._wrt) :]
        self._of_gradient: list[str] = []

    def grad(self, wrt: Sequence[str] | None = None, gradient: Any = None) -> dict[str, Any]:
        """Return the gradient of the result (of its sum, or its product with `gradient`) by name."""
        names = self._wrt if wrt is None else tuple(wrt)
        found = {name: self._slopes[name] for name in names if name in self._slopes}
        if gradient is not None or len(found) < len(names) or _any_nan(found):
            found = self._graph.grad(wrt, gradient)
            self._of_gradient = self._graph.of_gradient
        return found

    @property
    def notes(self) -> list[str]:
        """What a reader should know about the value, kinks under the point, and the gradient last asked for."""
        kinks = [kink for kink, holds in zip(self._possible, self._holding, strict=True) if holds]
        return notes.of_value("the value", self.value) + notes.of_kinks(self.program.text, kinks) + self._of_gradient

    @cached_property
    def _graph(self) -> Point:
        return Point(*self._point)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    def _forward(self, values: dict[str, Any], tracer: Tracer) -> tuple[Any, Mapping[str, Any]]:
        self._tracer = tracer
        self._interpreter = TracingInterpreter(tracer, self._point[3], watch=bool(self._wrt))
        return self.program.evaluate(values, self._interpreter, distinct=self._wrt)

    def _kinks(self) -> Iterator[tuple[str, Tensor]]:
        """Yield whether each kink is stood on, of what the forward has applied."""
        for kink, holds in notes.possible_kinks(self._interpreter.applied, self._truth):
            self._possible.append(kink)
            holding: Any = self._tracer.lift(holds._data if isinstance(holds, Tensor) else holds)
            yield f"kink {len(self._possible)}", wrap(np.logical_or.reduce(holding, axis=None))

    def _truth(self, condition: lang.Program, values: dict[str, Any]) -> Any:
        held = {name: wrap(value) if hasattr(value, "dtype") else value for name, value in values.items()}
        return condition.evaluate(held, TracingInterpreter(self._tracer, self._point[3])).value


def _array(value: Any, dtype: np.dtype) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a value must be numbers, not {array.dtype}")
    return array if array.dtype.kind == "b" else array.astype(dtype, copy=False)


def _plain(value: Any) -> Any:
    return value if np.ndim(value) else np.asarray(value).item()


def _any_nan(slopes: Mapping[str, Any]) -> bool:
    return any(np.isnan(value).any() for value in slopes.values())
