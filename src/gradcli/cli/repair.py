"""Corrected commands: what was most likely meant, as the user would type it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

import gradcli

from ..errors import GradcliError

NAME = r"[^\W\d]\w*"
ASSIGNMENT = rf"\s*{NAME}\s*=(?!=)"

# A longer argument would hide the repair.
_SHOWN = 60


def quoted(token: str) -> str:
    """Return a token as a shell takes it, in double quotes where it needs any."""
    if re.fullmatch(r"[\w@%+=:,./-]+", token):
        return token
    if re.search(r"[\"$`\\!]", token):
        return "'" + token.replace("'", "'\"'\"'") + "'"
    return f'"{token}"'


def typed(command: str, tokens: Iterable[str]) -> str:
    """Return a command as it would be typed."""
    return " ".join(["gradcli", command, *map(quoted, tokens)])


def command_line(command: str, tokens: Iterable[str]) -> str:
    """Return a command as it would be typed; EXPR stands for an argument too long to be repeated."""
    return typed(command, ("EXPR" if len(token) > _SHOWN or "\n" in token else token for token in tokens))


def mended(tokens: Sequence[str], error: GradcliError) -> list[str] | None:
    """Return a command line whose text is put right, by the repair of its error and of those that follow.

    Return None where that does not lead to a text that parses, or where the text is no argument.
    """
    text, fix = error.text or "", error.repair
    for _ in range(_SHOWN):
        if fix is None or len(text) > _SHOWN:
            return None
        text = fix.mend(text)
        try:
            expression = gradcli.Expression.parse(text)
        except GradcliError as again:
            fix = again.repair
            continue
        constant = error.source == "expression" or not expression.variables
        return _with_text(tokens, error, text) if constant else None
    return None


def _with_text(tokens: Sequence[str], error: GradcliError, text: str) -> list[str] | None:
    """Put another text in the place of that of an error: an argument, or the value of a name in one."""
    written = rf"\s*{re.escape(error.text or '')}\s*"
    name = error.source.partition(" ")[2]
    item = re.compile(rf"(.*\b{re.escape(name)}\s*=){written}((?:,.*)?)" if name else f"(){written}()", re.DOTALL)
    for i, token in enumerate(tokens):
        if match := item.fullmatch(token):
            return [*tokens[:i], match[1] + text + match[2], *tokens[i + 1 :]]
    return None


def with_option(typed: Sequence[str], *added: str) -> list[str]:
    """Add tokens to a command line, in front of a `--`."""
    end = typed.index("--") if "--" in typed else len(typed)
    return [*typed[:end], *added, *typed[end:]]


def joined_point(options: Sequence[str], extra: Sequence[str]) -> list[str] | None:
    """Put stray operands such as `y=2` into the last `--at`, or into a new one.

    One that is torn, as in `--at x = 2`, is put together again. None where they are no values.
    """
    place = max((i for i, token in enumerate(options) if token == "--at"), default=None)
    value = "" if place is None else options[place + 1]
    if re.fullmatch(rf"{NAME}=?", value):
        joined = value + "".join(extra)
    elif all(re.match(ASSIGNMENT, token) for token in extra):
        joined = ",".join([*([value] if value else []), *extra])
    else:
        return None
    return [*options, "--at", joined] if place is None else [*options[: place + 1], joined, *options[place + 2 :]]


def named_values(typed: Sequence[str], declared: Container[str]) -> list[str] | None:
    """Turn `--x 1 --y=2` into `--at x=1,y=2` where other arguments mention those names; else None."""
    mentioned = set(re.findall(NAME, " ".join(token for token in typed if not token.startswith("--"))))
    rest, values = [], []
    tokens = iter(typed)
    for token in tokens:
        option, equals, value = token.partition("=")
        name = option.removeprefix("--")
        if option.startswith("--") and option not in declared and name in mentioned:
            values.append(f"{name}={value if equals else next(tokens, '')}")
        else:
            rest.append(token)
    return with_option(rest, "--at", ",".join(values)) if values else None


def bound(typed: Sequence[str], text: str, item: str, variables: Iterable[str]) -> list[str]:
    """Move an assignment such as `y=2*x` from an `--at` into the expression `text`.

    Those of its `variables` that have no value yet are given one.
    """
    moved: list[str] = []
    for token in typed:
        if moved and moved[-1] == "--at":
            rest = [part for part in token.split(",") if part and part not in item.split(",")]
            if rest:
                moved.append(",".join(rest))
            else:
                moved.pop()
        else:
            moved.append(f"{item}; {text}" if token == text else token)
    ones = [f"{name}=1" for name in variables if not re.search(rf"\b{name}\s*=", " ".join(moved))]
    return with_option(moved, "--at", ",".join(ones)) if ones else moved
