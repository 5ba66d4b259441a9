"""The parts of a table: frames of a fixed number of rows, worked on side by side, and written in their order.

Where a part begins depends on nothing but the rows before, so neither do the bytes of the file: not on the number of
threads or machines, and not on a stop in between.

>>> import polars as pl
>>> frames = [pl.DataFrame({"x": rows}) for rows in ([1, 2, 3], [4], [5, 6])]
>>> [part["x"].to_list() for part in regrouped(frames, 2)]
[[1, 2], [3, 4], [5, 6]]
>>> [part.collect()["x"].to_list() for part in sliced([frame.lazy() for frame in frames], 2, skip=1)]
[[2, 3], [4, 5], [6]]
>>> with threads(2) as engine:
...     list(in_order(engine, pow, [(2, 1), (2, 2), (2, 3)]))
[2, 4, 8]
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

from ...errors import DataError
from ...program.threads import cores
from ..reading.scans import polars
from ..reading.sources import Source
from ..writing.forms import FORMS, Encoded
from .plan import Counts, Plan, Work

# Rows of a part: enough for a good row group, few enough to have some in memory.
ROWS = 2**17


class Engine(NamedTuple):
    """What runs tasks: `submit` returns something whose `result()` can be waited for; `ahead()` tells how many at once.

    A `remote` one reads what it is given itself, where that can be read in pieces.
    """

    submit: Callable[..., Any]
    ahead: Callable[[], int]
    remote: bool = False


class Lost(DataError):
    """An engine has failed, rather than its task: what is done already may be kept."""


class Part(NamedTuple):
    """A part as it stands in the file, and what was counted."""

    encoded: Encoded
    counts: Counts


class Task(NamedTuple):
    """What is to be done to each part; the plan is pickled, since it goes to other processes, and is a key there."""

    plan: bytes
    form: str

    @classmethod
    def of(cls, plan: Plan, form: str) -> Task:
        """Return the task of a plan; raise what compiling it raises."""
        made = cls(pickle.dumps(plan), form)
        _work(made.plan)
        return made

    def __call__(self, number: int, batch: Any) -> Part:
        """Evaluate the part of that number, a frame or a lazy one, and encode it."""
        made, counts = _work(self.plan)(batch.lazy().collect())
        return Part(FORMS[self.form].encode(made, not number), counts)


@lru_cache(maxsize=8)
def _work(plan: bytes) -> Work:
    return Work(pickle.loads(plan))


def made(
    source: Source, plan: Plan, form: str, engine: Engine, done: int = 0, count: int | None = None
) -> Iterator[Part]:
    """Yield the parts of the table that a plan makes of a source, behind those that are done.

    Of at most `count` rows. Raises what compiling the plan raises, and polars' errors where a cell is no number.
    """
    task = Task.of(plan, form)
    kinds = plan.kinds(FORMS[form].text)
    skip = done * ROWS
    left = None if count is None else max(count - skip, 0)
    scans = source.scans(kinds) if engine.remote else []
    frames = sliced(scans, ROWS, skip, left) if scans else regrouped(source.batches(kinds, skip, left), ROWS)
    given = enumerate(frames, done)
    first = next(given, None)
    if first is not None:
        yield from in_order(engine, task, chain([first], given))
    elif not done:
        yield task(0, polars().DataFrame(schema={name: kind or source.kinds[name] for name, kind in kinds.items()}))


def regrouped(frames: Iterable[Any], rows: int) -> Iterator[Any]:
    """Yield frames of so many rows, the last of what is left."""
    pl = polars()
    waiting: list[Any] = []
    height = 0
    for frame in frames:
        waiting.append(frame)
        height += frame.height
        while height >= rows:
            whole = pl.concat(waiting, rechunk=False)
            yield whole.head(rows)
            waiting = [whole.tail(height - rows)]
            height -= rows
    if height:
        yield pl.concat(waiting, rechunk=False)


def sliced(scans: Sequence[Any], rows: int, skip: int = 0, count: int | None = None) -> Iterator[Any]:
    """Yield lazy frames of so many rows, the last of what is left, from lazy ones that stand one below the other."""
    pl = polars()
    schema = pl.concat(scans, how="vertical_relaxed").collect_schema()
    heights = [int(each.item()) for each in pl.collect_all([scan.select(pl.len()) for scan in scans])]
    starts = [0, *accumulate(heights)]
    end = starts[-1] if count is None else min(skip + count, starts[-1])
    placed = list(zip((scan.cast(dict(schema)) for scan in scans), starts, starts[1:], strict=False))
    for first in range(skip, end, rows):
        last = min(first + rows, end)
        inside = [(scan, max(first, begin) - begin, min(last, stop) - begin) for scan, begin, stop in placed]
        yield pl.concat([scan.slice(start, stop - start) for scan, start, stop in inside if start < stop])


@contextmanager
def threads(count: int | None = None) -> Iterator[Engine]:
    """Yield an engine of threads, one for each core unless a number is given."""
    count = count or cores()
    with ThreadPoolExecutor(count, thread_name_prefix="map") as pool:
        try:
            yield Engine(pool.submit, lambda: count + 1)
        finally:
            pool.shutdown(cancel_futures=True)


def in_order(engine: Engine, task: Any, given: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield what a task makes of each, in order."""
    under_way: deque[Any] = deque()
    for each in given:
        under_way.append(engine.submit(task, *each))
        if len(under_way) > engine.ahead():
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()
