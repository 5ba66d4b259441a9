"""From tree to code: what each node computes, in order, and which names it takes from where.

`_EXPAND` says for each kind of node what to compute one after the other: nodes, which are expanded in
their turn, and instructions, which stay as they are. What waits is on a list, so nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ParseError, Repair, Span, UnknownNameError
from ..ops import ALIASES, REGISTRY, Op, lookup
from . import branches
from . import instructions as do
from .functions import CONSTANTS, DIFF, OPERATORS, REWRITES
from .instructions import Function
from .literals import array, number
from .machine import Application, Code
from .names import suggest
from .signature import check_count, meet
from .tree import Call, Comparison, Conditional, Index, Items, Literal, Name, Node, Slice, walk

Step = Any  # a node, or an instruction with what it works on

# Which arguments are tensors, kept once for all the calls of the same form.
_FORMS: dict[tuple[tuple[int, bool], ...], tuple[tuple[int, bool], ...]] = {}


class Body:
    """An expression being compiled: the body of a function, or one of the top level.

    Found on the way: the `names` of the top level that it reads and the `targets` that it
    differentiates by, each with its first place; `calls`, the functions of the text. `contexts` are the
    places where values are used whole, each with the one around it, and `uses` the parameters there.
    """

    def __init__(self, functions: Mapping[str, Function], parameters: tuple[str, ...] | None = None) -> None:
        self.functions = functions
        self.parameters = frozenset(parameters or ())
        self.names: dict[str, Span] = {}
        self.targets: dict[str, Span] = {}
        self.calls: dict[str, Span] = {}
        self.contexts: list[tuple[int, tuple[Function, str] | None]] = []
        self.uses: list[tuple[str, int]] = []
        self._context = -1
        self._inside = parameters is not None  # a mask may hold: in a branch, or in a function called from one
        self._blocks: list[tuple[Code, list[Step], bool, int]] = []

    def compile(self, steps: list[Step]) -> Code:
        """Compile nodes and instructions, and the branches inside them."""
        code = self._block(steps, self._inside)
        while self._blocks:
            into, waiting, self._inside, self._context = self._blocks.pop()
            waiting.reverse()
            while waiting:
                step = waiting.pop()
                if type(step) is not tuple:
                    waiting.extend(reversed(_EXPAND[type(step)](self, step)))
                    continue
                into.append(step)
                if step[0] in (branches.suspend, branches.loosen):
                    self.contexts.append((self._context, step[1] if step[0] is branches.suspend else None))
                    self._context = len(self.contexts) - 1
                elif step[0] is branches.resume:
                    self._context = self.contexts[self._context][0]
        return code

    def _block(self, steps: list[Step], inside: bool) -> Code:
        code: Code = []
        self._blocks.append((code, steps, inside, self._context))
        return code

    def meaning(self, call: Call) -> tuple[Node, Op | Function | None]:
        """Return a call as it is computed, and what is called: None for `diff`, or for no call any more."""
        if call.function in self.functions:
            return call, self.functions[call.function]
        node: Node = REWRITES[call.function](call) if call.function in REWRITES else call
        if type(node) is not Call:
            return node, None
        operator = OPERATORS.get((node.function, len(node.args)))
        if operator:
            return node, REGISTRY[operator]
        if node.function == DIFF:
            return node, None
        found = lookup(node.function)
        if found is None or not found.public:
            raise self._unknown(call)
        return node, found

    def _unknown(self, call: Call) -> UnknownNameError:
        span = Span(call.span.start, call.span.start + len(call.function))
        known = [*self.functions, DIFF, *ALIASES, *(name for name, op in REGISTRY.items() if op.public)]
        near = suggest(call.function, known)
        repair: Repair | None = None
        if near:
            hint, repair = f"did you mean `{near}`?", Repair(span, near)
        elif len(call.function) == 1 or call.function in CONSTANTS:
            hint = f"to multiply, write {call.function}*(...); to define it, {call.function}(x) = ..."
            repair = Repair(Span(span.end, span.end), "*")
        else:
            hint = f"`gradcli ops` lists the functions; {call.function}(x) = ... defines one"
        return UnknownNameError(f"there is no function `{call.function}`", span=span, hint=hint, repair=repair)

    # Each of these says what to compute for a kind of node

    def literal(self, node: Literal) -> list[Step]:
        if node.value is None or node.value is ...:
            shown = "..." if node.value is ... else "None"
            raise ParseError(f"`{shown}` is not a value", span=node.span, hint="it may stand in an index")
        return [(do.constant, node)]

    def name(self, node: Name) -> list[Step]:
        if node.name in self.parameters:
            if self._context >= 0:
                self.uses.append((node.name, self._context))
            return [(do.parameter, node)]
        _note(self.names, node)
        return [(do.outer, node)]

    def bundle(self, node: Node) -> list[Step]:
        """Compute a node that may have several results, and keep them."""
        if type(node) is Name and node.name not in self.parameters:
            _note(self.names, node)
            return [(do.bundle, node)]
        steps = self.call(node) if type(node) is Call else [node]
        return steps[:-1] if type(steps[-1]) is tuple and steps[-1][0] is do.main else steps

    def call(self, call: Call) -> list[Step]:
        node, meaning = self.meaning(call)
        if type(node) is not Call:
            return [node]
        if isinstance(meaning, Op):
            return self._operation(meaning, node)
        if meaning is None:
            return self._diff(node)
        check_count(node, meaning.parameters)
        self.calls.setdefault(node.function, node.span)
        steps: list[Step] = []
        for name, argument in zip(meaning.parameters, node.args, strict=True):
            steps += self._whole([argument], (meaning, name))
        return [*steps, (do.invoke, (meaning, node.span))]

    def _whole(self, steps: list[Step], unless: tuple[Function, str] | None = None) -> list[Step]:
        """Compute outside of the mask that may hold here."""
        return [(branches.suspend, unless), *steps, (branches.resume, None)] if self._inside else steps

    def _operation(self, op: Op, call: Call) -> list[Step]:
        positional, named = meet(op, call)
        steps: list[Step] = []
        tensors: list[tuple[int, bool]] = []
        for i, (name, node) in enumerate(positional + named if named else positional):
            if name == "mask" or (name == "index" and name in op.tensors):
                steps += [node, (do.subscript, node.span)]
            elif name not in op.tensors or (_is_none(node) and name in op.defaults):
                steps += self._attribute(op, name, node)
            else:
                tensors.append((i, self._inside and op.pointwise and self._elementwise(node)))
                if name == op.sequence:
                    steps += self._sequence(op, node)
                elif name == "exponent":
                    steps += self._exponent(node)
                else:
                    steps.append(node)
        names = tuple(name for name, _ in named) if named else ()
        forms = _FORMS.setdefault(tuple(tensors), tuple(tensors))
        places = tuple(node.span for _, node in positional + named) if op.attributes else ()
        applied = (do.apply, Application(op, len(positional) + len(named), names, forms, call.span, places))
        return [*steps, applied] if op.pointwise else [*self._whole(steps), applied, (do.main, call.span)]

    def _exponent(self, node: Node) -> list[Step]:
        known = number(node)
        return [node, (do.exponent, None)] if known is None else [(do.push, do.whole(known))]

    def _elementwise(self, node: Node) -> bool:
        """Whether a node is computed elementwise under the mask that may hold here."""
        meaning = self.meaning(node)[1] if type(node) is Call else None
        return isinstance(meaning, Op) and meaning.pointwise

    def _sequence(self, op: Op, node: Node) -> list[Step]:
        if type(node) is not Items:
            raise ParseError(f"`{op.name}` takes a list", span=node.span, hint=f"write {op.name}([a, b])")
        return [*node.items, (do.gather, (len(node.items), node.span))]

    def _attribute(self, op: Op, name: str, node: Node) -> list[Step]:
        """Compute what is not a value: a Python number, None, True, False, or a list of them."""
        known = number(node)
        if known is not None or _is_none(node):
            return [(do.push, do.whole(known))]
        if type(node) is Name and isinstance(op.defaults.get(name), str):
            return [(do.push, node.name)]  # the name of a variant, as in gelu(x, approximate=tanh)
        if type(node) is Items and not any(type(item) is Items for item in node.items):
            steps = [step for item in node.items for step in self._attribute(op, name, item)]
            return [*steps, (do.gather, (len(node.items), node.span))]
        return [node, (do.attribute, (name, op.name, node.span))]

    def _diff(self, call: Call) -> list[Step]:
        if not 2 <= len(call.args) <= 3 or call.keywords:
            hint = "write diff(u, x), or diff(u, x, 2)"
            raise ParseError("`diff` takes an expression and a name", span=call.span, hint=hint)
        u, x, *rest = call.args
        if type(x) is not Name:
            hint = "give it a name first: t = ...; diff(u, t)"
            raise ParseError("`diff` differentiates by a name", span=x.span, hint=hint)
        order = number(rest[0]) if rest else 1
        if order is None or order < 1 or order % 1:
            advice = "write diff(diff(u, x), y) for one name after the other" if type(rest[0]) is Name else None
            raise ParseError("the order of `diff` is a whole number from 1", span=rest[0].span, hint=advice)
        _note(self.targets, x)
        load = (do.parameter if x.name in self.parameters else do.variable, x)
        steps = self._whole([u])
        if self._inside and all(type(n) in (Literal, Name) or self._elementwise(n) for n in walk(u)):
            steps[0] = (branches.loosen, load)
        return [*steps, load, (do.differentiate, (int(order), call.span))]

    def comparison(self, node: Comparison) -> list[Step]:
        operands = node.operands
        calls = []
        for left, right, sign in zip(operands, operands[1:], node.operators, strict=False):
            safe = ((0, self._inside and self._elementwise(left)), (1, self._inside and self._elementwise(right)))
            span = Span(left.span.start, right.span.end)
            calls.append(Application(REGISTRY[OPERATORS[sign, 2]], 2, (), safe, span))
        if len(calls) == 1:
            return [*operands, (do.apply, calls[0]._replace(span=node.span))]
        join = Application(REGISTRY[OPERATORS["&", 2]], 2, (), ((0, True), (1, True)), node.span)
        return [*operands, (do.compare, (calls, join))]

    def conditional(self, node: Conditional) -> list[Step]:
        sides = branches.Branches(self._block([node.then], True), self._block([node.otherwise], True), node.span)
        return [node.condition, (branches.branch, sides)]

    def items(self, node: Items) -> list[Step]:
        known = array(node)
        if known is not None:
            return [(do.constant, Literal(known, node.span))]
        steps = [*node.items, (do.gather, (len(node.items), node.span))]
        return [*self._whole(steps), (do.apply, Application(REGISTRY["stack"], 1, (), ((0, False),), node.span))]

    def index(self, node: Index) -> list[Step]:
        steps = self.bundle(node.value)
        for part in node.subscripts:
            steps += self._slice(part) if type(part) is Slice else self._subscript(part)
        applied = Application(REGISTRY["index"], 1 + len(node.subscripts), (), ((0, False),), node.span)
        return [*self._whole(steps), (do.index, applied)]

    def _slice(self, node: Slice) -> list[Step]:
        parts = (node.start, node.stop, node.step)
        steps = [step for p in parts for step in ([(do.push, None)] if p is None else self._subscript(p))]
        return [*steps, (do.cut, None)]

    def _subscript(self, node: Node) -> list[Step]:
        if type(node) is Literal and not isinstance(node.value, float):
            return [(do.push, node.value)]
        known = [number(item) for item in node.items] if type(node) is Items else [number(node)]
        if None in known:
            return [node, (do.subscript, node.span)]
        if any(value % 1 for value in known if value is not None):
            raise ParseError("an index is a whole number", span=node.span)
        return [(do.push, do.whole(known if type(node) is Items else known[0]))]


def _is_none(node: Node) -> bool:
    return type(node) is Literal and node.value is None


def _note(places: dict[str, Span], node: Name) -> None:
    """Remember the first place of a name; branches are compiled after what follows them."""
    known = places.get(node.name)
    if known is None or node.span < known:
        places[node.name] = node.span


_EXPAND: dict[type, Callable[[Body, Any], list[Step]]] = {
    Literal: Body.literal, Name: Body.name, Call: Body.call, Comparison: Body.comparison,
    Conditional: Body.conditional, Items: Body.items, Index: Body.index,
}  # fmt: skip
