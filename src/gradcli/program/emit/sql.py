"""Programs in SQL, as DuckDB runs it: one SELECT, which adds columns of results to a table.

Named values are columns of common table expressions, one for each depth. A vector is a column, so a sum over
all of its elements is a window function over all rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from ...errors import GradcliError
from ..primitives import AND, SUM, Spelling
from ..ssa import Instruction, Ref
from .names import Names
from .results import Formula, listed
from .writing import Assignment, Language, Term, Writer, cannot, remarks

Form = Callable[[Writer, Instruction, list[Term]], Term | None]


def _number(value: float) -> str:
    """Write a number of type DOUBLE: without an exponent it would be a DECIMAL."""
    text = repr(value).removesuffix(".0")
    return text if "e" in text else f"{text}e0"


def _comparison(sign: str, guarded: int) -> Form:
    """Compare; NaN, to SQL the largest number, is looked for on the side where it would make the answer true."""

    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        text = f"{operands[0]:{SUM}} {sign} {operands[1]:{SUM}}"
        arg = instruction.args[guarded]
        may_be_nan = isinstance(arg, Ref) or math.isnan(arg)
        return Term(f"{text} AND NOT isnan({operands[guarded]})" if may_be_nan else text, AND)

    return write


def _over_rows(function: str) -> Form:
    """Reduce a column to one value, which all rows then have."""

    def write(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
        (arg,) = instruction.args
        if instruction.facts["dim"] is not None or len(writer.block.type_of(arg).shape) != 1:
            raise cannot(
                instruction, LANGUAGE, "a table has rows: all variables must be numbers or vectors of one length"
            )
        return Term(function.format(*operands) + " OVER ()")

    return write


def _broadcast(writer: Writer, instruction: Instruction, operands: list[Term]) -> Term:
    if len(instruction.type.shape) != 1:
        raise cannot(instruction, LANGUAGE)
    return operands[0]


LANGUAGE = Language(
    name="SQL",
    column="sql",
    number=_number,
    infinity="CAST('Infinity' AS DOUBLE)",
    nan="CAST('NaN' AS DOUBLE)",
    booleans=("FALSE", "TRUE"),
    as_number=Spelling("CAST({0} AS DOUBLE)"),
    as_boolean=Spelling("{0:4} <> 0e0", AND),
    reserved=frozenset(),
    named=frozenset({"sum", "prod", "amax", "all", "any", "length"}),  # a window function cannot hold another one
    forms={
        "lt": _comparison("<", 1), "le": _comparison("<=", 1), "gt": _comparison(">", 0), "ge": _comparison(">=", 0),
        "eq": _comparison("=", 0), "sum": _over_rows("sum({})"), "prod": _over_rows("product({})"),
        "amax": _over_rows("max({})"), "all": _over_rows("bool_and({})"), "any": _over_rows("bool_or({})"),
        "broadcast": _broadcast, "length": lambda *_: Term("CAST(count(*) OVER () AS DOUBLE)"),
    },
)  # fmt: skip


class Columns(Names):
    """The names of columns: the user's in quotes, as they are, and ours, which no table is likely to have."""

    def of(self, wanted: str) -> str:
        """Return a column by its name, with `_` where there is such a one already."""
        while wanted.lower() in self.taken:
            wanted += "_"
        self.taken.add(wanted.lower())
        return self.take(f'"{wanted}"')

    def new(self, letter: str) -> str:
        """Return the next of `_t1`, `_t2`, ... that is free."""
        return super().new(f"_{letter}")


def emit(formula: Formula) -> Iterator[str]:
    """Yield the lines of a SELECT; raise GradcliError for names that differ in case only."""
    known: dict[str, str] = {}
    for name, _ in formula.block.inputs:
        if (other := known.setdefault(name.lower(), name)) != name:
            raise GradcliError(f"SQL does not tell `{other}` from `{name}`: rename one of them")
    written = Writer(formula.block, LANGUAGE, Columns(), formula.results())
    yield from (f"-- {line}" for line in remarks(formula.text))
    yield "-- For DuckDB: put the name of your table in the place of `data`. Its columns are read as DOUBLE."
    yield "-- NaN and infinities come out as IEEE 754 has them; where a NULL goes in, a NULL comes out."
    columns = [f"CAST({x} AS DOUBLE) AS {x}" for x in written.inputs]
    yield "WITH given AS ("
    yield from listed("    SELECT *" + (" REPLACE (" if columns else ""), columns, ")" if columns else "")
    yield "    FROM data"
    table = "given"
    for number, step in enumerate(_steps(written), 1):
        yield f"), step{number} AS ("
        yield from listed("    SELECT *, ", [f"{a.term} AS {a.name}" for a in step], "")
        yield f"    FROM {table}"
        table = f"step{number}"
    yield ")"
    ours = [a.name for a in written.assignments]
    yield from listed("SELECT *" + (" EXCLUDE (" if ours else ""), ours, ")," if ours else ",")
    yield from listed(
        "    ", [f"{term} AS {name}" for name, term in zip(written.results, written.outputs, strict=True)], ""
    )
    yield f"FROM {table};"


def _steps(written: Writer) -> list[list[Assignment]]:
    """Return the named values in steps, each of which needs only those of the steps before."""
    depths: dict[str, int] = {}
    steps: list[list[Assignment]] = []
    for assignment in written.assignments:
        depth = max((1 + depths[name] for name in re.findall(r"\w+", assignment.term) if name in depths), default=0)
        depths[assignment.name] = depth
        if depth == len(steps):
            steps.append([])
        steps[depth].append(assignment)
    return steps
