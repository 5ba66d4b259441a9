"""SSA: a program as a flat list of instructions, each of which makes one value, once.

Values are numbered: first the inputs, then one for each instruction, in order. The text of a program is

    inputs %0 x : f64[n]
    %1 = exp %0 : f64[n]
    %2 = mul 2.0 %0 : f64[n]
    %3 = mul %1 %2 : f64[n]
    %4 = sum %3 {dim=None, keepdim=False} : f64[]
    outputs value %4, x %3

and reads back as what it was printed from, which is how the passes are tested.

>>> block = parse("inputs %0 x : f64[n]\\n%1 = mul 2.0 %0 : f64[n]\\noutputs value %1")
>>> block.instructions[0].args
(2.0, %0)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..errors import Span
from .lengths import Length, affine

Shape = tuple[int | Length, ...]

_DTYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "i64": np.int64, "i32": np.int32, "bool": np.bool_}
DTYPES: dict[str, np.dtype] = {short: np.dtype(kind) for short, kind in _DTYPES.items()}
_SHORT = {kind: short for short, kind in DTYPES.items()}


class Ref(NamedTuple):
    """The use of a value: its number."""

    number: int

    def __repr__(self) -> str:
        return f"%{self.number}"


Operand = Ref | float | int | bool


class Type(NamedTuple):
    """What a value is: a dtype, and the length of each axis."""

    dtype: np.dtype
    shape: Shape

    def __str__(self) -> str:
        return f"{_SHORT.get(self.dtype, self.dtype)}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One value being made: by a primitive, from values and numbers.

    `facts` are attributes, such as the axes of a sum. `function` stands in for a primitive that is not
    in the table: an opaque operation, which is called with whole arrays. `span` is the place in the
    text that asked for it.
    """

    name: str
    args: tuple[Operand, ...]
    type: Type
    facts: dict[str, Any] = field(default_factory=dict)
    function: Callable[..., Any] | None = None
    span: Span | None = None

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        shown = [self.name, *map(repr, self.args), *(["{" + facts + "}"] if facts else [])]
        return f"{' '.join(shown)} : {self.type}"


class Input(NamedTuple):
    """A value that is given."""

    name: str
    type: Type


class Output(NamedTuple):
    """A value that is asked for, under a name: `value`, `x` for a partial, `x y` for a second one."""

    name: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Block:
    """A program: what is given, what is done with it, in order, and what is asked for."""

    inputs: tuple[Input, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[Output, ...]

    def type_of(self, operand: Operand) -> Type:
        """Return the type of a value; that of a number is float64, or bool."""
        if not isinstance(operand, Ref):
            return Type(np.dtype(bool if isinstance(operand, bool) else np.float64), ())
        number = operand.number - len(self.inputs)
        return self.instructions[number].type if number >= 0 else self.inputs[operand.number].type

    def numbered(self) -> Iterator[tuple[int, Instruction]]:
        """Yield the instructions with the numbers of their values."""
        return enumerate(self.instructions, len(self.inputs))

    def __str__(self) -> str:
        lines = ["inputs " + ", ".join(f"%{i} {name} : {kind}" for i, (name, kind) in enumerate(self.inputs))]
        lines += [f"%{number} = {instruction}" for number, instruction in self.numbered()]
        lines.append("outputs " + ", ".join(f"{name} {operand!r}" for name, operand in self.outputs))
        return "\n".join(line.rstrip() for line in lines)


class Builder:
    """A block being written: `add` appends an instruction and returns the use of its value."""

    def __init__(self, inputs: Iterable[Input]) -> None:
        self.inputs = tuple(inputs)
        self.instructions: list[Instruction] = []

    def add(self, instruction: Instruction) -> Ref:
        """Append an instruction, and return what refers to its value."""
        self.instructions.append(instruction)
        return Ref(len(self.inputs) + len(self.instructions) - 1)

    def block(self, outputs: Iterable[Output]) -> Block:
        """Return what has been written."""
        return Block(self.inputs, tuple(self.instructions), tuple(outputs))


# Reading

_INPUT = re.compile(r"%\d+ (\S+) : (\S+?)(?:, |$)")
_LINE = re.compile(r"%\d+ = (?P<name>\S+) ?(?P<args>[^{:]*)(?:\{(?P<facts>.*)\} )?: (?P<type>\S+)$")
_OUTPUT = re.compile(r"(.+?) (\S+?)(?:, |$)")
_SCALED = re.compile(r"\b(\d+)n\b")
_AXIS = re.compile(r"(-?\d*)n([+-]\d+)?$")


def parse(text: str) -> Block:
    """Read a program in the form in which it is printed, less its remarks; raise ValueError for a line that is none."""
    inputs: list[Input] = []
    instructions: list[Instruction] = []
    outputs: list[Output] = []
    for line in filter(None, (line.partition("  # ")[0].strip() for line in text.splitlines())):
        if line.startswith("inputs"):
            inputs = [Input(name, _type(kind)) for name, kind in _INPUT.findall(line.removeprefix("inputs "))]
        elif line.startswith("outputs"):
            found = _OUTPUT.findall(line.removeprefix("outputs "))
            outputs = [Output(name, _operand(operand)) for name, operand in found]
        elif match := _LINE.match(line):
            args = tuple(map(_operand, match["args"].split()))
            facts = _facts(match["facts"]) if match["facts"] else {}
            instructions.append(Instruction(match["name"], args, _type(match["type"]), facts))
        else:
            raise ValueError(f"not an instruction: {line}")
    return Block(tuple(inputs), tuple(instructions), tuple(outputs))


def _type(text: str) -> Type:
    dtype, _, axes = text.rstrip("]").partition("[")
    return Type(DTYPES[dtype], tuple(map(_axis, axes.split(","))) if axes else ())


def _axis(text: str) -> int | Length:
    if match := _AXIS.match(text):
        scale = {"": 1, "-": -1}.get(match[1]) or int(match[1])
        return affine(scale, int(match[2] or 0))
    return int(text)


def _operand(text: str) -> Operand:
    if text.startswith("%"):
        return Ref(int(text[1:]))
    return float(text) if text in ("inf", "-inf", "nan") else ast.literal_eval(text)


def _facts(text: str) -> dict[str, Any]:
    text = _SCALED.sub(r"\1*n", text)
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return {keyword.arg or "": _fact(keyword.value) for keyword in call.keywords}


def _fact(node: ast.expr) -> Any:
    if isinstance(node, ast.Tuple):
        return tuple(map(_fact, node.elts))
    if isinstance(node, ast.Call):
        return slice(*map(_fact, node.args))
    text = ast.unparse(node).replace(" ", "").replace("*n", "n")
    return _axis(text) if _AXIS.match(text) else ast.literal_eval(node)
