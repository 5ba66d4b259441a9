"""The group of commands, and what becomes of an error: a drawing on stderr and an exit status."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..errors import GradcliError, LimitError, UsageError
from . import repair, status
from .command import CONTEXT, option, write_examples

# Each command is the `run` of the module of its name, which is imported when it is called.
COMMANDS = {
    "eval": "Value of an expression.",
    "grad": "Value and derivatives of an expression.",
    "graph": "The graph that backward walks.",
    "trace": "An evaluation and its way back, step by step.",
    "plot": "Curves of an expression and its derivatives.",
    "explore": "A page that steps through an expression, forward and back.",
    "check": "A verdict on the derivatives of an expression.",
    "compare": "The derivatives as formulas.",
    "map": "An expression and its derivatives for every row of a table.",
    "fit": "The parameters with which a formula comes closest to a table.",
    "propagate": "A result with its uncertainty, and what each input contributes.",
    "compile": "A program in Python, C, JavaScript or SQL, or a LaTeX formula.",
    "repl": "A shell: one line after the other, names kept.",
    "ops": "The functions there are, and their derivatives.",
    "completion": "A script that completes commands and options in your shell.",
}

# What other programs take, and what is typed here.
_HABITS = {"help": "-h", "version": "--version", "-V": "--version", "-v": "--version"}

EXAMPLES = (
    'gradcli grad "x**2*exp(x)" --at x=1',
    'gradcli eval "sum(x**2)" --at "x=[1,2,3]"',
    'gradcli graph "w*x + b"',
    "gradcli ops tanh",
)


class Commands(click.Group):
    """The commands, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return import_module(f".{cmd_name}", __package__).run if cmd_name in COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = {name for p in self.get_params(ctx) for name in p.opts}
        if args and args[0] not in COMMANDS and args[0] not in options and not ctx.resilient_parsing:
            raise _no_command(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, EXAMPLES)
        super().format_help(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"gradcli {__version__}")
        ctx.exit()


group = Commands(
    "gradcli",
    params=[option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
                   help="Show the version and exit.")],
    invoke_without_command=True,
    context_settings=CONTEXT,
    help="Traces and differentiates expressions.",
    callback=lambda: None,
)  # fmt: skip


def run(argv: list[str]) -> int:
    """Run a command line; return its exit status, with its error, if there was one, on stderr."""
    if "_GRADCLI_COMPLETE" in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, "gradcli", "_GRADCLI_COMPLETE", os.environ["_GRADCLI_COMPLETE"])

    def command() -> int | None:
        with group.make_context("gradcli", argv or ["-h"]) as ctx:
            return group.invoke(ctx)

    return guarded(command, lambda error: _fail(error, argv))


def guarded(action: Callable[[], int | None], fail: Callable[[GradcliError], int]) -> int:
    """Do something and return its exit status; whatever goes wrong reaches `fail` as an error of ours."""
    try:
        return action() or status.DONE
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return fail(_translated(error))
    except GradcliError as error:
        return fail(error)
    except MemoryError:
        return fail(LimitError("the computation does not fit into memory"))
    except Exception as error:
        if sys.flags.dev_mode or _of_a_stream(error):
            raise
        return fail(_bug(error))


def _fail(error: GradcliError, argv: list[str]) -> int:
    from ..render import diagnostic

    if meant := repair.mended(argv[1:], error):
        error.hint = "try " + repair.command_line(argv[0], meant)
    before = argv[: argv.index("--")] if "--" in argv else argv
    diagnostic.report(error, as_json="--json" in before)
    return status.FAILED


def _of_a_stream(error: Exception) -> bool:
    """Tell whether an error comes from writing to a stream: those of files name their file."""
    return isinstance(error, OSError) and error.errno is not None and error.filename is None


def _bug(error: Exception) -> GradcliError:
    """Say that an error is ours; `python -X dev -m gradcli` shows where it came from."""
    message = f"this should not have happened: {type(error).__name__}: {error}"
    return GradcliError(message, hint="please report it, with the command that you typed")


def _translated(error: click.ClickException) -> UsageError:
    """Say what click found wrong in our manner."""
    parameter: Any = getattr(error, "param", None)
    ctx = getattr(error, "ctx", None)
    hint = f"try {ctx.command_path} -h" if ctx else None
    kind = getattr(parameter, "type", None)
    if isinstance(kind, click.IntRange):
        to = "" if kind.max is None else f" to {kind.max}"
        return UsageError(f"{parameter.opts[0]} takes a whole number from {kind.min}{to}", hint=hint)
    if isinstance(error, click.MissingParameter) and ctx:
        return UsageError(f"{ctx.info_name} needs {parameter.metavar}", hint=_example(ctx) or hint)
    message = error.message if parameter else error.format_message()
    message = message[:1].lower() + message[1:].rstrip(".")
    return UsageError(f"{parameter.opts[0]}: {message}" if parameter else message, hint=hint)


def _example(ctx: click.Context) -> str | None:
    examples = getattr(ctx.command, "examples", ())
    return f"try {examples[0]}" if examples else None


def _no_command(args: list[str]) -> UsageError:
    """Explain a first argument that is no command: a slip, an option that came too early, an expression."""
    from ..lang.names import suggest

    word = args[0]
    message = f"there is no command {repair.quoted(word)}"
    if word in _HABITS:
        return UsageError(message, hint=f"try gradcli {_HABITS[word]}")
    near = suggest(word, COMMANDS)
    if near:
        return UsageError(message, hint="did you mean " + repair.command_line(near, args[1:]) + "?")
    if word.startswith("--"):
        message = f"a command comes before {word}"
    if named := next((token for token in args if token in COMMANDS), None):
        first = args.index(named)
        rest = [*args[:first], *args[first + 1 :]]
        return UsageError(message, hint="try " + repair.command_line(named, rest))
    if re.fullmatch(r"[^\W\d_]{2,}", word):
        return UsageError(message, hint=f"the commands are {', '.join(COMMANDS)}")
    return UsageError(message, hint="try " + repair.command_line("grad", args))
