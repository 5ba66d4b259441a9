"""What nodes save for backward, as users may see and change it: `_saved_*`, `saved_tensors_hooks`.

A pair of hooks decides in what form saved tensors are kept: `pack` turns one into anything, `unpack` turns
that back into a tensor. A node whose values were packed gets its own `backward`, which unpacks them first,
so that a node without any pays nothing.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from . import grad_mode
from .engine import add_to_leaf, run_rules
from .graph import FREED, LEAF, AccumulateGrad, Node, accumulator, freed, stale, watching
from .hooks import differentiable
from .tensor import Tensor, saved_result, wrap

Pack = Callable[[Tensor], Any]
Unpack = Callable[[Any], Tensor]


# Names

# torch's names for what our rules ask for, where they are not the same.
_PREFIXES = {"input": "self", "out": "result"}
_SUFFIXES = {"_shape": "_sym_sizes"}
# Reductions whose `dim` torch keeps as a list.
_OVER_SEVERAL = ("sum", "mean", "var", "std", "amax", "amin", "logsumexp", "norm")
_KEPT = ("tensor", "result", "sequence")


def _torch_name(need: str) -> str:
    for ours, theirs in _SUFFIXES.items():
        if need.endswith(ours):
            return _PREFIXES.get(need.removesuffix(ours), need.removesuffix(ours)) + theirs
    return _PREFIXES.get(need, need)


def _named(node: Node) -> dict[str, str]:
    """Map torch's names of what a node may save to ours."""
    kinds = {} if node._plan is None else node._plan.kinds
    return {_torch_name(need): need for need, kind in kinds.items() if kind != "byproduct"}


def attributes(node: Node) -> Iterator[str]:
    """List the `_saved_*` attributes of a node, those of tensors in their raw form too."""
    for name, need in _named(node).items():
        yield f"_saved_{name}"
        if _is_kept(node, need):
            yield f"_raw_saved_{name}"


def saved_attribute(node: Node, attribute: str) -> Any:
    """Return what a node saved under one of torch's names; raise AttributeError if it saves no such thing."""
    raw, _, name = attribute.partition("_saved_")
    need = _named(node).get(name)
    if need is None or (raw and not _is_kept(node, need)):
        raise AttributeError(f"{type(node).__name__!r} object has no attribute {attribute!r}")
    if raw:
        return SavedTensor(node, need)
    return shown(node, need)


def _is_kept(node: Node, need: str) -> bool:
    """Tell whether a saved value is a tensor, which hooks may pack."""
    return node._plan.kinds[need] in _KEPT and need not in _hidden_needs(node)


def shown(node: Node, need: str) -> Any:
    """Return a saved value as users see it, after checking that it is there and unchanged."""
    kind, value = node._plan.kinds[need], getattr(node, f"s_{need}")
    if value is FREED:
        freed(node)
    if isinstance(value, Packed):
        return value.tensor(node)
    if value is None:
        return None
    if kind == "tensor" and isinstance(value, Tensor):
        if value._version != getattr(node, f"v_{need}"):
            stale(node, need, value._version)
    elif kind == "tensor" and need not in _hidden_needs(node):
        value = wrap(value) if hasattr(value, "dtype") else _number(value)
    elif kind == "result":
        value = saved_result(node, need, value)
        if value._node is None:
            value.output_nr = 0
    elif need == "dim" and node._op.name in _OVER_SEVERAL and isinstance(value, int):
        value = (value,)
    return value


def _hidden_needs(node: Node) -> list[str]:
    """List the arguments for which plain numbers were given, and are saved as such."""
    return [node._plan.differentiable[position] for position in node._hidden]


def _number(value: Any) -> Any:
    from .making import tensor

    return tensor(value)


def called(node: Node, grads: tuple[Any, ...]) -> Any:
    """Run the rules of a node on the gradients of its results: `grad_fn(g)`. Nothing saved is given back."""
    several, count = node._shapes is not None, differentiable(node)
    if len(grads) != count:
        raise TypeError(f"expected {count} arguments, got {len(grads)} instead")
    for position, grad in enumerate(grads):
        if grad is not None and not isinstance(grad, Tensor):
            raise TypeError(f"argument {position} is not a Variable")
    if isinstance(node, AccumulateGrad):
        if grads[0] is not None:
            recorded = grad_mode.is_grad_enabled()
            add_to_leaf(node, grads[0] if recorded else np.array(grads[0]._data), recorded)
        return ()
    if node._rests and all(grad is None for grad in grads):
        found: Any = (None,) * len(node._nexts)
    else:
        given = [*grads, *(None,) * (len(node._dtypes or ()) - count)] if several else grads[0]
        found = run_rules(node, node._nexts, given, True, True)
    found = tuple(grad for position, grad in enumerate(found) if position not in node._hidden)
    return found[0] if len(found) == 1 else found


# Packing


class Packed(NamedTuple):
    """What stands in a node for a saved value that a hook packed: the parcel, how to open it, whose it was.

    The node of a result is the one that keeps it, and is left out: it would own itself.
    """

    parcel: Any
    unpack: Unpack
    node: Any
    output_nr: int
    own: bool

    def tensor(self, keeper: Any) -> Tensor:
        """Open the parcel: a Tensor with the place in the graph that the packed one had."""
        value = self.unpack(self.parcel)
        if not isinstance(value, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(value).__name__}"
            )
        made = wrap(value._data)
        if isinstance(self.node, AccumulateGrad):
            made._node, made._acc = LEAF, weakref.ref(self.node)
        else:
            made._node, made.output_nr = keeper if self.own else self.node, self.output_nr
        return made


def pack_value(value: Tensor, pack: Pack, unpack: Unpack, keeper: Any) -> Packed:
    """Hand a tensor to a pack hook; raise RuntimeError if it changes the tensor."""
    own, number = value._node is keeper, value.output_nr
    node = None if own else accumulator(value) if value._node is LEAF else value._node
    if own:
        value = value.detach()
    before = value._version
    with grad_mode.no_grad():
        parcel = pack(value)
    if value._version != before:
        raise RuntimeError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot "
            "be modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if "
            "you need to perform in-place operations on the input to a pack hook."
        )
    return Packed(parcel, unpack, node, number, own)


def _pack_need(node: Node, need: str, pack: Pack, unpack: Unpack) -> None:
    value = getattr(node, f"s_{need}")
    if node._plan.kinds[need] == "result" and value is not None:
        value = saved_result(node, need, value)
    if isinstance(value, Tensor):
        setattr(node, f"s_{need}", pack_value(value, pack, unpack, node))
        node.backward = _Unpacking(type(node).backward)
        node.backward_recorded = _Unpacking(type(node).backward_recorded)


class _Unpacking:
    """A node's `backward` that first opens what was packed, and afterwards puts it back or lets it go."""

    def __init__(self, backward: Callable[..., Any]) -> None:
        self._backward = backward

    def __call__(self, node: Node, nexts: Any, free: bool, *grads: Any) -> Any:
        packed = {name: value for name, value in vars(node).items() if isinstance(value, Packed)}
        for name, value in packed.items():
            opened = value.tensor(node)
            result = node._plan.kinds[name[2:]] == "result"
            setattr(node, name, opened._data if result else opened)
            setattr(node, f"c_{name[2:]}" if result else f"v_{name[2:]}", None if result else 0)
        try:
            return self._backward(node, nexts, free, *grads)
        finally:
            vars(node).update(dict.fromkeys(packed, FREED) if free else packed)


class _Hooks(threading.local):
    refused: str | None = None
    pair: tuple[Pack, Unpack] | None = None


_active = _Hooks()


def active_pair() -> tuple[Pack, Unpack] | None:
    """Return the pair of hooks that is in force in this thread, if any."""
    return _active.pair


def _pack_all(node: Node) -> None:
    if node._plan is not None and _active.pair is not None:
        for need in node._plan.kinds:
            _pack_need(node, need, *_active.pair)


class saved_tensors_hooks:
    """Keep what operations inside save for backward in the form that `pack_hook` gives it.

    `pack_hook(tensor)` is called when a tensor is saved and returns anything; `unpack_hook` gets that when
    the tensor is needed, and returns a tensor of the same values. Raises TypeError where it does not.

    >>> import gradcli as t
    >>> x = t.tensor([3.0], requires_grad=True)
    >>> with t.autograd.graph.saved_tensors_hooks(lambda x: x.tolist(), lambda kept: t.tensor(kept)):
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    tensor([6.])
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        self._pair = (pack_hook, unpack_hook)

    def __enter__(self) -> None:
        if _active.refused is not None:
            raise RuntimeError(_active.refused)
        self._before = _active.pair
        _active.pair = self._pair
        watching.functions = (*watching.functions, _pack_all) if self._before is None else watching.functions
        grad_mode.count(1)

    def __exit__(self, *exc: object) -> None:
        _active.pair = self._before
        if self._before is None:
            watching.functions = tuple(f for f in watching.functions if f is not _pack_all)
        grad_mode.count(-1)


class disable_saved_tensors_hooks:
    """Let nobody use `saved_tensors_hooks` inside: RuntimeError with this message."""

    def __init__(self, error_message: str) -> None:
        self._message = error_message

    def __enter__(self) -> None:
        if _active.pair is not None:
            raise RuntimeError(self._message)
        self._before = _active.refused
        _active.refused = self._message

    def __exit__(self, *exc: object) -> None:
        _active.refused = self._before


class SavedTensor:
    """One value that a node saved; `register_hooks` packs it."""

    def __init__(self, node: Node, need: str) -> None:
        self._node = node
        self._need = need

    def register_hooks(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        """Pack the value now, with a pair of hooks of its own; raise RuntimeError if it has one already."""
        value = getattr(self._node, f"s_{self._need}")
        if value is FREED:
            freed(self._node)
        if isinstance(value, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        if value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        _pack_need(self._node, self._need, pack_hook, unpack_hook)
