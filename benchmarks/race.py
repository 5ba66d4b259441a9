"""Races: contenders that do the same work in turn, compared by the ratio of their medians.

A noisy machine slows all contenders of a round alike, so they run A B C A B C ... and only the
ratios are quoted. Each runs in processes of its own, where no other's modules weigh on the garbage
collector. A peer that is not installed is left out and named.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Protocol

# As installed packages are: compiled once, in the warm-up, where the environment would forbid it.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

OURS = "import gradcli as t"
TORCH = "import torch as t; t.set_num_threads(2)"


class Contender(Protocol):
    """Something that can be timed, and closed when the race is over."""

    def time(self, repeat: int) -> float: ...

    def close(self) -> None: ...


class Command:
    """A whole process of this interpreter, from start to end, its output thrown away."""

    def __init__(self, *arguments: str, text: str | None = None) -> None:
        self._arguments = [sys.executable, *arguments]
        self._text = text

        self.peak = 0  # bytes of memory, the most that a run took

    def time(self, repeat: int) -> float:
        start = time.perf_counter()
        for _ in range(repeat):
            running = subprocess.Popen(
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=_ENVIRONMENT
            )
            assert running.stdin
            with running.stdin as file:
                file.write(self._text or "")
            _, status, usage = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
            if running.returncode:
                raise subprocess.CalledProcessError(running.returncode, self._arguments)
            self.peak = max(self.peak, usage.ru_maxrss * 1024)
        return time.perf_counter() - start

    def close(self) -> None:
        pass


class Loop:
    """Code that defines `run()`, called in a process that starts with the first round and ends with the race."""

    SERVE = """
import sys, time
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        run()
    print(time.perf_counter() - start, flush=True)
"""

    def __init__(self, code: str) -> None:
        self._code = code

    @functools.cached_property
    def _process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", self._code + self.SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, repeat: int) -> float:
        assert self._process.stdin and self._process.stdout
        print(repeat, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@dataclass
class Race:
    """Some ways of doing one thing, ours first.

    `bounds` holds what we promise of a peer's time in units of ours: 3.0 where it takes at least
    three times as long, 1/1.75 where we may take 1.75 times as long as it does.
    """

    title: str
    contenders: dict[str, Contender]
    bounds: dict[str, float] = field(default_factory=dict)
    rounds: int = 9
    repeat: int = 1
    absent: tuple[str, ...] = ()

    def against(self, peer: str, module: str, code: str, bound: float) -> Race:
        """Add a peer by code that defines `run()`, or name it as absent where its module is not installed."""
        self.bounds[peer] = bound
        if installed(module):
            self.contenders[peer] = Loop(code)
        else:
            self.absent += (peer,)
        return self

    def run(self) -> Result:
        """Run all contenders in turn, once to warm up, and take the medians."""
        taken: dict[str, list[float]] = {name: [] for name in self.contenders}
        for number in range(self.rounds + 1):
            for name, contender in self.contenders.items():
                seconds = contender.time(self.repeat) / self.repeat
                if number:
                    taken[name].append(seconds)
        for contender in self.contenders.values():
            contender.close()
        return Result(self, {name: statistics.median(times) for name, times in taken.items()})


@dataclass
class Result:
    """The medians of a race in seconds, by contender."""

    race: Race
    medians: dict[str, float]

    @property
    def ratios(self) -> dict[str, float]:
        """Each contender's time in units of ours."""
        ours = next(iter(self.medians.values()))
        return {name: seconds / ours for name, seconds in self.medians.items()}

    @property
    def missed(self) -> list[str]:
        """The peers of which we promised more."""
        return [name for name, bound in self.race.bounds.items() if self.ratios.get(name, bound) < bound]

    def lines(self) -> list[str]:
        """The result as a small table: median, and ratio to ours with the bound it has to keep."""
        shown = [self.race.title]
        for name, ratio in self.ratios.items():
            bound = self.race.bounds.get(name)
            verdict = (
                "" if bound is None else f"  (at least {bound:.2f}: {'missed' if name in self.missed else 'kept'})"
            )
            memory = _memory(self.race.contenders[name])
            shown.append(f"  {name:20} {_seconds(self.medians[name]):>10} {ratio:8.2f}{memory}{verdict}")
        return shown + [f"  {name:20} not installed" for name in self.race.absent]


def beside_torch(title: str, code: str, bound: float, rounds: int, repeat: int = 1) -> Race:
    """Return the race of one code, which calls either library `t`, under gradcli and under torch."""
    race = Race(title, {"gradcli": Loop(OURS + code)}, rounds=rounds, repeat=repeat)
    return race.against("torch", "torch", TORCH + code, bound)


def installed(*modules: str) -> bool:
    """Tell whether all of some modules can be imported here."""
    return all(importlib.util.find_spec(name) for name in modules)


def _memory(contender: Contender) -> str:
    return f"  {contender.peak / 2**20:6.0f} MiB" if isinstance(contender, Command) else ""


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
