"""What is built is what is needed, and works where there is no checkout."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import gradcli

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "gradcli"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    ran = subprocess.run(
        command, cwd=cwd, env=os.environ | variables, capture_output=True, encoding="utf-8", timeout=300
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from a source distribution of the checkout."""
    built = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, cwd=ROOT)
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own, to be used with this environment's dependencies."""
    target = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", target, wheel, cwd=target)
    return target


def test_the_wheel_holds_the_package_the_grammar_the_manual_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {p.relative_to(ROOT / "src").as_posix() for p in PACKAGE.rglob("*.py")}
    assert sources | {"gradcli/py.typed", "gradcli/grammar/expression.lark"} <= held
    [manual] = held - {name for name in held if name.startswith("gradcli/")}
    assert manual == f"gradcli-{gradcli.__version__}.data/data/share/man/man1/gradcli.1"


def test_the_dependencies_are_these(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        required = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist", [])
    always = {re.match(r"[\w-]+", line)[0] for line in required if "extra ==" not in line}
    assert always == {"numpy", "scipy", "sympy", "mpmath", "uncertainties", "lark", "click", "rich"}


@pytest.mark.parametrize("program", ["{installed}/bin/gradcli", "{python} -m gradcli"])
def test_the_installed_command_differentiates(program: str, installed: Path, tmp_path: Path) -> None:
    command = program.format(installed=installed, python=sys.executable).split()
    printed = run(*command, "grad", "x**2*exp(x)", "--at", "x=1", "-q", cwd=tmp_path, PYTHONPATH=str(installed))
    assert printed == "8.154845485377136\n"


def test_the_installed_library_parses(installed: Path, tmp_path: Path) -> None:
    code = "import gradcli; print(gradcli.__file__, gradcli.Expression.parse('x**2')(x=3.0))"
    printed = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed))
    assert printed == f"{installed / 'gradcli' / '__init__.py'} 9.0\n"


def test_the_manual_is_where_man_looks(installed: Path) -> None:
    text = (installed / "share" / "man" / "man1" / "gradcli.1").read_text("utf-8")
    assert text == (ROOT / "docs" / "gradcli.1").read_text("utf-8")


def test_the_metadata_names_the_version_and_the_command() -> None:
    assert importlib.metadata.version("gradcli") == gradcli.__version__
    [script] = importlib.metadata.entry_points(group="console_scripts", name="gradcli")
    assert script.value == "gradcli.cli:main"
    assert callable(script.load())
