"""What every command shares: its options, the reading of its arguments, and help that starts with examples."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import click

from ..errors import UsageError
from . import repair

# What the callback of a command is given: the values of its options and arguments, and `typed`, its tokens.
Given = SimpleNamespace


def option(*names: str, **facts: Any) -> click.Option:
    """Declare an option, as `click.option` does."""
    return click.Option(names, **facts)


# The options that commands have in common, by the letters of the table in the design.
SHARED: Mapping[str, Callable[[], list[click.Parameter]]] = {
    "x": lambda: [
        click.Argument(["text"], required=False, metavar="EXPR"),
        option("-f", "file", metavar="FILE", help="Read the expression from a file."),
    ],
    "a": lambda: [
        option("--at", multiple=True, metavar="NAME=VALUE",
               help="Give variables their values: `x=1,y=pi/2`, `x=[1,2]`, `x=@file.npy`, `x=@table.csv:column`, or a "
                    "file of values, `@params.json`. Repeatable."),
    ],
    "w": lambda: [option("--wrt", multiple=True, metavar="NAMES", help="Differentiate by these names only: `x,y`.")],
    "n": lambda: [option("--order", type=click.IntRange(min=1), default=1, metavar="N",
                         help="Derivatives up to this order: 2 for the Hessian, more for one variable.")],
    "o": lambda: [option("-o", "output", metavar="FILE", help="Write to a file, as its suffix says.")],
    "s": lambda: [option("--seed", type=click.IntRange(min=0), default=0, metavar="N",
                         help="Seed of the random functions; 0 unless given.")],
    "d": lambda: [option("--dtype", type=click.Choice(["float64", "float32", "float16"]), default="float64",
                         metavar="DTYPE", help="Compute in float64 (the default), float32 or float16."),
                  option("--threads", type=click.IntRange(min=1), metavar="N",
                         help="Threads that matrix products may use; all unless given.")],
    "j": lambda: [
        option("--json", "json", is_flag=True, help="Print one JSON object."),
        option("-q", "quiet", is_flag=True, help="Print the bare numbers only, and all of them."),
        option("--digits", type=click.IntRange(1, 17), metavar="N", help="Print numbers to N significant digits."),
    ],
}  # fmt: skip


class Command(click.Command):
    """A command whose help starts with examples, and whose operands may start with a `-`."""

    examples: tuple[str, ...] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = list(args)
        options = {name: p for p in self.get_params(ctx) if isinstance(p, click.Option) for name in p.opts}
        given, operands = separate(options, args, ctx)
        arguments = [p for p in self.params if isinstance(p, click.Argument)]
        room = sys.maxsize if any(p.nargs < 0 for p in arguments) else len(arguments)
        if len(operands) > room and not ctx.resilient_parsing:
            raise _too_many(ctx, given, operands, room)
        return super().parse_args(ctx, [*given, "--", *operands])

    def invoke(self, ctx: click.Context) -> Any:
        assert self.callback is not None
        return self.callback(Given(command=self.name, typed=ctx.obj, **ctx.params))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, self.examples)
        super().format_help(ctx, formatter)


def shared(letters: str) -> list[click.Parameter]:
    """Return the shared parameters of those letters, in that order."""
    return [parameter for letter in letters for parameter in SHARED[letter]()]


def command(name: str, *params: click.Parameter, examples: Sequence[str]) -> Callable[..., Command]:
    """Make a function of `Given` a command; its docstring is the help."""

    def make(function: Callable[[Given], int | None]) -> Command:
        made = Command(name, params=list(params), callback=function, help=function.__doc__, context_settings=CONTEXT)
        made.examples = tuple(examples)
        return made

    return make


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    """Write the examples that a help page starts with."""
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"  {example}\n")
    formatter.write_paragraph()


def separate(
    options: Mapping[str, click.Option], args: Sequence[str], ctx: click.Context
) -> tuple[list[str], list[str]]:
    """Part a command line into options with their values, and operands.

    A token that starts with one `-` and is not exactly an option is an operand: `-x**2`. Raises
    UsageError for an option that is unknown or lacks its value.
    """
    given: list[str] = []
    operands: list[str] = []
    tokens = iter(args)
    for token in tokens:
        name, equals, value = token.partition("=") if token.startswith("--") else (token, "", "")
        if token == "--":
            operands += tokens
        elif name in options:
            given += _with_value(name, options[name], tokens, value if equals else None, ctx)
        elif token.startswith("--") and not ctx.resilient_parsing:
            raise _unknown(ctx, name, options)
        else:
            operands.append(token)
    return given, operands


def _with_value(
    name: str, option: click.Option, tokens: Iterator[str], value: str | None, ctx: click.Context
) -> list[str]:
    if option.is_flag:
        if value is not None:
            raise UsageError(f"{name} takes no value", hint=_help(ctx))
        return [name]
    value = next(tokens, None) if value is None else value
    if value is None:
        if ctx.resilient_parsing:
            return []
        raise UsageError(f"{name} needs a value: {name} {option.metavar}", hint=_help(ctx))
    return [name, value]


def _unknown(ctx: click.Context, name: str, options: Mapping[str, click.Option]) -> UsageError:
    from ..lang.names import suggest

    message = f"there is no option {name}"
    if "--at" in options and (meant := repair.named_values(ctx.obj, options)):
        return UsageError(message, hint="try " + repair.command_line(ctx.info_name or "", meant))
    long = [option for option in options if option.startswith("--")]
    near = suggest(name, long) or next((option for option in long if option.startswith(name)), None)
    if not near:
        return UsageError(message, hint=_help(ctx))
    meant = [token.replace(name, near, 1) if token.partition("=")[0] == name else token for token in ctx.obj]
    return UsageError(message, hint=f"did you mean {repair.command_line(ctx.info_name or '', meant)}?")


def _too_many(ctx: click.Context, given: Sequence[str], operands: Sequence[str], room: int) -> UsageError:
    """Explain operands too many: stray values, or an expression that the shell took apart."""
    command, extra = ctx.info_name or "", operands[room:]
    shown = " ".join(map(repair.quoted, extra[:3])) + (f" and {len(extra) - 3} more" if len(extra) > 3 else "")
    if not room:
        return UsageError(f"{command} takes no argument, and got {shown}", hint=_help(ctx))
    message = f"{command} takes {'one argument' if room == 1 else f'{room} arguments'}, and got also {shown}"
    if room > 1:  # a model that the shell took apart stands before the file
        apart = os.path.exists(operands[-1])
        meant = [" ".join(operands[:-1]), operands[-1], *given]
        return UsageError(message, hint="try " + repair.command_line(command, meant) if apart else _help(ctx))
    if len(extra) > 9:  # the shell has put the names of files in the place of a `*`
        return UsageError(message, hint="put the expression in quotes")
    point = repair.joined_point(given, extra)
    meant = [" ".join(operands), *given] if point is None else [operands[0], *point]
    return UsageError(message, hint="try " + repair.command_line(command, meant))


def _help(ctx: click.Context) -> str:
    return f"try {ctx.command_path} -h"
