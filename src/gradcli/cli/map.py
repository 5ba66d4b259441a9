"""`gradcli map`: an expression and its derivatives for every row of a table."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from contextlib import AbstractContextManager, suppress
from functools import partial

import click

from .. import lang
from ..data.mapping import jobs, parts
from ..data.mapping.plan import Counts, Plan, checked
from ..data.reading import paths, sources, stores
from ..data.writing import forms
from ..data.writing.draft import left_behind
from ..data.writing.forms import FORMS
from ..errors import DataError, UsageError
from ..point import check_names
from ..render import diagnostic
from ..views.mapping import Preview, Summary, lacking
from . import output, point, progress, values
from .command import Given, command, option, shared

_STDOUT = "-"

# M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's malloc.h: smaller blocks, and up to so much, go back to the heap.
_MALLOC_OPTIONS = {-3: 1 << 25, -1: 1 << 28}


@command(
    "map",
    click.Argument(["text"], metavar="EXPR"),
    click.Argument(["inputs"], nargs=-1, required=True, metavar="INPUT..."),
    option("-o", "output", metavar="FILE", help=f"Write the table to a file: {', '.join(FORMS)}; or CSV to stdout: -."),
    option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N rows only; without -o, look at them."),
    option("--at", multiple=True, metavar="NAME=VALUE", help="Names that are no columns: `k=1.3`. Repeatable."),
    option("--columns", multiple=True, metavar="NAME=COLUMN",
           help="Take variables from columns of other names, `x=temp`; or call results so, `d_x=slope`. Repeatable."),
    option("--keep", multiple=True, metavar="COLUMNS", help="Columns that go along: `id,time`. Repeatable."),
    *shared("w"),
    option("--order", type=click.IntRange(0, 2), default=1, metavar="N",
           help="0 for the value alone, 2 for the second derivatives, too."),
    option("--on-error", type=click.Choice(["stop", "null"]), default="stop", metavar="HOW",
           help="A cell that is no number stops the run (the default), or counts as empty: null."),
    option("--input-format", type=click.Choice(list(paths.FORMS)), metavar="FORMAT",
           help=f"What the inputs are, where no suffix says it: {', '.join(paths.FORMS)}."),
    option("--force", is_flag=True, help="Write over an existing file."),
    option("--resume", is_flag=True, help="Go on where this command was stopped."),
    option("--engine", type=click.Choice(["local", "dask"]), metavar="ENGINE",
           help="Work on the threads of this process (`local`, the default), or on the workers of a cluster: dask."),
    option("--scheduler", metavar="ADDRESS",
           help="The cluster's scheduler, `tcp://192.168.0.1:8786`; without it, dask means processes here."),
    option("--threads", type=click.IntRange(min=1), metavar="N",
           help="Work on N threads, or processes of `--engine dask`; on all cores unless given."),
    *shared("j"),
    examples=(
        'gradcli map "a*exp(-b*x)" data.csv -o out.parquet --at a=2,b=0.1',
        'gradcli map "t*load" runs.csv --limit 2',
        'gradcli map "t*load" runs.csv --keep t -o -',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """Evaluate an expression and its derivatives for every row of a table.

    Every variable is a column, or has a value by --at. INPUT is a file, a folder, or a quoted glob: CSV, TSV
    (gzip too), Parquet, NDJSON, Arrow IPC, NPY or NPZ, here or elsewhere (s3://, gs://, https://); or CSV on
    standard input: -. The new columns are value, d_x, d_y, ... and of second order d_x_y.
    """
    plan = _plan(given)
    source = sources.opened(given.inputs, given.input_format)
    plan = checked(plan, source.kinds)
    to = _target(given, source)
    if to is None:
        output.show(_preview(given, plan, source), given)
        return
    if given.resume and (to == _STDOUT or source.identity is None):
        raise UsageError("--resume needs files to read and to write", hint="what has gone by in a pipe is gone")
    _keep_freed_memory()
    begun = time.monotonic()
    form = ".csv" if to == _STDOUT else next(suffix for suffix in FORMS if to.endswith(suffix))
    forms.check(form, {name: source.kinds[name] for name in plan.keep})
    seen = given.quiet or (to == _STDOUT and sys.stdout.isatty())  # rows that go by say how far it is
    total = partial(_rows, source, given.limit)
    with _engine(given) as engine, progress.counting("rows", total, quiet=seen) as watch:
        job = jobs.Job(source, plan, form, engine, given.limit, watch)
        counts = jobs.to_stream(job, sys.stdout.buffer) if to == _STDOUT else _saved(job, to, given.resume)
    given.output = None
    if to == _STDOUT:
        diagnostic.warn([] if given.quiet else lacking(counts))
    else:
        seconds = time.monotonic() - begun
        output.show(Summary(plan.program.text, list(given.inputs), to, plan.results, *counts, seconds, []), given)


def _rows(source: sources.Source, limit: int | None) -> int | None:
    """Return about how many rows there are to go through, if that is known."""
    return min((count for count in (source.rows(), limit) if count is not None), default=None)


def _keep_freed_memory() -> None:
    """Tell glibc to keep what is freed for the next part: memory fresh from the system costs a fault each page."""
    with suppress(OSError, AttributeError, TypeError):  # other systems have other allocators
        set_option = ctypes.CDLL(None).mallopt
        for option, size in _MALLOC_OPTIONS.items():
            set_option(option, size)


def _plan(given: Given) -> Plan:
    program = lang.parse(given.text)
    fixed = values.read("--at", given.at).values
    keep = [name.strip() for text in given.keep for name in text.split(",")]
    wrt = point.names(given.wrt)
    check_names(program, wrt)
    plan = Plan(program, (), given.order, fixed, values.columns(given.columns), keep, given.on_error == "null")
    return plan._replace(wrt=tuple(wrt or plan.variables) if given.order else ())


def _engine(given: Given) -> AbstractContextManager[parts.Engine]:
    """Return what does the work; raise UsageError where two things are asked for."""
    if given.scheduler is not None and given.engine == "local":
        raise UsageError("--scheduler is for --engine dask", hint="leave out --engine local")
    if given.scheduler is not None and given.threads:
        raise UsageError("--threads is for this machine", hint="how many a cluster has, its workers were told")
    if given.scheduler is None and given.engine != "dask":
        return parts.threads(given.threads)
    from ..data.mapping import cluster

    return cluster.workers(given.scheduler, given.threads, lambda text: diagnostic.warn([text]))


def _target(given: Given, source: sources.Source) -> str | None:
    """Return the file to write, or `-` for standard output; None where the first rows are to be looked at.

    Raises UsageError where that may not be.
    """
    if given.output is None and given.limit:
        return None
    if given.output is None and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("where should the table go?", hint="write it by -o FILE, or look at some rows by --limit 10")
    if given.output in (None, _STDOUT):
        if given.json:
            raise UsageError("--json and the table cannot both go to standard output", hint="write it by -o FILE")
        if sys.stdout is None:
            raise DataError("standard output is closed")
        return _STDOUT
    target = paths.local(given.output)
    if paths.is_remote(target):
        output.check_form("-o", target, FORMS)
        if given.resume:
            raise UsageError("--resume goes on with files of this machine", hint="write one here, and copy it there")
        stores.check_target(target, source.files, given.force)
        return target
    begun = given.resume and any(map(os.path.exists, left_behind(target)))
    output.check_target("-o", target, FORMS, source.files, given.force or begun)
    return target


def _preview(given: Given, plan: Plan, source: sources.Source) -> Preview:
    """Evaluate the first rows."""
    frame, counts = jobs.first_rows(source, plan, given.limit)
    columns = {name: frame[name].to_list() for name in frame.columns}
    return Preview(plan.program.text, list(given.inputs), columns, lacking(counts))


def _saved(job: jobs.Job, target: str, resume: bool) -> Counts:
    """Write the table to its file; where that is interrupted, say what is left."""
    if paths.is_remote(target):
        return jobs.to_store(job, target)
    try:
        return jobs.to_file(job, target, resume)
    except KeyboardInterrupt:
        goes_on = "; the same command with --resume goes on" if any(map(os.path.exists, left_behind(target))) else ""
        sys.stderr.write(f"{target} is as it was{goes_on}\n")
        raise
