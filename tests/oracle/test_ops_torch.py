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
    """Let a function of one dimension do without, and then keep the dimensions."""

    def spelled(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is not None:
            return function(input, dim, keepdim)
        return function(input).reshape([1] * input.ndim) if keepdim else function(input)

    return spelled


def running(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda input, dim=None: function(input.reshape(-1), 0) if dim is None else function(input, dim)


def product(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if not isinstance(dim, tuple):
        return over_all(torch.prod)(input, dim, keepdim)
    for d in sorted(d % input.ndim for d in dim or range(input.ndim))[::-1]:
        input = input.prod(d, keepdim)
    return input


def log_sum_exp(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return torch.logsumexp(input, tuple(range(input.ndim)) if dim in (None, ()) else dim, keepdim)


def keyed(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(keyed, key))
    return torch.as_tensor(key) if isinstance(key, (np.ndarray, list, int)) else key


# Where torch spells a call in another way.
SPELLED: dict[str, Callable[..., Any]] = {
    "T": lambda input: input.permute(tuple(range(input.ndim))[::-1]),
    "alias": torch.ops.aten.alias,
    "cast": lambda input, dtype: input.to(torch.as_tensor(np.zeros(0, dtype)).dtype),
    "copy": torch.ops.aten.copy,
    "cumprod": running(torch.cumprod),
    "cumsum": running(torch.cumsum),
    "expand": lambda input, shape: input.expand(shape),
    "flip": lambda input, dims: input.flip(dims or tuple(range(input.ndim))),
    "index": lambda input, key: input[keyed(key)],
    "index_put": lambda input, key, values: input.index_put((keyed(key),), values),
    "logsumexp": log_sum_exp,
    "masked_fill": lambda input, mask, value: input.masked_fill(keyed(mask), value),
    "max": over_all(torch.max),
    "max_along": torch.max,
    "mean": over_all(torch.mean),
    "median": over_all(torch.median),
    "median_along": torch.median,
    "min": over_all(torch.min),
    "min_along": torch.min,
    "norm": lambda input, p=2, dim=None, keepdim=False: torch.linalg.vector_norm(input, p, dim, keepdim),
    "permute": lambda input, dims: input.permute(dims),
    "prod": product,
    "repeat": lambda input, repeats: input.tile(repeats),
    "reshape": lambda input, shape: input.reshape(shape),
    "sum": over_all(torch.sum),
    "transpose": lambda input, dim0=-2, dim1=-1: input.transpose(dim0, dim1),
    "view": lambda input, shape: input.view(shape),
    "zero": torch.ops.aten.zero,
}

# What torch does not have.
LACKING = {
    "acot", "acoth", "acsc", "acsch", "asec", "asech", "beta", "cbrt", "cot", "coth", "csc", "csch", "gamma", "sec", "sech",
}  # fmt: skip


def torch_function(op: Op) -> Callable[..., Any] | None:
    return SPELLED.get(op.name) or next((getattr(home, op.name) for home in HOMES if hasattr(home, op.name)), None)


KNOWN = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.tensors and torch_function(op)]


def by_torch(call: Any, variables: Sequence[Any]) -> tuple[Any, ...]:
    """Call torch's function in place of the operation."""
    op, given = call.op, call.at(variables)
    for name in op.tensors:
        given[name] = torch.as_tensor(given[name]) if isinstance(given[name], np.ndarray) else given[name]
    last = max(op.parameters.index(name) for name in op.tensors) + 1
    leading = [given.pop(name) for name in op.parameters[:last]]
    result = torch_function(op)(*leading, **given)
    return tuple(result) if isinstance(result, tuple) else (result,)


# The same steps with either library


def outcome(library: Any, call: Any, apply: Callable[..., Any], weights: Sequence[Any], seconds: Sequence[Any]) -> Any:
    """Return the results, their weighted gradients, and the gradients of those, with the names of the nodes."""

    def leaf(array: Any) -> Any:
        return library.tensor(np.array(array), requires_grad=True)

    inputs = [leaf(v) for v in call.variables]
    results = apply(call, inputs)
    live = [i for i, r in enumerate(results) if getattr(r, "requires_grad", False)]
    names = [results[i].grad_fn.name() for i in live]
    found = [[np.asarray(r.detach()) if hasattr(r, "detach") else np.asarray(r) for r in results], [], []]
    if not live or names == ["torch::autograd::NotImplemented"]:
        return names, *found
    vectors = [leaf(weights[i]) for i in live]
    slopes = library.autograd.grad([results[i] for i in live], inputs, vectors, create_graph=True, materialize_grads=True)
    found[1] = [(s.detach() + 0).numpy() for s in slopes]
    again = [i for i, s in enumerate(slopes) if s.requires_grad]
    twice = library.autograd.grad(
        [slopes[i] for i in again], [*inputs, *vectors], [library.tensor(seconds[i]) for i in again], materialize_grads=True
    ) if again else [library.tensor(np.zeros_like(x.detach().numpy())) for x in (*inputs, *vectors)]
    found[2] = [(g.detach() + 0).numpy() for g in twice]
    return names, *found
