"""Expressions over data: uncertainties carried through, models fitted, tables mapped.

>>> from gradcli import data, lang
>>> round(data.propagate(lang.parse("x/3"), {"x": data.Measured(6.0, 0.3)}).uncertainty, 12)
0.1
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# The names for users, each with the module that has it, loaded when it is asked for.
_HOME = {
    "Arrays": "reading.tables",
    "Fit": "fitting.fit",
    "Measured": "uncertainty",
    "Propagation": "uncertainty",
    "fit": "fitting.fit",
    "propagate": "uncertainty",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
