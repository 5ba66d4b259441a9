"""A bar on stderr while many things are done, if that is a terminal that can move its cursor."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Seconds after which it is shown how far something is.
_PATIENCE = 0.5


@contextmanager
def bar(total: int, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show how many of `total` things are done; what is yielded is told the name of each when it begins."""
    if quiet or total < 2 or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        begun = iter(range(total))

        def begin(name: str) -> None:
            progress.update(task, completed=next(begun), description=name)

        yield begin


@contextmanager
def counting(what: str, total: Callable[[], int | None], quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show, of what takes long, how many have gone by, how many a second, and the time left; what is yielded is told.

    `total` is asked only where it is shown; where it does not know, the time that has gone by is shown instead.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    expected = total()
    times: tuple[ProgressColumn, ...] = (TimeElapsedColumn(),)
    if expected is not None:
        times = (TimeRemainingColumn(), TextColumn("left"))
    counts = (TextColumn("{task.completed:,.0f} " + what), TextColumn("{task.fields[speed]}/s"))
    progress = Progress(BarColumn(), *counts, *times, console=Console(stderr=True), transient=True)
    task = progress.add_task("", total=expected, speed="")
    since, behind = time.monotonic(), 0

    def watch(count: int) -> None:
        nonlocal since, behind
        if not behind:
            since, behind = time.monotonic(), count
        seconds = time.monotonic() - since
        progress.update(task, completed=count, speed=_rounded((count - behind) / seconds) if seconds else "")
        if seconds > _PATIENCE:
            progress.start()

    try:
        yield watch
    finally:
        progress.stop()


def _rounded(number: float) -> str:
    """Return a number as three of its digits tell it."""
    return f"{float(f'{number:.3g}'):,.0f}"
