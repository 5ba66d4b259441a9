"""`gradcheck` and `gradgradcheck` as further witnesses of the numeric kind, on a function without dimensions.

Their steps and tolerances are fixed, so the variables are measured in their own sizes and the function in that of
what it changes by; where it varies faster than that, they may be wrong where the numeric witness is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.gradcheck import gradcheck, gradgradcheck
from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor, wrap
from ..errors import GradcliError
from .reverse import Reverse
from .subject import Subject

# Variables of more elements than this together are not gone through element by element.
ELEMENTS = 64


def opinions(subject: Subject, accused: Reverse) -> dict[int, str]:
    """Return what each of the two says of the derivatives of its order, by order."""
    if sum(np.size(subject.values[name]) for name in subject.wrt) > ELEMENTS:
        return {}
    orders = {len(key) for key in accused.partials}
    return {order: _opinion(subject, accused, order) for order in sorted(orders)}


def _opinion(subject: Subject, accused: Reverse, order: int) -> str:
    check = (gradcheck, gradgradcheck)[order - 1]
    variables = [subject.values[name] for name in subject.wrt]
    sizes = [np.where(value == 0, 1.0, np.abs(value)) for value in variables]
    unit = _unit(subject, accused, order)

    def scaled(*ratios: Any) -> Any:
        moved = {
            name: ratio * wrap(size) + wrap(np.asarray(value))
            for name, value, size, ratio in zip(subject.wrt, variables, sizes, ratios, strict=True)
        }
        given = {name: wrap(value) for name, value in subject.values.items()} | moved
        result: Any = subject.program.evaluate(given, TensorInterpreter(np.float64, subject.seed)).value
        total: Any = result.sum() if isinstance(result, Tensor) else wrap(np.float64(result))
        return total * (1.0 / unit)

    inputs = [wrap(np.zeros(np.shape(value))).requires_grad_() for value in variables]
    try:
        passed = check(scaled, inputs, raise_exception=False)
    except (GradcliError, RuntimeError, ValueError) as reason:
        return f"{check.__name__} stopped: {reason}"
    return f"{check.__name__} {'agrees' if passed else 'does not'}"


def _unit(subject: Subject, accused: Reverse, order: int) -> float:
    """Return what the function is measured in: the largest change that a step of full size would make."""
    scales = {direction.label: scale for direction, scale in zip(subject.directions, subject.scales, strict=True)}
    changes = [
        abs(said.value) * float(np.prod([scales[label] for label in key]))
        for key, said in accused.partials.items()
        if len(key) == order
    ]
    return max([change for change in (*changes, abs(accused.value)) if np.isfinite(change)]) or 1.0
