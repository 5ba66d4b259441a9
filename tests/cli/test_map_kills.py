"""`gradcli map` killed at any moment: the target is the old file or the whole new one, and nothing done is lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

polars = pytest.importorskip("polars")

KILLS = 20
ROWS = 2_000_000
LINE = ["map", "x*x*exp(x*y)", "data.parquet", "-q", "--order", "2", "-o"]
OLD = b"what was there before"


@pytest.fixture
def start(tmp_path, environment):
    """Start `gradcli map` as a process that writes a file of that name."""
    x, y = np.random.default_rng(5).uniform(-1, 1, (2, ROWS))
    polars.DataFrame({"x": x, "y": y}).write_parquet(tmp_path / "data.parquet")

    def begin(target, *more):
        command = [sys.executable, "-m", "gradcli", *LINE, target, *more]
        return subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)

    return begin


def test_killed_at_random_moments(start, tmp_path):
    begun = time.monotonic()
    assert start("whole.parquet").wait() == 0
    whole, seconds = (tmp_path / "whole.parquet").read_bytes(), time.monotonic() - begun
    target, journal = tmp_path / "out.parquet", tmp_path / "out.parquet.journal"
    target.write_bytes(OLD)
    chance, had, finished = random.Random(7), [0], 0
    for _ in range(KILLS):
        running = start("out.parquet", "--force", "--resume")
        try:
            running.wait(chance.uniform(0.1, 1.1) * seconds)
        except subprocess.TimeoutExpired:
            running.kill()
        status = running.wait()
        assert status in (0, -signal.SIGKILL)
        assert target.read_bytes() in (OLD, whole)
        if status == 0:
            assert target.read_bytes() == whole and not journal.exists()
        if target.read_bytes() == whole:  # a kill may also come when all is done but the journal's removal
            target.write_bytes(OLD)
            finished += 1
            had.append(0)
            continue
        had.append(journal.read_bytes().count(b'"bytes"') if journal.exists() else 0)
        assert had[-1] >= had[-2]
    assert max(had) > 0 and finished < KILLS
    assert start("out.parquet", "--force", "--resume").wait() == 0
    assert target.read_bytes() == whole
    assert [path.name for path in tmp_path.glob("out*")] == ["out.parquet"]
