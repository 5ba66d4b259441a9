r"""Formulas in LaTeX: the value and each partial derivative, with names for what they have in common.

A value that is short stands wherever it is used, as a mathematician would write it. A vector is written by
its element at i, which is a mark until it is known whether a sum binds it (see `marks`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from ..primitives import COMPARISON, PRODUCT, SUM, Spelling
from ..ssa import Instruction, Operand, Ref, Shape
from .helpers import words
from .marks import HERE, moved, replaced, spelled
from .names import Names
from .results import Formula
from .special import spelled_in
from .symbols import Symbols, difference, exponential, negative, number, power, product, quotient, total
from .writing import Language, Term, Writer, cannot, remarks

Form = Callable[[Writer, Instruction, list[Term]], Term | None]

_GREEK = words("""
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
""")

# Instructions as they are written by hand


def _of(join: Callable[..., Symbols]) -> Form:
    """Write an instruction by a function of its operands."""
    return lambda writer, instruction, operands: join(*operands)


def _pow(writer: Writer, instruction: Instruction, operands: list[Any]) -> Symbols:
    base, exponent = operands
    roots = {"0.5": Symbols(rf"\sqrt{{{base}}}"), "-0.5": quotient(Symbols("1"), Symbols(rf"\sqrt{{{base}}}")),
             "-1": quotient(Symbols("1"), base)}  # fmt: skip
    return roots.get(exponent) or power(base, exponent)


def _logaddexp(a: Symbols, b: Symbols) -> Symbols:
    return Symbols(rf"\ln\left({exponential(a)} + {exponential(b)}\right)")


# Operations that were found again in a block


def _gaussian(writer: Writer, instruction: Instruction, operands: list[Any]) -> Symbols:
    rate = Symbols(number(instruction.facts["rate"]))
    return exponential(negative(product(rate, power(operands[0], "2"))))


def _sigmoid(x: Symbols) -> Symbols:
    return quotient(Symbols("1"), total(Symbols("1"), exponential(negative(x))))


def _softplus(x: Symbols) -> Symbols:
    return Symbols(rf"\ln\left(1 + {exponential(x)}\right)")


def _logit(x: Symbols) -> Symbols:
    return Symbols(rf"\ln\left(\frac{{{x}}}{{1 - {x:{PRODUCT}}}}\right)")


def _xlogy(x: Symbols, y: Symbols) -> Symbols:
    return product(x, Symbols(rf"\ln\left({y}\right)"))


def _polygamma(writer: Writer, instruction: Instruction, operands: list[Any]) -> Symbols:
    primes = "'" * instruction.facts["n"]
    return Symbols(rf"\psi{primes}\left({operands[0]}\right)")


def _digamma_step(x: Symbols, y: Symbols) -> Symbols:
    return difference(Symbols(rf"\psi\left({total(x, y)}\right)"), Symbols(rf"\psi\left({x}\right)"))


# Vectors, by their elements


def _fold(sign: str, level: int) -> Form:
    """Reduce a vector; the index is bound, to a letter that the operand does not use.

    A factor beside a sum may be read as within it; beside a product or an extreme it must not.
    """

    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        (length,) = _vector(writer, instruction.args[0], instruction)
        (operand,) = operands
        letter = next(letter for letter in "jklmpqrs" if not re.search(rf"\b{letter}\b", operand))
        body = spelled(f"{operand:{PRODUCT}}", letter)
        return Symbols(rf"{sign}_{{{letter}=1}}^{{{length}}} {body}", level)

    return write


def _as_it_is(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    """Return an operand that is broadcast, or whose shape has an axis of length 1 more or less."""
    wanted, found = instruction.type.shape, writer.block.type_of(instruction.args[0]).shape
    if len(wanted) > 1 or (wanted != found and not _is_number(found)):
        raise cannot(instruction, LANGUAGE)
    return operands[0]


def _is_number(shape: Shape) -> bool:
    """Tell whether an array has one element, and is written without an index."""
    return all(length == 1 for length in shape)


def _index(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    (length,), (part,) = _vector(writer, instruction.args[0], instruction), instruction.facts["key"]
    if isinstance(part, int):
        first = 1 + (length + part if part < 0 else part)
        return Symbols(replaced(operands[0], lambda by: str(first + by)), operands[0].level)
    if not (isinstance(part, slice) and part.step is None and isinstance(part.start, int)):
        raise cannot(instruction, LANGUAGE)
    return Symbols(moved(operands[0], part.start), operands[0].level)


def _scatter(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    (part,), (length,) = instruction.facts["key"], instruction.facts["shape"]
    if isinstance(part, int):
        where = f"{HERE} = {1 + (length + part if part < 0 else part)}"
        return Symbols(rf"\begin{{cases}} {operands[0]} & \text{{if }} {where} \\ 0 & \text{{otherwise}} \end{{cases}}")
    if not (isinstance(part, slice) and part.step is None and isinstance(part.start, int)):
        raise cannot(instruction, LANGUAGE)
    after, until = f"{part.start} < " * bool(part.start), rf" \le {part.stop}" * (part.stop != length)
    inside = rf"{moved(operands[0], -part.start)} & \text{{if }} {after}{HERE}{until}"
    return Symbols(rf"\begin{{cases}} {inside} \\ 0 & \text{{otherwise}} \end{{cases}}")


def _vector(writer: Writer, arg: Operand, instruction: Instruction) -> tuple[Any]:
    shape = writer.block.type_of(arg).shape
    if len(shape) != 1:
        raise cannot(instruction, LANGUAGE)
    return shape


def _length(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    return Symbols(str(instruction.facts["of"]), SUM)


def _element(name: str, shape: Shape) -> str:
    """Write the element at i of a vector by name."""
    if _is_number(shape):
        return name
    return f"{name[:-1]},{HERE}}}" if re.search(r"_\{[^{}]*\}$", name) else f"{name}_{{{HERE}}}"


LANGUAGE = Language(
    name="LaTeX",
    column="latex",
    number=number,
    infinity=r"\infty",
    nan=r"\mathrm{NaN}",
    booleans=(r"\mathrm{false}", r"\mathrm{true}"),
    as_number=Spelling(r"\left[{0}\right]"),
    as_boolean=Spelling(r"{0:4} \ne 0", COMPARISON),
    reserved=frozenset(),
    forms={
        "add": _of(total), "sub": _of(difference), "neg": _of(negative), "mul": _of(product), "div": _of(quotient),
        "square": _of(lambda x: power(x, "2")), "reciprocal": _of(lambda x: quotient(Symbols("1"), x)), "pow": _pow,
        "logaddexp": _of(_logaddexp), "sum": _fold(r"\sum", PRODUCT), "prod": _fold(r"\prod", SUM),
        "amax": _fold(r"\max", SUM), "amin": _fold(r"\min", SUM), "broadcast": _as_it_is, "reshape": _as_it_is,
        "index": _index, "scatter": _scatter, "length": _length,
        "gaussian": _gaussian, "sigmoid": _of(_sigmoid), "softplus": _of(_softplus), "logit": _of(_logit),
        "logsigmoid": _of(lambda x: negative(_softplus(negative(x)))), "xlogy": _of(_xlogy),
        "polygamma": _polygamma, "digamma_step": _of(_digamma_step),
    },
    function=spelled_in("latex"),
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
    symbols = {name: written.operand(Ref(place)) for place, (name, _) in enumerate(formula.block.inputs)}
    function = names.of(formula.name)
    equations = [(a.name, a.term) for a in written.assignments]
    for partial, term in zip(formula.partials(), written.outputs, strict=True):
        if partial == tuple(sorted(partial, key=formula.wrt.index)):  # the other half is the mirror image
            equations.append((_derivative(function, [symbols[name] for name in partial], len(symbols)), term))
    yield from (f"% {line}" for line in remarks(formula.text))
    yield r"\begin{align*}"
    lines = [f"{left} &= {right}" for left, right in equations]
    yield from (spelled(line, "i") + r" \\" for line in lines[:-1])
    yield spelled(lines[-1], "i")
    yield r"\end{align*}"


def _derivative(function: str, by: list[str], variables: int) -> str:
    if not by:
        return function
    d = "d" if variables == 1 else r"\partial "
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    below = f"{d}{by[0]}{order}" if len(set(by)) == 1 else r" \, ".join(d + name for name in by)
    return rf"\frac{{{d.strip()}{order} {function}}}{{{below}}}"
