"""What the numbers of a dtype can hold: `finfo` and `iinfo`.

>>> import gradcli as t
>>> t.finfo(t.float64).eps, t.iinfo(t.int8).max
(2.220446049250313e-16, 127)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes


class _Info:
    """The limits of a dtype, which is the default one unless it is given."""

    _shown: tuple[str, ...] = ()

    def __init__(self, known: np.dtype) -> None:
        self.dtype = known.name
        self.bits = 8 * known.itemsize

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        facts = (f"{name}={getattr(self, name):g}" for name in self._shown)
        return f"{type(self).__name__}({', '.join(facts)}, dtype={self.dtype})"


class finfo(_Info):
    """The limits of a dtype of floats: `eps`, `min`, `max`, `tiny`, `smallest_normal`, `resolution`, `bits`."""

    _shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type: Any = None) -> None:
        known = _known("finfo", dtypes.get_default_dtype() if type is None else type)
        if known.kind != "f":
            raise TypeError(
                "gradcli.finfo() requires a floating point input type. Use gradcli.iinfo to handle 'gradcli.finfo'"
            )
        super().__init__(known)
        facts = np.finfo(known)
        self.eps, self.min, self.max = float(facts.eps), float(facts.min), float(facts.max)
        self.tiny = self.smallest_normal = float(facts.tiny)
        self.resolution = 10.0**-facts.precision


class iinfo(_Info):
    """The limits of a dtype of integers: `min`, `max`, `bits`."""

    _shown = ("min", "max")

    def __init__(self, type: Any) -> None:
        known = _known("iinfo", type)
        if known.kind == "f":
            raise TypeError(
                "gradcli.iinfo() requires an integer input type. Use gradcli.finfo to handle 'gradcli.iinfo'"
            )
        if known.kind == "b":
            raise TypeError("torch.bool is not supported by gradcli.iinfo")
        super().__init__(known)
        facts = np.iinfo(known)
        self.min, self.max = int(facts.min), int(facts.max)


def _known(name: str, type: Any) -> np.dtype:
    if not isinstance(type, dtypes.dtype):
        kind = type.__class__.__name__
        raise TypeError(f"{name}(): argument 'type' (position 1) must be torch.dtype, not {kind}")
    return type.dtype
