"""Programs in JavaScript: a function of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ..primitives import COMPARISON, Spelling
from ..ssa import Block
from .helpers import needed, words
from .helpers_js import JAVASCRIPT
from .names import Names
from .results import Formula, by_order, listed
from .special import spelled_in
from .writing import Language, Writer, remarks

_KEYWORDS = words("""
    arguments async await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for function if implements import in instanceof interface let new null package private
    protected public return static super switch this throw true try typeof undefined var void while with yield
    Infinity NaN Math Number Object globalThis window
""")


def _number(value: float) -> str:
    return repr(value).removesuffix(".0").replace("e+", "e")


LANGUAGE = Language(
    name="JavaScript",
    column="js",
    number=_number,
    infinity="Infinity",
    nan="NaN",
    booleans=("false", "true"),
    results=True,
    as_number=Spelling("Number({0})"),
    as_boolean=Spelling("{0:4} !== 0", COMPARISON),
    reserved=_KEYWORDS | words(*JAVASCRIPT),
    function=spelled_in("js"),
)


def outputs(block: Block, text: str) -> Iterator[str]:
    """Yield the lines of a function `run` that returns all outputs of a block of numbers, in order, as an array."""
    names = Names(LANGUAGE.reserved | {"run"})
    written = Writer(block, LANGUAGE._replace(results=False), names)
    body = [f"  const {a.name} = {a.term};" for a in written.assignments]
    terms = [str(term) for term in written.outputs]
    yield from (f"// {line}" for line in remarks(text))
    for helper in needed(JAVASCRIPT, "\n".join([*body, *terms])):
        yield from (helper, "")
    yield from listed("function run(", written.inputs, ") {")
    yield from body
    yield from listed("  return [", terms, "];", indent=2)
    yield "}"


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a JavaScript file."""
    names = Names(LANGUAGE.reserved)
    function = names.of(formula.name)
    written = Writer(formula.block, LANGUAGE, names, formula.results())
    body = [f"  const {a.name} = {a.term};" for a in written.assignments]
    body += [f"  const {result} = {term};" for result, term in written.unassigned()]
    partials = zip(("grad", "hessian"), by_order(formula, written.results), strict=False)

    yield from (f"// {line}" for line in remarks(formula.text))
    for helper in needed(JAVASCRIPT, "\n".join(body)):
        yield from (helper, "")
    yield "// The value and the partial derivatives at a point."
    yield from listed(f"function {function}(", written.inputs, ") {")
    yield from body
    entries = [f"value: {written.results[0]}", *(f"{order}: {entry}" for order, entry in partials)]
    yield from listed("  return { ", entries, " };", indent=2)
    yield "}"
