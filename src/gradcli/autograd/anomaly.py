"""Anomaly mode: finds the operation of the forward pass whose backward went wrong.

While it is on, in any thread, each new node remembers the stack of the program that recorded it, and
each write in place the line that made it; the engine then looks for NaN in what every node returns.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from . import grad_mode, graph
from .engine import run_rules
from .graph import Node

_OURS = str(Path(__file__).parent.parent)
_on = [False]
_check_nan = [True]


class set_detect_anomaly:
    """Switch anomaly mode on or off, at once, and back at the end of a `with` block.

    With it on, a node that fails in backward, or, unless `check_nan` is off, returns a NaN, is reported
    with the line of the program that made it. It slows everything down.

    >>> import gradcli as t
    >>> with t.autograd.set_detect_anomaly(True):
    ...     t.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _on[0], _check_nan[0]
        _switch(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before)


class detect_anomaly:
    """Run a `with` block in anomaly mode.

    Raises RuntimeError from a backward pass inside where a function returns NaN.

    >>> import warnings, gradcli as t
    >>> warnings.simplefilter("ignore")
    >>> x = t.tensor(0.0, requires_grad=True)
    >>> with t.autograd.detect_anomaly():
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output. It is from <doctest ...>, line 2.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._before = _on[0], _check_nan[0]
        _switch(True, self._check_nan)

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before)


def is_anomaly_enabled() -> bool:
    """Tell whether anomaly mode is on."""
    return _on[0]


def is_anomaly_check_nan_enabled() -> bool:
    """Tell whether anomaly mode looks for NaN."""
    return _check_nan[0]


def _switch(mode: bool, check_nan: bool) -> None:
    _check_nan[0] = check_nan
    if mode != _on[0]:
        _on[0] = mode
        grad_mode.count(1 if mode else -1)
        if mode:
            graph.watching_all.append(_remember)
            graph.guards.append(_guard)
        else:
            graph.watching_all.remove(_remember)
            graph.guards.remove(_guard)


def _remember(node: Node) -> None:
    node._trace = traceback.extract_stack(user_frame())


def _guard(node: Node, nexts: tuple[Any, ...], grad: Any, keep: bool, recorded: bool) -> Any:
    """Run a node's rules; report the node where they raise or return a NaN."""
    try:
        grads = run_rules(node, nexts, grad, keep, recorded)
    except Exception:
        _warn(node)
        raise
    if _check_nan[0]:
        for number, value in enumerate(grads):
            data = getattr(value, "_data", value)
            if data is not None and np.isnan(data).any():
                _warn(node)
                where = f" It is from {place(node._trace)}." if node._trace else ""
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {number}th output.{where}")
    return grads


def _warn(node: Node) -> None:
    if node._trace is None:
        detail = (
            "No forward pass information available. Enable detect anomaly during forward pass for more information."
        )
    else:
        detail = "Traceback of forward call that caused the error:\n" + "".join(node._trace.format())
    warnings.warn(f"Error detected in {node.name()}. {detail}", stacklevel=2)


def user_frame() -> FrameType | None:
    """Return the innermost frame of the program that is not one of ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((_OURS, "<gradcli ")):
        frame = frame.f_back
    return frame


def place(trace: traceback.StackSummary) -> str:
    """Name the line at which a remembered stack ends."""
    return f"{trace[-1].filename}, line {trace[-1].lineno}"


def mark(cell: list[Any]) -> None:
    """Remember, beside the version of some memory, the line that changed it."""
    cell[1:] = [traceback.extract_stack(user_frame(), limit=1)]


def advice(node: Node, cell: list[Any] | None) -> str:
    """Say how to find a write that spoilt a saved value, or, in anomaly mode, where it is."""
    if not _on[0]:
        return (
            "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
            "gradcli.autograd.set_detect_anomaly(True, check_nan=False)."
        )
    said = (
        "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in "
        "question was changed in there or anywhere later. Good luck!"
    )
    if node._trace:
        said += f" It was saved at {place(node._trace)}"
        said += f", and changed at {place(cell[1])}." if cell and len(cell) > 1 else "."
    return said
