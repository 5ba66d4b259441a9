"""The shell on a terminal: lines are edited, completed with Tab, continued, and kept for the next time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .. import __version__, lang
from ..lang.syntax import is_unfinished
from ..render import terminal
from ..render.extra import library
from . import colon, repair, repl

if TYPE_CHECKING:
    from .session import Session

_PROMPT, _CONTINUED = ">>> ", "... "
_GREETING = f"gradcli {__version__}. :help tells what can be typed, and Ctrl-D leaves."


def entered(session: Session) -> Iterator[str]:
    """Ask for lines until the user leaves; Ctrl-C drops the line, and Enter goes on where it is unfinished."""
    prompt = _prompt(session)
    print(_GREETING)
    while True:
        try:
            text = prompt.prompt(_PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        for line in map(str.strip, repl.batches(text.splitlines(keepends=True))):
            if line == colon.LEAVE:
                return
            yield line


def _prompt(session: Session) -> Any:
    toolkit = library("prompt_toolkit", "the shell on a terminal", "repl")
    from prompt_toolkit.application import get_app
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.output import ColorDepth

    class Names(Completer):
        """What may stand where the cursor is."""

        def get_completions(self, document: Any, complete_event: Any) -> Iterator[Completion]:
            begun, found = candidates(document.text_before_cursor, session)
            return (Completion(name, -len(begun)) for name in found)

    @Condition
    def goes_on() -> bool:
        return unfinished(get_app().current_buffer.text)

    import sys

    return toolkit.PromptSession(
        history=_history(),
        completer=Names(),
        complete_while_typing=False,
        multiline=goes_on,
        prompt_continuation=_CONTINUED,
        enable_history_search=True,
        color_depth=None if terminal.paints(sys.stdout) else ColorDepth.DEPTH_1_BIT,
    )


def unfinished(text: str) -> bool:
    """Tell whether Enter goes on to another line: not after an empty one, nor for a command."""
    last = text.rpartition("\n")[2]
    return bool(last.strip()) and not text.startswith(":") and is_unfinished(text)


def candidates(before: str, session: Session) -> tuple[str, list[str]]:
    """Return the beginning of a word at the end of a text, and the words that it may become.

    >>> from gradcli.cli.session import Session
    >>> candidates("2*arcsi", Session())
    ('arcsi', ['arcsin(', 'arcsinh('])
    """
    if match := re.fullmatch(r"\s*(:\w*)", before):
        return match[1], _beginning(match[1], [*map(":{}".format, colon.KNOWN), colon.HELP, colon.LEAVE])
    begun = match[0] if (match := re.search(rf"{repair.NAME}$", before)) else ""
    from ..ops import ALIASES, REGISTRY

    functions = [name for name in (*REGISTRY, *ALIASES) if REGISTRY[ALIASES.get(name, name)].public]
    if before.lstrip().startswith(":ops "):
        return begun, _beginning(begun, functions)
    called = {f"{name}(" for name in (*functions, *session.functions, "diff")}
    return begun, _beginning(begun, {*called, *session.values, *lang.CONSTANTS})


def _beginning(begun: str, words: Iterable[str]) -> list[str]:
    return sorted(word for word in words if word.startswith(begun))


def _history() -> Any:
    """Keep the lines in the user's state directory, or for this time only where that cannot be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    path = os.path.join(home, "gradcli", "history")
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "a"):
            return FileHistory(path)
    except OSError:
        return InMemoryHistory()
