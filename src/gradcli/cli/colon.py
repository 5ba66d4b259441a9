"""Lines of a shell that begin with a colon: the commands of gradcli, about the line before."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import click

from ..errors import UsageError
from ..render import terminal
from ..render.look import Line
from . import repair
from .app import COMMANDS, group
from .command import Given, separate
from .session import Session

LEAVE, HELP = ":quit", ":help"

# The commands that make sense here.
KNOWN = [name for name in COMMANDS if name not in ("repl", "completion")]

# What an operand means that is no expression.
_OPERANDS = {
    "--wrt": re.compile(rf"{repair.NAME}(,{repair.NAME})*"),
    "--range": re.compile(rf"{repair.NAME}=[^=:]+:[^=:]+"),
}

_LINES = {
    "x**2*exp(x)": "The value of an expression, which `_` stands for afterwards.",
    "w = 2; f(x) = w*x": "Names and functions for the lines that follow.",
}
_ABOUT = (
    "A command is about the line before, or about an expression behind it: `:graph sin(y)`.",
    "Names are what to differentiate by, `:grad x`, and a range what to draw over,",
    "`:plot x=-3:3`. `:grad -h` tells more.",
)


def carry_out(line: str, session: Session, given: Given) -> int | None:
    """Run the command of a line and return its exit status; raise what the command raises."""
    name, _, rest = line[1:].partition(" ")
    if line == HELP:
        terminal.write(_help(), sys.stdout)
        return None
    run = group.get_command(click.Context(group), name) if name in KNOWN else None
    if run is None:
        raise _no_command(name)
    tokens, defaults = _completed(run, _words(rest), session)
    defaults |= {"json": given.json, "quiet": given.quiet, "digits": given.digits}
    with run.make_context(f":{name}", tokens, default_map=defaults) as ctx:
        return run.invoke(ctx)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError("there is a quote that is never closed") from None


def _completed(run: click.Command, tokens: list[str], session: Session) -> tuple[list[str], dict[str, Any]]:
    """Add to the tokens of a command what it is about: return its tokens, and the defaults of what they leave open."""
    if not {"-f", "-h", "--help"}.isdisjoint(tokens) or all(parameter.name != "text" for parameter in run.params):
        return tokens, {}
    tokens, text = _sorted(run, tokens)
    composed = session.compose(text)
    if composed is None:
        raise UsageError(f":{run.name} is about the line before, and there is none", hint=f"try :{run.name} x**2")
    if "--at" in tokens:
        tokens += [token for item in composed.at if not _gives(tokens, item) for token in ("--at", item)]
    return tokens, {"text": composed.text, "at": composed.at}


def _sorted(run: click.Command, tokens: list[str]) -> tuple[list[str], str]:
    """Part what follows a command into its options, and an expression.

    A list of names is what to differentiate by, and a range what to draw over, where the command has such options.
    """
    ctx = click.Context(run, info_name=f":{run.name}", obj=tokens, **run.context_settings)
    options = {name: p for p in run.get_params(ctx) if isinstance(p, click.Option) for name in p.opts}
    found, operands = separate(options, tokens, ctx)
    text = []
    for operand in operands:
        meant = [option for option, form in _OPERANDS.items() if option in options and form.fullmatch(operand)]
        if meant:
            found += [meant[0], operand]
        else:
            text.append(operand)
    return found, " ".join(text)


def _gives(tokens: Sequence[str], item: str) -> bool:
    """Tell whether an `--at` among some tokens gives a value to the name of an item such as `x = 1`."""
    name = item.partition("=")[0].strip()
    values = (value for option, value in pairwise(tokens) if option == "--at")
    return any(re.search(rf"\b{name}\s*=", value) for value in values)


def _help() -> Iterator[Line]:
    told = _LINES | {f":{name}": COMMANDS[name] for name in KNOWN} | {LEAVE: "Leave the shell, as Ctrl-D does."}
    width = max(map(len, told))
    for what, meaning in told.items():
        yield (what.ljust(width), "label"), (f"  {meaning}", "")
    yield ()
    for sentence in _ABOUT:
        yield ((sentence, ""),)


def _no_command(name: str) -> UsageError:
    from ..lang import suggest

    near = suggest(name, [*KNOWN, LEAVE[1:], HELP[1:]])
    return UsageError(f"there is no command :{name}", hint=f"did you mean :{near}?" if near else f"try {HELP}")
