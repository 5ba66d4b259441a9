"""Lines on a stream: painted where that is a terminal that wants it, else plain."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .look import Line, plain

STYLES = {
    "": "", "label": "bold", "head": "bold", "node": "bold", "text": "green", "dim": "dim", "value": "cyan",
    "error": "bold red", "mark": "bold red", "hint": "bold cyan", "note": "bold yellow",
    # For curves: colours of Okabe and Ito, told apart by eyes that see no red or green, on dark and on light.
    "curve 0": "#0072b2", "curve 1": "#d55e00", "curve 2": "#009e73", "curve 3": "#cc79a7", "curve 4": "#e69f00",
    "curve 5": "bold",
}  # fmt: skip


def write(lines: Iterable[Line], stream: Any) -> None:
    """Write lines to a stream."""
    if not paints(stream):
        stream.writelines(plain(line) + "\n" for line in lines)
        return
    codes = _codes()
    for line in lines:
        stream.write("".join(text.join(codes[style]) for text, style in line) + "\n")


def _codes() -> dict[str, tuple[str, str]]:
    """Ask rich what a terminal like this one is sent before and after a text of each style."""
    from rich.console import Console
    from rich.text import Text

    console = Console(force_terminal=True)
    found: dict[str, tuple[str, str]] = {}
    for name, style in STYLES.items():
        with console.capture() as capture:
            console.print(Text("text", style), end="")
        before, _, after = capture.get().partition("text")
        found[name] = (before, after)
    return found


def paints(stream: Any) -> bool:
    """Tell whether colours are wanted: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def width(stream: Any) -> int:
    """Return the columns of a terminal; 80 for any other stream, so that piped text is stable."""
    if not stream.isatty():
        return 80
    import shutil

    return shutil.get_terminal_size().columns


def draws_boxes(stream: Any) -> bool:
    """Tell whether the encoding of a stream has the characters that trees are drawn with."""
    try:
        "├─└│…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
