"""Programs in Python: a function of numbers or arrays that needs NumPy alone, and SciPy for its special functions."""

from __future__ import annotations

import builtins
import keyword
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..lengths import Length
from ..primitives import ATOM, PRODUCT, SUM, Spelling
from ..ssa import Instruction, Ref
from .helpers import PYTHON, needed, words
from .names import Names
from .results import Formula, by_order, listed
from .special import spelled_in
from .writing import Language, Term, Writer, remarks

Form = Callable[[Writer, Instruction, list[Term]], Term]


def _reduction(function: str) -> Form:
    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        facts = instruction.facts
        options = [f"axis={facts['dim']!r}"] if facts["dim"] is not None else []
        options += [f"initial={LANGUAGE.literal(facts['initial'])}"] if "initial" in facts else []
        return Term(f"np.{function}({', '.join([*operands, *options])})")

    return write


def _with(template: str, fact: str) -> Form:
    """Write an instruction of one operand with one of its facts."""

    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        return Term(template.format(operands[0], _shown(instruction.facts[fact], writer)))

    return write


def _index(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    return Term(f"{operands[0]:{ATOM}}[{_key(instruction, writer)}]")


def _scatter(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    shape = _shown(instruction.facts["shape"], writer)
    return Term(f"scatter({operands[0]}, {shape}, np.s_[{_key(instruction, writer)}])")


def _concatenate(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    return Term(f"np.concatenate([{', '.join(operands)}], axis={instruction.facts['axis']})")


def _constant(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    assert instruction.function is not None
    with np.printoptions(threshold=sys.maxsize, linewidth=100, floatmode="unique"):
        text = np.array2string(instruction.function(), separator=", ")
    named = {"inf": "np.inf", "nan": "np.nan"}
    for short, long in named.items():
        text = text.replace(short, long)
    return Term(f"np.array({text})")


def _length(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    return Term(_shown(instruction.facts["of"], writer), SUM)


def _ufunc(instruction: Instruction) -> Spelling | None:
    """Spell a function of NumPy's, or of SciPy's, that is no primitive."""
    function: Any = instruction.function
    if not isinstance(function, np.ufunc):
        return spelled_in("python")(instruction)
    name = function.__name__
    arguments = ", ".join(f"{{{i}}}" for i in range(function.nin))
    if getattr(np, name, None) is function:
        return Spelling(f"np.{name}({arguments})")
    from scipy import special

    known = getattr(special, name, None) is function
    return Spelling(f"special.{name}({arguments})") if known else spelled_in("python")(instruction)


LANGUAGE = Language(
    name="Python",
    column="python",
    number=repr,
    infinity="np.inf",
    nan="np.nan",
    booleans=("False", "True"),
    results=True,
    as_number=Spelling("{0}", 0),
    as_boolean=Spelling("{0}", 0),
    reserved=frozenset(keyword.kwlist) | frozenset(dir(builtins)) | words("np special match case", *PYTHON),
    forms={
        "sum": _reduction("sum"), "prod": _reduction("prod"), "amax": _reduction("max"), "amin": _reduction("min"),
        "all": _reduction("all"), "any": _reduction("any"), "broadcast": _with("np.broadcast_to({}, {})", "shape"),
        "reshape": _with("np.reshape({}, {})", "shape"), "transpose": _with("np.transpose({}, {})", "order"),
        "index": _index, "scatter": _scatter, "concatenate": _concatenate, "constant": _constant, "length": _length,
        "matmul": lambda writer, instruction, operands: Term("{:5} @ {:6}".format(*operands), PRODUCT),
    },
    function=_ufunc,
)  # fmt: skip


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a Python module."""
    names = Names(LANGUAGE.reserved)
    function = names.of(formula.name)
    written = Writer(formula.block, LANGUAGE, names, formula.results())
    body = [f"{a.name} = {a.term}" for a in written.assignments]
    body += _results(formula, written)
    code = "\n".join(body)

    yield from (f"# {line}" for line in remarks(formula.text))
    yield "import numpy as np"
    if "special." in code:
        yield "from scipy import special"
    yield from ("", "")
    for helper in needed(PYTHON, code):
        yield from (helper, "", "")
    yield from listed(f"def {function}(", written.inputs, "):")
    yield from _docstring(formula, written)
    yield from (f"    {x} = np.asarray({x}, float)[()]" for x in written.inputs)
    yield from _sizes(written)
    yield '    with np.errstate(all="ignore"):'
    yield from (f"        {line}" for line in code.splitlines())
    yield "    return " + ", ".join([written.results[0], *by_order(formula, written.results)])


def _results(formula: Formula, written: Writer) -> Iterator[str]:
    """Yield the results that remain to be assigned; a number that is a partial is made of its variable's shape."""
    variables = dict(zip((name for name, _ in formula.block.inputs), written.inputs, strict=True))
    numbers = (
        {}
        if not formula.elementwise
        else {
            result: variables.get("".join(names[-1:]))
            for result, names, output in zip(written.results, formula.partials(), formula.block.outputs, strict=True)
            if not isinstance(output.operand, Ref)
        }
    )
    for result, term in written.unassigned():
        variable = numbers.get(result)
        yield f"{result} = np.full_like({variable}, {term})[()]" if variable else f"{result} = {term}"


def _docstring(formula: Formula, written: Writer) -> Iterator[str]:
    orders = len(formula.partials()[-1])
    *first, last = ["the value", "its partial derivatives", "the second ones"][: 1 + orders]
    listing = f"{', '.join(first)} and {last}, by name" if first else last
    shapes = [
        (x, _shown(shape, written)) for x, (_, (_, shape)) in zip(written.inputs, formula.block.inputs, strict=True)
    ]
    if all(shape == "()" for _, shape in shapes):
        yield f'    """Return {listing}: of numbers{", or of arrays of one shape" * formula.elementwise}."""'
    else:
        yield f'    """Return {listing}.'
        yield ""
        yield from (
            f"    {x} is {'a number' if shape == '()' else f'an array of shape {shape}'}." for x, shape in shapes
        )
        yield '    """'


def _sizes(written: Writer) -> Iterator[str]:
    """Yield the line that finds n, from an input whose shape has it."""
    for x, (_, (_, shape)) in zip(written.inputs, written.block.inputs, strict=True):
        for axis, length in enumerate(shape):
            if isinstance(length, Length):
                found = f"{x}.shape[{axis}]"
                found = f"({found} - {length.offset}) // {length.scale}" if length != Length(1, 0) else found
                yield f"    {written.length} = {found}"
                return


def _shown(fact: Any, writer: Writer) -> str:
    """Write a length, a shape, or a part of an index."""
    if isinstance(fact, Length):
        scaled = writer.length if fact.scale == 1 else f"{fact.scale} * {writer.length}"
        return scaled + (f" {'-' if fact.offset < 0 else '+'} {abs(fact.offset)}" if fact.offset else "")
    if isinstance(fact, tuple):
        return "(" + ", ".join(_shown(part, writer) for part in fact) + ("," if len(fact) == 1 else "") + ")"
    if isinstance(fact, slice):
        start, stop, step = (
            "" if part is None else _shown(part, writer) for part in (fact.start, fact.stop, fact.step)
        )
        return f"{start}:{stop}" + (f":{step}" if step else "")
    return repr(fact)


def _key(instruction: Instruction, writer: Writer) -> str:
    key = instruction.facts["key"]
    return ", ".join(_shown(part, writer) for part in key) or "..."
