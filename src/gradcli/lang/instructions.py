"""The instructions of the machine: each is given the machine and what it works on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import EvaluationError, Span, UnknownNameError
from ..ops import REGISTRY, lookup
from ..ops._registry import Untraceable
from . import mishaps
from .functions import CONSTANTS, DIFF
from .machine import Application, Bundle, Code, Machine
from .names import suggest
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
    """Leave the value of a name of the top level that cannot be a constant."""
    if name.name not in m.names and name.name in CONSTANTS:
        raise EvaluationError(f"`{name.name}` is a constant here", span=name.span, hint="a variable is wanted")
    outer(m, name)


def _lookup(m: Machine, name: Name) -> Any:
    if name.name in m.names:
        return m.names[name.name]
    if name.name in CONSTANTS:
        return m.interpreter.constant(CONSTANTS[name.name], name.span)
    near = suggest(name.name, [*m.names, *CONSTANTS])
    hint = f"did you mean `{near}`?" if near else None
    if lookup(name.name):
        hint = f"`{name.name}` is a function: write {name.name}(...)"
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


def bind(m: Machine, name: Name) -> None:
    """Give a name the topmost value, made distinct where it is differentiated by; leave it there."""
    if name.name in m.distinct:
        m.stack[-1] = alias(m, _main(m.stack[-1], name.span), name.span)
    m.names[name.name] = m.stack[-1]


def alias(m: Machine, value: Any, span: Span) -> Any:
    """Return a distinct value, for `diff` to know."""
    return ask(m, DIFF, span, m.interpreter.alias, value, span)


def ask(m: Machine, name: str, span: Span, question: Callable[..., Any], *args: Any) -> Any:
    """Ask something of the interpreter, and report its complaint at the place in the text."""
    try:
        return question(*args)
    except mishaps.FAULTS as error:
        op = REGISTRY["where" if name == "if" else "sum"]
        shapes = [m.interpreter.shape(a) for a in args if a is not span]
        raise mishaps.explain(op, shapes, error, span, name) from error


# Operations


def gather(m: Machine, subject: tuple[int, Span]) -> None:
    """Make a list of the topmost values."""
    count, span = subject
    m.account.spend(count, span)
    m.stack.append(m.take(count))


def apply(m: Machine, call: Application) -> None:
    """Apply an operation to the topmost values."""
    m.stack.append(m.operate(call, m.take(call.taken)))


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
        before = m.interpreter.work()
        u = ask(m, DIFF, span, m.interpreter.diff, u, x, span)
        m.account.spend(1 + m.interpreter.work() - before, span)  # each order may triple the graph
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
        variable(m, name)
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
            f"`{name}` of `{function}` has no derivative, and this depends on what is differentiated by", span=span,
            hint="write a number, or differentiate by other names only",
        )  # fmt: skip
    m.stack[-1] = whole(data.tolist() if isinstance(data, np.ndarray | np.generic) else data)


def subscript(m: Machine, span: Span) -> None:
    """Turn the topmost value into an index: an int, an array of them, or a mask."""
    try:
        found = np.asarray(m.interpreter.array(m.stack[-1]))
    except Untraceable:
        raise EvaluationError(
            "an index must be known, and this depends on the values", span=span,
            hint="a program is made before there are values: `eval` and `grad` take such an index",
        ) from None  # fmt: skip
    if found.dtype.kind not in "biuf":
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
    value, *key = m.take(call.taken)
    if type(value) is not Bundle:
        m.stack.append(m.operate(call, [value, key[0] if len(key) == 1 else tuple(key)]))
        return
    count = len(value.results)
    if len(key) != 1 or type(key[0]) is not int or not -count <= key[0] < count:
        raise EvaluationError(
            f"`{value.op.name}` has {count} results", span=call.span, hint=f"an index from 0 to {count - 1} picks one"
        )
    m.stack.append(value.results[key[0]])
