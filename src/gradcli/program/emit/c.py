"""Programs in C99: a function of one point, and one of n points. Those of vectors are in `loops`."""

from __future__ import annotations

from collections.abc import Iterator

from ..primitives import COMPARISON, PRIMITIVES, Spelling
from .helpers import needed, words
from .helpers_c import C
from .names import Names
from .results import Formula, listed
from .special import spelled_in
from .writing import Language, Writer, remarks

_KEYWORDS = words("""
    auto break case char const continue default do double else enum extern float for goto if inline int long main
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    asm bool true false size_t ptrdiff_t INFINITY NAN NULL erf erfc tgamma lgamma
""")

LANGUAGE = Language(
    name="C",
    column="c",
    number=repr,
    infinity="INFINITY",
    nan="NAN",
    booleans=("0", "1"),
    as_number=Spelling("{0}", COMPARISON),
    as_boolean=Spelling("{0:4} != 0", COMPARISON),
    reserved=_KEYWORDS | words(*C, *(primitive.c.template for primitive in PRIMITIVES.values())),
    function=spelled_in("c"),
)


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a C file."""
    if any(type.shape for _, type in formula.block.inputs):
        from . import loops

        yield from loops.emit(formula)
        return
    names = Names(LANGUAGE.reserved)
    function, loop = names.of(formula.name), names.of(f"{formula.name}_array")
    written = Writer(formula.block, LANGUAGE, names, formula.results())
    results = written.results
    i, n = names.of("i"), names.of("n")
    body = [f"    const double {a.name} = {a.term};" for a in written.assignments]
    body += [f"    *{result} = {term};" for result, term in zip(results, written.outputs, strict=True)]

    yield from (f"/* {line} */" for line in remarks(formula.text))
    yield from ("#include <math.h>", "#include <stddef.h>", "")
    for helper in needed(C, "\n".join(body)):
        yield from (helper, "")
    yield "/* The value and the partial derivatives at a point. */"
    point = [*(f"double {x}" for x in written.inputs), *(f"double *{result}" for result in results)]
    yield from listed(f"void {function}(", point, ")")
    yield from ("{", *body, "}", "")
    yield "/* The same at n points. */"
    arrays = [*(f"const double *restrict {x}" for x in written.inputs), *(f"double *restrict {r}" for r in results)]
    yield from listed(f"void {loop}(", [f"size_t {n}", *arrays], ")")
    yield "{"
    yield f"    for (size_t {i} = 0; {i} < {n}; {i}++)"
    elements = [*(f"{x}[{i}]" for x in written.inputs), *(f"&{result}[{i}]" for result in results)]
    yield from listed(f"        {function}(", elements, ");")
    yield "}"
