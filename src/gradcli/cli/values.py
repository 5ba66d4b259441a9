"""The reader of `--at` and `--range`: values for names, from expressions of constants and functions, and files."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import gradcli

from .. import lang
from ..errors import EvaluationError, GradcliError, UsageError
from . import files, repair

# Brackets, and a comma that starts an item.
_MARK = re.compile(rf"[\[(]|[\])]|,(?=\s*(?:{repair.NAME}\s*=(?!=)|@))")
# A colon that is not inside of brackets.
_COLON = re.compile(r"\s*:(?![^\[]*\])\s*")
_ITEM = re.compile(rf"\s*({repair.NAME})\s*=(?!=)\s*(.*?)\s*", re.DOTALL)


class NotConstant(EvaluationError):
    """A value that depends on `variables`; `item` is all that was written, as `y=2*x`."""

    item = ""
    variables: tuple[str, ...] = ()


class Values(NamedTuple):
    """Values by name, the same as they are shown, and the files that were read."""

    values: dict[str, Any]
    shown: dict[str, Any]
    files: list[str]


def read(
    option: str,
    texts: Sequence[str],
    seed: int = 0,
    special: Callable[[str], tuple[str, Any, Any] | None] | None = None,
) -> Values:
    """Read the values that an option was given, as `x=1,y=[1,2]`, each name once.

    `special` is asked first, for items of a form of its own: it returns the name, the value, and how that is shown.
    Raises UsageError where a text is not of that form, and what evaluating a value raises.
    """
    found = Values({}, {}, [])
    for item in (item for text in texts for item in items(text)):
        if special and (made := special(item)):
            _enter(found, option, *made)
            continue
        if item.strip().startswith("@"):
            found.files.append(item.strip()[1:])
            for name, value in files.parameters(found.files[-1]).items():
                _enter(found, option, name, value, value)
            continue
        match = _ITEM.fullmatch(item)
        if not match:
            raise UsageError(f"{option} {repair.quoted(item)} is not NAME=VALUE", hint=_form(option, item))
        name, text = match.groups()
        try:
            value, path = value_of(f"{option} {name}", text, (seed, 1 + len(found.values)))
        except NotConstant as error:
            error.item = f"{name}={text}"
            raise
        if path:
            found.files.append(path)
        _enter(found, option, name, value, text if path else value)
    return found


def ranges(option: str, texts: Sequence[str], finite: bool = True) -> dict[str, tuple[float, float]]:
    """Read the ranges that an option was given, as `x=-3:3,y=0:2*pi`: two numbers each, the lower one first.

    Unless they are to be `finite`, `inf` may stand at an end. Raises UsageError where a text is not of that
    form, and what evaluating a number raises.
    """
    found: dict[str, tuple[float, float]] = {}
    for item in (item for text in texts for item in items(text)):
        match = _ITEM.fullmatch(item)
        parts = _COLON.split(match[2]) if match else []
        if not match or len(parts) != 2 or not all(parts):
            name = match[1] if match else "x"
            raise UsageError(f"{option} {repair.quoted(item)} is not NAME=LOW:HIGH", hint=f"write {option} {name}=-3:3")
        name = match[1]
        if name in found:
            raise UsageError(f"{option} gives {name} a range twice", hint="keep one of them")
        low, high = (_number(f"{option} {name}", part, finite) for part in parts)
        if not low < high:
            swapped = f"{name}={parts[1]}:{parts[0]}"
            hint = f"write {option} {repair.quoted(swapped)}" if high < low else None
            raise UsageError(f"{option} {name} goes from {low} to {high}: the lower end comes first", hint=hint)
        found[name] = (low, high)
    return found


def _number(source: str, text: str, finite: bool) -> float:
    """Evaluate the text of a number; raise UsageError where it is not one, or not a finite one."""
    value, _ = value_of(source, text)
    if not isinstance(value, (int, float)) or math.isnan(value) or (finite and math.isinf(value)):
        raise UsageError(f"{source}: {repair.quoted(text)} is not a {'finite ' if finite else ''}number")
    return float(value)


def value_of(source: str, text: str, seed: Any = 0) -> tuple[Any, str | None]:
    """Evaluate the text of a value; return it, and the path of the file that it named, if any.

    Errors point into the text, which they call `source`.
    """
    if text.startswith("@"):
        return files.array(text[1:])
    if not text:
        raise UsageError(f"{source} has no value")
    try:
        expression = gradcli.Expression.parse(text)
        program = expression.program
        if program.variables:
            raise _not_constant(program)
        if len(program.statements) > 1:
            raise EvaluationError("a value is a single expression", hint="values are separated by commas: x=1,y=2")
        return expression.at(wrt=(), seed=seed).value, None
    except GradcliError as error:
        error.source = source
        raise error.located(text, source) from None


def items(text: str) -> Iterator[str]:
    """Part a text at the commas that start an item, outside of brackets."""
    depth = start = 0
    for mark in _MARK.finditer(text):
        if mark.group() == ",":
            if depth <= 0:
                yield text[start : mark.start()]
                start = mark.end()
        else:
            depth += 1 if mark.group() in "[(" else -1
    yield text[start:]


def _enter(found: Values, option: str, name: str, value: Any, shown: Any) -> None:
    if name in found.values:
        raise UsageError(f"{option} gives {name} a value twice", hint="keep one of them")
    found.values[name] = value
    found.shown[name] = shown


def _form(option: str, item: str) -> str:
    if match := re.fullmatch(rf"\s*({repair.NAME})\s*(?::=?|==|\s)\s*([^\s=:].*)", item):
        return "write " + option + " " + repair.quoted(f"{match[1]}={match[2]}")
    return f"write {option} x=1, or {option} x=1,y=2"


def _not_constant(program: lang.Program) -> NotConstant:
    name = program.variables[0]
    near = lang.suggest(name, lang.CONSTANTS) if len(name) > 1 else None
    error = NotConstant(
        f"a value is made of numbers, constants and functions, and `{name}` is a variable",
        span=program.place(name),
        hint=f"did you mean `{near}`?" if near else None,
    )
    error.variables = program.variables
    return error


def columns(texts: tuple[str, ...]) -> dict[str, str]:
    """Read the columns that names stand for, as `x=temp`; raise UsageError where a text is not of that form."""
    found: dict[str, str] = {}
    for item in (item for text in texts for item in items(text)):
        name, equals, column = (part.strip() for part in item.partition("="))
        if not equals or not column:
            raise UsageError(
                f"--columns {repair.quoted(item)} is not NAME=COLUMN", hint="write --columns x=temperature"
            )
        found[name] = column
    return found
