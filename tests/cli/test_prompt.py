"""The shell on a terminal: editing, completion, history, interrupts; in this process, and once through a pty."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from gradcli.cli.prompt import candidates, entered, unfinished
from gradcli.cli.session import Session

Keys = Callable[[str], list[str]]

UP, TAB, CTRL_C, CTRL_D = "\x1b[A", "\t", "\x03", "\x04"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Keys]:
    """Type keys into the prompt; return the lines that come of them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    session = Session()
    session.enter("alpha = 1; area(r) = pi*r**2")

    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):

        def run(keys: str) -> list[str]:
            keyboard.send_text(keys + CTRL_D)
            return list(entered(session))

        yield run


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ("x = 3\rx**2\r", ["x = 3", "x**2"]),
        ("sum([1,\r2])\r", ["sum([1,\n2])"]),
        ("1 +\r2\r", ["1 +\n2"]),
        ("1 +\r\r", ["1 +"]),
        (":grad x\r:plot x=0:(1\r", [":grad x", ":plot x=0:(1"]),
        (f"wrong{CTRL_C}1\r", ["1"]),
        ("1\r2\r:quit\r3\r", ["1", "2"]),
        ("\x1b[200~x = 1\nx + 1\n:grad\x1b[201~\r", ["x = 1", "x + 1", ":grad"]),
    ],
)
def test_what_is_typed(typed: Keys, keys: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(keys) == lines
    assert capsys.readouterr().out.endswith(":help tells what can be typed, and Ctrl-D leaves.\n")


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(
    typed: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert typed("1\r") == ["1"]


@pytest.mark.parametrize(
    ("before", "begun", "some"),
    [
        ("", "", ["alpha", "area(", "diff(", "pi", "sin("]),
        ("2*x + si", "si", ["sigmoid(", "sign(", "silu(", "sin(", "sinc(", "sinh("]),
        (":", ":", [":check", ":grad", ":graph", ":help", ":plot", ":quit"]),
        ("  :gr", ":gr", [":grad", ":graph"]),
        (":ops arct", "arct", ["arctan", "arctan2", "arctanh"]),
        (":grad al", "al", ["alpha"]),
        ("2", "", []),
    ],
)
def test_candidates(before: str, begun: str, some: list[str]) -> None:
    session = Session()
    session.enter("alpha = 1; area(r) = pi*r**2")
    found, words = candidates(before, session)
    assert found == begun
    assert set(some) <= set(words)
    assert all(word.startswith(begun) for word in words)
    assert not {":repl", ":completion", "add_"} & set(words)


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("sin(", True),
        ("1 +", True),
        ("f(x) =", True),
        ("1 +\n", False),
        ("sin(1)", False),
        (")", False),
        (":x (", False),
    ],
)
def test_when_enter_goes_on(text: str, goes_on: bool) -> None:
    assert unfinished(text) == goes_on


def test_through_a_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    variables = environment | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1"}
    with warnings.catch_warnings():  # of a fork beside threads: the child becomes another program at once
        warnings.simplefilter("ignore", DeprecationWarning)
        shell: Any = pexpect.spawn(
            sys.executable, ["-m", "gradcli", "repl"], env=variables, cwd=str(tmp_path), encoding="utf-8", timeout=60
        )
    shell.expect(">>>")
    for keys, answer in [
        ("x = 3\r", ">>>"),
        ("x**2*exp(x)\r", r"180\.76983230868902\r\n.*>>>"),
        (":grad x\r", r"df/dx = 301\.283053847\d+\r\n.*>>>"),
        (f"arcsinh{TAB}", r"arcsinh.*\("),
        ("0)\r", r"0\.0\r\n.*>>>"),
        ("sqr(x)\r", r"sqr\(x\)\r\n  \^\^\^\r\nhint: try sqrt\(x\)\r\n.*>>>"),
        ("f(a) =\r", r"\.\.\."),
        ("a**2\r", ">>>"),
        ("f(x) + 0.5\r", r"9\.5\r\n.*>>>"),
        (f"forgotten{CTRL_C}", ">>>"),
        (UP, r"0\.5"),
        ("\r", r"9\.5\r\n.*>>>"),
    ]:
        shell.send(keys)
        shell.expect(answer)
    shell.send(" + ".join(["sum(rand(3000,3000)@rand(3000,3000))"] * 9) + "\r")
    shell.expect(r"\[\?2004l")  # the prompt gives the terminal back
    time.sleep(0.5)  # until the products are under way: they take seconds
    shell.sendintr()
    shell.expect(r"note: interrupted\r\n.*>>>")
    shell.send(CTRL_D)
    shell.expect(pexpect.EOF)
    shell.close()
    assert (shell.exitstatus, shell.signalstatus) == (0, None)
    history = tmp_path / ".local" / "state" / "gradcli" / "history"
    assert "+f(x) + 0.5\n" in history.read_text()


def test_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradcli.errors import UsageError

    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    with pytest.raises(UsageError) as caught:
        next(entered(Session()))
    assert str(caught.value) == "the shell on a terminal needs prompt_toolkit, which is not installed"
    assert caught.value.hint == "pip install 'gradcli[repl]'"
