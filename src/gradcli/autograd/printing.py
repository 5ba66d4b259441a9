"""A tensor in print, in torch's form: four digits, columns aligned, the middle left out where it is long.

All numbers of a tensor share one format: whole numbers get a bare point, numbers of very different
size an exponent. A line holds 80 characters, and what exceeds 1000 elements is summarised by the
first and last three along each dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import dtypes
from .tensor import Tensor

# The settings, as `set_printoptions` names them; `sci_mode` None lets the numbers decide.
OPTIONS: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}

Format = Callable[[Any], str]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; a profile ("default", "short", "full") sets several options at once."""
    if profile is not None:
        OPTIONS.update(_PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    OPTIONS.update({name: value for name, value in given.items() if value is not None})
    OPTIONS["sci_mode"] = sci_mode


def describe(tensor: Tensor) -> str:
    """Return a tensor as torch prints it; the graph is read and not changed."""
    data = np.asarray(tensor._data)
    prefix = "tensor("
    if data.size:
        summarised = data.size > OPTIONS["threshold"]
        shown = _edges(data) if summarised else data
        text = _nested(data, len(prefix), _format_of(shown), summarised)
    else:
        text = "[]"
    return _with_suffixes(prefix + text, len(prefix), list(_suffixes(tensor, data)))


def _suffixes(tensor: Tensor, data: np.ndarray) -> Iterator[str]:
    if not data.size and data.ndim != 1:
        yield f"size={data.shape}"
    known = data.dtype
    if known != dtypes.default() and (known not in (np.int64, np.bool_) or not data.size):
        yield f"dtype={dtypes.public(known)}"
    if tensor.grad_fn is not None:
        yield f"grad_fn=<{tensor.grad_fn.name().rpartition('::')[2]}>"
    elif tensor.requires_grad:
        yield "requires_grad=True"


def _with_suffixes(text: str, indent: int, suffixes: list[str]) -> str:
    """Append the suffixes, each on the last line while it fits, with two characters to spare."""
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > OPTIONS["linewidth"]:
            text += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


def _edges(data: np.ndarray) -> np.ndarray:
    """Return the elements that a summary shows."""
    edge = OPTIONS["edgeitems"]
    for axis, length in enumerate(data.shape):
        if length > 2 * edge:
            data = np.take(data, [*range(edge), *range(length - edge, length)], axis)
    return data


# Numbers


def _format_of(data: np.ndarray) -> Format:
    """Choose the format that all elements share, and pad to the widest."""
    if data.dtype.kind == "f":
        return _float_format(data.astype(np.float64).ravel())
    width = max(len(str(value)) for value in data.ravel().tolist())
    return lambda value: str(value).rjust(width)


def _float_format(values: np.ndarray) -> Format:
    digits = OPTIONS["precision"]
    sizes = values[np.isfinite(values) & (values != 0)]
    if not sizes.size:
        return _whole
    low, high = np.abs(sizes).min(), np.abs(sizes).max()
    whole = bool((sizes == np.ceil(sizes)).all())
    with np.errstate(over="ignore"):
        scientific = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)
    if OPTIONS["sci_mode"] is not None:
        scientific = OPTIONS["sci_mode"]
    written: Format = _whole
    if scientific:
        written = f"{{:.{digits}e}}".format
    elif not whole:
        written = f"{{:.{digits}f}}".format
    width = max(len(written(value)) for value in sizes.tolist())
    return lambda value: written(value).rjust(width)


def _whole(value: float) -> str:
    text = f"{value:.0f}"
    return text if text in ("nan", "inf", "-inf") else f"{text}."


# Rows


def _nested(data: np.ndarray, indent: int, written: Format, summarised: bool) -> str:
    """Write nested brackets; recursion is as deep as the tensor has dimensions."""
    if not data.ndim:
        return written(data.item())
    edge = OPTIONS["edgeitems"]
    cut = summarised and len(data) > 2 * edge
    if data.ndim == 1:
        values = data.tolist() if not cut else [*data[:edge].tolist(), ..., *data[-edge:].tolist()]
        return _row(values, indent, written)
    rows = [*range(edge), None, *range(len(data) - edge, len(data))] if cut else range(len(data))
    parts = ["..." if i is None else _nested(data[i], indent + 1, written, summarised) for i in rows]
    gap = "," + "\n" * (data.ndim - 1) + " " * (indent + 1)
    return "[" + gap.join(parts) + "]"


def _row(values: list[Any], indent: int, written: Format) -> str:
    texts = [" ..." if value is ... else written(value) for value in values]
    width = max((len(text) for value, text in zip(values, texts, strict=True) if value is not ...), default=0)
    most = max(1, (OPTIONS["linewidth"] - indent) // (width + 2))
    lines = [", ".join(texts[i : i + most]) for i in range(0, len(texts), most)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
