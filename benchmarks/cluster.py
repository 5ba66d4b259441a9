"""`gradcli map` on two workers of Dask beside two threads, ten million rows of a cheap and of a costly expression.

What the workers send is compared with what the threads write before the clock starts; so is their start, which the
whole processes of the last race include.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from .mapping import PLACE, ROWS, TABLE
from .race import Command, Loop, Race, installed

EXPRESSIONS = {"cheap": "x*x*exp(x*y)", "costly": "y*digamma(x + 3)"}

ENGINES = {"threads": "parts.threads(2)", "Dask": "cluster.workers(None, 2)"}

CODE = """
import filecmp, os
from contextlib import ExitStack
from gradcli import lang
from gradcli.data.mapping import cluster, jobs, parts
from gradcli.data.reading import sources
from gradcli.data.mapping.plan import Plan
stack = ExitStack()
engine = stack.enter_context({engine})
plan = Plan(lang.parse({text!r}), ("x", "y"), 1, {{}}, {{}}, ())
def run(engine=engine, target={target!r}):
    jobs.to_file(jobs.Job(sources.opened([{source!r}]), plan, ".parquet", engine), target)
run()
with parts.threads(2) as ours:
    run(ours, {target!r} + ".local")
assert filecmp.cmp({target!r}, {target!r} + ".local", shallow=False)
"""


def races() -> list[Race]:
    """Return a race for each expression, and that of whole processes."""
    if not installed("polars", "distributed"):
        return []
    folder = Path(tempfile.mkdtemp(prefix="cluster-", dir=PLACE))
    atexit.register(shutil.rmtree, folder)
    source = str(folder / "data.parquet")
    Command("-c", TABLE.format(form="parquet"), source, str(ROWS)).time(1)
    made = [_race(source, text, f"map {ROWS:,} rows, {what}: {text}") for what, text in EXPRESSIONS.items()]
    line = ("-m", "gradcli", "map", EXPRESSIONS["cheap"], source, "--force", "--threads", "2", "-o")
    commands = {
        "threads": Command(*line, str(folder / "threads.parquet")),
        "Dask": Command(*line, str(folder / "Dask.parquet"), "--engine", "dask"),
    }
    return [*made, Race("The first as whole processes", commands, rounds=5)]


def _race(source: str, text: str, title: str) -> Race:
    codes = {
        name: CODE.format(engine=engine, text=text, source=source, target=f"{source}.{name}.parquet")
        for name, engine in ENGINES.items()
    }
    return Race(title, {name: Loop(code) for name, code in codes.items()}, rounds=5)
