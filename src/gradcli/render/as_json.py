"""Results and errors as JSON: an object on one line, whose keys are the fields of the result."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from ..errors import GradcliError
from ..views import View


def result(view: View) -> str:
    """Return a result as a JSON object; numbers that JSON has no word for become strings."""
    fields = {name: value for name, value in view._asdict().items() if value is not None}
    return json.dumps({"command": view.command} | plain(fields), ensure_ascii=False, allow_nan=False)


def error(error: GradcliError) -> str:
    """Return an error as a JSON object."""
    found = {
        "kind": error.kind,
        "message": error.message,
        "in": error.source if error.text is not None else None,
        "span": list(error.span) if error.span is not None and error.text is not None else None,
        "hint": error.hint,
    }
    return json.dumps({"error": found}, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Turn what views hold into what JSON has; the depth is that of the views, and small."""
    if isinstance(value, dict):
        return {name: plain(v) for name, v in value.items()}
    if isinstance(value, np.ndarray):
        return _array(value)
    if hasattr(value, "_asdict"):
        made = {name: plain(v) for name, v in value._asdict().items()}
        return {"command": value.command} | made if hasattr(value, "command") else made
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return _array(np.asarray(value))
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _array(array: np.ndarray) -> Any:
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        array = array.astype(str).astype(float)  # the shortest decimals, as the text has them
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    return np.array([plain(v) for v in array.ravel().tolist()], object).reshape(array.shape).tolist()
