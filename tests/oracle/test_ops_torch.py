"""Every operation against torch: values, gradients, gradients of gradients, dtypes, shapes and node names.

Compared are the sampled calls, the special values, and a grid of numbers on which all kinks of
elementwise operations lie; the others' lie among zeros, ones and small integers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli import Expression
from gradcli.ops import REGISTRY, Op

torch = pytest.importorskip("torch")

# How near is near enough: torch.testing's own relative and absolute tolerance.
TOLERANCE = {"float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5)}

# Where torch is known to differ, by operation and order: 0 the value, 1 the gradient, 2 the gradient's.
# That torch answers NaN to the second derivative of what has one is nothing to note.
DIFFERENT = {
    # NaN stays NaN.
    ("sign", 0): "isnan(input)",
    ("heaviside", 0): "isnan(input)",
    ("abs", 1): "isnan(input)",
    ("i1", 1): "isnan(input)",
    # Infinity divided by itself.
    ("copysign", 1): "isinf(input)",
    ("atan2", 1): "isinf(input) or isinf(other)",
    ("gelu", 0): "input == inf",
    # torch takes logarithms of the gradient to large results, and their digits with them.
    ("logcumsumexp", 1): "amax(abs(input)) > 100",
    ("logcumsumexp", 2): "amax(abs(input)) > 100",
    # Poles, where torch has 1e32, and infinity, where it has NaN.
    ("digamma", 1): "input == floor(input)",
    ("digamma", 2): "input == floor(input)",
    ("lgamma", 2): "input == floor(input)",
    ("polygamma", 0): "input == floor(input)",
    ("polygamma", 1): "input == floor(input)",
    ("polygamma", 2): "input == floor(input)",
    ("lgamma", 0): "input == -inf",
    ("erfinv", 2): "abs(input) == 1",
    # Outside of the domain.
    ("acosh", 1): "input < 1",
    ("acosh", 2): "input < 1",
    ("logit", 2): "input < 0 or input > 1",
    ("pow", 2): "input < 0 and exponent == 0",
    ("xlogy", 2): "input == 0 and other <= 0",
    # Of several largest differences each counts in full, where a norm shares.
    ("cdist", 1): "p == inf",
    # 0*log(other) is 0 for every other.
    ("xlogy", 1): "input == 0 and other == 0",
    # Torch divides by the square of the argument.
    ("atan2", 2): "hypot(input, other) < 1e-100",
    ("sinc", 1): "abs(input) < 0.1",
    ("sinc", 2): "abs(input) < 0.1",
    # The slope at the threshold is the curve's, and so is the curvature; torch takes that of the line.
    ("softplus", 2): "input*beta == threshold",
}

# How many calls torch refuses: to broadcast beyond the first argument, to step backwards, to crop what is empty, to
# differentiate by a source of which only a part was taken.
REFUSED = {"clamp": 4, "index": 2, "pad": 2, "scatter": 4, "scatter_add": 4}

# Among equal elements torch selects one or another.
ARBITRARY = {"topk", "kthvalue"}

# What torch makes of several nodes, with the last one's name. A ViewBackward0 is `over_all`'s.
COMPOSED = {
    "eigh": {"MulBackward0"},
    "svd": {"MulBackward0"},
    "matmul": {"CloneBackward0", "SqueezeBackward4", "UnsafeViewBackward0"},
    "ndtr": {"MulBackward1"},
    **{name: {"ViewBackward0"} for name in ("max", "mean", "median", "min", "prod", "sum")},
}
NO_DERIVATIVE = "torch::autograd::NotImplemented"

# What torch does not have.
LACKING = {
    "acot", "acoth", "acsc", "acsch", "asec", "asech", "beta", "cbrt", "cot", "coth", "csc", "csch", "gamma", "sec",
    "sech",
}  # fmt: skip


# Torch's spelling


def over_all(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function keep the dimensions although it is given none."""

    def spelled(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is not None:
            return function(input, dim, keepdim)
        return function(input).reshape([1] * input.ndim) if keepdim else function(input)

    return spelled


def running(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run in flat order without a dimension, and over a number, which torch keeps one."""
    return lambda input, dim=None: function(input.reshape(-1) if dim is None and input.ndim else input, dim or 0)


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
    return torch.as_tensor(np.array(key, None if len(key) else int)) if isinstance(key, (list, np.ndarray)) else key


def turned_to(ours: np.ndarray, theirs: Any, dim: int) -> Any:
    """Return the signs with which torch's vectors, along a dimension, are those that NumPy has."""
    return torch.sign((torch.as_tensor(ours) * theirs.detach()).sum(dim, keepdim=True))


def eigenvectors(input: Any) -> tuple[Any, Any]:
    symmetric = (input + input.mT) / 2.0
    values, vectors = torch.linalg.eigh(symmetric)
    return values, vectors * turned_to(np.linalg.eigh(symmetric.detach().numpy())[1], vectors, -2)


def singular(input: Any, full_matrices: bool = True) -> tuple[Any, Any, Any]:
    u, s, vh = torch.linalg.svd(input, full_matrices)
    ours = np.linalg.svd(input.detach().numpy(), full_matrices)
    return u * turned_to(ours[0], u, -2), s, vh * turned_to(ours[2], vh, -1)


SPELLED: dict[str, Callable[..., Any]] = {
    "T": lambda input: input.permute(tuple(range(input.ndim))[::-1]),
    "alias": torch.ops.aten.alias,
    "cast": lambda input, dtype: torch.ops.aten._to_copy(input, dtype=torch.as_tensor(np.zeros(0, dtype)).dtype),
    "copy": torch.ops.aten.copy,
    "cumprod": running(torch.cumprod),
    "cumsum": running(torch.cumsum),
    "eigh": eigenvectors,
    "expand": lambda input, shape: input.expand(shape),
    "fill": lambda input, value: input.clone().fill_(value),
    "flip": lambda input, dims: input.flip(dims or tuple(range(input.ndim))),
    "index": lambda input, key: input[keyed(key)],
    "index_put": lambda input, key, values: input.index_put((torch.as_tensor(key),), values),
    "logsumexp": log_sum_exp,
    "masked_fill": lambda input, mask, value: input.masked_fill(keyed(mask), value),
    "masked_select": lambda input, mask: input.masked_select(torch.as_tensor(np.asarray(mask))),
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
    "rounded_div": torch.div,
    "reshape": lambda input, shape: input.reshape(shape),
    "sum": over_all(torch.sum),
    "svd": singular,
    "transpose": lambda input, dim0=-2, dim1=-1: input.transpose(dim0, dim1),
    "unfold": torch.Tensor.unfold,
    "view": lambda input, shape: input.view(shape),
    "zero": torch.ops.aten.zero,
}
HOMES = (torch.linalg, torch, torch.special, torch.nn.functional, torch.Tensor)


def torch_function(op: Op) -> Callable[..., Any] | None:
    return SPELLED.get(op.name) or next((getattr(home, op.name) for home in HOMES if hasattr(home, op.name)), None)


def by_torch(call: Any, variables: Sequence[Any]) -> tuple[Any, ...]:
    """Call torch's function in place of the operation."""
    op, given = call.op, call.at(variables)
    for name in op.tensors:
        given[name] = torch.as_tensor(given[name]) if isinstance(given[name], np.ndarray) else given[name]
    last = max(op.parameters.index(name) for name in op.tensors) + 1
    leading = [given.pop(name) for name in op.parameters[:last]]
    result = torch_function(op)(*leading, **given)
    return tuple(result) if isinstance(result, tuple) else (result,)


def by_gradcli(call: Any, variables: Sequence[Any]) -> tuple[Any, ...]:
    return call(variables)


# The same steps with either library


def array(value: Any) -> np.ndarray:
    value = value.detach() if hasattr(value, "detach") else value
    # Adding makes an array of what torch keeps as a mere promise of zeros.
    return np.asarray(value + 0 if "float" in str(value.dtype) else value)


def outcome(
    library: Any, apply: Callable[..., Any], call: Any, rng: np.random.Generator
) -> tuple[list[str], list[Any]]:
    """Return the names of the nodes; then the results, their weighted gradients, and the gradients of those."""

    def leaf(array: Any) -> Any:
        return library.tensor(np.array(array), requires_grad=True)

    def weights(tensors: Sequence[Any]) -> list[Any]:
        return [leaf(rng.uniform(0.5, 1.5, tuple(t.shape)).astype(array(t).dtype)) for t in tensors]

    inputs = [leaf(v) for v in call.variables]
    results = apply(call, inputs)
    live = [r for r in results if getattr(r, "requires_grad", False)]
    names = [r.grad_fn.name() for r in live]
    if not live or NO_DERIVATIVE in names:
        return names, [list(map(array, results))]
    vectors = weights(live)
    gradient = library.autograd.grad(live, inputs, vectors, create_graph=True, materialize_grads=True)
    pairs = [(g, w) for g, w in zip(gradient, weights(gradient), strict=True) if g.requires_grad]
    second = [library.tensor(np.zeros_like(array(v))) for v in (*inputs, *vectors)]
    if pairs:
        ends, ends_weights = zip(*pairs, strict=True)
        try:
            second = library.autograd.grad(ends, [*inputs, *vectors], ends_weights, materialize_grads=True)
        except NotImplementedError:
            return names, [list(map(array, found)) for found in (results, gradient)]
    return names, [list(map(array, found)) for found in (results, gradient, second)]


# Where to compare


def at_ties(op: Op, cases: Any, sample: Any) -> Iterator[Any]:
    """Yield calls of an operation of whole arrays where its kinks are: zeros, ones, and numbers with many equals."""
    rng = np.random.default_rng(61)
    for case in cases(op) if op.name not in ARBITRARY else ():
        call = sample(op, case, rng)
        for filling in (np.zeros, np.ones, lambda shape: rng.integers(-1, 2, shape).astype(float)):
            yield replace(call, given=call.at([filling(v.shape) for v in call.variables]))


def holds(condition: str, call: Any) -> Any:
    """Evaluate a condition, written in the language, on the arguments of a call."""
    parsed = Expression.parse(condition)
    given = call.op.defaults | call.given
    return parsed(**{name: given[name] for name in parsed.variables})


# The comparisons


def differences(call: Any, excused: Counter[int | str]) -> Iterator[str]:
    """Say where the libraries differ in a call; note the excuses that were needed."""
    op = call.op
    try:
        their_names, theirs = outcome(torch, by_torch, call, np.random.default_rng(62))
    except (RuntimeError, ValueError):
        if op.name not in REFUSED:
            raise
        excused["refused"] += 1
        return
    if not all(v.size for v in call.variables):
        theirs = theirs[:2]  # what no elements depend on is no matter of derivatives
    names, ours = outcome(gradcli, by_gradcli, call, np.random.default_rng(62))
    for name, theirs_name in zip(names, their_names, strict=True):
        if name != theirs_name and theirs_name not in {NO_DERIVATIVE, *COMPOSED.get(op.name, ())}:
            yield f"{name} is {theirs_name} in torch"
    for order, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        for i, (a, b) in enumerate(zip(mine, other, strict=True)):
            if (a.dtype, a.shape) != (b.dtype, b.shape):
                yield f"order {order}, {i}: {a.dtype}{a.shape} is {b.dtype}{b.shape} in torch"
                continue
            rtol, atol = TOLERANCE.get(a.dtype.name, (0, 0))
            good = np.isclose(a, b, rtol, atol, equal_nan=True)
            if order == 2:
                good |= np.isnan(b) | ~np.all([np.isfinite(v) for v in call.variables if v.shape == a.shape], axis=0)
            if not np.all(good) and (op.name, order) in DIFFERENT:
                excused[order] += 1
                good |= holds(DIFFERENT[op.name, order], call)
            if not np.all(good):
                yield f"order {order}, {i}: {a[~good]} is {b[~good]} in torch, first at {np.argmin(good)}"


@pytest.mark.parametrize(
    "op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.tensors and torch_function(op)]
)
def test_operation_agrees_with_torch(op, cases, sample, special, grid):
    excused: Counter[int | str] = Counter()
    calls = [sample(op, case, np.random.default_rng(63)) for case in cases(op)]
    calls += special(op, np.random.default_rng(61))
    calls += grid(op, np.random.default_rng(60)) if op.pointwise else at_ties(op, cases, sample) if op.kinks else ()
    both = [call.cast(dtype) for dtype in (np.float64, np.float32) for call in calls]
    assert [f"{call.given}: {line}" for call in both for line in differences(call, excused)] == []
    assert excused.pop("refused", 0) == REFUSED.get(op.name, 0)
    assert set(excused) == {order for name, order in DIFFERENT if name == op.name}


def test_what_torch_does_not_have():
    assert {name for name, op in REGISTRY.items() if op.public and op.tensors and torch_function(op) is None} == LACKING


@pytest.mark.parametrize("op", [pytest.param(op, id=name) for name, op in REGISTRY.items() if not op.tensors])
def test_creation_agrees_with_torch(op, cases, sample):
    for case in cases(op):
        call = sample(op, case, np.random.default_rng(64))
        given = [case.attributes[name] for name in op.parameters if name in case.attributes]
        expected = getattr(torch, op.name)(*given, dtype=torch.float64).numpy()
        (found,) = call()
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        if not op.name.startswith("rand"):
            np.testing.assert_allclose(found, expected, rtol=1e-15)
