"""An expression at a point: what `eval`, `grad` and `graph` begin with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import lang
from ..errors import Repair, Span, UnknownNameError, UsageError
from ..ops import lookup
from . import output, repair, source, values

if TYPE_CHECKING:
    from ..expression import Expression
    from .command import Given

# How many variables without a value a hint names.
_SHOWN = 5


class Evaluated(NamedTuple):
    """An expression that was evaluated where `--at` says, and what is to be said of that."""

    expression: Expression
    shown: dict[str, Any]
    point: Any  # a Point, or what `evaluate` was told to make
    variables: tuple[str, ...]
    unused: list[str]

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        return [*self.unused, *self.point.notes]

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.expression.text


def evaluate(
    given: Given, wrt: Sequence[str] | None, make: Callable[..., Any] | None = None, stand_in: float | None = None
) -> Evaluated:
    """Evaluate the expression of a command at its point, for derivatives by the names `wrt` (None: all).

    `make` makes the Point, if not the expression itself. A `stand_in` is the value of every variable where
    there is no `--at`. Raises UsageError for options that do not fit the expression,
    UnknownNameError, with the corrected command, for a variable without a value, and what the evaluation raises.
    """
    expression, read = begin(given)
    used = expression.program.free_names(read.values)
    absent = [name for name in used if name not in read.values]
    stands_in = stand_in is not None and absent == list(used) and not given.at
    if absent and not stands_in:
        raise missing(given, expression, absent, read)
    kept = {name: stand_in if stands_in else read.values[name] for name in used}
    if make is None:
        point = expression.evaluated(kept, wrt=wrt, dtype=given.dtype, seed=given.seed, threads=given.threads)
    else:
        point = make(expression.program, kept, wrt, given.dtype, given.seed)
    return Evaluated(expression, read.shown, point, used, unused(expression, read, used))


def begin(given: Given) -> tuple[Expression, values.Values]:
    """Read the expression of a command and its `--at`; see that the output would overwrite neither's file."""
    expression = source.expression(given)
    try:
        read = values.read("--at", given.at, getattr(given, "seed", 0))
    except values.NotConstant as error:
        if given.text is not None and error.hint is None:
            moved = repair.bound(given.typed, given.text, error.item, error.variables)
            error.hint = "try " + repair.command_line(given.command, moved)
        raise
    output.check(given, [*read.files, *([given.file] if given.file else [])])
    return expression, read


def missing(given: Given, expression: Expression, absent: Sequence[str], read: values.Values) -> UnknownNameError:
    """Explain a variable that has no value: a product, a slip, or one more `--at`."""
    name, program = absent[0], expression.program
    place, text = program.place(name), program.text
    error = UnknownNameError(f"`{name}` has no value", span=place, text=text)
    unused = [given for given in read.values if given not in program.free_names(read.values)]
    product = lang.split_product(name, {*read.values, *program.bindings})
    meant = product or lang.suggest(name, program.bindings)
    if meant:
        error.hint = f"did you mean `{meant}`?"
        instead = f"({product})" if product and text.strip() != name else meant
        error.repair = Repair(Span(0, len(text)), re.sub(rf"\b{name}\b", instead, text))
    elif lookup(name) and re.match(r"\s+-\w", text[place.end :]):
        error.hint = f"the argument of a function stands in brackets: {name}(-...)"
    elif near := lang.suggest(name, unused):
        renamed = (re.sub(rf"\b{near}(?=\s*=)", name, token) for token in given.typed)
        error.hint = f"--at has `{near}`: try " + repair.command_line(given.command, renamed)
    else:
        ones = [f"{name}=1" for name in absent]
        shown = ",".join(ones if len(ones) <= _SHOWN else [*ones[:_SHOWN], "..."])
        error.hint = "try " + repair.command_line(given.command, repair.with_option(given.typed, "--at", shown))
        if given.command == "grad" and not read.values:
            error.message += ": grad needs a point, and compare does not"
    return error


def unused(expression: Expression, read: values.Values, used: Sequence[str]) -> list[str]:
    """Say which values of `--at` the expression does not use."""
    bound = expression.program.bindings
    return [
        f"--at {name} is not used: the expression "
        + (f"computes {name} itself" if name in bound else f"has no variable {name}")
        for name in read.values
        if name not in used
    ]


def names(given: Sequence[str]) -> list[str]:
    """Read the names of `--wrt`, each once; raise UsageError for what is no name."""
    found = [name.strip() for text in given for name in text.split(",")]
    for name in found:
        if not re.fullmatch(repair.NAME, name):
            raise UsageError(f"--wrt {repair.quoted(name)} is not a name", hint="write --wrt x,y")
    return list(dict.fromkeys(found))
