"""How gradcli behaves among other programs: exit statuses, pipes, interrupts, colours, encodings."""

from __future__ import annotations

import array
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Process = Callable[..., Any]
GRAD = 'grad "x**2" --at x=3'
TEXT = "f     = 9.0\ndf/dx = 6.0\n"
PAINTED = "\x1b[1mf    \x1b[0m = 9.0\n\x1b[1mdf/dx\x1b[0m = 6.0\n"


@pytest.mark.parametrize(
    ("line", "status"), [("", 0), ("-h", 0), ("grad -h", 0), ("--version", 0), (GRAD, 0), ("grad x", 2), ("nothing", 2)]
)
def test_exit_status(process: Process, line: str, status: int) -> None:
    ran = process(line)
    assert (ran.returncode, bool(ran.stdout), bool(ran.stderr)) == (status, status == 0, status != 0)


def test_a_closed_pipe_is_141_and_silent(process: Process) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = process("ops", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_a_reader_that_leaves_early_ends_it(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradcli", "eval", "arange(200000)", "-q"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout and running.stderr
        assert running.stdout.read(4) == b"0.0 "
        running.stdout.close()
        assert running.wait(60) == 141
        assert running.stderr.read() == b""


def test_an_interrupt_is_130_and_silent(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gradcli", "eval", "-"]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    ) as running:
        assert running.stdin is not None
        running.stdin.write(b"1 +")
        running.stdin.flush()
        while _unread(running.stdin.fileno()):
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"")


def _unread(pipe: int) -> int:
    """Count the bytes in a pipe that its reader has not taken yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_full_disk_is_an_error(process: Process) -> None:
    with open("/dev/full", "w") as full:
        ran = process(GRAD, stdout=full, stderr=subprocess.PIPE)
    assert (ran.returncode, ran.stderr) == (2, "error: the result cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    ("closed", "line", "out", "err", "status"),
    [
        (1, GRAD, "", "error: standard output is closed\n", 2),
        (2, GRAD, TEXT, "", 0),
        (2, "grad x", "", "", 2),
        (0, "eval -", "", "error: standard input is closed\n", 2),
    ],
)
def test_closed_streams(environment: dict[str, str], closed: int, line: str, out: str, err: str, status: int) -> None:
    shell = f'exec "$0" -m gradcli {line} {closed}>&-'
    ran = subprocess.run(["sh", "-c", shell, sys.executable], env=environment, capture_output=True, encoding="utf-8")
    assert (ran.stdout, ran.stderr, ran.returncode) == (out, err, status)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, TEXT),
        ({"FORCE_COLOR": "1"}, PAINTED),
        ({"FORCE_COLOR": "1", "TERM": "xterm"}, PAINTED),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, TEXT),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, TEXT),
        ({"NO_COLOR": ""}, TEXT),
    ],
)
def test_colours_in_a_pipe(process: Process, variables: dict[str, str], expected: str) -> None:
    assert process(GRAD, variables=variables).stdout == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TERM": "xterm"}, PAINTED),
        ({"TERM": "xterm", "NO_COLOR": "1"}, TEXT),
        ({"TERM": "xterm", "NO_COLOR": ""}, PAINTED),
        ({"TERM": "dumb"}, TEXT),
    ],
)
def test_colours_on_a_terminal(process: Process, variables: dict[str, str], expected: str) -> None:
    assert on_a_terminal(process, GRAD, variables) == expected


def test_errors_are_painted_too(process: Process) -> None:
    assert process("grad x+", variables={"FORCE_COLOR": "1"}).stderr.startswith("\x1b[1;31merror:\x1b[0m ")


def on_a_terminal(process: Process, line: str, variables: dict[str, str]) -> str:
    master, slave = pty.openpty()
    process(line, variables=variables, stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)
    written = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux says that the other end is closed
            part = b""
        if not part:
            os.close(master)
            return written.decode().replace("\r\n", "\n")
        written += part


def test_other_encodings(process: Process) -> None:
    variables = {"PYTHONIOENCODING": "latin-1"}
    assert process("eval π*x --at π=2,x=1", variables=variables).stdout == "2.0\n"
    ran = process("graph π*x --at π=2,x=1", variables=variables)
    assert [line.split()[:4] for line in ran.stdout.splitlines()[1:]] == [
        ["#3", "MulBackward0", r"\u03c0*x", "2.0"],
        ["|-", "#1", "AccumulateGrad", r"\u03c0"],
        ["`-", "#2", "AccumulateGrad", "x"],
    ]
