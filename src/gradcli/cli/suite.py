"""A suite of checks: a TOML file of named tables, each an expression with what is claimed of it, and where.

    [gaussian]
    expr = "exp(-x**2/2)"
    claim = "-x*exp(-x**2/2)"
    range = "x=-3:3"

Values are written as the options of `gradcli check` take them, or as tables and lists of TOML.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import gradcli

from .. import lang
from ..errors import DataError, GradcliError, UsageError
from ..expression import Expression
from . import claimed, point, repair, values

KEYS = ("expr", "claim", "at", "range", "wrt", "order")


class Case(NamedTuple):
    """A named check: an expression, and what is asked of it."""

    name: str
    expression: Expression
    at: values.Values
    ranges: dict[str, tuple[float, float]]
    claims: dict[str, str]
    wrt: list[str]
    order: int


def read(path: str) -> list[Case]:
    """Read a suite; raise DataError where the file is none, and what a check in it is refused for."""
    try:
        with open(path, "rb") as file:
            tables = tomllib.load(file)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not TOML: {error}") from None
    if not tables:
        raise DataError(f"{path} has no checks", hint=f"a check is a table: {_EXAMPLE}")
    return [_case(name, table) for name, table in tables.items()]


_EXAMPLE = '[square] expr = "x**2" claim = "2*x"'


def _case(name: str, table: Any) -> Case:
    if not isinstance(table, Mapping) or "expr" not in table:
        raise DataError(f"suite:{name} has no `expr`", hint=f"a check is a table: {_EXAMPLE}")
    for key in table:
        if key not in KEYS:
            near = lang.suggest(key, KEYS)
            hint = f"did you mean `{near}`?" if near else f"a check has {', '.join(KEYS)}"
            raise DataError(f"suite:{name} has an unknown key `{key}`", hint=hint)
    try:
        expression = gradcli.Expression.parse(_text(table["expr"], "expr"))
        wrt = point.names(_texts(table.get("wrt", []), "wrt"))
        order = table.get("order", 1)
        if order not in (1, 2) or isinstance(order, bool):
            raise UsageError("`order` is 1 or 2")
        return Case(
            name, expression,
            values.read("at", _items(table.get("at", []), "at", _value)),
            values.ranges("range", _items(table.get("range", []), "range", _bounds)),
            claimed.read(_items(table.get("claim", []), "claim", str), wrt or expression.variables),
            wrt, order,
        )  # fmt: skip
    except GradcliError as error:
        raise of_case(name, error) from None


def of_case(name: str, error: GradcliError) -> GradcliError:
    """Say which check of the suite an error is about."""
    if error.text is None:
        error.message = f"suite:{name}: {error.message}"
    error.source = f"suite:{name}"
    return error


def typed(case: Case, at: str, options: Sequence[str]) -> str:
    """Write the command that checks a case at one point."""
    tokens = [case.expression.text]
    for names, formula in case.claims.items():
        tokens += ["--claim", f"{names}={formula}"]
    if case.wrt:
        tokens += ["--wrt", ",".join(case.wrt)]
    if case.order != 1:
        tokens += ["--order", str(case.order)]
    return repair.typed("check", [*tokens, *(["--at", at] if at else []), *options])


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"`{key}` is a text in quotes")
    return value


def _texts(value: Any, key: str) -> list[str]:
    return [_text(each, key) for each in value] if isinstance(value, list) else [_text(value, key)]


def _items(value: Any, key: str, written: Any) -> list[str]:
    """Write a value of TOML, a text, a list of texts or a table, as the option of that name takes it."""
    if isinstance(value, Mapping):
        return [f"{name}={written(each)}" for name, each in value.items()]
    return _texts(value, key)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bounds(value: Any) -> str:
    return ":".join(map(str, value)) if isinstance(value, list) else str(value)
