"""Writing what `map` makes: to a stream, or to a file that is whole or not there.

>>> import io, os, tempfile
>>> import polars as pl
>>> from gradcli import lang
>>> from gradcli.data.mapping import parts
>>> from gradcli.data.reading import sources
>>> given = os.path.join(tempfile.mkdtemp(), "data.csv")
>>> pl.DataFrame({"x": [1, 2, 3]}).write_csv(given)
>>> plan = Plan(lang.parse("x**2"), ("x",), 1, {}, {}, ())
>>> with parts.threads(1) as engine:
...     job = Job(sources.opened([given]), plan, ".csv", engine)
...     counts = to_stream(job, file := io.BytesIO())
>>> file.getvalue().decode().split(), counts.rows
(['value,d_x', '1.0,2.0', '4.0,4.0', '9.0,6.0'], 3)
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import gradcli

from ...errors import DataError, GradcliError
from ..reading.scans import failures, polars
from ..reading.sources import Source
from ..writing.draft import Draft, left_behind
from ..writing.forms import FORMS, Written
from .parts import ROWS, Engine, Lost, Part, made
from .plan import Counts, Plan, Work

_RESUME = "the same command with --resume goes on with what is there"


class Job(NamedTuple):
    """What is to be made of a source, in which form, by which engine; of `limit` rows at most.

    `watch` is told how many rows are done.
    """

    source: Source
    plan: Plan
    form: str
    engine: Engine
    limit: int | None = None
    watch: Callable[[int], None] = lambda rows: None

    @property
    def identity(self) -> dict[str, Any]:
        """What another run must share with this one to go on where it left off, as JSON has it."""
        plan = self.plan
        return {
            "expression": plan.program.text,
            "derivatives": [plan.wrt, plan.order],
            "values": {name: repr(value) for name, value in plan.fixed.items()},
            "columns": [plan.variables, list(plan.keep)],
            "errors": plan.lenient,
            "inputs": self.source.identity,
            "rows": [self.limit, ROWS],
            "versions": [gradcli.__version__, polars().__version__],
        }

    def parts(self, done: int = 0) -> Iterator[Part]:
        """Yield the parts of the table behind those that are done; raise DataError for a cell that is no number."""
        with _explaining(self.source, self.plan):
            yield from made(self.source, self.plan, self.form, self.engine, done, self.limit)


@contextmanager
def _explaining(source: Source, plan: Plan) -> Iterator[None]:
    """Raise DataError, which names the cell if one is at fault, where reading fails."""
    try:
        yield
    except failures() as error:
        raise source.explained(error, list(plan.variables.values())) from None


def first_rows(source: Source, plan: Plan, count: int) -> tuple[Any, Counts]:
    """Return the first rows of a table as a frame, and what was counted."""
    work = Work(plan)
    with _explaining(source, plan):
        frames = list(source.batches(plan.kinds(as_text=False), count=count))
        return work(polars().concat(frames))


def to_stream(job: Job, file: BinaryIO) -> Counts:
    """Write the parts of a table one after the other; return what was counted."""
    counts = Counts()
    for part in job.parts():
        file.write(part.encoded.data)
        counts = counts.plus(part.counts)
        job.watch(counts.rows)
    return counts


def to_file(job: Job, target: str, resume: bool = False) -> Counts:
    """Write a table beside its target, and rename it when it is whole; return what was counted.

    With `resume`, go on where a run with the same job was stopped. Raises DataError for a cell that is no number,
    and for a file that cannot be written; what is then there already is kept for another run in the second case.
    """
    try:
        return _drafted(job, target, resume)
    except (Lost, OSError) as error:
        hint = _RESUME if any(map(os.path.exists, left_behind(target))) else None
        if isinstance(error, Lost):
            error.hint = error.hint or hint
            raise
        raise DataError(f"{target} cannot be written: {error.strerror or error}", hint=hint) from None


def to_store(job: Job, url: str) -> Counts:
    """Write a table on this machine, and send it to its store when it is whole; return what was counted.

    Raises DataError for a cell that is no number, and where the table cannot be written; one that cannot be sent is
    kept.
    """
    from ..reading import stores

    folder = tempfile.mkdtemp(prefix="gradcli-")
    local = os.path.join(folder, os.path.basename(url))
    keep = False
    try:
        counts = _drafted(job, local)
        keep = True
        stores.send(local, url)
        keep = False
    except OSError as error:
        why = error.strerror or error
        raise DataError(f"{local} cannot be written: {why}", hint="TMPDIR names another folder to write in") from None
    except DataError as error:
        error.hint = f"the table is whole in {local}" if keep else error.hint
        raise
    finally:
        if not keep:
            shutil.rmtree(folder)
    return counts


def _drafted(job: Job, target: str, resume: bool = False) -> Counts:
    """Write a table as a draft, and finish it; what another run could not go on with is not left behind."""
    form, task = FORMS[job.form], job.identity
    with Draft(target, task, form.start, resume) as draft:
        counts = Counts()
        for record in draft.parts:
            counts = counts.plus(Counts(*record["counts"]))
        try:
            for part in job.parts(len(draft.parts)):
                end = base64.b64encode(part.encoded.end).decode()
                draft.append(part.encoded.data, {"counts": part.counts, "end": end})
                counts = counts.plus(part.counts)
                job.watch(counts.rows)
            ends = [base64.b64decode(record["end"]) for record in draft.parts]
            written = Written(ends, [record["bytes"] for record in draft.parts])
            draft.finish(lambda path: form.finish(path, written))
        except BaseException as error:
            at_fault = isinstance(error, GradcliError) and not isinstance(error, Lost)
            if at_fault or task["inputs"] is None:
                draft.abandon()
            raise
        return counts
