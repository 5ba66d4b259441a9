"""Variable: what a tensor with a gradient was called before 2018, for code of that time.

A volatile variable was the old way to compute without a graph: whatever depends on one is volatile
too, and not recorded, though its other arguments require gradients.
"""

from __future__ import annotations

import warnings
from typing import Any

from . import grad_mode
from .tensor import Tensor


class _AnyTensor(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_AnyTensor):
    """Make a leaf of a tensor, sharing its memory: the old spelling of `requires_grad_`.

    With `volatile=True`, deprecated in favour of `no_grad`, nothing that is computed from it is recorded.

    >>> import gradcli as t
    >>> from gradcli.autograd import Variable
    >>> x = Variable(t.ones(2), requires_grad=True)
    >>> x, isinstance(x, Variable)
    (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool | None = None) -> Any:
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        made = data.data
        if volatile is not None:
            warnings.warn(
                "volatile is deprecated: use `with gradcli.no_grad():` instead", DeprecationWarning, stacklevel=2
            )
        if volatile:
            _wake()
            made.volatile = True
            return made
        return made.requires_grad_() if requires_grad else made


def spread(tensor: Tensor) -> None:
    """Make a tensor volatile into which something volatile was written, and all that share its memory."""
    base = tensor if tensor._base is None else tensor._base
    for each in (base, *(view() for view in base._views or ())):
        if each is not None:
            each._node, each.output_nr, each.volatile = None, 0, True


def _wake() -> None:
    """From now on let operations ask whether an argument is volatile; until then they need not."""
    if not grad_mode.volatiles:
        grad_mode.volatiles.append(True)
        grad_mode.count(1)
