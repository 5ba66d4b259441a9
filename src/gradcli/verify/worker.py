"""A process of its own for SymPy: one that can be killed, as SymPy may take forever, or all the memory there is.

Only data crosses: the worker is sent texts in the language, names and numbers as a line of JSON, and answers
likewise, a line for each thing that it has found out. It reads the texts with our own parser. One worker serves
many requests, since starting it takes half a second, and another takes its place when it was killed.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .witness import Limits

Answer = dict[str, Any]


class GivenUpError(Exception):
    """Why a request has no answer, or no more of them; completes "it gave up: ..."."""


class Worker:
    """A process that does the tasks of `tasks`, one after the other; it is started when it is first asked.

    `seconds` is the processor's time for the last request that was done.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.seconds = 0.0

    def start(self) -> None:
        """Start the process without waiting for it, unless it runs; raise GivenUpError if it cannot be started."""
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        paths = os.pathsep.join(path for path in sys.path if path)
        quiet = {"PYTHONPATH": paths, "PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}
        try:
            self._process = subprocess.Popen(
                # -P: nothing that happens to lie in the user's directory is imported.
                [sys.executable, "-P", "-c", "from gradcli.verify.serving import serve; serve()"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
                env=os.environ | quiet, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise GivenUpError(f"its process cannot be started ({error.strerror})") from None

    def ask(self, task: str, limits: Limits, **data: Any) -> Iterator[Answer]:
        """Yield the answers to a request as they come; raise GivenUpError if it ends before it is done."""
        with self._lock:
            self.start()
            done = False
            try:
                self._send({"task": "start", "memory": limits.memory})
                next(self._answers())  # starting does not count
                self._send({"task": task} | data)
                for answer in self._answers(limits.seconds):
                    if "seconds" not in answer:
                        yield answer
                        continue
                    self.seconds, done = answer["seconds"], not answer["broken"]
                    if "gave_up" in answer:
                        raise GivenUpError(answer["gave_up"])
                    return
            finally:
                if not done:
                    self.stop()

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        with suppress(BrokenPipeError):  # the answer will be missing
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def _answers(self, seconds: float | None = None) -> Iterator[Answer]:
        """Yield what the process writes; kill it after so many seconds. Raises GivenUpError when it ends."""
        process = self._process
        assert process is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds or 0.0, end)
        if seconds is not None:
            timer.start()
        try:
            for line in process.stdout:
                yield json.loads(line)
            told = f"it took more than {seconds:g} s" if late.is_set() else "it ran out of memory, or crashed"
            raise GivenUpError(told)
        finally:
            timer.cancel()

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()


@functools.cache
def shared() -> Worker:
    """Return the worker of this process, which ends with it."""
    worker = Worker()
    atexit.register(worker.stop)
    return worker
