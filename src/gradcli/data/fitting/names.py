"""The names of a fit, sorted out: which are parameters, which are columns, and what is said where one is neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ... import lang
from ...errors import DataError, UnknownNameError, UsageError

# Characters of the names of columns that an error lists.
_SHOWN = 60


def columns_of(
    formula: lang.Program, others: Sequence[lang.Program], start: Mapping[str, float], fixed: Mapping[str, float],
    known: Sequence[str],
) -> list[str]:  # fmt: skip
    """Return the columns that a fit reads, of those that are `known`; `others` are the response and sigma.

    Raises UsageError where a name is given two meanings, UnknownNameError where it has none, DataError where
    no column is read.
    """
    _check_parameters(formula, start, fixed, known)
    found: dict[str, None] = {}
    for program in (formula, *others):
        for name in program.free_names([*start, *fixed, *known]):
            if name in fixed or (name in start and program is formula):
                continue
            if name not in known:
                raise _unknown(program, name, known, start if program is formula else None)
            found[name] = None
    if not found:
        raise DataError("neither the model nor what it is to give reads a column", hint=_listed(known))
    return list(found)


def _check_parameters(
    formula: lang.Program, start: Mapping[str, float], fixed: Mapping[str, float], known: Sequence[str]
) -> None:
    for name in start:
        if name in fixed:
            raise UsageError(f"{name} has a start and a fixed value", hint=f"leave out --start {name} or --at {name}")
        if name in known:
            raise UsageError(f"{name} has a start and is a column, too", hint="give the parameter another name")
        reads = formula.free_names([name])
        if name not in reads:
            near = lang.suggest(name, [other for other in reads if other not in start])
            hint = f"did you mean `{near}`?" if near else f"it reads {', '.join(reads)}" if reads else None
            raise UnknownNameError(f"the model has no parameter `{name}`", hint=hint)


def _unknown(
    program: lang.Program, name: str, known: Sequence[str], start: Mapping[str, float] | None
) -> UnknownNameError:
    """Explain a name that is no column; `start` are the parameters, where the program may have some."""
    near = lang.suggest(name, [*known, *(start or {})])
    message, hint = f"`{name}` is no column", _listed(known)
    if start is not None:
        message, hint = f"{message} and has no start", f"--start {name}=1 makes it a parameter; {hint}"
    return UnknownNameError(
        message, span=program.place(name), text=program.text, source=program.source,
        hint=f"did you mean `{near}`?" if near else hint,
    )  # fmt: skip


def _listed(known: Sequence[str]) -> str:
    """Say which columns there are, as many as fit a line."""
    shown = ", ".join(name if name.isidentifier() else repr(name) for name in known)
    return f"the columns are {shown if len(shown) <= _SHOWN else shown[:_SHOWN].rpartition(',')[0] + ', ...'}"
