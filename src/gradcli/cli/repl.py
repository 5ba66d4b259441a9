"""`gradcli repl`: a shell for expressions, in which lines build on each other."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import DataError, GradcliError
from ..lang.syntax import is_unfinished
from ..render import diagnostic
from . import output, repair, status
from .command import Given, command, shared

if TYPE_CHECKING:
    from .session import Session


@command(
    "repl",
    *shared("j"),
    examples=("gradcli repl", "gradcli repl --digits 6", "gradcli repl -q   # with lines from a pipe"),
)
def run(given: Given) -> int:
    """Read expressions and answer them, line by line; names and functions are kept from line to line.

    `:grad x`, `:graph`, `:check` and the other commands are about the line before, or about an expression
    that follows them. `:help` lists them, `:quit` or Ctrl-D leaves. From a pipe or a file, lines are answered
    until one fails.
    """
    from .colon import LEAVE
    from .session import Session

    gc.enable()  # a shell lives longer than a command
    session = Session()
    if sys.stdin is None:
        raise DataError("standard input is closed")
    if sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty():
        from .prompt import entered

        for line in entered(session):
            _interruptible(line, session, given)
        return status.DONE
    worst = status.DONE
    for line in map(str.strip, batches(_lines(sys.stdin.buffer))):
        if line == LEAVE:
            break
        worst = max(worst, answer(line, session, given))
        if worst == status.FAILED:
            break
    return worst


def batches(lines: Iterable[str]) -> Iterator[str]:
    """Put lines together that an open bracket or an operator at the end leaves unfinished; an empty line ends them."""
    pending = ""
    for line in lines:
        pending += line
        if pending.startswith(":") or not line.strip() or not is_unfinished(pending):
            yield pending
            pending = ""
    if pending:
        yield pending


def answer(line: str, session: Session, given: Given) -> int:
    """Carry out a line and return the status that a command would end with; errors are told on stderr."""
    from . import colon
    from .app import guarded

    def fail(error: GradcliError) -> int:
        if meant := repair.mended([line], error):
            error.hint = f"try {meant[0]}"
        if error.hint:
            error.hint = error.hint.replace("gradcli :", ":").replace("gradcli ", ":")
        if sys.stdout is not None:
            sys.stdout.flush()
        diagnostic.report(error, as_json=given.json)
        return status.FAILED

    carry_out = colon.carry_out if line.startswith(":") else _value
    return guarded(lambda: carry_out(line, session, given), fail)


def _interruptible(line: str, session: Session, given: Given) -> None:
    try:
        answer(line, session, given)
    except KeyboardInterrupt:
        diagnostic.warn(["interrupted"])


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(stream, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            where = f"byte {error.start} of line {number} is {line[error.start]:#x}"
            raise DataError(f"standard input is not text in UTF-8: {where}") from None


def _value(line: str, session: Session, given: Given) -> None:
    result = session.enter(line)
    if result is not None:
        output.show(result, given)
