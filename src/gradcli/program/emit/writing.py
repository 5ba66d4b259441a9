"""The generator that all languages share: from the instructions of a block to assignments of expressions.

A value that is used once stands where it is used; one that is used more often, or whose text would grow too
long, gets a name. What is particular to a language is data: see `Language`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from string import Formatter
from typing import NamedTuple, Self

from ...errors import GradcliError
from ..primitives import ATOM, PRIMITIVES, SIGN, Spelling
from ..ssa import Block, Instruction, Operand, Ref, Shape
from .names import Names

# Which arguments of a primitive are truth values; those of all others are numbers.
_LOGICAL = {"and": (0, 1), "or": (0, 1), "xor": (0, 1), "not": (0,), "where": (0,)}


class Term(str):
    """A piece of text that is an operand: formatted with a level, it stands in brackets where it binds too loosely."""

    level: int

    def __new__(cls, text: str, level: int = ATOM) -> Self:
        made = super().__new__(cls, text)
        made.level = level
        return made

    def __format__(self, least: str) -> str:
        return self.bracketed() if least and self.level < int(least) else str(self)

    def bracketed(self) -> str:
        """Return the text in brackets."""
        return f"({self})"


class Language(NamedTuple):
    """What the generator needs to know of a language.

    `column` is that of the table of primitives. `number` spells a finite number, `infinity` and `nan` the
    others, and `booleans` false and true. `as_number` and `as_boolean` convert. `forms` write instructions that
    are no primitives, or a primitive in another way for some operands, and `function` spells a ufunc that is
    not in the table. `most` is the longest text that is put in place of a value, `often` the longest that is
    put there more than once; what `named` lists always gets a name, a `letter` with a number, or that of the
    result that it is, where `results` are variables. `element` writes the use of a name, of a value of that shape.
    """

    name: str
    column: str
    number: Callable[[float], str]
    infinity: str
    nan: str
    booleans: tuple[str, str]
    as_number: Spelling
    as_boolean: Spelling
    reserved: frozenset[str]
    forms: Mapping[str, Callable[[Writer, Instruction, list[Term]], Term | None]] = {}
    function: Callable[[Instruction], Spelling | None] = lambda instruction: None
    term: type[Term] = Term
    most: int = 60
    often: int = 0
    named: frozenset[str] = frozenset()
    letter: str = "t"
    results: bool = False
    element: Callable[[str, Shape], str] = lambda name, shape: name

    def literal(self, value: float) -> Term:
        """Write a number or a truth value."""
        if isinstance(value, bool):
            return self.term(self.booleans[value])
        if math.isnan(value):
            return self.term(self.nan)
        text = self.infinity if math.isinf(value) else self.number(abs(float(value)))
        return self.term(f"-{text}", SIGN) if math.copysign(1.0, value) < 0 else self.term(text)

    def fill(self, spelling: Spelling, *operands: Term) -> Term:
        """Write a call with its operands."""
        return self.term(spelling.template.format(*operands), spelling.level)


class Assignment(NamedTuple):
    """A name, the expression that it stands for, and the instruction that asked for it."""

    name: str
    term: Term
    instruction: Instruction


class Writer:
    """A block being written in a language.

    `inputs` are the names of its inputs, `assignments` come in order, and `outputs` holds a term for each of
    the `results`, which are the names of the outputs. Raises GradcliError for an instruction that the language
    has no form for.
    """

    def __init__(self, block: Block, language: Language, names: Names, results: Sequence[str] = ()) -> None:
        self.block = block
        self.language = language
        self.names = names
        self.inputs = [names.of(name) for name, _ in block.inputs]
        self.terms = {
            i: language.term(language.element(name, type.shape))
            for i, (name, (_, type)) in enumerate(zip(self.inputs, block.inputs, strict=True))
        }
        self.results = [names.of(result) for result in results]
        self.assignments: list[Assignment] = []
        self._result_of = self._values_of_results() if language.results else {}
        self._write(self._uses())
        self.outputs = [self.operand(output.operand) for output in block.outputs]

    def _values_of_results(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for output, result in zip(self.block.outputs, self.results, strict=True):
            if isinstance(output.operand, Ref) and output.operand.number >= len(self.inputs):
                found.setdefault(output.operand.number, result)
        return found

    def unassigned(self) -> Iterator[tuple[str, Term]]:
        """Yield the results that no assignment has made yet, with their terms."""
        return ((result, term) for result, term in zip(self.results, self.outputs, strict=True) if result != term)

    @cached_property
    def length(self) -> str:
        """The name of n, the length that is not known before the program runs."""
        return self.names.of("n")

    def operand(self, operand: Operand) -> Term:
        """Return the text of a value or a number."""
        return self.terms[operand.number] if isinstance(operand, Ref) else self.language.literal(operand)

    def _write(self, uses: Counter[int]) -> None:
        for number, instruction in self.block.numbered():
            if not uses[number]:
                continue
            term = self._call(instruction)
            most = self.language.most if uses[number] == 1 else self.language.often
            if (len(term) <= most and instruction.name not in self.language.named) or term in self.names:
                self.terms[number] = term
            else:
                self.terms[number] = self.name(term, instruction, self._result_of.get(number))

    def _call(self, instruction: Instruction) -> Term:
        operands = [
            self._as(logical, arg) for arg, logical in zip(instruction.args, _logical(instruction), strict=True)
        ]
        form = self.language.forms.get(instruction.name)
        if form and (term := form(self, instruction, operands)) is not None:
            return term
        spelling = self._spelling(instruction)
        for template in spelling.let:
            operands.append(self.name(self.language.fill(Spelling(template, 0), *operands), instruction))
        return self.language.fill(spelling, *operands)

    def name(self, term: Term, instruction: Instruction, name: str | None = None) -> Term:
        """Give a value of the instruction's shape a name, and return its use."""
        name = self.language.element(name or self.names.new(self.language.letter), instruction.type.shape)
        self.assignments.append(Assignment(name, term, instruction))
        return self.language.term(name)

    def _as(self, logical: bool, arg: Operand) -> Term:
        """Return an operand as a truth value or as a number."""
        found = self.block.type_of(arg).dtype.kind == "b"
        if found == logical:
            return self.operand(arg)
        return self.language.fill(self.language.as_boolean if logical else self.language.as_number, self.operand(arg))

    def _spelling(self, instruction: Instruction) -> Spelling:
        name = instruction.name
        if name == "cast":
            to_integer = instruction.type.dtype.kind in "iu"
            return getattr(PRIMITIVES["trunc"], self.language.column) if to_integer else Spelling("{0}", 0)
        known = instruction.function is None and name in PRIMITIVES
        spelling = getattr(PRIMITIVES[name], self.language.column) if known else self.language.function(instruction)
        if spelling is None:
            raise cannot(instruction, self.language)
        return spelling

    def _uses(self) -> Counter[int]:
        """Count how often each value is written: a template may write an operand more than once."""
        uses = Counter(output.operand.number for output in self.block.outputs if isinstance(output.operand, Ref))
        for number, instruction in reversed(list(self.block.numbered())):
            if uses[number]:
                known, form = instruction.name in PRIMITIVES, instruction.name in self.language.forms
                written = slots(self._spelling(instruction)) if known or not form else {}
                for place, arg in enumerate(instruction.args):
                    if isinstance(arg, Ref):
                        uses[arg.number] += written.get(place, 1)
        return uses


def cannot(instruction: Instruction, language: Language, hint: str | None = None) -> GradcliError:
    """Say that a language has no words for an operation, and where that stands in the text."""
    name = instruction.name.lstrip("_")
    return GradcliError(f"{language.name} has no `{name}`, which is needed here", span=instruction.span, hint=hint)


def _logical(instruction: Instruction) -> list[bool]:
    """Tell which arguments of an instruction are to be truth values."""
    places = _LOGICAL.get(instruction.name, ())
    if instruction.type.dtype.kind == "b" and instruction.name in ("where", "cast"):
        places = tuple(range(len(instruction.args)))
    return [place in places for place in range(len(instruction.args))]


@lru_cache(maxsize=1024)
def slots(spelling: Spelling) -> Counter[int]:
    """Count how often a spelling writes each of its arguments."""
    templates = " ".join((spelling.template, *spelling.let))
    return Counter(int(place) for _, place, _, _ in Formatter().parse(templates) if place)


def remarks(text: str, width: int = 96, most: int = 12) -> Iterator[str]:
    """Yield the lines of a user's text as they may stand in a comment of any language."""
    safe = ("".join(c if c.isprintable() and c not in "\\?" else " " for c in line) for line in text.splitlines())
    told = (line for line in safe if line.strip() and not line.lstrip().startswith("#"))
    lines = [line.replace("*/", "* /").replace("/*", "/ *").rstrip()[:width] for line in told]
    yield from lines[:most]
    if len(lines) > most:
        yield "..."
