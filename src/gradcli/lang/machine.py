"""The machine that evaluates a program: a stack of values and a stack of frames, so that nothing recurses.

A piece of code is a list of instructions, each a function (see `instructions`) and what it works on.
A frame is a piece of code being run, with the parameters of the function it belongs to and the region
of elements that count (see `regions`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import Span
from ..ops import REGISTRY, Op
from . import mishaps
from .interpreter import Interpreter
from .limits import Account
from .regions import AnyRegion, Shape

Instruction = tuple[Callable[["Machine", Any], None], Any]
Code = list[Instruction]


class Application(NamedTuple):
    """An operation and what it is given: so many arguments off the stack, the last of them under `names`.

    `tensors` lists which of them are tensors, each with whether it was computed elementwise in the
    same branch, and so is safe there already. `places` are those of the arguments, where some are
    attributes.
    """

    op: Op
    taken: int
    names: tuple[str, ...]
    tensors: tuple[tuple[int, bool], ...]
    span: Span
    places: tuple[Span, ...] = ()

    def sort(self, given: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments in order, with a list where the operation collects them spread, and those by name."""
        count = len(given) - len(self.names)
        args, named = given[:count], dict(zip(self.names, given[count:], strict=True))
        if self.op.collects and args and type(args[-1]) is list:
            args[-1:] = args[-1]
        return tuple(args), named

    def blame(self, given: list[Any], error: Exception) -> Span:
        """Return the place to point at: an attribute that should be a whole number, or the call."""
        if isinstance(error, TypeError):
            for place, value in zip(self.places, given, strict=False):
                if type(value) is float or (type(value) is list and float in map(type, value)):
                    return place
        return self.span


class Bundle(NamedTuple):
    """The several results of an operation, of which an index picks one."""

    op: Op
    results: tuple[Any, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the results are called."""
        made = self.op if self.op.outputs else REGISTRY[self.op.along or ""]
        return made.outputs


class Frame:
    """A piece of code being run."""

    __slots__ = ("locals", "region", "rest")

    def __init__(self, code: Code, locals: Mapping[str, Any], region: AnyRegion | None) -> None:
        self.rest: Iterator[Any] = iter(code)
        self.locals = locals
        self.region = region


class Machine:
    """The state of one evaluation; names that are `distinct` are told apart from what they are bound to."""

    def __init__(
        self, interpreter: Interpreter, names: dict[str, Any], distinct: Collection[str], account: Account
    ) -> None:
        self.interpreter = interpreter
        self.names = names
        self.distinct = distinct
        self.account = account
        self.stack: list[Any] = []
        self.frames: list[Frame] = []
        self.suspended: list[AnyRegion | None] = []

    def run(self, code: Code) -> Any:
        """Run a piece of code to its end and return the value it leaves."""
        frames = self.frames
        frames.append(Frame(code, {}, None))
        while frames:
            self.frame = frame = frames[-1]
            for instruction, subject in frame.rest:
                instruction(self, subject)
                if frames[-1] is not frame:
                    break
            else:
                frames.pop()
        return self.stack.pop()

    def enter(self, code: Code, region: AnyRegion | None, locals: Mapping[str, Any] | None = None) -> None:
        """Run a piece of code before going on, with the parameters of this frame unless others are given."""
        self.frames.append(Frame(code, self.frame.locals if locals is None else locals, region))

    def take(self, count: int) -> list[Any]:
        """Take the topmost values off the stack."""
        rest = len(self.stack) - count
        taken = self.stack[rest:]
        del self.stack[rest:]
        return taken

    def operate(self, call: Application, given: list[Any]) -> Any:
        """Apply an operation, its operands made safe, within the bounds."""
        op, account = call.op, self.account
        account.spend(max(1, len(given) // 4), call.span)
        account.watching |= op.size is not None or op.sequence is not None
        region = self.frame.region if op.pointwise else None
        if region or account.watching:
            self._prepare(call, given, region)
        args, kwargs = call.sort(given)
        try:
            result = self.interpreter.apply(op, args, kwargs, call.span)
        except mishaps.FAULTS as error:
            raise mishaps.explain(op, self._shapes(call, given), error, call.blame(given, error)) from error
        if isinstance(result, tuple):
            return Bundle(op, result)
        account.enter(self.interpreter, result)
        return result

    def _prepare(self, call: Application, given: list[Any], region: AnyRegion | None) -> None:
        """Foresee the size of the result, and guard the operands inside a branch."""
        try:
            if call.op.size:
                self.account.foresee(self._size(call, given), call.span)
            if not call.op.pointwise:
                return
            shapes = self._shapes(call, given)
            shape = np.broadcast_shapes(*shapes)
        except mishaps.FAULTS:
            return  # the operation itself will complain
        self.account.foresee(math.prod(shape), call.span)
        if region:
            for (i, safe), own in zip(call.tensors, shapes, strict=True):
                if not (safe and own == shape and region.meets):
                    given[i] = region.guard(self.interpreter, given[i], shape)

    def _size(self, call: Application, given: list[Any]) -> int:
        array = self.interpreter.array
        known = list(given)
        for i, _ in call.tensors:
            known[i] = [array(v) for v in given[i]] if call.op.sequence else array(given[i])
        args, kwargs = call.sort(known)
        return call.op.size(*args, **kwargs)

    def _shapes(self, call: Application, given: list[Any]) -> list[Shape]:
        """Return the shapes of the tensors among the arguments."""
        values = [given[i] for i, _ in call.tensors]
        if call.op.sequence:
            values = values[0]
        return [self.interpreter.shape(value) for value in values]
