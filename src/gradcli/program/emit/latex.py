r"""Formulas in LaTeX: the value and each partial derivative, with names for what they have in common.

A value that is short stands wherever it is used, as a mathematician would write it. A vector is written by
its element at i; i is kept as a mark in the text until it is known to be free or bound by a sum, so that
`x[1:]` can move it: a character of the private use area, which says how far it was moved.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Self

from ..lengths import Length
from ..primitives import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, Spelling
from ..ssa import Instruction, Operand, Ref, Shape
from .helpers import words
from .names import Names
from .results import Formula
from .writing import Language, Term, Writer, cannot, remarks

Form = Callable[[Writer, Instruction, list[Term]], Term | None]

_GREEK = words("""
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
""")

# Numbers that a reader knows by another name.
_KNOWN = {
    math.pi: r"\pi", math.pi / 2: r"\frac{\pi}{2}", 2 * math.pi: r"2 \pi", math.e: "e",
    math.log(2): r"\ln\left(2\right)",
    math.log(10): r"\ln\left(10\right)", math.sqrt(math.pi): r"\sqrt{\pi}", math.sqrt(2): r"\sqrt{2}",
    math.sqrt(2 * math.pi): r"\sqrt{2 \pi}", 2 / math.sqrt(math.pi): r"\frac{2}{\sqrt{\pi}}",
    1 / math.sqrt(2 * math.pi): r"\frac{1}{\sqrt{2 \pi}}", math.sqrt(0.5): r"\frac{1}{\sqrt{2}}",
    math.pi / 180: r"\frac{\pi}{180}", 180 / math.pi: r"\frac{180}{\pi}",
}  # fmt: skip

# The mark of the index of an element, moved by none.
_HERE = 0xE800
_MARK = re.compile("[\ue000-\uf000]")


class Symbols(Term):
    r"""A piece of a formula. Its brackets grow with what they hold, and a sign in front makes it a sum."""

    def __new__(cls, text: str, level: int = ATOM) -> Self:
        return super().__new__(cls, text, min(level, SUM) if text.startswith("-") else level)

    def bracketed(self) -> str:
        """Return the text in brackets."""
        return rf"\left({self}\right)"


# Arithmetic as it is written by hand


def _add(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    a, b = operands
    if b.startswith("-"):
        return Symbols(f"{a} - {b[1:]}", SUM)
    return Symbols(f"{a:{SUM}} + {b:{SUM}}", SUM)


def _mul(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    a, b = operands
    if a == b:
        return _power(a, "2")
    if not isinstance(instruction.args[1], Ref):
        a, b = b, a
    left = a if a.level == SUM and not a.strip("-.0123456789") else f"{a:{PRODUCT}}"  # a number, negative or not
    right = f"{b:{PRODUCT}}"
    dot = r" \cdot " if right[0].isdigit() else " "
    return Symbols(left + dot + right, PRODUCT)


def _square(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    return _power(operands[0], "2")


def _pow(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    base, exponent = operands
    given = instruction.args[1]
    if isinstance(given, Ref) or given not in (0.5, -0.5, -1.0):
        return _power(base, exponent)
    root = base if given == -1.0 else rf"\sqrt{{{base}}}"
    return Symbols(root) if given == 0.5 else Symbols(rf"\frac{{1}}{{{root}}}", SIGN)


_NAMED_FUNCTION = re.compile(r"(\\(?:sin|cos|tan|sinh|cosh|tanh|ln))(\\left\(.*)")


def _power(base: Term, exponent: str) -> Term:
    if base.level == ATOM and (function := _NAMED_FUNCTION.fullmatch(base)):
        return Symbols(f"{function[1]}^{{{exponent}}}{function[2]}")
    return Symbols(f"{base:{ATOM}}^{{{exponent}}}", POWER)


def _number(value: float) -> str:
    if value in _KNOWN:
        return _KNOWN[value]
    digits, _, exponent = repr(value).removesuffix(".0").partition("e")
    if not exponent:
        return digits
    power = f"10^{{{int(exponent)}}}"
    return power if digits == "1" else rf"{digits} \cdot {power}"


# Vectors, by their elements


def _fold(sign: str) -> Form:
    """Reduce a vector; the index is bound, to a letter that the operand does not use."""

    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        (length,) = _vector(writer, instruction.args[0], instruction)
        (operand,) = operands
        letter = next(letter for letter in "jklmpqrs" if not re.search(rf"\b{letter}\b", operand))
        body = _MARK.sub(lambda mark: letter + _moved(mark[0]), f"{operand:{PRODUCT}}")
        return Symbols(rf"{sign}_{{{letter}=1}}^{{{_length(length)}}} {body}", PRODUCT)

    return write


def _broadcast(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    if len(instruction.type.shape) != 1:
        raise cannot(instruction, LANGUAGE)
    return operands[0]


def _index(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    _vector(writer, instruction.args[0], instruction)
    (part,) = instruction.facts["key"]
    start = part.start if isinstance(part, slice) and part.step is None else None
    if not isinstance(start, int):
        raise cannot(instruction, LANGUAGE)
    return _shifted(operands[0], start)


def _scatter(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    (part,) = instruction.facts["key"]
    (length,) = instruction.facts["shape"]
    if not (isinstance(part, slice) and part.step is None and isinstance(part.start, int)):
        raise cannot(instruction, LANGUAGE)
    here = chr(_HERE)
    after, until = (
        f"{part.start} < " if part.start else "",
        "" if part.stop == length else rf" \le {_length(part.stop)}",
    )
    inside = rf"{_shifted(operands[0], -part.start)} & \text{{if }} {after}{here}{until}"
    return Symbols(rf"\begin{{cases}} {inside} \\ 0 & \text{{otherwise}} \end{{cases}}")


def _vector(writer: Writer, arg: Operand, instruction: Instruction) -> tuple[Any]:
    shape = writer.block.type_of(arg).shape
    if len(shape) != 1:
        raise cannot(instruction, LANGUAGE)
    return shape


def _shifted(text: Term, by: int) -> Term:
    return Symbols(_MARK.sub(lambda mark: chr(ord(mark[0]) + by), text), text.level)


def _moved(mark: str) -> str:
    by = ord(mark) - _HERE
    return f"{by:+d}" if by else ""


def _length(length: int | Length) -> str:
    return str(length)


def _element(name: str, shape: Shape) -> str:
    """Write the element at i of a vector by name."""
    if not shape:
        return name
    here = chr(_HERE)
    return f"{name[:-1]},{here}}}" if re.search(r"_\{[^{}]*\}$", name) else f"{name}_{{{here}}}"


LANGUAGE = Language(
    name="LaTeX",
    column="latex",
    number=_number,
    infinity=r"\infty",
    nan=r"\mathrm{NaN}",
    booleans=(r"\mathrm{false}", r"\mathrm{true}"),
    as_number=Spelling(r"\left[{0}\right]"),
    as_boolean=Spelling(r"{0:4} \ne 0", COMPARISON),
    reserved=frozenset(),
    forms={
        "add": _add, "mul": _mul, "square": _square, "pow": _pow, "sum": _fold(r"\sum"), "prod": _fold(r"\prod"),
        "amax": _fold(r"\max"), "amin": _fold(r"\min"), "broadcast": _broadcast, "index": _index, "scatter": _scatter,
        "length": lambda writer, instruction, operands: Symbols(_length(instruction.facts["of"]), SUM),
    },
    element=_element,
    term=Symbols,
    most=240,
    often=24,
    letter="u",
)  # fmt: skip


class Letters(Names):
    """The names of variables as formulas have them: Greek letters, and digits and whole words below."""

    def of(self, wanted: str) -> str:
        """Return a symbol for a variable; a word is set upright."""
        head, _, below = re.sub(r"(?<=[^\W\d_])(?=\d)", "_", wanted, count=1).partition("_")
        symbol = _letter(head) + (f"_{{{_letter(below)}}}" if below else "")
        if symbol in self.given or not head:
            symbol = _upright(wanted)
        return self.take(symbol)

    def new(self, letter: str) -> str:
        """Return the next of the letter with a number."""
        return self.of(super().new(letter))


def _letter(word: str) -> str:
    if len(word) == 1 and (greek := re.match(r"GREEK (SMALL|CAPITAL) LETTER (\w+)$", unicodedata.name(word, ""))):
        word = greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    if word in _GREEK:
        return f"\\{word}"
    return word if len(word) == 1 or word.isdecimal() else _upright(word)


def _upright(word: str) -> str:
    return r"\mathrm{" + word.replace("_", r"\_") + "}"


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of an align* environment."""
    names = Letters()
    written = Writer(formula.block, LANGUAGE, names)
    symbols = dict(zip((name for name, _ in formula.block.inputs), written.inputs, strict=True))
    function = names.of(formula.name)
    equations = [(a.name, a.term) for a in written.assignments]
    for partial, term in zip(formula.partials(), written.outputs, strict=True):
        if partial == tuple(sorted(partial, key=formula.wrt.index)):  # the other half is the mirror image
            equations.append((_derivative(function, [symbols[name] for name in partial], len(symbols)), term))
    yield from (f"% {line}" for line in remarks(formula.text))
    yield r"\begin{align*}"
    lines = [f"{left} &= {right}" for left, right in equations]
    yield from (_MARK.sub(lambda mark: f"i{_moved(mark[0])}", line) + r" \\" for line in lines[:-1])
    yield _MARK.sub(lambda mark: f"i{_moved(mark[0])}", lines[-1])
    yield r"\end{align*}"


def _derivative(function: str, by: list[str], variables: int) -> str:
    if not by:
        return function
    d = "d" if variables == 1 else r"\partial "
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    below = f"{d}{by[0]}{order}" if len(set(by)) == 1 else r" \, ".join(d + name for name in by)
    return rf"\frac{{{d.strip()}{order} {function}}}{{{below}}}"
