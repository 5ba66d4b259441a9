"""The samples run as their comments say, and what comes out is true."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli import Expression

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PAGES = sorted(SAMPLES.rglob("*.md"))
FILES = sorted(SAMPLES.glob("*.grad"))
COMMANDS = [(file, command) for file in FILES for command in re.findall(r"^# \$ (.*)$", file.read_text("utf-8"), re.M)]

Run = Callable[[str], Any]


def sample(name: str) -> Expression:
    return Expression.parse((SAMPLES / f"{name}.grad").read_text("utf-8"))


def close(value: Any, wanted: Any) -> bool:
    return np.allclose(value, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("file", "command"), COMMANDS, ids=[f"{f.stem}-{i}" for i, (f, _) in enumerate(COMMANDS)])
def test_the_command_in_the_comment_runs(file: Path, command: str, gradcli: Run) -> None:
    assert f"-f samples/{file.name} " in f"{command} "
    ran = gradcli(command)
    assert (ran.status, ran.err) == (0, "")
    assert "=" in ran.out or "Backward0" in ran.out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SAMPLES).as_posix())
def test_the_commands_of_the_pages_run(page: Path, gradcli: Run) -> None:
    commands = re.findall(r"^\$ (.*)$", page.read_text("utf-8"), re.M)
    assert commands
    for command in commands:
        assert gradcli(command).status == 0, command


def test_every_sample_is_in_the_index_and_says_how_it_is_run() -> None:
    index = re.findall(r"^\| \[.*?\]\((.*?)\)", (SAMPLES / "README.md").read_text("utf-8"), re.M)
    assert sorted(index) == [file.name for file in FILES]
    assert {file for file, _ in COMMANDS} == set(FILES)


def test_classic() -> None:
    value, grad = sample("classic").value_and_grad(x=1.0)
    assert close([value, grad["x"]], [math.e, 3 * math.e])


def test_line() -> None:
    value, grad = sample("line").value_and_grad(w=2.0, x=3.0, b=1.0)
    assert (value, grad) == (7.0, {"w": 3.0, "x": 2.0, "b": 1.0})


def test_rosenbrock_at_its_minimum() -> None:
    f = sample("rosenbrock")
    assert f.value_and_grad(x=1.0, y=1.0) == (0.0, {"x": 0.0, "y": 0.0})
    assert f.hessian(x=1.0, y=1.0) == {"x": {"x": 802.0, "y": -400.0}, "y": {"x": -400.0, "y": 200.0}}


def test_rosenbrock_chain_of_two_is_rosenbrock() -> None:
    value, grad = sample("rosenbrock_chain").value_and_grad(x=[1.2, 1.0])
    plain, partials = sample("rosenbrock").value_and_grad(x=1.2, y=1.0)
    assert close([value, *grad["x"]], [plain, partials["x"], partials["y"]])


def test_black_scholes_and_its_greeks() -> None:
    S, K, r, sigma, T = 100.0, 110.0, 0.03, 0.25, 0.5
    point = {"S": S, "K": K, "r": r, "sigma": sigma, "T": T}
    price, greek = sample("black_scholes").value_and_grad(point)
    gamma = sample("black_scholes").hessian(point, wrt=["S"])["S"]["S"]

    def distribution(z: float) -> float:
        return math.erfc(-z / math.sqrt(2)) / 2

    d1 = (math.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    density = math.exp(-(d1**2) / 2) / math.sqrt(2 * math.pi)
    paid = K * math.exp(-r * T)
    assert close(price, S * distribution(d1) - paid * distribution(d2))
    assert close(greek["S"], distribution(d1))
    assert close(greek["K"], -math.exp(-r * T) * distribution(d2))
    assert close(greek["sigma"], S * density * math.sqrt(T))
    assert close(greek["r"], T * paid * distribution(d2))
    assert close(greek["T"], S * density * sigma / (2 * math.sqrt(T)) + r * paid * distribution(d2))
    assert close(gamma, density / (S * sigma * math.sqrt(T)))


def test_logistic_loss_of_the_challenger_data() -> None:
    with (SAMPLES / "challenger.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    t = np.array([float(row["temperature"]) for row in rows])
    y = np.array([float(row["distress"]) for row in rows])
    assert (len(rows), y.sum()) == (23, 7)

    loss, grad = sample("logistic").value_and_grad(a=0.0, b=0.0, t=t, y=y, wrt=["a", "b"])
    assert close([loss, grad["a"], grad["b"]], [23 * math.log(2), 11.5 - 7, sum(t) / 2 - t @ y])

    # The published fit: logit p = 15.0429 - 0.2322 t, with a residual deviance of 20.315.
    loss, grad = sample("logistic").value_and_grad(a=15.042902, b=-0.23216275, t=t, y=y, wrt=["a", "b"])
    assert round(2 * loss, 3) == 20.315
    assert abs(grad["a"]) < 1e-4
    assert abs(grad["b"]) < 1e-4


def test_cross_entropy() -> None:
    logits, target = np.array([[2.0, 1.0, -1.0], [0.0, 3.0, 1.0]]), np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    value, grad = sample("cross_entropy").value_and_grad(logits=logits, target=target)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert close(value, -(math.log(softmax[0, 0]) + math.log(softmax[1, 2])) / 2)
    assert close(grad["logits"], (softmax - target) / 2)


def test_oscillator_obeys_its_equation_and_loses_what_friction_takes() -> None:
    point = {"m": 2.0, "c": 0.4, "k": 50.0, "x0": 0.1, "t": 0.7}
    at = sample("oscillator").at(point, wrt=["t"])
    speed, acceleration = at.derivatives("t", 2)
    assert abs(point["m"] * acceleration + point["c"] * speed + point["k"] * at.value) < 1e-12
    energy, rate = sample("oscillator_energy").value_and_grad(point)
    assert close(energy, point["m"] * speed**2 / 2 + point["k"] * at.value**2 / 2)
    assert close(rate["t"], -point["c"] * speed**2)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("classic", {"x": 1.3}),
        ("line", {"w": 2.1, "x": 3.2, "b": 1.7}),
        ("rosenbrock", {"x": 1.2, "y": 1.1}),
        ("black_scholes", {"S": 100.0, "K": 110.0, "r": 0.03, "sigma": 0.25, "T": 0.5}),
        ("oscillator", {"m": 2.0, "c": 0.4, "k": 50.0, "x0": 0.1, "t": 0.7}),
        ("oscillator_energy", {"m": 2.0, "c": 0.4, "k": 50.0, "x0": 0.1, "t": 0.7}),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_second_derivatives_are_those_of_sympy(
    name: str, point: dict[str, float], symbolic: Callable[[str], Any]
) -> None:
    sympy = pytest.importorskip("sympy")
    f = sample(name)
    twin, hessian = symbolic(f.text), f.hessian(point)
    symbols = {n: sympy.Symbol(n, real=True) for n in point}
    exact = {symbols[n]: sympy.Rational(value) for n, value in point.items()}
    for first in point:
        slope = sympy.diff(twin, symbols[first])
        for second in point:
            wanted = sympy.diff(slope, symbols[second]).subs(exact).evalf(50)
            assert abs(hessian[first][second] - wanted) <= 1e-12 * abs(wanted), (first, second)
