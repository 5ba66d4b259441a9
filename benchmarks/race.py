"""Races: contenders that do the same work in turn, compared by the ratio of their medians.

A noisy machine slows all contenders of a round alike, so they run A B C A B C ... and only the
ratios are quoted. A peer that is not installed is left out and named.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Run = Callable[[], object]


@dataclass
class Race:
    """Some ways of doing one thing; the first is ours, `bound` the ratio to a peer that we promise.

    A bound of `("torch", 3.0)` says that torch takes at least three times as long; one below 1, as
    `("import numpy", 0.57)`, that we may take longer by no more than its inverse.
    """

    title: str
    contenders: dict[str, Run]
    bounds: dict[str, float] = field(default_factory=dict)
    rounds: int = 9
    repeat: int = 1
    absent: tuple[str, ...] = ()

    def run(self) -> Result:
        for run in self.contenders.values():
            run()
        taken: dict[str, list[float]] = {name: [] for name in self.contenders}
        for _ in range(self.rounds):
            for name, run in self.contenders.items():
                start = time.perf_counter()
                for _ in range(self.repeat):
                    run()
                taken[name].append((time.perf_counter() - start) / self.repeat)
        return Result(self, {name: statistics.median(times) for name, times in taken.items()})


@dataclass
class Result:
    """The medians of a race in seconds, by contender."""

    race: Race
    medians: dict[str, float]

    def lines(self) -> list[str]:
        ours = next(iter(self.medians.values()))
        shown = [self.race.title]
        for name, seconds in self.medians.items():
            ratio = seconds / ours
            bound = self.race.bounds.get(name)
            verdict = "" if bound is None else f"  at least {bound:.2f}: {'kept' if ratio >= bound else 'MISSED'}"
            shown.append(f"  {name:28} {_seconds(seconds):>10} {ratio:8.2f}{verdict}")
        shown += [f"  {name:28} not installed" for name in self.race.absent]
        return shown


def installed(*modules: str) -> bool:
    """Tell whether all of some modules can be imported here."""
    return all(importlib.util.find_spec(name) for name in modules)


def process(*arguments: str, text: str | None = None) -> Run:
    """Return a run of this interpreter as a whole process, its output thrown away."""

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, input=text, text=True)

    return run


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
