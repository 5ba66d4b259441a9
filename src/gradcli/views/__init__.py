"""Results: what a command has to say, apart from how it is drawn.

The fields of a result are the keys of its JSON object, in the same order; a field of a result that is
None is left out. `at` holds the point as it was given, `notes` what stderr says in the other formats.

Values and derivatives are here, graphs and the rule book in modules of their own, with what reads them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np


class View(Protocol):
    """What every result is: fields by name, among them notes, and the name of its command."""

    @property
    def command(self) -> str: ...

    @property
    def notes(self) -> list[str]: ...

    def _asdict(self) -> dict[str, Any]: ...


class Evaluation(NamedTuple):
    """The value of an expression."""

    expression: str
    at: dict[str, Any]
    value: Any
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "eval"


class Gradient(NamedTuple):
    """The value of an expression and its derivatives by name.

    `grad` is absent where a Jacobian was asked for; `hessian` is there at order 2, and `derivatives`,
    the list of the first, second, ... derivative, above it.
    """

    expression: str
    at: dict[str, Any]
    value: Any
    grad: dict[str, Any] | None
    jacobian: dict[str, Any] | None
    hessian: dict[str, dict[str, Any]] | None
    derivatives: dict[str, list[Any]] | None
    notes: list[str]

    @property
    def command(self) -> str:
        """The command that this is the result of."""
        return "grad"


def in_dtype(value: Any, dtype: str) -> Any:
    """Return a result, or a dict or list of them, with its numbers in the dtype they were computed in.

    A Python float has the digits of float64, of which a number of float32 needs only the first half.
    """
    if dtype == "float64" or value is None:
        return value
    if isinstance(value, dict):
        return {name: in_dtype(v, dtype) for name, v in value.items()}
    if isinstance(value, list):
        return [in_dtype(v, dtype) for v in value]
    return np.dtype(dtype).type(value) if isinstance(value, float) else value
