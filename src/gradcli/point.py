"""Point: a program at a point, with the graph that its evaluation recorded, to be asked for derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from . import lang, notes
from .autograd.api import grad as gradients_of
from .autograd.interpreter import TensorInterpreter
from .autograd.tensor import Tensor, wrap
from .errors import UnknownNameError

Values = Mapping[str, Any]


class Point:
    """A program evaluated at a point, with the graph of the evaluation.

    `values` holds the variables as leaf Tensors, `names` also what the text binds, `root` the
    result, `notes` what a reader should know about it.
    """

    interpreted_by: Callable[..., TensorInterpreter] = TensorInterpreter

    def __init__(
        self, program: lang.Program, values: dict[str, Any], wrt: Sequence[str] | None = None,
        dtype: Any = np.float64, seed: int = 0,
    ) -> None:  # fmt: skip
        self.program = program
        self.of_tensors = any(isinstance(v, Tensor) for v in values.values())
        require(program, values, wrt or ())
        interpreter = self.interpreted_by(dtype, seed, watch=wrt is None or len(wrt) > 0)
        wanted = set(values if wrt is None else wrt)
        if not wanted.isdisjoint(program.bindings):
            wanted |= values.keys()  # a bound name needs what it is made of
        self.values = {name: _leaf(v, interpreter.dtype, name in wanted) for name, v in values.items()}
        evaluation = program.evaluate(self.values, interpreter, distinct=wrt or ())
        self.names: dict[str, Any] = evaluation.names
        self.root = _tensor(evaluation.value, interpreter.dtype)
        self.interpreter = interpreter
        self.of_gradient: list[str] = []

    @property
    def notes(self) -> list[str]:
        """What a reader should know about the value, kinks under the point, and the gradient last asked for."""
        kinks = notes.of_kinks(self.program.text, notes.kinks(self.interpreter.applied))
        return notes.of_value("the value", self.value) + kinks + self.of_gradient

    @property
    def value(self) -> Any:
        """The result: a Python number where it is a scalar, else an array."""
        return _plain(self.root)

    def grad(self, wrt: Sequence[str] | None = None, gradient: Any = None) -> dict[str, Any]:
        """Return the gradient of the result (of its sum, or its product with `gradient`) by name."""
        names = self._names(wrt)

        def run() -> list[Tensor]:
            return self._gradients(self.root, names, gradient, create_graph=False)

        found = {name: _plain(value) for name, value in zip(names, run(), strict=True)}
        self.of_gradient = notes.of_gradient(self.program.text, self.root, found, run)
        return found

    def jacobian(self, wrt: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Return the derivative of each element of the result by each element of each name."""
        names = self._names(wrt)
        return dict(zip(names, self._rows(self.root, names), strict=True))

    def hessian(self, wrt: Sequence[str] | None = None, gradient: Any = None) -> dict[str, dict[str, Any]]:
        """Return the second derivatives of the result (of its sum, or its product with `gradient`) by two names."""
        names = self._names(wrt)
        slopes = self._gradients(self.root, names, gradient, create_graph=True)
        return {
            name: {other: _number(rows) for other, rows in zip(names, self._rows(slope, names), strict=True)}
            for name, slope in zip(names, slopes, strict=True)
        }

    def derivatives(self, name: str, order: int) -> list[Any]:
        """Return the derivatives of the result from the first to the given order by one name."""
        found: list[Any] = []
        current = self.root
        for _ in range(order):
            (current,) = self._gradients(current, (name,), None, create_graph=True)
            found.append(_plain(current))
        return found

    def _names(self, wrt: Sequence[str] | None) -> tuple[str, ...]:
        return self.program.free_names(self.values) if wrt is None else tuple(wrt)

    def _gradients(self, output: Tensor, names: Sequence[str], vector: Any, *, create_graph: bool) -> list[Tensor]:
        """Return the gradients by name; zeros where the output does not depend on a name."""
        found = [wrap(np.zeros(np.shape(self.names[name]), output.dtype)) for name in names]
        live = [i for i, name in enumerate(names) if self.interpreter.tracked(self.names[name])]
        if output.requires_grad and live:
            start = wrap(np.ones(output.shape, output.dtype) if vector is None else np.asarray(vector, output.dtype))
            inputs = [self.names[names[i]] for i in live]
            slopes = gradients_of(
                output, inputs, start, retain_graph=True, create_graph=create_graph, materialize_grads=True
            )
            for i, slope in zip(live, slopes, strict=True):
                assert slope is not None
                found[i] = slope
        return found

    def _rows(self, output: Tensor, names: Sequence[str]) -> list[np.ndarray]:
        """Return the Jacobians of an output, one backward pass for each of its elements."""
        passes = []
        for index in np.ndindex(output.shape):
            unit = np.zeros(output.shape, output.dtype)
            unit[index] = 1.0
            passes.append([g._data for g in self._gradients(output, names, unit, create_graph=False)])
        shapes = [np.shape(self.names[name]) for name in names]
        return [
            np.array([row[i] for row in passes], output.dtype).reshape(output.shape + shape)
            for i, shape in enumerate(shapes)
        ]


def require(program: lang.Program, values: Values, wrt: Sequence[str]) -> None:
    """Raise UnknownNameError for a variable without a value, and for a `wrt` that is no name here."""
    for name in program.free_names(values):
        if name not in values:
            raise UnknownNameError(
                f"`{name}` has no value", span=program.place(name), text=program.text, hint=f"give it one: {name}=..."
            )
    check_names(program, wrt, values)


def check_names(program: lang.Program, wrt: Sequence[str], values: Iterable[str] = ()) -> None:
    """Raise UnknownNameError for a name to differentiate by that the program does not have."""
    known = {*program.free_names(values), *program.bindings}
    for name in wrt:
        if name not in known:
            near = lang.suggest(name, known)
            raise UnknownNameError(
                f"the expression has no variable `{name}`",
                hint=f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(known)) or 'none'}",
            )


def _leaf(value: Any, dtype: np.dtype, wanted: bool) -> Tensor:
    """Make a variable's value a leaf; numbers become floats, truth values stay what they are."""
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a value must be numbers, not {array.dtype}")
    data = array.copy() if array.dtype.kind == "b" else np.array(array, dtype)
    made = wrap(data if data.ndim else data[()])
    return made.requires_grad_() if wanted and data.dtype.kind == "f" else made


def _tensor(value: Any, dtype: np.dtype) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return wrap(np.asarray(value, None if isinstance(value, bool) else dtype)[()])


def _number(array: np.ndarray) -> Any:
    return array if array.ndim else array.item()


def _plain(tensor: Tensor) -> Any:
    return _number(np.array(tensor._data))
