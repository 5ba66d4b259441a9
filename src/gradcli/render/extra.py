"""Libraries that only some drawings need, and that are installed with an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import UsageError


def library(name: str, purpose: str, extra: str) -> Any:
    """Import a library; raise UsageError, which says how to install it, where it is missing."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        hint = f"pip install 'gradcli[{extra}]'"
        raise UsageError(f"{purpose} needs {error.name}, which is not installed", hint=hint) from None
