"""The command line: a lazy group of commands, one file each, and what they share.

`main` is the outermost layer. It stands in front of every import, so that an interrupt or a closed pipe
ends the program quietly at any moment.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from . import status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status (see `status`).

    Without `argv` the process is ours alone, and short; and graphs own their parts one way only. So the
    garbage collector, which would search in vain while modules are loaded, while a graph grows and once
    more at the end, is told to rest.
    """
    if argv is not None:
        return _guarded(list(argv))
    gc.disable()
    try:
        return _guarded(sys.argv[1:])
    finally:
        gc.freeze()


def _guarded(argv: list[str]) -> int:
    try:
        from .app import run

        code = run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return status.INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        return status.CLOSED_PIPE
    except OSError as error:
        _abandon_output()
        print(f"error: the result cannot be written: {error.strerror}", file=sys.stderr)
        return status.FAILED


def _abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python would try again, and complain, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
