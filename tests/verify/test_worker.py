"""The worker: it is killed when its time is up, kept within its memory, and replaced; nobody waits for it in vain."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gradcli import lang
from gradcli.verify import symbolic, witness
from gradcli.verify.witness import GaveUp, Limits
from gradcli.verify.worker import GivenUpError, Worker

# Beyond what any answer takes on a machine that is busy.
PATIENT = Limits(seconds=60.0)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.stop()


def ask(worker: Worker, text: str, limits: Limits = PATIENT, **point: float) -> list[dict[str, Any]]:
    return list(worker.ask("testify", limits, text=text, point=point, wrt=list(point), order=1))


def test_one_process_serves_many_requests(worker: Worker) -> None:
    assert [float(a["value"]) for a in ask(worker, "x**2", x=3.0)] == [9.0, 6.0]
    first = worker._process
    assert [float(a["value"]) for a in ask(worker, "x*y", x=3.0, y=2.0)] == [6.0, 2.0, 3.0]
    with pytest.raises(GivenUpError, match=r"^`rand` draws numbers at random$"):
        ask(worker, "rand(2)*x", x=1.0)
    assert ask(worker, "x", x=1.0)[1]["value"] == "1.0"
    assert worker._process is first
    assert 0 < worker.seconds < 10


@pytest.mark.parametrize(
    "text",
    [
        "gamma(gamma(gamma(10)))*x",
        "sin(" * 1000 + "x" + ")" * 1000,
        "+".join(f"sin({i}*x)*exp(x/{i})" for i in range(1, 5000)),
    ],
    ids=["number", "nest", "long"],
)
def test_a_request_ends_when_its_time_is_up(worker: Worker, text: str) -> None:
    ask(worker, "x", x=1.0)
    began = time.monotonic()
    with pytest.raises(GivenUpError, match=r"^it took more than 0\.3 s$"):
        ask(worker, text, Limits(seconds=0.3), x=1.0)
    assert time.monotonic() - began < 5
    assert ask(worker, "x**2", x=3.0)[1]["value"] == "6.0"  # by another process


def test_what_is_found_before_the_time_is_up_is_kept() -> None:
    program = lang.parse("x**2 + " + "sin(" * 400 + "y" + ")" * 400)
    point = {"x": 3.0, "y": 1.0}
    limits = Limits(seconds=4.0)
    account = symbolic.testify(program, point, ["x", "y"], limits=limits)
    assert isinstance(account, dict)
    assert account["x",] == witness.Testimony("symbolic", 6.0, 4.440892098500626e-16, digits="6.0")
    assert account["y",] == GaveUp("symbolic", "it took more than 4 s")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread watches the memory, see below")
def test_a_request_is_kept_within_its_memory(worker: Worker) -> None:
    with pytest.raises(GivenUpError, match=r"^it (needs too much memory|ran out of memory, or crashed)$"):
        ask(worker, "exp2(64*64*64*64*64*64)*x", Limits(60.0, 1 << 26), x=1.0)
    assert ask(worker, "x**2", x=3.0)[1]["value"] == "6.0"


def test_the_watch_ends_a_process_that_uses_too_much() -> None:
    script = "from gradcli.verify import serving; import threading; b = bytearray(1 << 28); serving.watch(1 << 27)"
    assert subprocess.run([sys.executable, "-c", script], env=environment(), timeout=60).returncode == 1


def test_a_worker_that_is_killed_is_replaced(worker: Worker) -> None:
    ask(worker, "x", x=1.0)
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    assert ask(worker, "x**2", x=3.0)[1]["value"] == "6.0"


def test_an_answer_nobody_wants_any_more_ends_the_request(worker: Worker) -> None:
    answers = worker.ask("testify", PATIENT, text="x*y", point={"x": 1.0, "y": 2.0}, wrt=["x", "y"], order=2)
    next(answers)
    answers.close()
    assert ask(worker, "x**2", x=3.0)[1]["value"] == "6.0"


def test_there_is_no_python_to_start(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.stop()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(GivenUpError, match=r"^its process cannot be started \(No such file or directory\)$"):
        ask(worker, "x", x=1.0)
    symbolic.prepare()


def test_modules_in_the_directory_of_the_user_are_not_imported(
    worker: Worker, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sympy.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert ask(worker, "x**2", x=3.0)[1]["value"] == "6.0"


def test_a_worker_ends_with_whom_it_works_for() -> None:
    script = (
        "from gradcli.verify.worker import Worker; w = Worker(); w.start(); print(w._process.pid, flush=True);"
        "import os; os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=environment(), stdout=subprocess.PIPE, timeout=60)
    deadline = time.monotonic() + 30
    while runs(int(ran.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(int(ran.stdout))


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that has ended may wait for its new parent to notice.
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(found.strip()) and not found.startswith("Z")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9**9*x",
        "9**-9**9**9*x",
        "exp(exp(exp(exp(9*x))))",
        "digamma(100000000)*x + gamma(1e9*x)",
        "x**(1/123456789)*0.1**0.3",
        "(" * 1000 + "x" + "*2)" * 1000,
        "x" + "+1" * 50_000,
    ],
    ids=lambda text: text[:24],
)
def test_hostile_input_ends(text: str) -> None:
    """What numbers and nests would cost elsewhere is no matter here: it ends, with a number or without."""
    account = symbolic.testify(lang.parse(text), {"x": 1.0}, ["x"])
    said = account if isinstance(account, GaveUp) else account["x",]
    known = r"it took more than 2 s|`\w+` is too large, or too small, there|the expression is too deep"
    assert isinstance(said, witness.Testimony) or re.fullmatch(known, said.reason)


def test_no_text_reaches_a_parser_of_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy
    import sympy.physics.units  # it parses names of its own when it is loaded
    from sympy.parsing import sympy_parser

    from gradcli.verify import tasks

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"SymPy was to parse {args[0]!r}")

    for name in ("parse_expr", "eval_expr", "stringify_expr"):
        monkeypatch.setattr(sympy_parser, name, refuse)
    with pytest.raises(AssertionError):
        sympy.sympify("__import__('os').getcwd()")
    for text in ("lambda_*x**2.5", "I*x + E*x + S*x", "N*x/Q + O*x", "beta*x + gamma(x)*gamma", "oo*x + zoo*x"):
        names = lang.parse(text).variables
        assert [a for a in tasks.testify(text, dict.fromkeys(names, 1.5), names, 2) if "gave_up" in a] == []
        assert list(tasks.derive(text, {}, names, 1, True, "latex", "f"))
        assert list(tasks.diagnose(text, "2*x", "x", None)) == [{"said": None}]
