"""Other lengths for a tensor itself, in place: `unsqueeze_`, `squeeze_`, `transpose_`, `t_`.

The elements stay where they are, and the tensor becomes a view of what it was. What it was lives on
where views lead through it: towards the base if the tensor is a view, from it if it is the base.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..ops import REGISTRY, lookup
from . import grad_mode
from .generate import compiled
from .graph import LEAF, Node
from .inplace import bump
from .tensor import Tensor, box, wrap
from .views import derive_again, follow, refuse_write

# By how much torch's number of the node is higher in place.
_OVERLOADS = {"squeeze": 3, "unsqueeze": 1, "transpose": 1, "t": 1}


def reshaper(name: str) -> Callable[..., Tensor]:
    """Return the method that gives a tensor, in place, the lengths that the operation of a name gives it."""
    op = lookup(name)
    assert op is not None
    apply, higher = compiled(op).apply, _OVERLOADS[op.name]

    def reshape(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        recorded = grad_mode.is_grad_enabled() and input._node is not None
        if recorded:
            refuse_write(input)
            if input._node is LEAF:
                raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        before = wrap(box(input))
        before._node, before.output_nr, before._ver = input._node, input.output_nr, input._ver
        result = apply(before, *args, **kwargs)
        if isinstance(result._node, Node):
            result._node._label = re.sub(r"\d+$", lambda found: str(int(found[0]) + higher), result._node._label)
        _become(input, before, result, recorded)
        return input

    reshape.__name__ = reshape.__qualname__ = f"{name}_"
    reshape.__doc__ = f"Do in place what `{name}` does."
    return reshape


def _become(tensor: Tensor, before: Tensor, result: Tensor, recorded: bool) -> None:
    """Give a tensor the lengths and the history of a result, and lead its views through what it was before."""
    old = tensor._node
    tensor._data, tensor._ver, tensor._acc = result._data, before._ver, None
    bump(tensor)
    if recorded:
        tensor._node, tensor.output_nr = result._node, 0
        follow(tensor, old)
    if tensor._base is not None:
        before._base, before._source, before._step = tensor._base, tensor._source, tensor._step
        tensor._source, tensor._step = before, result._step
        return
    op, rest, _ = result._step
    back = (op, rest) if op.name in ("transpose", "t") else (REGISTRY["reshape"], before._data.shape)
    before._base, before._source, before._step = tensor, tensor, (*back, tensor._data.shape)
    for view in (reference() for reference in tensor._views or ()):
        if view is not None and view._source is tensor:
            view._source = before
    derive_again(tensor, recorded)
