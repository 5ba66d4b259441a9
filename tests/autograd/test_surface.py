"""The surface as a whole: every operation is there, and nothing is loaded before it is used."""

from __future__ import annotations

import builtins
import importlib
import json
import subprocess
import sys

import pytest

import gradcli
from gradcli.autograd import Tensor, surface
from gradcli.ops import ALIASES, REGISTRY

PUBLIC = {name: op for name, op in REGISTRY.items() if op.public and op.tensors}
SPELLINGS = [*PUBLIC, *(alias for alias, name in ALIASES.items() if name in PUBLIC)]


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_operation_is_a_function(name: str) -> None:
    assert callable(getattr(gradcli, name))
    assert getattr(gradcli, name) is getattr(gradcli, name), "it is found once"
    assert name in dir(gradcli)


@pytest.mark.parametrize("name", [name for name in SPELLINGS if not REGISTRY[ALIASES.get(name, name)].sequence])
def test_every_operation_is_a_method(name: str) -> None:
    assert callable(getattr(Tensor, name))
    assert name in dir(Tensor)


@pytest.mark.parametrize("name", [name for name, op in PUBLIC.items() if op.pointwise])
def test_every_pointwise_operation_writes_in_place(name: str) -> None:
    assert callable(getattr(Tensor, f"{name}_"))


@pytest.mark.parametrize("name", gradcli.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert hasattr(gradcli, name)


def test_public_names_are_listed_once_and_hide_nothing_of_python() -> None:
    assert len(set(gradcli.__all__)) == len(gradcli.__all__)
    assert not set(gradcli.__all__) & set(dir(builtins))


def test_autograd_has_what_it_lists() -> None:
    autograd = gradcli.autograd
    assert [name for name in autograd.__all__ if not hasattr(autograd, name)] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'gradcli' has no attribute 'nonsense'$"):
        gradcli.nonsense  # noqa: B018
    with pytest.raises(AttributeError, match=r"^'Tensor' object has no attribute 'nonsense'$"):
        gradcli.ones(1).nonsense  # noqa: B018


@pytest.mark.parametrize("name", ["tensor", "zeros", "index_backward", "zeros_like_", "__wrapped__"])
def test_only_operations_on_tensors_are_found_by_name(name: str) -> None:
    assert surface.function(name) is None


@pytest.mark.parametrize("module", sorted({module for module, _ in surface.ELSEWHERE.values()}))
def test_the_tables_name_functions_that_exist(module: str) -> None:
    home = importlib.import_module(f"gradcli.autograd.{module}")
    named = [name for where, name in (surface.ELSEWHERE | surface.PROPERTIES).values() if where == module]
    assert [name for name in named if not callable(getattr(home, name))] == []


LATE = {
    "chance", "conversion", "faults", "hooks", "inplace", "making", "overloads", "picking", "pieces", "printing",
    "reading", "variable",
}  # fmt: skip
LOADED = "import json, sys; print(json.dumps([m for m in sys.modules if m.startswith('gradcli.')]))"


def loaded(program: str) -> set[str]:
    """Return the modules of autograd that a program of its own process has imported."""
    run = subprocess.run([sys.executable, "-c", f"{program}; {LOADED}"], capture_output=True, text=True, check=True)
    return {name.removeprefix("gradcli.autograd.") for name in json.loads(run.stdout)}


def test_importing_loads_nothing_that_is_used_later() -> None:
    assert loaded("import gradcli") == set()
    assert not loaded("import gradcli.autograd") & LATE


def test_a_gradient_loads_only_what_it_takes() -> None:
    program = (
        "import numpy as np, gradcli as t; from gradcli.autograd.tensor import wrap;"
        "x = wrap(np.float64(1)).requires_grad_(); (x**2 * t.exp(x)).backward(); assert x.grad.item() > 8"
    )
    assert not loaded(program) & LATE
