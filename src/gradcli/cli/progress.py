"""A bar on stderr while many things are done, if that is a terminal that can move its cursor."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
def counting(what: str, total: Callable[[], int | None]) -> Iterator[Callable[[int], None]]:
    """Show how many of something have gone by, how many a second, and of about how many; what is yielded is told.

    `total` is asked only where it is shown; where it does not know, neither does the bar.
    """
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    counts = (TextColumn("{task.completed:,.0f} " + what), TextColumn("{task.fields[speed]:,.0f}/s"))
    times = (TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn())
    with Progress(BarColumn(), *counts, *times, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total(), speed=0.0)
        begun: list[tuple[float, int]] = []

        def watch(count: int) -> None:
            begun.append((time.monotonic(), count)) if not begun else None
            since, behind = begun[0]
            seconds = time.monotonic() - since
            progress.update(task, completed=count, speed=(count - behind) / seconds if seconds else 0.0)

        yield watch
