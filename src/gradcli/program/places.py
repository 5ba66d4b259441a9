"""Places: values that are made only to be put together with others are stored where they will stand.

`scatter` puts a value into zeros, and `concatenate` puts several one behind the other. What a segment
stores for one of them alone, it stores in the result at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .lowering import refs
from .memory import empty
from .segments import Segment, Step, Whole, numbers_used
from .spelling import Namespace, key, shape
from .ssa import Block, Instruction, Operand, Ref


@dataclass
class Whereabouts:
    """Where values are stored: `views` of the arrays that `rooms` make; `done` are the steps this takes care of.

    `rest` are the values that have to be copied to a view of an array yet, when its step comes.
    """

    views: dict[int, tuple[int, str]] = field(default_factory=dict)
    rooms: dict[int, str] = field(default_factory=dict)
    rest: dict[int, list[tuple[str, Operand]]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)


def places(block: Block, steps: Sequence[Step], namespace: Namespace) -> Whereabouts:
    """Find the values that can be stored where they will stand."""
    found = Whereabouts()
    finder = _Finder(block, steps, namespace)
    for step in steps:
        if isinstance(step, Whole) and step.instruction.function is None:
            if step.instruction.name == "scatter":
                finder.scatter(step, found)
            elif step.instruction.name == "concatenate" and step.instruction.facts["axis"] == 0:
                finder.concatenate(step, found)
    return found


class _Finder:
    def __init__(self, block: Block, steps: Sequence[Step], namespace: Namespace) -> None:
        self.block = block
        self.namespace = namespace
        self.stored = {number for step in steps if isinstance(step, Segment) for number in step.stores}
        self.wholes = {step.number: step.instruction for step in steps if isinstance(step, Whole)}
        self.uses: Counter[int] = Counter(ref.number for ref in refs(value for _, value in block.outputs))
        for step in steps:
            self.uses.update(numbers_used(step))

    def scatter(self, step: Whole, found: Whereabouts) -> None:
        made = step.instruction
        dense = all(part == slice(None) for part in made.facts["key"][1:])
        if dense and (source := self._only_for(made.args[0])) is not None:
            found.views[source] = step.number, f"[{key(made.facts['key'], self.namespace)}]"
            self.namespace.numpy("zeros")
            found.rooms[step.number] = self._room("zeros", made)
            found.done.add(step.number)

    def concatenate(self, step: Whole, found: Whereabouts) -> None:
        start: Any = 0
        views: dict[int, tuple[int, str]] = {}
        rest: list[tuple[str, Operand]] = []
        reshaped: set[int] = set()
        for arg in step.instruction.args:
            stop = start + self.block.type_of(arg).shape[0]
            part = f"[{key(slice(start, stop), self.namespace)}]"
            start = stop
            source = self._only_for(arg)
            if source is not None:
                views[source] = step.number, part
            elif (inner := self._reshaped(arg)) is not None:
                views[inner] = step.number, f"{part}.reshape({shape(self.block.type_of(Ref(inner)).shape)})"
                reshaped |= {ref.number for ref in refs([arg])}
            else:
                rest.append((part, arg))
        if views and all(self.block.type_of(arg).dtype == step.instruction.type.dtype for arg in step.instruction.args):
            found.views |= views
            self.namespace["empty"] = empty
            found.rooms[step.number] = self._room("empty", step.instruction)
            found.rest[step.number] = rest
            found.done |= reshaped

    def _only_for(self, operand: Operand) -> int | None:
        """Return the number of a value that a segment stores for one use only."""
        number = operand.number if isinstance(operand, Ref) else -1
        return number if number in self.stored and self.uses[number] == 1 else None

    def _reshaped(self, operand: Operand) -> int | None:
        """Return the number of such a value of which an operand is another shape, for one use only, too."""
        number = operand.number if isinstance(operand, Ref) else -1
        made = self.wholes.get(number)
        if made is None or made.name != "reshape" or made.function is not None or self.uses[number] != 1:
            return None
        return self._only_for(made.args[0])

    def _room(self, maker: str, made: Instruction) -> str:
        return f"{maker}({shape(made.type.shape)}, {self.namespace.dtype(made.type.dtype)})"
