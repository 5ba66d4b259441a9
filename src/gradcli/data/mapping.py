"""Mapping: an expression and its derivatives evaluated once for each row of a table, from file to file.

Polars streams the rows, in batches and on all cores; a compiled program makes the new columns of each batch.
Memory does not grow with the table.

>>> import polars as pl
>>> from gradcli import lang
>>> plan = Plan(lang.parse("k*x**2"), ("x",), 1, {"k": 3.0}, {}, ())
>>> made = mapped(pl.LazyFrame({"x": [1.0, None, 2.0]}), plan, Tally()).collect()
>>> made["value"].to_list(), made["d_x"].to_list()
([3.0, None, 12.0], [6.0, None, 12.0])
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..errors import DataError, UnknownNameError
from ..program.compiled import Wanted, of_text
from .tables import polars


class Plan(NamedTuple):
    """What is to be evaluated: derivatives by `wrt` up to an order, names that are `fixed`, and the rest are columns.

    `columns` maps names to columns that are called otherwise; `keep` names columns that go along.
    """

    program: lang.Program
    wrt: tuple[str, ...]
    order: int
    fixed: Mapping[str, Any]
    columns: Mapping[str, str]
    keep: Sequence[str]

    @property
    def variables(self) -> dict[str, str]:
        """The names that are columns, with their columns."""
        names = self.program.free_names([*self.fixed, *self.columns])
        return {name: self.columns.get(name, name) for name in names if name not in self.fixed}

    @property
    def results(self) -> list[str]:
        """The columns that are made: `value`, `d_x`, and of second order `d_x_y`."""
        firsts = [f"d_{name}" for name in self.wrt] if self.order else []
        pairs = [f"d_{one}_{other}" for i, one in enumerate(self.wrt) for other in self.wrt[i:]]
        return ["value", *firsts, *(pairs if self.order > 1 else [])]


@dataclass
class Tally:
    """What has gone by, counted on several threads: rows, those with an empty or a bad cell, and what is no number."""

    rows: int = 0
    empty: int = 0
    bad: int = 0
    nan: int = 0
    infinite: int = 0
    watch: Callable[[int], None] = lambda rows: None
    _lock: Any = field(default_factory=threading.Lock)

    def add(self, rows: int, empty: int, bad: int, results: Sequence[np.ndarray]) -> None:
        """Count a batch."""
        nan, infinite = (sum(int(np.count_nonzero(test(each))) for each in results) for test in (np.isnan, np.isinf))
        with self._lock:
            self.rows += rows
            self.empty += empty
            self.bad += bad
            self.nan += nan
            self.infinite += infinite
            self.watch(self.rows)


def checked(plan: Plan, names: Sequence[str]) -> None:
    """Raise UnknownNameError for a variable without a column, DataError for columns that would meet."""
    for name, column in plan.variables.items():
        if column not in names:
            near = lang.suggest(column, names)
            ways = f"give it one: --at {name}=1; or a column: --columns {name}=..."
            raise UnknownNameError(
                f"`{name}` is no column and has no value", span=plan.program.place(name), text=plan.program.text,
                hint=f"did you mean `{near}`?" if near else ways,
            )  # fmt: skip
    for column in plan.keep:
        if column not in names:
            raise DataError(f"the table has no column {column}", hint=f"it has {', '.join(names)}")
        if column in plan.results:
            raise DataError(f"--keep {column}: a result has that name, too", hint="leave it out")


def mapped(frame: Any, plan: Plan, tally: Tally, text: bool = False) -> Any:
    """Return a lazy frame of the columns that are kept and those that are made.

    With `text`, the columns of variables come as text: a cell that is no number becomes null, and is counted.
    """
    pl = polars()
    used = list(dict.fromkeys(plan.variables.values()))
    program = of_text(plan.program, Wanted(plan.wrt, plan.order, rowwise=True, threads=1))
    kept = {name: kind for name, kind in frame.collect_schema().items() if name in plan.keep}

    def made(batch: Any) -> Any:
        numbers = batch.select([pl.col(_own(name)).cast(pl.Float64, strict=False) for name in used])
        valid = numbers.select(pl.all_horizontal(pl.all().is_not_null())).to_series() if used else None
        given = {name: numbers[_own(column)].to_numpy() for name, column in plan.variables.items()}
        results = [np.broadcast_to(each, (batch.height,)) for each in _flat(program({**given, **_used(plan)}), plan)]
        rows = np.ones(batch.height, bool) if valid is None else valid.to_numpy()
        empty = _empty(batch, used)
        tally.add(batch.height, empty, int((~rows).sum()) - empty, [each[rows] for each in results])
        columns = [pl.Series(name, each) for name, each in zip(plan.results, results, strict=True)]
        if not rows.all():
            mask = pl.Series(rows)
            columns = [pl.select(pl.when(mask).then(column).alias(column.name)).to_series() for column in columns]
        return batch.select(list(kept)).with_columns(columns) if kept else pl.DataFrame(columns)

    schema = {**kept, **dict.fromkeys(plan.results, pl.Float64)}
    kind = pl.String if text else pl.Float64
    chosen = frame.select([*kept, *(pl.col(name).cast(kind).alias(_own(name)) for name in used)])
    return chosen.map_batches(made, streamable=True, schema=schema)


def _empty(batch: Any, used: Sequence[str]) -> int:
    """Count the rows in which a cell of a variable is empty."""
    import polars as pl

    if not used:
        return 0
    return int(batch.select(pl.any_horizontal([pl.col(_own(name)).is_null() for name in used])).to_series().sum())


def _own(column: str) -> str:
    """Return the name under which a variable's column travels beside those that are kept."""
    return f"variable {column}"


def _used(plan: Plan) -> dict[str, Any]:
    return {name: plan.fixed[name] for name in plan.program.free_names(plan.fixed) if name in plan.fixed}


def _flat(outcome: Any, plan: Plan) -> list[Any]:
    """Return what a program gives in the order of the results."""
    if not plan.order:
        return [outcome]
    value, slopes, *seconds = outcome
    flat = [value, *slopes.values()]
    for table in seconds:
        flat += [table[one][other] for i, one in enumerate(plan.wrt) for other in plan.wrt[i:]]
    return flat
