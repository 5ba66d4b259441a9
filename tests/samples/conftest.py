"""What the tests of the samples share: gradcli as a user runs it, and an oracle made of SymPy."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradcli import lang
from gradcli.cli import main
from gradcli.errors import Span
from gradcli.ops import Op

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def gradcli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Ran]:
    """Run a command line that starts with `gradcli`, from the root of the checkout, in this process."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(command: str) -> Ran:
        program, *args = shlex.split(command)
        assert program == "gradcli", command
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        status = main(args)
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def symbolic() -> Callable[[str], Any]:
    """Turn a text of the language into a SymPy expression, by way of our tree and the operations' twins."""
    sympy = pytest.importorskip("sympy")

    class Interpreter:
        """Computes with SymPy's values, whose numbers are exact."""

        leaks = False

        def constant(self, value: Any, span: Span) -> Any:
            return {np.pi: sympy.pi, np.e: sympy.E}.get(value, sympy.Rational(value))

        def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
            exact = [self.constant(a, span) if isinstance(a, (int, float)) else a for a in args]
            if isinstance(op.sympy, str):
                return getattr(sympy, op.sympy)(*exact, **kwargs)
            return op.sympy(sympy, *exact, **kwargs)

        def diff(self, u: Any, x: Any, span: Span) -> Any:
            return sympy.diff(u, x)

        def alias(self, value: Any, span: Span) -> Any:
            return value

        def select(self, condition: Any, then: Any, otherwise: Any, span: Span) -> Any:
            return sympy.Piecewise((then, condition), (otherwise, True))

        def mask(self, condition: Any) -> None:
            return None

        def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
            return value

        def array(self, value: Any) -> Any:
            return value if isinstance(value, (int, float)) else None

        def shape(self, value: Any) -> tuple[int, ...]:
            return np.shape(self.array(value))

        def tracked(self, value: Any) -> bool:
            return isinstance(value, sympy.Expr)

        def work(self) -> int:
            return 0

    def convert(text: str) -> Any:
        program = lang.parse(text)
        symbols = {name: sympy.Symbol(name, real=True) for name in program.variables}
        return program.evaluate(symbols, Interpreter()).value

    return convert
