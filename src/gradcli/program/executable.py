"""An executable: a block made ready to run, on scalars or on arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from . import scalars
from .driver import driver, outputs_with_memory
from .joining import REDUCTIONS
from .kernels import Generated, kernel
from .lengths import known
from .lowering import lower, refs
from .passes import optimise
from .running import Kernel, block_length, sweep, sweep_rows
from .segments import Segment, Step, form
from .spelling import Namespace, has_length
from .ssa import Block, Ref
from .threads import cores


class Executable:
    """A block that can be run.

    `threads` is how many may work at once (None: one for each core), `fastmath` allows rounding
    differently. The work of making it is done when it is first run.
    """

    def __init__(self, block: Block, threads: int | None = None, fastmath: bool = False) -> None:
        self._types = [block.type_of(output.operand) for output in block.outputs]
        self.block, self.changes = optimise(block, fastmath)
        self.threads = threads or cores()

    def run(self, inputs: Sequence[Any], out: Sequence[np.ndarray | None] | None = None) -> list[Any]:
        """Return the outputs for the given inputs, written into `out` where that holds arrays."""
        program, slots = self._program
        if out is None:
            return list(program(*inputs))
        memory = [None if into is None or _overlaps(into, inputs) else into for into in out]
        results = list(program(*inputs, *(memory[slot] for slot in slots)))
        for index, into in enumerate(out):
            if into is not None and results[index] is not into:
                into[...] = results[index]
                results[index] = into
        return results

    @cached_property
    def _lowered(self) -> tuple[Block, tuple[Step, ...]]:
        lowered = lower(self.block)
        return lowered, form(lowered)

    @cached_property
    def _generated(self) -> tuple[Namespace, list[Generated], str]:
        block, steps = self._lowered
        namespace = Namespace()
        segments = [step for step in steps if isinstance(step, Segment)]
        kernels = [kernel(f"block{index}", segment, namespace) for index, segment in enumerate(segments)]
        return namespace, kernels, driver(block, steps, kernels, self._types, namespace)

    @cached_property
    def _program(self) -> tuple[Any, list[int]]:
        """The compiled program, and which outputs it takes memory for."""
        block, steps = self._lowered
        namespace, made, source = self._generated
        for each in made:
            function = namespace.compile(each.source, each.name)
            namespace[f"sweep_{each.name}"] = partial(
                sweep if each.segment.is_flat else sweep_rows, _kernel(block, each, function), self.threads
            )
        return namespace.compile(source, "program"), outputs_with_memory(block, steps)

    @cached_property
    def scalar(self) -> Callable[..., tuple[Any, ...]] | None:
        """A plain function of floats that returns a tuple of floats, or None if arrays are involved."""
        return self.scalar_in(None)

    def scalar_in(self, form: Any) -> Callable[..., Any] | None:
        """Return a function like `scalar`, whose result has a form: tuples and dictionaries of output numbers."""
        return scalars.Scalar(self.block, form).compiled() if scalars.is_scalar(self.block) else None

    def source(self) -> str:
        """Return the Python source that the program runs."""
        if scalars.is_scalar(self.block):
            made = scalars.Scalar(self.block)
            return "\n\n".join(filter(None, (made.fast, made.exact)))
        _, kernels, program = self._generated
        return "\n\n".join([*(made.source for made in kernels), program])

    def stats(self) -> dict[str, Any]:
        """Return what the program is made of, and how it came to be.

        `read` and `written` are bytes for each element, of the arrays that the segments pass over.
        """
        block, _ = self._lowered
        segments = [made.segment for made in self._generated[1]]
        return {
            "passes": [change._asdict() for change in self.changes],
            "instructions": len(self.block.instructions),
            "segments": len(segments),
            "buffers": sum(len(made.buffers.scratch) for made in self._generated[1]),
            "read": sum(_bytes(block, segment, {each.number for each in segment.inputs}) for segment in segments),
            "written": sum(_bytes(block, segment, segment.stores) for segment in segments),
        }


def _bytes(block: Block, segment: Segment, numbers: Iterable[int]) -> int:
    """Return the bytes of some values for each element of a segment's shape, or for each of its rows."""
    kinds = [block.type_of(Ref(number)) for number in numbers]
    if segment.is_flat:
        return sum(kind.dtype.itemsize for kind in kinds if kind.shape == segment.shape)
    rows = [kind for kind in kinds if kind.shape[:1] == segment.shape and not has_length(kind.shape[1:])]
    return sum(kind.dtype.itemsize * math.prod(known(length, 1) for length in kind.shape[1:]) for kind in rows)


def _kernel(block: Block, made: Generated, function: Any) -> Kernel:
    """Return a segment's function with what the runner has to know of it."""
    segment = made.segment
    reads = Counter(ref.number for _, ins in segment.body for ref in refs(ins.args))
    summed = {ref.number for _, ins in segment.totals if ins.name in REDUCTIONS for ref in refs(ins.args)}
    gathered = {
        index
        for index, (number, by_block) in enumerate(segment.inputs)
        if by_block and block.type_of(Ref(number)).shape and (reads[number] > 1 or number in summed)
    }
    scratch = tuple(kind.dtype for kind in made.buffers.scratch.values())
    numbers = (*(each.number for each in segment.inputs), *segment.stores)
    length = block_length(scratch, [block.type_of(Ref(number)).dtype for number in numbers])
    by_block = tuple(each.by_block for each in segment.inputs)
    return Kernel(function, scratch, made.reducers, frozenset(gathered), by_block, length)


def _overlaps(into: np.ndarray, inputs: Sequence[Any]) -> bool:
    return any(np.may_share_memory(into, given) for given in inputs if isinstance(given, np.ndarray))
