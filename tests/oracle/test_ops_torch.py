"""Every operation against torch: values, gradients, gradients of gradients, dtypes, shapes and node names.

Compared are the sampled calls, the special values, and a grid of numbers on which every kink of the
registry lies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcli import Expression, autograd
from gradcli.ops import REGISTRY, Op

torch = pytest.importorskip("torch")

HOMES = (torch.linalg, torch, torch.special, torch.nn.functional, torch.Tensor)


def over_all(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a torch function of one dimension do without, and keep dimensions that it has not been given."""

    def spelled(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim not in (None, ()):
            return function(input, dim, keepdim)
        result = function(input)
        return result.reshape([1] * input.ndim) if keepdim else result

    return spelled


def running(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda input, dim=None: function(input.reshape(-1), 0) if dim is None else function(input, dim)


def keyed(key: Any) -> Any:
    return tuple(map(keyed, key)) if isinstance(key, tuple) else torch.from_numpy(key) if isinstance(key, np.ndarray) else key


# Where torch spells a call in another way.
SPELLED: dict[str, Callable[..., Any]] = {
    "T": lambda input: input.permute(*reversed(range(input.ndim))),
    "alias": torch.ops.aten.alias,
    "cast": lambda input, dtype: input.to(torch.from_numpy(np.zeros(0, dtype)).dtype),
    "cumprod": running(torch.cumprod),
    "cumsum": running(torch.cumsum),
    "expand": lambda input, shape: input.expand(shape),
    "flip": lambda input, dims: input.flip(dims or tuple(range(input.ndim))),
    "index": lambda input, key: input[keyed(key)],
    "logsumexp": lambda input, dim=None, keepdim=False: torch.logsumexp(input, tuple(range(input.ndim)) if dim in (None, ()) else dim, keepdim),
    "masked_fill": lambda input, mask, value: input.masked_fill(keyed(mask), value),
    "max": over_all(torch.max),
    "max_along": torch.max,
    "mean": lambda input, dim=None, keepdim=False: torch.mean(input, dim, keepdim),
    "median": over_all(torch.median),
    "median_along": torch.median,
    "min": over_all(torch.min),
    "min_along": torch.min,
    "norm": lambda input, p=2, dim=None, keepdim=False: torch.linalg.vector_norm(input, p, dim, keepdim),
    "permute": lambda input, dims: input.permute(dims),
    "repeat": lambda input, repeats: input.tile(repeats),
    "reshape": lambda input, shape: input.reshape(shape),
    "sum": lambda input, dim=None, keepdim=False: torch.sum(input, dim, keepdim),
    "transpose": lambda input, dim0=-2, dim1=-1: input.transpose(dim0, dim1),
    "view": lambda input, shape: input.view(shape),
}  # fmt: skip


def torch_function(op: Op) -> Callable[..., Any] | None:
    if op.name in SPELLED:
        return SPELLED[op.name]
    return next((getattr(home, op.name) for home in HOMES if hasattr(home, op.name)), None)


def by_torch(call: Any, variables: Sequence[Any]) -> tuple[Any, ...]:
    """Make a call with torch's function in place of the operation."""
    op: Op = call.op
    given = {name: torch.from_numpy(v) if name in op.tensors and isinstance(v, np.ndarray) else v for name, v in call.at(variables).items()}
    function = torch_function(op)
    if function is None: raise LookupError
    last = max(op.parameters.index(name) for name in op.tensors) + 1
    leading = [given.pop(name) for name in op.parameters[:last]]
    result = function(*leading, **{k:v for k,v in given.items()})
    return tuple(result) if isinstance(result, tuple) else (result,)
