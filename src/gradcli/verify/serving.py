"""What runs inside of the worker: it reads requests, does the tasks, and writes answers, within its memory.

See `worker` for the other side.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import Any, TextIO

# SymPy recurses over its trees, and so do the tasks.
_DEPTH = 50_000
_STACK = 1 << 28


def serve() -> None:
    """Do what is asked for on standard input until that ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else is to be read as an answer
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    sys.setrecursionlimit(_DEPTH)
    threading.stack_size(_STACK)
    threading.Thread(target=_work, args=(requests, out), daemon=True).start()
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # whoever asked is gone, and what is being computed is for nobody


def _work(requests: queue.SimpleQueue[str], out: TextIO) -> None:
    from . import tasks
    from .translate import Exhausted

    while True:
        request: dict[str, Any] = json.loads(requests.get())
        task = request.pop("task")
        if task == "start":
            _limit_memory(request["memory"])
            _write(out, {})
            continue
        began = time.process_time()
        end: dict[str, Any] = {"broken": False}
        try:
            for answer in tasks.TASKS[task](**request):
                _write(out, answer)
        except (MemoryError, RecursionError, Exhausted) as error:
            exhausted = error if isinstance(error, Exhausted) else Exhausted(error)
            end = {"broken": True, "gave_up": str(exhausted)}
        except Exception as error:  # SymPy raises what it will
            end["gave_up"] = str(error) if isinstance(error, tasks.EXPECTED) else f"it failed: {error!r:.200}"
        _write(out, end | {"seconds": time.process_time() - began})


def _write(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


def _limit_memory(size: int) -> None:
    """Let this process have so many bytes more than it has now."""
    try:
        import resource
    except ImportError:  # Windows, where time alone is limited
        return
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        with suppress(ValueError):  # the hard limit is lower
            resource.setrlimit(resource.RLIMIT_AS, (now + size, hard))
    elif not _watched:
        _watched.append(threading.Thread(target=watch, args=(_peak() + size,), daemon=True))
        _watched[0].start()


# Where the system does not keep a process within its memory, as macOS, this thread does.
_watched: list[threading.Thread] = []


def watch(most: int) -> None:
    """End this process when it has used so many bytes."""
    while _peak() <= most:
        time.sleep(0.02)
    os._exit(1)


def _peak() -> int:
    """Return how many bytes of memory this process has used at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
