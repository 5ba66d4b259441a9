"""Programs of vectors in C: loops over elements, and sums of them.

A value is written by its element at i. Loops of the same length that follow each other are one loop, as far as
each element needs only what the same round of the loop has made; what is needed later, or at another place, is
kept in `work`, memory that the caller brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ..lengths import Length
from ..primitives import CHOICE, PRODUCT
from ..ssa import Instruction, Operand, Shape
from .c import LANGUAGE as SCALARS
from .helpers import needed
from .helpers_c import C
from .marks import HERE, moved, replaced
from .names import Names
from .results import Formula, listed
from .writing import Language, Term, Writer, cannot, remarks

# How a reduction begins, and takes one element more.
_REDUCTIONS = {
    "sum": ("0.0", "{0} += {1};"), "prod": ("1.0", "{0} *= {1};"), "amax": ("-INFINITY", "{0} = maximum({0}, {1});"),
    "amin": ("INFINITY", "{0} = minimum({0}, {1});"), "matmul": ("0.0", "{0} += {1};"),
    "any": ("0.0", "{0} = {0} || ({1});"), "all": ("1.0", "{0} = {0} && ({1});"),
}  # fmt: skip

_HINT = "C takes numbers and vectors; try --format python"


def _axis(shape: Shape) -> Any:
    """Return the length of a vector, None of a number; the only element of an array is a number."""
    return None if all(length == 1 for length in shape) else shape[0]


def _axis_of(writer: Writer, arg: Operand, instruction: Instruction) -> Any:
    shape = writer.block.type_of(arg).shape
    if len(shape) > 1:
        raise cannot(instruction, LANGUAGE, _HINT)
    return _axis(shape)


def _reduced(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    """Return what is reduced: the loop that does it is written around it."""
    for arg in instruction.args:
        _axis_of(writer, arg, instruction)
    return operands[0] if len(operands) == 1 else Term("{:5} * {:6}".format(*operands), PRODUCT)


def _as_it_is(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    """Return an operand that is broadcast, or whose shape has an axis of length 1 more or less."""
    (arg,) = instruction.args
    axis, wanted = _axis_of(writer, arg, instruction), _axis(instruction.type.shape)
    if len(instruction.type.shape) > 1 or (axis != wanted and (axis is not None or instruction.name == "reshape")):
        raise cannot(instruction, LANGUAGE, _HINT)
    return operands[0]


def _part(instruction: Instruction) -> Any:
    """Return an index of a vector: a number, or a slice that begins at a known place."""
    (part,) = instruction.facts["key"] if len(instruction.facts["key"]) == 1 else (None,)
    whole = isinstance(part, slice) and part.step in (None, 1) and isinstance(part.start or 0, int)
    if not (whole or isinstance(part, int)):
        raise cannot(instruction, LANGUAGE, _HINT)
    return part


def _index(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    length, part = _axis_of(writer, instruction.args[0], instruction), _part(instruction)
    if length is None:
        return operands[0]
    if isinstance(part, slice):
        return Term(moved(operands[0], part.start or 0), operands[0].level)
    place = length + part if part < 0 else part
    return Term(replaced(operands[0], lambda by: _shown(place + by, writer)), operands[0].level)


def _scatter(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    (length,) = instruction.facts["shape"] if len(instruction.facts["shape"]) == 1 else (None,)
    part = _part(instruction)
    if length is None:
        raise cannot(instruction, LANGUAGE, _HINT)
    if isinstance(part, int):
        return Term(f"{HERE} == {_shown(length + part if part < 0 else part, writer)} ? {operands[0]} : 0.0", CHOICE)
    start, stop = part.start or 0, part.stop
    if isinstance(stop, int) and stop < 0:
        stop = length + stop
    inside = [f"{HERE} >= {start}"] * bool(start) + [f"{HERE} < {_shown(stop, writer)}"] * (stop not in (None, length))
    if not inside:
        return operands[0]
    return Term(f"{' && '.join(inside)} ? {moved(operands[0], -start)} : 0.0", CHOICE)


def _shown(length: int | Length, writer: Writer) -> str:
    if not isinstance(length, Length):
        return str(length)
    scaled = writer.length if length.scale == 1 else f"{length.scale} * {writer.length}"
    return scaled + (f" {'-' if length.offset < 0 else '+'} {abs(length.offset)}" if length.offset else "")


LANGUAGE: Language = SCALARS._replace(
    element=lambda name, shape: name if _axis(shape) is None else f"{name}[{HERE}]",
    often=10,
    named=frozenset(_REDUCTIONS),
    forms=dict.fromkeys(_REDUCTIONS, _reduced) | {
        "broadcast": _as_it_is, "reshape": _as_it_is, "index": _index, "scatter": _scatter,
        "length": lambda writer, instruction, operands: Term(f"(double) ({_shown(instruction.facts['of'], writer)})"),
    },
)  # fmt: skip


@dataclass
class Line:
    """Something to be computed: the elements of a vector of some length, what all of one reduce to, or a number."""

    name: str
    text: str
    length: Any = None
    reduction: str | None = None
    result: bool = False
    kept: bool = False  # in memory, for a later loop

    def uses(self, names: Mapping[str, Line]) -> Iterator[tuple[Line, bool]]:
        """Yield the lines that this one is made from, and whether from the same element."""
        for name, index in re.findall(r"\b(\w+)\b(?:\[([^]]*)\])?", self.text):
            if name in names:
                yield names[name], index == HERE and not names[name].reduction


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a C file; raise GradcliError for what is neither a number nor a vector."""
    names = Names(LANGUAGE.reserved)
    function = names.of(formula.name)
    written = Writer(formula.block, LANGUAGE, names, formula.results())
    i, work = names.of("i"), names.of("work")
    is_open = any(isinstance(length, Length) for _, (_, shape) in formula.block.inputs for length in shape)
    loops = _loops(_lines(formula, written))
    kept = [line for loop in loops for line in loop if line.kept]
    size: Any = sum((line.length for line in kept), 0)

    body: list[str] = []
    for line, start in zip(kept, accumulate((line.length for line in kept), initial=0), strict=False):
        body.append(f"    double *restrict {line.name} = {work} + {_shown(start, written)};".replace(" + 0;", ";"))
    for loop in loops:
        body += _written(loop, i, written)

    yield from (f"/* {line} */" for line in remarks(formula.text))
    yield from ("#include <math.h>", "#include <stddef.h>", "")
    for helper in needed(C, "\n".join(body)):
        yield from (helper, "")
    lengths = f"any length {written.length} >= 2" if is_open else "just these lengths"
    room = f"; work has room for {_shown(size, written)} numbers" if kept else ""
    yield f"/* The value and the partial derivatives, for vectors of {lengths}{room}. */"
    axes = [_axis(shape) for _, (_, shape) in formula.block.inputs]
    given = [
        f"double {x}" if axis is None else f"const double *restrict {x}"
        for x, axis in zip(written.inputs, axes, strict=True)
    ]
    results = [f"double *restrict {result}" for result in written.results]
    memory = [f"double *restrict {work}"] if kept else []
    count = [f"ptrdiff_t {written.length}"] if is_open else []
    yield from listed(f"void {function}(", [*count, *given, *memory, *results], ")")
    yield from ("{", *body, "}")


def _lines(formula: Formula, written: Writer) -> Iterator[Line]:
    for a in written.assignments:
        made = a.instruction
        name = a.name.partition("[")[0]
        if made.name in _REDUCTIONS:
            length = _axis_of(written, made.args[0], made)
            yield Line(name, a.term, length, made.name if length is not None else None)
        else:
            yield Line(name, a.term, _axis(made.type.shape))
    for result, output, term in zip(written.results, formula.block.outputs, written.outputs, strict=True):
        yield Line(result, term, _axis(formula.block.type_of(output.operand).shape), result=True)


def _loops(lines: Iterable[Line]) -> list[list[Line]]:
    """Gather lines in loops: each in the first that comes late enough, and is of its length."""
    names: dict[str, Line] = {}
    place: dict[str, int] = {}
    loops: list[list[Line]] = []
    for line in lines:
        first = 0
        for used, same in line.uses(names):
            together = same and used.length == line.length
            first = max(first, place[used.name] + (not together and (used.length, line.length) != (None, None)))
        found = next((k for k in range(first, len(loops)) if loops[k][0].length == line.length), len(loops))
        if found == len(loops):
            loops.append([])
        loops[found].append(line)
        for used, same in line.uses(names):
            used.kept |= used.length is not None and not used.reduction and (place[used.name] != found or not same)
        names[line.name], place[line.name] = line, found
    return loops


def _written(loop: list[Line], i: str, writer: Writer) -> Iterator[str]:
    """Yield the text of a loop, or of lines that are computed once."""
    local = {line.name for line in loop if not line.kept}

    def spelt(text: str) -> str:
        own = re.sub(rf"\b(\w+)\[{HERE}\]", lambda use: use[1] if use[1] in local else use[0], text)
        return replaced(own, lambda by: f"{i} {'-' if by < 0 else '+'} {abs(by)}" if by else i)

    length = loop[0].length
    if length is None:
        for line in loop:
            yield f"    {'*' if line.result else 'const double '}{line.name} = {spelt(line.text)};"
        return
    for line in loop:
        if line.reduction:
            yield f"    double {line.name} = {_REDUCTIONS[line.reduction][0]};"
    yield f"    for (ptrdiff_t {i} = 0; {i} < {_shown(length, writer)}; {i}++) {{"
    for line in loop:
        if line.reduction:
            yield "        " + _REDUCTIONS[line.reduction][1].format(line.name, spelt(line.text))
        elif line.kept or line.result:
            yield f"        {line.name}[{i}] = {spelt(line.text)};"
        else:
            yield f"        const double {line.name} = {spelt(line.text)};"
    yield "    }"
