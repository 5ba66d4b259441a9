"""`gradcli ops`: the rule book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..errors import UsageError
from . import output, repair
from .command import Given, command, shared


class Name(click.ParamType):
    """The name of an operation."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..ops import ALIASES, REGISTRY

        public = (name for name in (*REGISTRY, *ALIASES) if REGISTRY[ALIASES.get(name, name)].public)
        return [CompletionItem(name) for name in public if name.startswith(incomplete)]


@command(
    "ops",
    click.Argument(["name"], required=False, type=Name()),
    *shared("j"),
    examples=("gradcli ops", "gradcli ops tanh", "gradcli ops arcsin --json"),
)
def run(given: Given) -> None:
    """List the functions, or describe the one that is named: its derivatives, its kinks, an example."""
    from ..ops import ALIASES, REGISTRY, lookup
    from ..views import operation

    if given.name is None:
        output.show(operation.table(), given)
        return
    found = lookup(given.name)
    if found is None:
        from ..lang.names import suggest

        near = suggest(given.name, [*REGISTRY, *ALIASES])
        hint = f"did you mean {near}?" if near else "try gradcli ops"
        raise UsageError(f"there is no function {repair.quoted(given.name)}", hint=hint)
    output.show(operation.describe(found, _typed), given)


def _typed(name: str, text: str, values: Mapping[str, str]) -> str:
    """Write a command as a user would type it."""
    tokens = [text]
    for variable, value in values.items():
        tokens += ["--at", f"{variable}={value}"]
    return repair.typed(name, tokens)
