"""A run that can be repeated in a page: the same steps and the same way back, as one program in JavaScript.

The evaluation that was recorded is traced again, on values that are not there yet, and every value and gradient
of the graph is an output of the program. Step for step it must be the same evaluation: where a branch was
chosen by a value, it is not, and then there is no program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..autograd.tensor import Tensor
from ..errors import GradcliError
from ..program.emit.javascript import outputs
from ..program.passes import optimise
from ..program.ssa import Input, Type
from ..program.trace import Function, TracingInterpreter, joint, of_program
from ..program.traced import Tracer
from .graph import DataNode
from .recording import Recorder, Run, Step

_NUMBER = Type(np.dtype(np.float64), ())


class Live(NamedTuple):
    """A function `run` of the variables, in order, and what each of the numbers that it returns is.

    The result comes first, then the partials by `variables`; `values` and `gradients` are by the id of a node,
    `links` the gradients on the ways of the graph, in the order of the nodes and of their inputs; None where
    there is none.
    """

    source: str
    variables: list[str]
    values: dict[int, int]
    gradients: dict[int, int]
    links: list[int | None]


class NotLive(Exception):
    """Why a run cannot be repeated elsewhere."""


class _Tracing(Recorder, TracingInterpreter):
    """Records the steps of an evaluation while it is traced."""


class _Repeated:
    """The evaluation of a run, traced, with the gradients that pass on the way back."""

    def __init__(self, run: Run, wrt: Sequence[str]) -> None:
        self.run = run
        self.wrt = wrt
        self.received: dict[int, Any] = {}
        self.sent: dict[int, Sequence[Any]] = {}

    def forward(self, values: dict[str, Any], tracer: Tracer) -> tuple[Any, Mapping[str, Any]]:
        """Evaluate, and see that it goes as before."""
        recorder = _Tracing(tracer, np.float64)
        evaluation = self.run.point.program.evaluate(values, recorder, distinct=self.wrt)
        self.steps = recorder.steps
        if [step.name for step in self.steps] != [step.name for step in self.run.steps]:
            raise NotLive("the steps depend on the values")
        for number, (step, _) in self.pairs():
            if step.node is not None:
                step.node.register_prehook(self._before(number))
                step.node.register_hook(self._after(number))
        return evaluation

    def pairs(self) -> Iterator[tuple[int, tuple[Step, Step]]]:
        """Yield the number of each step, as it was traced, and as it was recorded."""
        for traced, recorded in zip(self.steps, self.run.steps, strict=True):
            yield self.run.number_of_step(recorded), (traced, recorded)

    def also(self) -> Iterator[tuple[str, Any]]:
        """Yield the values of the steps, and the gradients that have arrived at them and left them."""
        for number, (step, _) in self.pairs():
            if isinstance(step.results[0], Tensor):
                yield f"value {number}", step.results[0]
        for number, gradient in self.received.items():
            yield f"gradient {number}", gradient
        for number, gradients in self.sent.items():
            for place, gradient in enumerate(gradients):
                if gradient is not None:
                    yield f"sent {number} {place}", gradient

    def _before(self, number: int) -> Any:
        def hook(grads: Sequence[Tensor | None]) -> None:
            self.received[number] = next((grad for grad in grads if grad is not None), None)

        return hook

    def _after(self, number: int) -> Any:
        def hook(grads: Sequence[Tensor | None], _: Any) -> None:
            self.sent[number] = grads

        return hook


def live(run: Run, nodes: Sequence[DataNode]) -> Live:
    """Return a run as a program with all that its nodes show; raise NotLive, saying why, where it cannot be one."""
    repeated = _Repeated(run, _differentiated(run))
    source, found = _program(run, repeated.forward, repeated.also)
    values = {n: found[f"value {n}"] for n, _ in repeated.pairs() if f"value {n}" in found}
    gradients = {n: found[f"gradient {n}"] for n in repeated.received if f"gradient {n}" in found}
    return Live(source, list(run.point.values), values, _leaves(run) | gradients, list(_links(run, nodes, found)))


def result_only(run: Run) -> Live:
    """Return a run as a program of its result and the partials; raise NotLive, saying why, where it cannot be one."""
    source, _ = _program(run, of_program(run.point.program), tuple)
    return Live(source, list(run.point.values), {}, _leaves(run), [])


def _program(run: Run, forward: Function, also: Any) -> tuple[str, dict[str, int]]:
    """Return the source of a traced evaluation, and the places of its outputs by name."""
    point, names = run.point, list(run.point.values)
    if any(np.shape(point.values[name]._data) or point.values[name]._data.dtype != np.float64 for name in names):
        raise NotLive("a variable is not a number")
    try:
        block = joint(forward, [Input(name, _NUMBER) for name in names], _differentiated(run), also=also)
        if any(block.type_of(output.operand).shape for output in block.outputs):
            raise NotLive("a step gives an array")
        source = "\n".join(outputs(optimise(block)[0], ""))
    except GradcliError as error:
        raise NotLive(error.message) from None
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise NotLive(str(error)) from None
    return source, {name: i for i, (name, _) in enumerate(block.outputs)}


def _differentiated(run: Run) -> list[str]:
    return [name for name, value in run.point.values.items() if value.requires_grad]


def _leaves(run: Run) -> dict[int, int]:
    return {run.number_of_variable(name): i for i, name in enumerate(_differentiated(run), 1)}


def _links(run: Run, nodes: Sequence[DataNode], found: Mapping[str, int]) -> Iterator[int | None]:
    """Yield, for each input of each node, where among the outputs the gradient is that flows back along it."""
    steps = {run.number_of_step(step): step for step in run.steps}
    for node in nodes:
        step = steps.get(node.id)
        places: dict[tuple[str, int | None], int] = {}
        if step and step.node is not None and step.op is not None:
            places = {argument: place for place, argument in enumerate(run.arguments(step.node))}
        operands = [(name, place) for name, place, given in step.operands if run.source(given)] if step else []
        for _, argument in zip(node.inputs, operands, strict=True):
            yield found.get(f"sent {node.id} {places.get(argument)}")
