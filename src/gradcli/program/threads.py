"""Threads that share a work, the caller's among them."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

_MOST_THREADS = 256


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="gradcli")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads


def share(work: Callable[[], None], workers: int, stopped: list[bool]) -> None:
    """Call `work` on several threads at once, and wait for all of them.

    The first exception, an interrupt among them, makes `stopped` true, which `work` is to heed, and is
    raised when no thread works on any more. The helpers see the caller's context: its `np.errstate`.
    """

    def helper() -> None:
        try:
            work()
        except BaseException:
            stopped.append(True)
            raise

    helpers = []
    try:
        for _ in range(workers - 1):
            helpers.append(_pool().submit(contextvars.copy_context().run, helper))
        work()
    except BaseException:
        stopped.append(True)
        raise
    finally:
        # One that has not begun when the work is done need not begin.
        failures = [helper.exception() for helper in helpers if not helper.cancel()]
    for failure in failures:
        if failure is not None:
            raise failure
