"""A program: a parsed text, its names sorted out, ready to be evaluated.

A name is a parameter, bound by a statement before, a constant, or free. Functions see the names that
are bound where they are called; they may call each other in any order, but never themselves.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..errors import GradcliError, ParseError, Span, UnknownNameError
from . import instructions as do
from . import syntax
from .compiler import Body
from .functions import CONSTANTS
from .instructions import Function
from .interpreter import Interpreter
from .limits import Account
from .machine import Bundle, Code, Machine
from .names import suggest
from .tree import Binding, Definition, Statement

# Characters from which the garbage collector takes as long as the work itself.
_LONG = 20_000


class Evaluation(NamedTuple):
    """What a program evaluates to, and the values of the names of its top level."""

    value: Any
    names: dict[str, Any]


class Program:
    """A text that was parsed: its `statements`, the names it binds, and those it takes from outside.

    `variables` are the names that must be given values, in order of first appearance; `bindings` the
    names that the text itself gives values.
    """

    def __init__(self, text: str, source: str, statements: tuple[Statement, ...]) -> None:
        self.text = text
        self.source = source
        self.statements = statements
        self.bindings = tuple(dict.fromkeys(s.name.name for s in statements if isinstance(s, Binding)))
        self._functions = _functions(statements)
        self._bodies = [Body(self._functions, _parameters(s)) for s in statements]
        self._codes = [_compile(s, body) for s, body in zip(statements, self._bodies, strict=True)]
        for statement, code in zip(statements, self._codes, strict=True):
            if type(statement) is Definition:
                self._functions[statement.name.name].code = code
        self._named = {s.name.name: b for s, b in zip(statements, self._bodies, strict=True) if type(s) is Definition}
        for name in self._callees_first():
            _finish(self._functions[name], self._named[name])
        self._reads, reached = self._follow()
        self._targets = self._check_targets(reached)
        self.variables = self.free_names()
        self._code = self._assemble()

    def __reduce__(self) -> Any:
        return parse, (self.text, self.source)

    def free_names(self, given: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the names to be given values, those of constants only where they are `given`."""
        last = self.statements[-1]
        constants = CONSTANTS.keys() - {*given, *(_parameters(last) or ())}
        return tuple(name for name in sorted(self._reads, key=self._reads.__getitem__) if name not in constants)

    def place(self, name: str) -> Span:
        """Return where a free name first stands."""
        return self._reads[name]

    def evaluate(self, values: Mapping[str, Any], interpreter: Interpreter, distinct: Iterable[str] = ()) -> Evaluation:
        """Evaluate with the given values of the free names.

        Bound names that are `distinct` get values of their own, to be differentiated by.
        Raises UnknownNameError for a name without a value, EvaluationError where an operation cannot
        be applied, and LimitError, each with its place in the text.
        """
        names = dict(values)
        sizes = (math.prod(interpreter.shape(value)) for value in values.values())
        told_apart = {*self._targets, *distinct}
        machine = Machine(interpreter, names, told_apart, Account(max(sizes, default=0)))
        try:
            with uncollected(len(self.text) > _LONG):
                for name, span in self._targets.items():
                    if name in names:
                        names[name] = do.alias(machine, names[name], span)
                result = machine.run(self._code)
        except GradcliError as error:
            error.located(self.text, self.source)
            raise
        bound = {name: names[name] for name in self.bindings if type(names[name]) is not Bundle}
        return Evaluation(result, {**values, **bound})

    def _callees_first(self) -> Iterator[str]:
        """Yield the functions so that each comes after those that it calls; raise if one calls itself."""
        done: set[str] = set()
        for first in self._named:
            path: dict[str, Iterator[str]] = {}
            entered: str | None = first if first not in done else None
            while entered or path:
                if entered:
                    path[entered] = iter(self._named[entered].calls)
                current = next(reversed(path))
                entered = next((name for name in path[current] if name not in done), None)
                if entered in path:
                    raise ParseError(
                        f"`{entered}` calls itself" + (f" through `{current}`" if current != entered else ""),
                        span=self._named[current].calls[entered], hint="functions cannot be recursive",
                    )  # fmt: skip
                if entered is None:
                    path.popitem()
                    done.add(current)
                    yield current

    def _follow(self) -> tuple[dict[str, Span], list[Body]]:
        """Follow the statements to find the free names with their places, and what is computed at all."""
        reads: dict[str, Span] = {}
        bound: set[str] = set()
        reached: dict[int, Body] = {}
        for statement, own in zip(self.statements, self._bodies, strict=True):
            if type(statement) is Definition:
                if statement is not self.statements[-1]:
                    continue
                reads |= {p.name: p.span for p in statement.parameters}
            waiting = [own]
            while waiting:
                body = waiting.pop()
                if id(body) in reached:
                    continue
                reached[id(body)] = body
                for name, span in body.names.items():
                    if name not in bound:
                        reads[name] = min(span, reads.get(name, span))
                waiting += [self._named[name] for name in body.calls]
            if type(statement) is Binding:
                bound.add(statement.name.name)
        return reads, list(reached.values())

    def _check_targets(self, reached: list[Body]) -> dict[str, Span]:
        """Return the names of the top level that are differentiated by; raise for those that are none."""
        targets: dict[str, Span] = {}
        for body in reached:
            targets |= {name: span for name, span in body.targets.items() if name not in body.parameters}
        known = {*self.bindings, *self._reads}
        for name, span in targets.items():
            if name not in known:
                near = suggest(name, known)
                raise UnknownNameError(
                    f"`{name}` is not a variable of the expression", span=span,
                    hint=f"did you mean `{near}`?" if near else "`diff(u, x)` differentiates by a name that is in use",
                )  # fmt: skip
        return targets

    def _assemble(self) -> Code:
        """Put the code of the statements together; the value of the last is the result."""
        code: Code = []
        for statement, own in zip(self.statements, self._codes, strict=True):
            last = statement is self.statements[-1]
            if type(statement) is Definition:
                if last:
                    code.append((do.invoke_free, (self._functions[statement.name.name], statement.parameters)))
                continue
            code += own
            if type(statement) is Binding:
                code.append((do.bind, statement.name))
            code.append((do.main, statement.span) if last else (do.drop, None))
        return code


def parse(text: str, source: str = "expression") -> Program:
    """Parse a text into a Program; `source` is what errors call the text.

    Raises ParseError, UnknownNameError for a function that there is not, or LimitError.

    >>> parse("y = w*x; y**2 + pi").variables
    ('w', 'x')
    """
    try:
        with uncollected(len(text) > _LONG):
            statements = syntax.read(text)
            if not statements:
                raise ParseError("the expression is empty", span=Span(0, 0), hint="write one, such as x**2*exp(x)")
            return Program(text, source, statements)
    except GradcliError as error:
        error.located(text, source)
        raise


@contextmanager
def uncollected(pause: bool = True) -> Iterator[None]:
    """Keep the garbage collector off what makes many objects without cycles, which it would search in vain."""
    pause = pause and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def _functions(statements: Iterable[Statement]) -> dict[str, Function]:
    functions: dict[str, Function] = {}
    for statement in statements:
        if type(statement) is Definition:
            name = statement.name
            if name.name in functions:
                hint = "give the other a name of its own"
                raise ParseError(f"`{name.name}` is defined twice", span=name.span, hint=hint)
            functions[name.name] = Function(tuple(p.name for p in statement.parameters))
    return functions


def _parameters(statement: Statement) -> tuple[str, ...] | None:
    return tuple(p.name for p in statement.parameters) if type(statement) is Definition else None


def _compile(statement: Statement, body: Body) -> Code:
    match statement:
        case Definition():
            return body.compile([statement.value])
        case Binding():
            return body.compile(body.bundle(statement.value))
    return body.compile(body.bundle(statement))


def _finish(function: Function, body: Body) -> None:
    """Say of a function what its body tells, once those that it calls are finished."""
    function.targets = frozenset(body.targets) & body.parameters
    whole: list[bool] = []
    for around, unless in body.contexts:
        whole.append(unless is None or unless[1] in unless[0].whole or (around >= 0 and whole[around]))
    function.whole = frozenset(name for name, context in body.uses if whole[context])
