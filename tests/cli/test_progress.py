"""How far something is, on a terminal."""

from __future__ import annotations

import io
import itertools
import re
from types import SimpleNamespace

import pytest

from gradcli.cli import progress


class Terminal(io.StringIO):
    """A stderr that looks like a terminal of 80 columns."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def frames(terminal):
    """What stood on the line, one state after the other."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    return [frame.strip() for frame in re.split(r"[\r\n]", plain) if frame.strip()]


def run(terminal, total, quiet=False, seconds=0.25):
    """Tell of rows, so many seconds after each other."""
    clock = itertools.count(step=seconds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", terminal)  # in the test itself: pytest sets its own before each
        patch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        with progress.counting("rows", lambda: total, quiet) as watch:
            for count in range(1, 7):
                watch(1_234_567 * count)


def test_rows_rows_a_second_and_the_time_left(terminal):
    run(terminal, 10_000_000)
    last = frames(terminal)[-1]
    assert re.fullmatch(r"\S+ 7,407,402 rows 4,\d\d0,000/s \S+ left", last) and len(last) <= 80
    assert terminal.getvalue().endswith("\x1b[2K")


def test_of_an_unknown_number_the_time_that_has_gone_by(terminal):
    run(terminal, None)
    assert re.fullmatch(r"\S+ 7,407,402 rows 4,\d\d0,000/s 0:00:\d\d", frames(terminal)[-1])


def test_what_is_soon_done_shows_nothing(terminal, monkeypatch):
    run(terminal, 10, seconds=0.01)
    run(terminal, 10, quiet=True)
    monkeypatch.setenv("TERM", "dumb")
    run(terminal, 10)
    assert terminal.getvalue() == ""
