"""`gradcli map` on workers of Dask: a scheduler and workers in processes of their own, on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gradcli.data.mapping import cluster, parts
from gradcli.data.writing import draft
from gradcli.data.writing.forms import FORMS

polars = pytest.importorskip("polars")
distributed = pytest.importorskip("distributed")

LINE = 'map "x*x*exp(x*y)" data.parquet --keep id'

# Seconds that anything may take on a machine that many share.
PATIENCE = 120


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.address = ""
        self.scheduler: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        """Start the scheduler."""
        told = self._folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(told))
        deadline = time.monotonic() + PATIENCE
        while not told.exists():
            assert self.scheduler.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        self.address = json.loads(told.read_text())["address"]

    def work(self, count: int) -> None:
        """Start so many workers."""
        for _ in range(count):
            self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder))

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        here = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
        with open(self._folder / "log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, *here],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def end(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.kill()
            process.wait()


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Cluster]:
    """A scheduler with some workers on their way."""
    made = Cluster(folder)
    try:
        made.begin()
        made.work(workers)
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 2) as made:
        yield made


@pytest.fixture
def observer(started):
    """A client of its own, once there are two workers."""
    with distributed.Client(started.address, timeout=PATIENCE, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        yield client


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 256)
    rng = np.random.default_rng(1)
    frame = polars.DataFrame({"id": range(3000), "x": rng.normal(size=3000), "y": rng.normal(size=3000)})
    frame.write_parquet(tmp_path / "data.parquet")
    return frame


@pytest.mark.parametrize("form", FORMS)
def test_the_bytes_are_those_of_a_local_run(gradcli, observer, started, tmp_path, form):
    assert gradcli(f"{LINE} -o local{form}").status == 0
    ran = gradcli(f"{LINE} -o out{form} --engine dask --scheduler {started.address}")
    assert ran == (0, f"3,000 rows to out{form}: value, d_x, d_y\n", "")
    assert (tmp_path / f"out{form}").read_bytes() == (tmp_path / f"local{form}").read_bytes()


@pytest.mark.parametrize("given", ["a.parquet data.parquet b.parquet", "*.arrow", "c.csv", "-"])
def test_so_they_are_for_every_source(gradcli, observer, started, tmp_path, table, given):
    """Of several files whose columns have other types, too; and no part ends where a file does."""
    text = table.write_csv()
    table.head(100).with_columns(polars.col("id").cast(polars.Float64)).write_parquet(tmp_path / "a.parquet")
    table.head(0).write_parquet(tmp_path / "b.parquet")
    for name in "pq":
        table.write_ipc(tmp_path / f"{name}.arrow", record_batch_size=700)
    (tmp_path / "c.csv").write_text(text)
    line = f'map x/y "{given}" --keep id -o' if "*" in given else f"map x/y {given} --keep id -o"
    assert gradcli(f"{line} local.csv --limit 2900", text).status == 0
    ran = gradcli(f"{line} out.csv --limit 2900 --scheduler {started.address}", text)
    assert ran == (0, "2,900 rows to out.csv: value, d_x, d_y\n", "")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()
    piped = gradcli(f"{line} - --limit 2900 --scheduler {started.address}", text)
    assert piped == (0, (tmp_path / "out.csv").read_text(), "")


def test_a_bad_cell_is_named_as_it_is_here(gradcli, observer, started, tmp_path):
    cells = polars.DataFrame({"x": ["1"] * 999 + ["oops"] + ["2"] * 999})
    cells.write_parquet(tmp_path / "cells.parquet")
    here = gradcli("map x cells.parquet -o out.csv")
    assert here.err.startswith("error: cells.parquet, row 1000: `oops` in column x is not a number\n")
    assert gradcli(f"map x cells.parquet -o out.csv --scheduler {started.address}") == here
    assert not (tmp_path / "out.csv").exists() and not (tmp_path / "out.csv.part").exists()
    ran = gradcli(f"map x cells.parquet -o out.csv --on-error null --scheduler {started.address}")
    assert ran.out == "1,999 rows to out.csv: value, d_x; rows with a cell that is no number: 1\n"


def test_a_file_that_workers_do_not_find(gradcli, observer, started, tmp_path, monkeypatch):
    missing = tmp_path / "elsewhere.parquet"
    monkeypatch.setattr(parts, "sliced", lambda *_: iter([polars.scan_parquet(missing)]))
    ran = gradcli(f"{LINE} -o out.csv --scheduler {started.address}")
    assert ran == (
        2, "", f"error: a worker cannot read the input: No such file or directory (os error 2): {missing}\n"
               "hint: workers read Parquet and Arrow themselves: under the same path on all machines\n")  # fmt: skip


def test_a_worker_of_another_version(gradcli, observer, started, monkeypatch):
    monkeypatch.setattr(cluster, "_versions", lambda: "gradcli 99")
    ran = gradcli(f"{LINE} -o out.csv --scheduler {started.address}")
    assert ran.status == 2
    assert ran.err.startswith("error: the worker at tcp://127.0.0.1:")
    assert ran.err.endswith(", and this is gradcli 99\nhint: all need the same\n")


def test_a_cluster_without_gradcli(gradcli, observer, started, monkeypatch):
    monkeypatch.setattr(cluster, "_versions", lambda: "gradcli 1")
    elsewhere = ModuleType("elsewhere")
    exec("def run(versions, call): pass", elsewhere.__dict__)
    monkeypatch.setitem(sys.modules, "elsewhere", elsewhere)
    monkeypatch.setattr(cluster, "_run", elsewhere.run)
    ran = gradcli(f"{LINE} -o out.csv --scheduler {started.address}")
    assert ran == (
        2, "", f"error: the cluster at {started.address} lacks gradcli\n"
               "hint: scheduler and workers need what runs here: gradcli 1\n")  # fmt: skip


def test_processes_of_this_machine(process, gradcli, tmp_path):
    assert gradcli(f"{LINE} -o local.csv").status == 0
    ran = process(f"{LINE} -o out.csv --engine dask --threads 2")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "3,000 rows to out.csv: value, d_x, d_y\n", "")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--scheduler foo", "error: --scheduler foo is no address: missing port number in address 'foo'\n"
                            "hint: a scheduler says where it is when it starts: tcp://192.168.0.1:8786\n"),
        ("--scheduler tcp://127.0.0.1:1", "error: no scheduler answers at tcp://127.0.0.1:1\n"
                                          "hint: dask scheduler starts one\n"),
        ("--scheduler tcp://127.0.0.1:1 --engine local",
         "error: --scheduler is for --engine dask\nhint: leave out --engine local\n"),
        ("--scheduler tcp://127.0.0.1:1 --threads 2",
         "error: --threads is for this machine\nhint: how many a cluster has, its workers were told\n"),
    ],
)  # fmt: skip
def test_messages(gradcli, monkeypatch, options, message):
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    assert gradcli(f"{LINE} -o out.csv {options}") == (2, "", message)


def test_what_listens_and_says_nothing_is_no_scheduler(gradcli, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        ran = gradcli(f"{LINE} -o out.csv --scheduler {address}")
    assert ran == (2, "", f"error: no scheduler answers at {address}\nhint: dask scheduler starts one\n")


def test_a_worker_is_no_scheduler(gradcli, observer):
    address = next(iter(observer.nthreads()))
    ran = gradcli(f"{LINE} -o out.csv --scheduler {address}")
    assert ran == (2, "", f"error: at {address} is a worker, no scheduler\n")


def test_without_dask(gradcli, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = gradcli(f"{LINE} -o out.csv --engine dask")
    assert ran == (2, "", "error: --engine dask needs Dask\nhint: pip install 'gradcli[dask]'\n")


def behind(patch, count, act):
    """Act once, when so many parts have been written."""
    append = draft.Draft.append

    def acting(self, data, record):
        append(self, data, record)
        if len(self.parts) == count:
            act()

    patch.setattr(draft.Draft, "append", acting)


def test_a_worker_that_is_killed_at_work_is_not_missed(gradcli, observer, started, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 16)
    assert gradcli(f"{LINE} -o local.parquet").status == 0
    pids = observer.run(os.getpid)
    killed = set()

    def kill():
        while not killed:
            killed.update([address for address, tasks in observer.processing().items() if tasks][:1])
        os.kill(pids[min(killed)], signal.SIGKILL)

    with monkeypatch.context() as patch:
        behind(patch, 60, kill)
        ran = gradcli(f"{LINE} -o out.parquet --scheduler {started.address}")
    assert ran == (0, "3,000 rows to out.parquet: value, d_x, d_y\n", "")
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "local.parquet").read_bytes()
    assert observer.nthreads().keys() == pids.keys() - killed
    started.work(1)


def test_workers_go_on_with_what_threads_began(gradcli, observer, started, tmp_path, monkeypatch):
    assert gradcli(f"{LINE} -o local.parquet").status == 0

    def interrupt():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        behind(patch, 5, interrupt)
        assert gradcli(f"{LINE} -o out.parquet").status == 130
    with monkeypatch.context() as patch:
        behind(patch, 5, lambda: pytest.fail("a part is done again"))
        ran = gradcli(f"{LINE} -o out.parquet --resume --scheduler {started.address}")
    assert ran == (0, "3,000 rows to out.parquet: value, d_x, d_y\n", "")
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "local.parquet").read_bytes()


def test_workers_are_waited_for_and_that_is_said(observer, started, monkeypatch):
    monkeypatch.setattr(cluster, "_SOON", 0.1)
    observer.retire_workers()
    told = []

    def tell(text):
        told.append(text)
        started.work(2)

    with cluster.workers(started.address, tell=tell) as engine:
        assert engine.submit(pow, 2, 3).result() == 8
    assert told == [f"the scheduler at {started.address} has no workers; waiting for some"]


def test_what_was_done_when_the_scheduler_died_is_gone_on_with(gradcli, tmp_path, monkeypatch):
    assert gradcli(f"{LINE} -o local.parquet").status == 0
    with running(tmp_path, 1) as mortal, monkeypatch.context() as patch:
        patch.setattr(cluster, "_SOON", PATIENCE)
        behind(patch, 5, mortal.scheduler.kill)
        assert gradcli(f"{LINE} -o out.parquet --scheduler {mortal.address}") == (
            2, "", f"error: the scheduler at {mortal.address} is gone\n"
                   "hint: the same command with --resume goes on with what is there\n")  # fmt: skip
    assert not (tmp_path / "out.parquet").exists()
    with monkeypatch.context() as patch:
        behind(patch, 1, lambda: pytest.fail("a part is done again"))
        assert gradcli(f"{LINE} -o out.parquet --resume").out == "3,000 rows to out.parquet: value, d_x, d_y\n"
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "local.parquet").read_bytes()
