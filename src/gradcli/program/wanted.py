"""What a program is wanted for: a value and derivatives, and the form in which a caller gets them.

>>> Wanted(order=2).arranged([9.0, 6.0, 2.0], ("x",))
(9.0, {'x': 6.0}, {'x': {'x': 2.0}})
>>> Wanted(hvp=True).inputs(("x", "y"))
('x', 'y', 'v_x', 'v_y')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wanted:
    """What a program gives beside the value: derivatives by `wrt` (None: all), of which kind, how computed."""

    wrt: tuple[str, ...] | None = None
    order: int = 1
    jacobian: bool = False
    hvp: bool = False
    rowwise: bool = False
    fastmath: bool = False
    threads: int | None = None

    def by(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that a program of these variables is differentiated by."""
        return names if self.wrt is None else self.wrt

    def inputs(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of all inputs: variables, and the vectors of a product with them."""
        return (*names, *(f"v_{name}" for name in self.by(names))) if self.hvp else names

    def arranged(self, outputs: Sequence[Any], names: tuple[str, ...]) -> Any:
        """Return the outputs in the form in which a caller gets them."""
        if not self.order:
            return outputs[0]
        by = self.by(names)
        slopes = dict(zip(by, outputs[1:], strict=False))
        if self.jacobian or (self.order == 1 and not self.hvp):
            return outputs[0], slopes
        rest = outputs[1 + len(by) :]
        if self.hvp:
            return outputs[0], slopes, dict(zip(by, rest, strict=True))
        rows = (rest[i : i + len(by)] for i in range(0, len(rest), len(by)))
        return outputs[0], slopes, {name: dict(zip(by, row, strict=True)) for name, row in zip(by, rows, strict=True)}

    def flat(self, out: Any) -> list[Any]:
        """Return what has the form of a result in the order of the outputs."""
        if not self.order:
            return [out]
        value, *mappings = out
        flat = [value]
        for mapping in mappings:
            for each in mapping.values():
                flat += each.values() if isinstance(each, dict) else [each]
        return flat
