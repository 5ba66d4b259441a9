"""Workers of Dask, as an engine for parts: those of a cluster that is there, or of one on this machine.

A task goes through the scheduler as bytes, which nobody but a worker unpacks. What a lost worker had to do, another
does again.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import resource_tracker
from typing import Any, NamedTuple

import gradcli

from ...errors import DataError, UsageError
from ...program.threads import cores
from ..reading.scans import polars
from .parts import Engine, Lost

# Seconds in which a scheduler has to answer.
_PATIENCE = 8

# Seconds after which a task that is not done makes one ask whether there are workers at all.
_SOON = 3

# Seconds between two looks at how many there are.
_NOW_AND_THEN = 1

# How processes are started here: polars leaves the other cores to their workers, and glibc keeps what is freed for the
# next part, where Dask would have it give pages back that are wanted again at once.
_CONFIG = {
    "distributed.admin.large-graph-warning-threshold": "1 TiB",
    "distributed.nanny.pre-spawn-environ.POLARS_MAX_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 25,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,
}
_LOCAL = {
    "host": "127.0.0.1",
    "threads_per_worker": 1,
    "dashboard_address": "127.0.0.1:0",
    "silence_logs": logging.CRITICAL,
}


@contextmanager
def workers(
    scheduler: str | None = None, count: int | None = None, tell: Callable[[str], None] = print
) -> Iterator[Engine]:
    """Yield an engine of the workers at a scheduler's address, or of so many processes here, one for each core.

    `tell` is told what the work waits for. Raises UsageError for what is no address, DataError where no scheduler
    answers or Dask is missing; what is submitted raises Lost where the cluster fails.
    """
    dask, distributed = _dask()
    logging.disable(logging.CRITICAL)  # what matters of it is raised
    try:
        with dask.config.set(_CONFIG), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")  # of other versions; `_run` compares what counts
            if scheduler is None:
                at = _local(distributed, count or cores())
            else:
                at = nullcontext(_checked(scheduler))
            with at as where, distributed.Client(where, timeout=_PATIENCE) as client:
                work = _Cluster(client, tell)
                yield Engine(work.submit, work.ahead, remote=True)
    finally:
        logging.disable(logging.NOTSET)


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError:
        raise DataError("--engine dask needs Dask", hint="pip install 'gradcli[dask]'") from None
    return dask, distributed


def _local(distributed: Any, count: int) -> Any:
    """Start processes here, which a Ctrl-C in their terminal does not reach: it is for the command."""
    if sys.platform == "win32":
        return distributed.LocalCluster(n_workers=count, **_LOCAL)
    resource_tracker.ensure_running()  # it is started along with the first process, and lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return distributed.LocalCluster(n_workers=count, **_LOCAL)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _checked(scheduler: str) -> str:
    """Return an address; raise UsageError for what is none, DataError where no scheduler answers.

    Dask's client would wait for one that listens and says nothing, for as long as it takes.
    """
    try:
        kind = asyncio.run(_kind(scheduler))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"--scheduler {scheduler} is no address: {error}",
            hint="a scheduler says where it is when it starts: tcp://192.168.0.1:8786",
        ) from None
    except (OSError, MemoryError):  # the second, where what answers is no length of a message
        raise DataError(f"no scheduler answers at {scheduler}", hint="dask scheduler starts one") from None
    if kind != "Scheduler":
        raise DataError(f"at {scheduler} is a {kind.lower()}, no scheduler")
    return scheduler


async def _kind(address: str) -> str:
    from distributed import Security
    from distributed.core import rpc

    async with rpc(address, timeout=_PATIENCE, connection_args=Security().get_connection_args("client")) as other:
        return (await asyncio.wait_for(other.identity(), _PATIENCE))["type"]


class _Cluster:
    """What a client sees of its workers."""

    def __init__(self, client: Any, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.address = client.scheduler.address
        self._client = client
        self._threads = 0
        self._counted = -float(_NOW_AND_THEN)

    def submit(self, task: Any, *given: Any) -> _Submitted:
        """Submit a task, to be done again wherever a worker is lost."""
        return _Submitted(self, self._client.submit(_run, _versions(), pickle.dumps((task, *given)), pure=False))

    def ahead(self) -> int:
        """Return how many tasks keep the workers busy that there are now: each thread's next lies ready."""
        if time.monotonic() > self._counted + _NOW_AND_THEN:
            self._threads = self.threads()
            self._counted = time.monotonic()
        return 2 * self._threads + 2

    def threads(self) -> int:
        """Return how many threads the workers have."""
        with suppress(OSError):  # that the scheduler is gone, results tell
            return sum(self._client.nthreads().values())
        return self._threads


class _Submitted(NamedTuple):
    """A task under way."""

    cluster: _Cluster
    future: Any

    def result(self) -> Any:
        """Wait for the task, and return what it gives or raise what it raised; raise Lost where it was not done."""
        from distributed import CancelledError, KilledWorker

        address = self.cluster.address
        try:
            self._wait()
            return self.future.result()
        except KilledWorker:
            raise Lost("workers die of a part of this table", hint="more memory may save them") from None
        except (ImportError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "deserialization" not in str(error):
                raise
            lacking = getattr(error, "name", None) or "gradcli"
            hint = f"scheduler and workers need what runs here: {_versions()}"
            raise Lost(f"the cluster at {address} lacks {lacking}", hint=hint) from None
        except (CancelledError, OSError) as error:
            if self.future.status != "error":
                raise Lost(f"the scheduler at {address} is gone") from None
            raise DataError(
                f"a worker cannot read the input: {error}",
                hint="workers read Parquet and Arrow themselves: under the same path on all machines",
            ) from None

    def _wait(self) -> None:
        from distributed import wait

        told = False
        while not self.future.done():
            with suppress(TimeoutError):
                wait([self.future], _SOON)
                return
            if not told and not self.cluster.threads():
                self.cluster.tell(f"the scheduler at {self.cluster.address} has no workers; waiting for some")
                told = True


def _versions() -> str:
    try:
        return f"gradcli {gradcli.__version__} with polars {polars().__version__}"
    except DataError:
        return f"gradcli {gradcli.__version__} without polars"


def _run(versions: str, call: bytes) -> Any:
    """Do a task on a worker, which must have the versions of the one who asks."""
    if _versions() != versions:
        from distributed import get_worker

        found = f"the worker at {get_worker().address} has {_versions()}"
        raise Lost(f"{found}, and this is {versions}", hint="all need the same")
    task, *given = pickle.loads(call)
    return task(*given)
