"""Mapping: an expression and its derivatives evaluated once for each row of a table.

A `Plan` says what; `Work` does it, to one frame of rows at a time, by a compiled program.

>>> import polars as pl
>>> from gradcli import lang
>>> work = Work(Plan(lang.parse("k*x**2"), ("x",), 1, {"k": 3.0}, {}, ()))
>>> made, counts = work(pl.DataFrame({"x": [1.0, None, 2.0]}))
>>> made["value"].to_list(), made["d_x"].to_list()
([3.0, None, 12.0], [6.0, None, 12.0])
>>> counts
Counts(rows=3, empty=1, bad=0, nan=0, infinite=0)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np

from ... import lang
from ...errors import DataError, UnknownNameError
from ...program.compiled import Wanted, of_text
from ...program.lengths import SMALLEST
from ..reading import cells
from ..reading.scans import polars


class Plan(NamedTuple):
    """What is to be evaluated: derivatives by `wrt` up to an order, names that are `fixed`, and the rest are columns.

    `columns` maps names, of variables and of results, to columns that are called otherwise; `keep` names columns that
    go along. Where a cell of a
    variable is no number, that is an error, unless it is `lenient`.
    """

    program: lang.Program
    wrt: tuple[str, ...]
    order: int
    fixed: Mapping[str, Any]
    columns: Mapping[str, str]
    keep: Sequence[str]
    lenient: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """The names that are columns, with their columns."""
        names = self.program.free_names([*self.fixed, *self.columns])
        return {name: self.columns.get(name, name) for name in names if name not in self.fixed}

    @property
    def results(self) -> list[str]:
        """The columns that are made: `value`, `d_x`, and of second order `d_x_y`, or what they are called instead."""
        firsts = [f"d_{name}" for name in self.wrt] if self.order else []
        pairs = [f"d_{one}_{other}" for one, other in self.pairs]
        given = {name: column for name, column in self.columns.items() if name not in self.variables}
        return [given.get(name, name) for name in ("value", *firsts, *pairs)]

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """The names of second derivatives, each two once."""
        return combinations_with_replacement(self.wrt if self.order > 1 else (), 2)

    def kinds(self, as_text: bool) -> dict[str, Any]:
        """Return the columns to be read, and what text is read as: numbers, or text, or what it seems to be (None).

        `as_text` reads columns that go along as they were typed.
        """
        pl = polars()
        number = pl.String if self.lenient else pl.Float64
        kept = dict.fromkeys(self.keep, pl.String if as_text else None)
        return kept | {column: kept.get(column, number) or number for column in self.variables.values()}


def checked(plan: Plan, kinds: Mapping[str, Any]) -> Plan:
    """Check a plan against the types of a table's columns; return it with the columns as the table calls them.

    Spaces around a column's name need not be typed. Raises UnknownNameError for a variable without a column, DataError
    for a column of no numbers, and for columns that would meet.
    """
    pl = polars()
    names = list(kinds)
    padded = {name.strip(): name for name in names if name.strip() not in names}
    columns = {name: padded[column] for name, column in plan.variables.items() if column in padded}
    plan = plan._replace(columns={**plan.columns, **columns}, keep=[padded.get(name, name) for name in plan.keep])
    for name, column in plan.variables.items():
        if column not in names:
            near = lang.suggest(column, names)
            ways = f"give it one: --at {name}=1; or a column: --columns {name}=..."
            if len(names) == 1 and column in re.split(r"[;|\t ]+", names[0]):
                ways = f"it has one column, {names[0]}: cells are separated by commas, in a TSV by tabs"
            raise UnknownNameError(
                f"`{name}` is no column and has no value", span=plan.program.place(name), text=plan.program.text,
                hint=f"did you mean `{near}`?" if near else ways,
            )  # fmt: skip
        if f"{column}_duplicated_0" in kinds:  # as polars calls the second one
            raise DataError(f"there are several columns called {column}", hint="give them names of their own")
        if not (kinds[column].is_numeric() or kinds[column] in (pl.Boolean, pl.String, pl.Null, pl.Object)):
            raise DataError(f"column {column} holds {kinds[column]}, and `{name}` is to be a number")
    for name in plan.columns.keys() - plan.variables.keys() - set(plan._replace(columns={}).results):
        raise DataError(f"--columns {name}: no variable and no result is called so")
    for column in plan.keep:
        if column not in names:
            raise DataError(f"the table has no column {column}", hint=f"it has {', '.join(names)}")
    for column, times in Counter([*plan.keep, *plan.results]).items():
        if times > 1:
            raise DataError(
                f"several columns of the new table would be called {column}", hint="--columns value=y calls a result y"
            )
    return plan


class Counts(NamedTuple):
    """Of some rows: how many have an empty or a bad cell, and how many results are no number, or infinite."""

    rows: int = 0
    empty: int = 0
    bad: int = 0
    nan: int = 0
    infinite: int = 0

    def plus(self, other: Counts) -> Counts:
        """Return the counts of both."""
        return Counts(*map(sum, zip(self, other, strict=True)))


class Work:
    """What is done to each frame of rows; may be called on several threads at once.

    Raises what compiling the plan's program raises.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._program = of_text(plan.program, Wanted(plan.wrt, plan.order, rowwise=True, threads=1))
        self._fixed = {name: plan.fixed[name] for name in plan.program.free_names(plan.fixed) if name in plan.fixed}
        self._results(dict.fromkeys(plan.variables, np.ones(SMALLEST)), SMALLEST)

    def __call__(self, batch: Any) -> tuple[Any, Counts]:
        """Return the columns that are kept and those that are made, null in rows with a cell that is no number."""
        pl = polars()
        plan = self.plan
        typed = {column: batch[column] for column in plan.variables.values()}
        numbers = {name: cells.numbers(column, not plan.lenient) for name, column in typed.items()}
        arrays = {name: numbers[column].to_numpy() for name, column in plan.variables.items()}
        results = self._results(arrays, batch.height)
        made = pl.DataFrame([pl.Series(name, each) for name, each in zip(plan.results, results, strict=True)])
        empty = bad = 0
        lacking = _with_null(numbers.values())
        if lacking is not None:
            empty = _count(_with_null(typed.values()))
            bad = _count(lacking) - empty
            made = made.select(pl.when(pl.Series(~lacking)).then(pl.all()))
            results = [each[~lacking] for each in results]
        counts = Counts(batch.height, empty, bad, *_not_finite(results))
        return (batch.select(list(plan.keep)).hstack(made) if plan.keep else made), counts

    def _results(self, columns: Mapping[str, Any], rows: int) -> list[np.ndarray]:
        """Return what the program gives, in the order of the results, a number for each row."""
        outcome = self._program({**columns, **self._fixed})
        flat = [outcome]
        if self.plan.order:
            value, slopes, *tables = outcome
            flat = [value, *slopes.values(), *(table[one][other] for table in tables for one, other in self.plan.pairs)]
        return [np.broadcast_to(each, (rows,)) for each in flat]


def _with_null(columns: Iterable[Any]) -> np.ndarray | None:
    """Return the rows, as a mask, in which one of the columns is null; None where there are none."""
    masks = [column.is_null().to_numpy() for column in columns if column.null_count()]
    return np.logical_or.reduce(masks) if masks else None


def _count(mask: np.ndarray | None) -> int:
    return 0 if mask is None else int(np.count_nonzero(mask))


def _not_finite(results: Iterable[np.ndarray]) -> tuple[int, int]:
    """Count NaNs and infinities; mostly there are none."""
    nan = infinite = 0
    for each in results:
        finite = np.isfinite(each)
        if not finite.all():
            nans = int(np.count_nonzero(np.isnan(each)))
            nan += nans
            infinite += finite.size - int(np.count_nonzero(finite)) - nans
    return nan, infinite
