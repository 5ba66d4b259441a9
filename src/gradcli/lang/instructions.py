"""The instructions of the machine: each is given the machine and what it works on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..errors import EvaluationError, Span, UnknownNameError
from ..ops import REGISTRY, Op
from . import mishaps
from .functions import CONSTANTS
from .machine import Application, Bundle, Code, Machine
from .names import suggest
from .regions import Region
from .tree import Literal, Name


class Function:
    """A function of the text: `whole` are the parameters that it does not use elementwise only.

    `targets` are those that it differentiates by.
    """

    def __init__(self, parameters: tuple[str, ...]) -> None:
        self.parameters = parameters
        self.code: Code = []
        self.targets: frozenset[str] = frozenset()
        self.whole: frozenset[str] = frozenset()


class Branches(NamedTuple):
    """The two sides of a conditional."""

    then: Code
    otherwise: Code
    span: Span


# Values and names


def push(m: Machine, value: Any) -> None:
    """Leave a Python number, or what else an attribute may be."""
    m.stack.append(value)


def constant(m: Machine, literal: Literal) -> None:
    """Leave the value of a number, or of a list of numbers."""
    value = m.interpreter.constant(literal.value, literal.span)
    if isinstance(literal.value, np.ndarray):
        m.account.watching = True
        m.account.enter(m.interpreter, value)
    m.stack.append(value)


def parameter(m: Machine, name: Name) -> None:
    """Leave the value of a parameter."""
    m.stack.append(m.frame.locals[name.name])


def outer(m: Machine, name: Name) -> None:
    """Leave the value of a name of the top level, or of a constant."""
    m.stack.append(_main(_lookup(m, name), name.span))


def bundle(m: Machine, name: Name) -> None:
    """Leave what a name is bound to, be it several results."""
    m.stack.append(_lookup(m, name))


def variable(m: Machine, name: Name) -> None:
    """Leave the value of a name of the top level that is differentiated by."""
    if name.name not in m.names and name.name in CONSTANTS:
        raise EvaluationError(f"`{name.name}` is a constant here", span=name.span, hint="diff(u, x) takes a variable")
    outer(m, name)


def _lookup(m: Machine, name: Name) -> Any:
    if name.name in m.names:
        return m.names[name.name]
    if name.name in CONSTANTS:
        return m.interpreter.constant(CONSTANTS[name.name], name.span)
    near = suggest(name.name, [*m.names, *CONSTANTS])
    hint = f"did you mean `{near}`?" if near else None
    raise UnknownNameError(f"`{name.name}` has no value", span=name.span, hint=hint)


def _main(value: Any, span: Span) -> Any:
    """Return the main one of several results, if there is one."""
    if type(value) is not Bundle:
        return value
    if value.names[0] == "values":
        return value.results[0]
    listed = ", ".join(f"[{i}] for `{name}`" for i, name in enumerate(value.names))
    raise EvaluationError(f"`{value.op.name}` has several results", span=span, hint=f"write one behind it: {listed}")


def main(m: Machine, span: Span) -> None:
    """Put the main one of several results in their place."""
    m.stack[-1] = _main(m.stack[-1], span)


def drop(m: Machine, _: None) -> None:
    """Forget the topmost value."""
    m.stack.pop()


def bind(m: Machine, subject: tuple[Name, bool]) -> None:
    """Give a name the topmost value, made distinct where it is differentiated by; leave it there."""
    name, distinct = subject
    if distinct:
        m.stack[-1] = alias(m, _main(m.stack[-1], name.span), name.span)
    m.names[name.name] = m.stack[-1]


def alias(m: Machine, value: Any, span: Span) -> Any:
    """Return a distinct value, for `diff` to know."""
    return _ask(m, REGISTRY["alias"], span, m.interpreter.alias, value, span)


def _ask(m: Machine, op: Op, span: Span, question: Callable[..., Any], *args: Any) -> Any:
    """Ask something of the interpreter, and report its complaint at the place in the text."""
    try:
        return question(*args)
    except mishaps.FAULTS as error:
        shapes = [np.shape(m.interpreter.array(a)) for a in args if a is not span]
        raise mishaps.explain(op, shapes, error, span) from error


# Operations


def gather(m: Machine, subject: tuple[int, Span]) -> None:
    """Make a list of the topmost values."""
    count, span = subject
    m.account.spend(count, span)
    m.stack.append(m.take(count))


def apply(m: Machine, call: Application) -> None:
    """Apply an operation to the topmost values."""
    given = m.take(call.count)
    if call.op.collects and given and type(given[-1]) is list:
        given[-1:] = given[-1]
    m.stack.append(m.operate(call, given))


def compare(m: Machine, chain: tuple[list[Application], Application]) -> None:
    """Compare neighbours among the topmost values, and join the answers by `and`."""
    comparisons, join = chain
    operands = m.take(len(comparisons) + 1)
    answers = [m.operate(call, operands[i : i + 2]) for i, call in enumerate(comparisons)]
    m.stack.append(functools.reduce(lambda a, b: m.operate(join, [a, b]), answers))


def differentiate(m: Machine, subject: tuple[int, Span]) -> None:
    """Differentiate the second value from the top by the topmost, so many times."""
    order, span = subject
    u, x = m.take(2)
    for _ in range(order):
        m.account.spend(1, span)
        u = _ask(m, REGISTRY["sum"], span, m.interpreter.diff, u, x, span)
    m.stack.append(u)


def invoke(m: Machine, subject: tuple[Function, Span]) -> None:
    """Call a function of the text with the topmost values."""
    function, span = subject
    m.account.spend(1 + len(function.parameters), span)
    given = dict(zip(function.parameters, m.take(len(function.parameters)), strict=True))
    for name in function.targets:
        given[name] = alias(m, given[name], span)
    m.enter(function.code, m.frame.region, given)


def invoke_free(m: Machine, subject: tuple[Function, tuple[Name, ...]]) -> None:
    """Run the body of a function whose parameters are free variables."""
    function, parameters = subject
    for name in parameters:
        outer(m, name)
    invoke(m, (function, parameters[0].span if parameters else Span(0, 0)))


# Numbers that are not values: exponents, attributes, indices


def whole(value: Any) -> Any:
    """Return numbers as Python wants them in places where only a whole one will do."""
    if isinstance(value, list):
        return [whole(v) for v in value]
    return int(value) if type(value) is float and value.is_integer() and abs(value) <= 2**53 else value


def exponent(m: Machine, _: None) -> None:
    """Make an exponent that is a number an int, if it is whole."""
    m.stack[-1] = whole(m.stack[-1])


def attribute(m: Machine, subject: tuple[str, str, Span]) -> None:
    """Turn the topmost value into an attribute of an operation: Python numbers, or lists of them."""
    name, function, span = subject
    value = m.stack[-1]
    data = m.interpreter.array(value)
    if data is None or m.interpreter.tracked(value):
        raise EvaluationError(
            f"`{name}` of `{function}` must be a constant: nothing can be differentiated by it", span=span,
            hint="write a number, or name the variables to differentiate by and leave this one out",
        )  # fmt: skip
    m.stack[-1] = whole(data.tolist() if isinstance(data, np.ndarray | np.generic) else data)


def subscript(m: Machine, span: Span) -> None:
    """Turn the topmost value into an index: an int, an array of them, or a mask."""
    data = m.interpreter.array(m.stack[-1])
    found = np.asarray(data)
    if data is None or found.dtype.kind not in "biuf":
        raise EvaluationError("an index must be known before the evaluation", span=span)
    if found.dtype.kind == "f":
        if not np.all(np.mod(found, 1) == 0):
            raise EvaluationError("an index is a whole number", span=span, hint="round(x) gives one")
        found = found.astype(np.intp)
    m.stack[-1] = found if found.ndim or found.dtype == bool else int(found)


def cut(m: Machine, _: None) -> None:
    """Make a slice of the three topmost values."""
    m.stack.append(slice(*m.take(3)))


def index(m: Machine, call: Application) -> None:
    """Index the value below the topmost ones, or pick one of several results."""
    value, *key = m.take(call.count)
    if type(value) is not Bundle:
        m.stack.append(m.operate(call, [value, key[0] if len(key) == 1 else tuple(key)]))
        return
    count = len(value.results)
    if len(key) != 1 or type(key[0]) is not int or not -count <= key[0] < count:
        raise EvaluationError(
            f"`{value.op.name}` has {count} results", span=call.span, hint=f"an index from 0 to {count - 1} picks one"
        )
    m.stack.append(value.results[key[0]])


# Branches


def branch(m: Machine, sides: Branches) -> None:
    """Run the side of a conditional that the topmost value chooses, or both under masks."""
    m.account.spend(3, sides.span)
    region = m.frame.region
    mask = m.interpreter.mask(m.stack[-1])
    if mask is None:
        _run_both(m, sides, region, region)
        return
    if not isinstance(mask, np.ndarray):
        m.stack.pop()
        m.enter(sides.then if mask else sides.otherwise, region)
        return
    try:
        then, otherwise = (region or Region(np.True_)).split(mask)
    except ValueError as error:
        shapes = [region.mask.shape if region else (), mask.shape]
        raise mishaps.explain(REGISTRY["where"], shapes, error, sides.span) from error
    if then.mask.any() and otherwise.mask.any():
        _run_both(m, sides, then, otherwise)
        return
    m.enter([(select_one, sides.span)], region)
    m.enter(*((sides.then, then) if then.mask.any() else (sides.otherwise, otherwise)))


def _run_both(m: Machine, sides: Branches, then: Region | None, otherwise: Region | None) -> None:
    m.enter([(select, sides.span)], m.frame.region)
    m.enter(sides.otherwise, otherwise)
    m.enter(sides.then, then)


def select(m: Machine, span: Span) -> None:
    """Choose elementwise between the two topmost values, by the one below."""
    condition, then, otherwise = m.take(3)
    shapes = [np.shape(m.interpreter.array(v)) for v in (condition, then, otherwise)]
    try:
        m.account.foresee(int(np.prod(np.broadcast_shapes(*shapes))), span)
    except ValueError:
        pass  # the interpreter will complain
    made = _ask(m, REGISTRY["where"], span, m.interpreter.select, condition, then, otherwise, span)
    m.account.enter(m.interpreter, made)
    m.stack.append(made)


def select_one(m: Machine, span: Span) -> None:
    """Give the topmost value, the only one that the condition below chooses, the shape of the choice."""
    m.stack.append(m.stack[-1])
    select(m, span)


def suspend(m: Machine, unless: tuple[Function, str] | None) -> None:
    """Compute what follows whole, outside of the region, unless a function uses it elementwise."""
    m.suspended.append(m.frame.region)
    if unless is None or unless[1] in unless[0].whole:
        m.frame.region = None


def resume(m: Machine, _: None) -> None:
    """Go back into the region."""
    m.frame.region = m.suspended.pop()
