"""Write the manual page, `gradcli.1`, from the commands and their options.

Run `python docs/make_manual.py` after a change to `src/gradcli/cli`; a test says when it is due.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from gradcli import __version__
from gradcli.cli import status
from gradcli.cli.app import COMMANDS, group
from gradcli.cli.command import Command

Option = tuple[str, str]

PAGE = Path(__file__).parent / "gradcli.1"

ABOUT = (
    "An expression such as x**2*exp(x) is computed, differentiated exactly, and shown as the graph that its "
    "derivatives are computed from. It is written as in Python: + - * / // % **, calls, `a if c else b`, lists, "
    "indices, bindings such as `y = w*x; y + b`, and functions such as `f(x) = x**2`. "
    "A name that is given no value is a variable. Put expressions in double quotes: * and brackets mean something to "
    "the shell.",
    "Results go to standard output and all else to standard error. On a terminal there is colour; in a pipe there is "
    "plain text, which does not change from release to release.",
)

STATUS = {
    status.DONE: "Done; a NaN in a result, or a kink under the point, is a note.",
    status.NO: "The answer to what was asked is no.",
    status.FAILED: "The request could not be carried out: usage, syntax, evaluation, data.",
    status.INTERRUPTED: "Interrupted.",
    status.CLOSED_PIPE: "The reader of the output has closed the pipe.",
}

ENVIRONMENT = {
    "NO_COLOR": "If set and not empty, there is no colour.",
    "FORCE_COLOR": "If set and not empty, there is colour in a pipe as well.",
    "TERM": "If `dumb`, there is no colour.",
    "XDG_CACHE_HOME": "Where the tables of the grammar are kept, in `gradcli/`; `~/.cache` unless set.",
    "XDG_STATE_HOME": "Where the lines typed in the shell are kept, in `gradcli/history`; `~/.local/state` unless set.",
}


def page() -> str:
    """Return the text of the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield r".\" Written by docs/make_manual.py from the commands and their options."
    yield f'.TH GRADCLI 1 "" "gradcli {__version__}" "User Commands"'
    yield from (".SH NAME", r"gradcli \- trace and differentiate expressions", ".SH SYNOPSIS")
    yield r"\fBgradcli\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENT\fR]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(ABOUT)
    commands = dict(_commands())
    times = Counter(option for run in commands.values() for option in _options(run))
    yield ".SH COMMANDS"
    for name, run in commands.items():
        yield from _command(name, run, {option for option in _options(run) if times[option] > 1})
    yield ".SH OPTIONS THAT COMMANDS SHARE"
    yield from _told({option: meaning for (option, meaning), count in times.items() if count > 1})
    for title, told in (("EXIT STATUS", STATUS), ("ENVIRONMENT", ENVIRONMENT)):
        yield f".SH {title}"
        yield from _told({str(what): meaning for what, meaning in told.items()})


def _commands() -> Iterator[tuple[str, Command]]:
    ctx = click.Context(group)
    for name in COMMANDS:
        run = group.get_command(ctx, name)
        assert isinstance(run, Command)
        yield name, run


def _options(run: Command) -> list[Option]:
    """Return the options of a command as its help has them."""
    ctx = click.Context(run, **run.context_settings)
    records = (parameter.get_help_record(ctx) for parameter in run.get_params(ctx))
    return [record for record in records if record and record[1]]


def _command(name: str, run: Command, elsewhere: set[Option]) -> Iterator[str]:
    """Yield what there is to say of one command: how it is called, what it does, its options, its examples."""
    usage = " ".join(run.collect_usage_pieces(click.Context(run, **run.context_settings)))
    yield f'.SS "gradcli {name} {usage}"'
    yield from _paragraphs((run.help or "").split("\n\n"))
    own = {option: meaning for option, meaning in _options(run) if (option, meaning) not in elsewhere}
    yield from _told(own)
    shared = ", ".join(f"`{option.split()[0].rstrip(',')}`" for option, _ in _options(run) if option not in own)
    yield from (".PP", *_text(f"Shared options: {shared}."), ".PP", ".nf", ".RS 4")
    yield from (_line(_escaped(example)) for example in run.examples)
    yield from (".RE", ".fi")


def _told(meanings: Mapping[str, str]) -> Iterator[str]:
    """Yield a list of things with their meanings."""
    for what, meaning in meanings.items():
        yield from (".TP", rf"\fB{_escaped(what)}\fR", *_text(meaning))


def _paragraphs(paragraphs: Iterable[str]) -> Iterator[str]:
    for i, paragraph in enumerate(paragraphs):
        yield from ((".PP",) if i else ())
        yield from _text(paragraph)


def _text(paragraph: str) -> Iterator[str]:
    """Yield the lines of a paragraph, with what stands in backquotes in bold."""
    bold = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", _escaped(" ".join(paragraph.split())))
    yield from map(_line, textwrap.wrap(bold, 78, break_long_words=False, break_on_hyphens=False))


def _escaped(text: str) -> str:
    """Return text as roff prints it: with backslashes, hyphens that can be copied, and what is not in ASCII."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in text)


def _line(text: str) -> str:
    """Return a line that roff does not take for a request."""
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
