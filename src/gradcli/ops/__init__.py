"""The rule book: every operation, written down once.

>>> from gradcli import ops
>>> ops.lookup("arcsin")
<op asin(input)>
>>> float(ops.lookup("exp")(0.0))
1.0
"""

from __future__ import annotations

from . import (  # noqa: F401  importing a family registers its operations
    activation,
    arithmetic,
    bessel,
    bitwise,
    comparison,
    creation,
    determinant,
    distances,
    elementary,
    expansion,
    factors,
    gammas,
    hyperbolic,
    indexing,
    joining,
    linalg,
    picking,
    piecewise,
    products,
    reduction,
    running,
    scattering,
    selection,
    shape,
    sorting,
    special,
    trigonometric,
    updates,
    writing,
)
from ._registry import ALIASES, REGISTRY, Op, lookup
from ._sampling import Case

__all__ = ["ALIASES", "REGISTRY", "Case", "Op", "lookup"]
