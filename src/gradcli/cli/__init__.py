"""The command line: a lazy group of commands, one file each, and what they share.

`main` is the outermost layer. It stands in front of every import, so that an interrupt or a closed pipe
ends the program quietly at any moment.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from . import status

_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "POLARS_MAX_THREADS",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status (see `status`).

    Without `argv` the process is ours alone, and short; and graphs own their parts one way only. So the
    garbage collector, which would search in vain while modules are loaded, while a graph grows and once
    more at the end, is told to rest.
    """
    if argv is not None:
        return _guarded(list(argv))
    gc.disable()
    _limit_threads(sys.argv[1:])
    code = _guarded(sys.argv[1:])
    if sys.gettrace() is None and sys.getprofile() is None:
        _end(code)
    return code


def _end(code: int) -> None:
    """End the process at once: to take apart all that was loaded is a twentieth of mapping ten million rows."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a closed one has nothing left to say
            if stream is not None:
                stream.flush()
    os._exit(code)


def _limit_threads(argv: list[str]) -> None:
    """Tell the libraries of `--threads`, which read it once, when they are loaded."""
    if argv[:1] == ["map"]:  # it needs none of BLAS, whose threads, once started, wait by turning round
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for option, value in zip(argv, [*argv[1:], ""], strict=False):
        name, _, glued = option.partition("=")
        if name == "--threads" and (glued or value).isdecimal():
            os.environ.update(dict.fromkeys(_THREADS, glued or value))


def _guarded(argv: list[str]) -> int:
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
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
        if sys.stderr is not None:
            with suppress(OSError):
                print(f"error: the result cannot be written: {error.strerror}", file=sys.stderr, flush=True)
        return status.FAILED


def _abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python would try again, and complain, when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
