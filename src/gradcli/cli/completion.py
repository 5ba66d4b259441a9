"""`gradcli completion`: a script that completes commands and options in a shell."""

from __future__ import annotations

import sys

import click

from ..errors import UsageError
from .command import Given, command

SHELLS = ("bash", "zsh", "fish")


@command(
    "completion",
    click.Argument(["shell"], type=click.Choice(SHELLS), required=False),
    examples=(
        'eval "$(gradcli completion bash)"   # in ~/.bashrc',
        'eval "$(gradcli completion zsh)"    # in ~/.zshrc, after compinit',
        "gradcli completion fish > ~/.config/fish/completions/gradcli.fish",
    ),
)
def run(given: Given) -> None:
    """Print a script that lets your shell complete commands, options and functions.

    SHELL is bash, zsh or fish.
    """
    if given.shell is None:
        raise UsageError("which shell?", hint="write gradcli completion bash, zsh or fish")
    from click.shell_completion import get_completion_class

    from .app import group

    complete = get_completion_class(given.shell)
    assert complete is not None
    sys.stdout.write(complete(group, {}, "gradcli", "_GRADCLI_COMPLETE").source())
