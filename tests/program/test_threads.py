"""Threads that share a program: interrupts, errors, contexts, forks, and callers of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import pytest

from gradcli.program.executable import Executable
from gradcli.program.ssa import parse
from gradcli.program.threads import share

LOG = "inputs %0 x : f64[n]\n%1 = log %0 : f64[n]\noutputs value %1"
SUM = """
    inputs %0 x : f64[n]
    %1 = exp %0 : f64[n]
    %2 = sum %1 {dim=None, keepdim=False} : f64[]
    %3 = div %1 %2 : f64[n]
    outputs value %2, x %3
"""
LENGTH = 300_000


def test_the_first_error_stops_every_thread():
    stopped: list[bool] = []
    turns: list[int] = []
    begun = threading.Barrier(3)

    def work() -> None:
        begun.wait()
        while not stopped:
            turns.append(1)
            time.sleep(0.001)
            if threading.current_thread() is threading.main_thread():
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share(work, 3, stopped)
    done = len(turns)
    time.sleep(0.02)
    assert len(turns) == done


def test_an_error_in_a_helper_is_raised_where_it_was_called():
    stopped: list[bool] = []
    main = threading.main_thread()

    def work() -> None:
        if threading.current_thread() is not main:
            raise ValueError("of a helper")
        while not stopped:
            time.sleep(0.001)

    with pytest.raises(ValueError, match="of a helper"):
        share(work, 2, stopped)


def test_an_interrupt_stops_a_program():
    lines = ["inputs %0 x : f64[n]"] + [f"%{i + 1} = sin %{i} : f64[n]" for i in range(300)]
    script = f"""
        import os, signal, threading, time
        import numpy as np
        from gradcli.program.executable import Executable
        from gradcli.program.ssa import parse

        executable = Executable(parse({chr(10).join([*lines, "outputs value %300"])!r}), threads=2)
        executable.run([np.ones(10)])
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        start = time.perf_counter()
        try:
            executable.run([np.ones(10_000_000)])
        except KeyboardInterrupt:
            took = time.perf_counter() - start
            used = time.process_time()
            time.sleep(0.3)
            print(took < 10, time.process_time() - used < 0.2)
    """
    assert _python(script) == "True True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_has_threads_of_its_own():
    script = f"""
        import os
        import numpy as np
        from gradcli.program.executable import Executable
        from gradcli.program.ssa import parse

        executable = Executable(parse({SUM!r}), threads=2)
        x = np.linspace(0, 1, {LENGTH})
        wanted = executable.run([x])[0]
        child = os.fork()
        if not child:
            os._exit(0 if executable.run([x])[0] == wanted else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert _python(script) == "0"


def _python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120
    )
    assert not done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("n", [10, LENGTH])
def test_errstate_reaches_every_thread(n):
    executable = Executable(parse(LOG), threads=2)
    assert np.isneginf(executable.run([np.zeros(n)])[0]).all()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
        executable.run([np.zeros(n)])


def test_calls_from_several_threads_at_once():
    executable = Executable(parse(SUM))
    x = np.linspace(0, 1, LENGTH)
    wanted = executable.run([x])
    found: list[list[Any]] = []
    callers = [threading.Thread(target=lambda: found.append(executable.run([x]))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 4
    for results in found:
        for got, want in zip(results, wanted, strict=True):
            np.testing.assert_array_equal(got, want)
