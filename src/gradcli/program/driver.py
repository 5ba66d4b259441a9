"""The array dialect, between segments: the function that takes a program's steps in their order.

It finds n, makes room for what segments store, has them swept over it, and does what is done on whole
values itself. An array is let go after the last step that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .kernels import Generated
from .lengths import Length
from .lowering import refs
from .memory import empty
from .places import places
from .segments import Segment, Step, Whole, numbers_used
from .spelling import Namespace, length, operand, shape, tuple_of
from .ssa import Block, Instruction, Ref, Type
from .wholes import whole


def driver(
    block: Block, steps: Sequence[Step], kernels: Sequence[Generated], types: Sequence[Type], namespace: Namespace
) -> str:
    """Return the source of `program(inputs, memory for outputs)`, which returns outputs of some types."""
    return _Driver(block, steps, kernels, types, namespace).source()


def outputs_with_memory(block: Block, steps: Sequence[Step]) -> list[int]:
    """Return which outputs are stored by a segment, so that they can be written into memory that is given."""
    stored = {number for step in steps if isinstance(step, Segment) for number in step.stores}
    return [i for i, (_, value) in enumerate(block.outputs) if isinstance(value, Ref) and value.number in stored]


class _Driver:
    """A driver being written."""

    def __init__(
        self,
        block: Block,
        steps: Sequence[Step],
        kernels: Sequence[Generated],
        types: Sequence[Type],
        namespace: Namespace,
    ) -> None:
        self.block = block
        self.steps = steps
        self.kernels = kernels
        self.types = types
        self.namespace = namespace
        self.names = {number: f"v{number}" for number in range(len(block.inputs))}
        self.results = {ref.number for ref in refs(value for _, value in block.outputs)}
        self.given = [refs([block.outputs[i].operand])[0].number for i in outputs_with_memory(block, steps)]
        self.places = places(block, steps, namespace)

    def source(self) -> str:
        parameters = [*(f"v{number}" for number in range(len(self.block.inputs)))]
        parameters += [f"o{number}=None" for number in self.given]
        lines = [*self._prologue()]
        last = self._last_steps()
        kernels = iter(self.kernels)
        for time, step in enumerate(self.steps):
            if isinstance(step, Segment):
                lines += self._sweep(step, next(kernels))
            else:
                lines += self._whole(step)
            done = [number for number, at in last.items() if at == time and self._is_ours(number)]
            gone = sorted({self.names[number] for number in done if number in self.names})
            if gone:
                lines.append(f"del {', '.join(gone)}")
        lines.append(f"return {tuple_of(list(self._results()))}")
        return "\n    ".join([f"def program({', '.join(parameters)}):", *lines]) + "\n"

    def _prologue(self) -> Iterable[str]:
        """Yield the lines that find n, and make scalars of NumPy's of the inputs that are single numbers."""
        for number, (_, kind) in enumerate(self.block.inputs):
            symbolic = [(axis, each) for axis, each in enumerate(kind.shape) if isinstance(each, Length)]
            if symbolic:
                axis, each = symbolic[0]
                found = f"v{number}.shape[{axis}]"
                shifted = f"({found} - {each.offset})" if each.offset else found
                yield f"n = {shifted}" + (f" // {each.scale}" if each.scale != 1 else "")
                break
        for number, (_, kind) in enumerate(self.block.inputs):
            if not kind.shape:
                yield f"v{number} = {self.namespace.dtype(kind.dtype)}(v{number})"

    def _results(self) -> Iterable[str]:
        for (_, value), kind in zip(self.block.outputs, self.types, strict=True):
            text = operand(value, self.names)
            yield text if kind.shape else f"{self.namespace.dtype(kind.dtype)}({text})"

    def _sweep(self, segment: Segment, made: Generated) -> Iterable[str]:
        """Yield the lines that make room for what a segment stores, and run it."""
        for number, ins in segment.body:
            if number in segment.stores:
                self.names[number] = f"o{number}"
                yield from self._room(number, ins)
        inputs = tuple_of([self.names[each.number] for each in segment.inputs])
        stores = tuple_of([self.names[number] for number in segment.stores])
        over = shape(segment.shape)
        if not segment.is_flat:
            over = (
                f"{length(segment.shape[0])}, {tuple_of([shape(kind.row) for kind in made.buffers.scratch.values()])}"
            )
        call = f"sweep_{made.name}({over}, {inputs}, {stores})"
        reduced = [number for number, _ in segment.totals]
        self.names.update((number, f"v{number}") for number in reduced)
        yield f"{', '.join(self.names[number] for number in reduced)}, = {call}" if reduced else call

    def _room(self, number: int, ins: Instruction) -> Iterable[str]:
        """Yield the lines that make the array for a value that a segment stores."""
        if number in self.places.views:
            into, view = self.places.views[number]
            if into not in self.names:
                self.names[into] = f"v{into}"
                yield f"v{into} = {self.places.rooms[into]}"
            yield f"o{number} = v{into}{view}"
            return
        self.namespace["empty"] = empty
        allocation = f"o{number} = empty({shape(ins.type.shape)}, {self.namespace.dtype(ins.type.dtype)})"
        yield f"if o{number} is None: {allocation}" if number in self.given else allocation

    def _whole(self, step: Whole) -> Iterable[str]:
        """Yield the lines of an instruction on whole values, unless it has been taken care of."""
        for view, value in self.places.rest.get(step.number, ()):
            yield f"v{step.number}{view} = {operand(value, self.names)}"
        if step.number not in self.places.done and step.number not in self.places.rest:
            self.names[step.number] = f"v{step.number}"
            yield f"v{step.number} = {whole(step.instruction, self.names, self.namespace)}"

    def _last_steps(self) -> dict[int, int]:
        """Return the last step that uses each value."""
        last: dict[int, int] = {}
        for time, step in enumerate(self.steps):
            last.update((number, time) for number in numbers_used(step))
        return last

    def _is_ours(self, number: int) -> bool:
        """Tell whether a value is an array that the program made, and does not return."""
        made = number >= len(self.block.inputs) and number not in self.results
        return made and bool(self.block.type_of(Ref(number)).shape)
