"""A run, written down while it happens: the steps of an evaluation, and the backward pass through its graph.

All that takes part has one number, the same in every view: the variables first, in the order in which the text
mentions them, then the operations in the order in which they were carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..autograd.graph import LEAF, AccumulateGrad, Node, accumulator
from ..autograd.interpreter import TensorInterpreter
from ..autograd.tensor import Tensor, wrap
from ..errors import Span
from ..ops import REGISTRY, Op
from ..point import Point


class Step(NamedTuple):
    """A call that was carried out, its arguments by name; `op` is None for `diff`, `node` where none was recorded.

    `tick` orders it among the other steps, and the nodes between them.
    """

    name: str
    op: Op | None
    given: dict[str, Any]
    span: Span | None
    results: tuple[Any, ...]
    node: Node | None
    tick: tuple[float, int]

    @property
    def operands(self) -> Iterator[tuple[str, int | None, Any]]:
        """The arguments that may have been computed: name, place in a sequence, value."""
        tensors = self.op.tensors if self.op else self.given.keys()
        for name, value in self.given.items():
            if isinstance(value, (list, tuple)):
                yield from ((name, i, each) for i, each in enumerate(value) if name in tensors or _is_tensor(each))
            elif (name in tensors and value is not None) or _is_tensor(value):
                yield name, None, value

    @property
    def attributes(self) -> Iterator[tuple[str, Any]]:
        """The other arguments, where they are not what they would be anyway."""
        defaults = self.op.defaults if self.op else {}
        computed = {name for name, _, _ in self.operands}
        for name in self.op.attributes if self.op else ():
            value = self.given.get(name)
            if name not in computed and value is not None and (np.ndim(value) or value != defaults.get(name)):
                yield name, value


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


class Recorder(TensorInterpreter):
    """An interpreter that keeps what was computed: a graph holds only what backward needs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps: list[Step] = []
        self._made: dict[int, Step] = {}

    def apply(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], span: Span) -> Any:
        result = super().apply(op, args, kwargs, span)
        given = dict(zip(op.parameters, args, strict=False)) | kwargs
        if op.collects:
            given[op.collects] = args[op.parameters.index(op.collects) :]
        carried_out = REGISTRY[op.along] if op.along and "dim" in given else op
        return self._kept(op.name, carried_out, given, span, result)

    def diff(self, u: Any, x: Tensor, span: Span) -> Any:
        return self._kept("diff", None, {"u": u, "x": x}, span, super().diff(u, x, span))

    def guard(self, value: Any, keep: np.ndarray, pick: tuple[int, ...]) -> Any:
        given = {"condition": keep, "input": value, "other": value._data[pick]}
        return self._kept("where", REGISTRY["where"], given, None, super().guard(value, keep, pick))

    def made(self, value: Any) -> Step | None:
        """Return the step that a value is a result of."""
        return self._made.get(id(value))

    def _kept(self, name: str, op: Op | None, given: dict[str, Any], span: Span | None, result: Any) -> Any:
        """Keep a step, and with it its results alive, whose identities tell later where an operand comes from."""
        results = result if isinstance(result, tuple) else (result,)
        node = next((r._node for r in results if isinstance(r, Tensor) and isinstance(r._node, Node)), None)
        since = self.steps[-1].tick[0] if self.steps else 0
        step = Step(name, op, given, span, results, node, (since if node is None else -node._seq, len(self.steps)))
        self.steps.append(step)
        # Small whole numbers and truth values are one object wherever they occur.
        self._made |= {id(r): step for r in results if not isinstance(r, int)}
        return result


class RecordedPoint(Point):
    """A Point whose evaluation is written down."""

    interpreted_by = Recorder
    interpreter: Recorder


class Run:
    """An evaluation that was written down, and the numbers of what took part in it.

    `nodes` are those that backward would meet, as a reader does who starts at the root; `step_of` finds the call
    that recorded a node, where it was not made by `diff`.
    """

    def __init__(self, point: RecordedPoint) -> None:
        self.point = point
        self.text = point.program.text
        self.steps = point.interpreter.steps
        root = point.root
        self.first = accumulator(root) if root._node is LEAF else root._node
        self.nodes: list[Node] = _preorder(self.first) if self.first is not None else []
        self.step_of = {step.node: step for step in reversed(self.steps) if step.node is not None}
        self._variables = {id(value): name for name, value in point.values.items()}
        self._bound = {id(value): name for name, value in point.names.items() if not isinstance(value, int)}
        self._numbers = self._numbered()
        self._numbers |= {n: self._numbers[name] for n in self.nodes if is_leaf(n) and (name := self.variable(n))}

    def _numbered(self) -> dict[Any, int]:
        """Number variables by name, nodes by themselves, and steps that left no node by their tick."""
        keys: dict[Any, None] = dict.fromkeys(self.point.values)
        keys |= dict.fromkeys(node for node in self.nodes if is_leaf(node) and not self.variable(node))
        made: dict[Any, Any] = {node: (-node._seq, 0) for node in self.nodes if not is_leaf(node)}
        made |= {step.node or step.tick: step.tick for step in self.steps}
        keys |= dict.fromkeys(sorted(made, key=made.__getitem__))
        return {key: number for number, key in enumerate(keys, 1)}

    @property
    def result(self) -> int | None:
        """The number of what the result comes from: of the last step, where it is a plain number."""
        found = self.source(self.point.root)
        return self.number_of_step(self.steps[-1]) if found is None and self.steps else found

    def variable(self, node: Node) -> str | None:
        """Return the name of the variable that an AccumulateGrad belongs to."""
        return self._variables.get(id(node.variable)) if isinstance(node, AccumulateGrad) else None

    def number(self, node: Node) -> int:
        """Return the number of a node."""
        return self._numbers[node]

    def number_of_step(self, step: Step) -> int:
        """Return the number of a step."""
        return self._numbers[step.node or step.tick]

    def number_of_variable(self, name: str) -> int:
        """Return the number of a variable."""
        return self._numbers[name]

    def arguments(self, node: Node) -> list[tuple[str, int | None]]:
        """Name the arguments that the next functions of a node belong to, with their places in a sequence."""
        if node._plan is None:
            return []
        names, sequence = node._plan.differentiable, node._plan.op.sequence
        if sequence:
            return [(sequence, place) for place in range(len(node._nexts))]
        return [(name, None) for position, name in enumerate(names) if position not in node._hidden]

    def source(self, value: Any) -> int | None:
        """Return the number of what a value comes from, None for a constant."""
        if name := self._variables.get(id(value)):
            return self._numbers[name]
        step = self.point.interpreter.made(value)
        return None if step is None else self.number_of_step(step)

    def name(self, value: Any) -> str | None:
        """Return the name that the text gives a value."""
        return self._variables.get(id(value)) or self._bound.get(id(value))

    def value(self, node: Node) -> Any:
        """Return the first result of the call that recorded a node, the value of a leaf; None if it was not kept."""
        if node is self.first:
            return plain(self.point.root)
        if isinstance(node, AccumulateGrad):
            return plain(node.variable)
        step = self.step_of.get(node)
        return plain(step.results[0]) if step else None


class Passage:
    """A backward pass, from ones at the root: its nodes in the engine's order, what they received and sent."""

    def __init__(self, run: Run) -> None:
        self.order: list[Node] = []
        self.received: dict[Node, tuple[Any, ...]] = {}
        self.sent: dict[Node, tuple[Any, ...]] = {}
        for node in run.nodes:
            node.register_prehook(self._before(node))
            if not is_leaf(node):
                node.register_hook(self._after(node))
        root = run.point.root
        if run.nodes:
            root.backward(wrap(np.ones(root.shape, root.dtype)), retain_graph=True)

    def _before(self, node: Node) -> Any:
        def hook(grads: Sequence[Tensor | None]) -> None:
            self.order.append(node)
            self.received[node] = tuple(map(plain, grads))

        return hook

    def _after(self, node: Node) -> Any:
        def hook(grads: Sequence[Tensor | None], _: Any) -> None:
            self.sent[node] = tuple(map(plain, grads))

        return hook

    def gradient(self, node: Node) -> Any:
        """Return what a node received: of one with several results, that of the first that got any."""
        return next((grad for grad in self.received.get(node, ()) if grad is not None), None)


def remarks(run: Run) -> list[str]:
    """Say what a reader should know about a run, of its gradients too if it was swept."""
    found = {name: leaf.grad._data for name, leaf in run.point.values.items() if leaf.grad is not None}
    if any(np.isnan(grad).any() for grad in found.values()):
        run.point.grad(list(found))  # which tells where the first NaN came from
    shape = tuple(run.point.root.shape)
    summed = f"the result has shape {shape}: the gradients are those of its sum"
    return [*run.point.notes, *([summed] if shape and found else [])]


def is_leaf(node: Node) -> bool:
    """Tell whether a node is the end of the graph at a variable."""
    return isinstance(node, AccumulateGrad)


def plain(value: Any) -> Any:
    """Return a value as a number in its own precision, an array, text, or a list of these."""
    if isinstance(value, Tensor):
        value = value._data
    if type(value) is np.float64:
        return value.item()
    if hasattr(value, "tolist"):
        value = value if value.ndim else value[()]
        return value.item() if isinstance(value, (np.float64, np.bool_, np.integer)) else value
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _preorder(root: Node) -> list[Node]:
    order: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order[node] = None
            stack += [following for following, _ in reversed(node.next_functions) if following is not None]
    return list(order)
