"""A file that is not whole yet: parts beside the target, and a journal of those that are safe on the disk.

The parts go to `NAME.part`, one after the other. `NAME.journal` says first what the run is to do, and then, a line
for each part, how long it is, and what else its maker wants to know again. A part's line is written once its bytes
have reached the disk; so whatever stops the run, another can go on behind the last part that has a line.

>>> import pathlib, tempfile
>>> target = tempfile.mkdtemp() + "/out.txt"
>>> with Draft(target, {"of": "x"}) as draft:
...     draft.append(b"one, ", {"rows": 1})
>>> with Draft(target, {"of": "x"}, resume=True) as draft:
...     [part["rows"] for part in draft.parts]
...     draft.append(b"two", {"rows": 2})
...     draft.finish(lambda path: None)
[1]
>>> pathlib.Path(target).read_text()
'one, two'
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any, BinaryIO

from ...errors import UsageError

# After so many bytes, or so many seconds, what has been written is sent to the disk.
_BYTES = 1 << 24
_SECONDS = 0.5

_sync = getattr(os, "fdatasync", os.fsync)


class Draft:
    """The parts of a file, and their journal; a `with` block closes both, and leaves them for another run.

    `task` says what the run is to do. With `resume`, what a run of the same task left behind is kept, and
    `parts` holds the records of its parts. Raises UsageError where that was another task, or where a run is at
    work on the target.
    """

    def __init__(self, target: str, task: Mapping[str, Any], start: bytes = b"", resume: bool = False) -> None:
        self.target = os.path.realpath(target)
        self.path, self.journal = left_behind(self.target)
        self.parts: list[dict[str, Any]] = []
        self._lines = open(self.journal, "a+b")  # noqa: SIM115  `__exit__` closes it
        try:
            _lock(self._lines, target)
            had = self._read(task, target) if resume and os.path.exists(self.path) else 0
        except BaseException:
            self._lines.close()
            raise
        self._file = open(self.path, "r+b" if had else "wb")  # noqa: SIM115  `__exit__` closes it
        if had:
            self._file.seek(had)
            self._file.truncate()
        else:
            self._lines.truncate(0)
            self._file.write(start)
            self._note([{"task": task, "start": len(start)}])
        self._syncer = _Syncer(self._file, self._note)

    def append(self, data: bytes, record: dict[str, Any]) -> None:
        """Write a part; `record` is kept with it, as JSON has it."""
        self._file.write(data)
        self.parts.append({**record, "bytes": len(data)})
        self._syncer.add(self.parts[-1], len(data))

    def finish(self, end: Callable[[str], None]) -> None:
        """Write the end, by a function of the path, and put the file in its target's place."""
        self._syncer.stop()
        self._file.close()
        end(self.path)
        with open(self.path, "rb+") as file:
            os.fsync(file.fileno())
        if os.path.exists(self.target):
            os.chmod(self.path, os.stat(self.target).st_mode & 0o7777)
        os.replace(self.path, self.target)
        os.unlink(self.journal)

    def abandon(self) -> None:
        """Remove what has been written."""
        with suppress(OSError):
            self._syncer.stop()
        for path in (self.path, self.journal):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with suppress(OSError) if kind else nullcontext():  # what is being raised says more
            self._syncer.stop()
            self._file.close()
        self._lines.close()

    def _read(self, task: Mapping[str, Any], target: str) -> int:
        """Read the journal; return how many bytes of the parts it vouches for."""
        self._lines.seek(0)
        lines = self._lines.readlines()
        whole = [line for line in lines if line.endswith(b"\n")]
        if not whole:
            return 0
        head, *self.parts = map(json.loads, whole)
        begun, asked = head["task"], json.loads(json.dumps(task))
        if begun != asked:
            other = [name for name in asked if begun.get(name) != asked[name]]
            raise UsageError(
                f"the run that left {target}.part behind had other {', '.join(other)}",
                hint="go on as it was begun, or begin anew, without --resume",
            )
        self._lines.truncate(sum(map(len, whole)))
        return head["start"] + sum(part["bytes"] for part in self.parts) if self.parts else 0

    def _note(self, records: list[dict[str, Any]]) -> None:
        self._lines.write("".join(json.dumps(record) + "\n" for record in records).encode())
        self._lines.flush()


def left_behind(target: str) -> tuple[str, str]:
    """Return the paths of the parts and the journal that an unfinished run leaves beside its target."""
    return f"{target}.part", f"{target}.journal"


class _Syncer:
    """A thread that sends a file's bytes to the disk now and then, and notes which parts have arrived."""

    def __init__(self, file: BinaryIO, note: Callable[[list[dict[str, Any]]], None]) -> None:
        self._file = file
        self._note = note
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._ends = False
        self._error: BaseException | None = None
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, record: dict[str, Any], size: int) -> None:
        """Take a part that has been written; raise what went wrong with those before."""
        if self._error:
            raise self._error
        with self._turn:
            self._waiting.append(record)
            self._bytes += size
            if self._bytes >= _BYTES:
                self._turn.notify()

    def stop(self) -> None:
        """Bring all that has been written to the disk, and end the thread."""
        with self._turn:
            self._ends = True
            self._turn.notify()
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self) -> None:
        last = False
        while not (last or self._error):
            with self._turn:
                if not self._ends:
                    self._turn.wait(_SECONDS)
                records, self._waiting, self._bytes, last = self._waiting, [], 0, self._ends
            if records:
                self._save(records)

    def _save(self, records: list[dict[str, Any]]) -> None:
        try:
            self._file.flush()
            _sync(self._file.fileno())
            self._note(records)
        except OSError as error:
            self._error = error


def _lock(file: BinaryIO, target: str) -> None:
    """Hold a file for as long as this process runs; raise UsageError where another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows has other means, and two runs at once are rare
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"another run is writing {target}", hint="wait for it, or write elsewhere") from None
