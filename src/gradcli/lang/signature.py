"""How the arguments of a call meet the parameters of an operation."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ParseError, Repair, Span
from ..ops import Op
from ..ops._registry import ATTRIBUTE_ALIASES
from .functions import ALSO
from .names import suggest
from .tree import Call, Node

# What the interpreter gives, and no text can.
_HIDDEN = {"dtype", "generator"}


def usage(op: Op) -> str:
    """Return how an operation is called in the language."""
    shown = [
        ("*" if name == op.collects else "") + name + (f"={op.defaults[name]!r}" if name in op.defaults else "")
        for name in op.parameters
        if name not in _HIDDEN
    ]
    return f"{op.name}({', '.join(shown)})"


class Arguments(NamedTuple):
    """Arguments with the parameters they go to: those given in order, and those given by name."""

    positional: list[tuple[str, Node]]
    named: list[tuple[str, Node]]


def meet(op: Op, call: Call) -> Arguments:
    """Sort the arguments of a call; raise ParseError where they do not fit the operation."""
    if not call.keywords and len(call.args) == len(op.tensors) == len(op.parameters):
        return Arguments(list(zip(op.parameters, call.args, strict=True)), [])  # as nearly all calls are
    fixed = [p for p in op.parameters if p != op.collects and p not in op.keyword_only]
    positional = [(name, node) for name, node in zip(fixed, call.args, strict=False)]
    extra = call.args[len(fixed) :]
    if op.collects:
        positional += [(op.collects, node) for node in extra]
    elif extra:
        raise _wrong(op, call, f"takes {_count(len(fixed))}, not {len(call.args)}", extra[0].span)
    given = dict(positional)
    named: dict[str, Node] = {}
    for key, node in call.keywords:
        name = ATTRIBUTE_ALIASES.get(key.name, key.name)
        if name in given or name in named:
            raise _wrong(op, call, f"is given `{key.name}` twice", key.span)
        if name not in op.parameters or name in _HIDDEN:
            also = [spelling for spelling, parameter in ATTRIBUTE_ALIASES.items() if parameter in op.parameters]
            near = suggest(key.name, [*also, *(p for p in op.parameters if p not in _HIDDEN)])
            error = _wrong(op, call, f"has no argument `{key.name}`", key.span)
            if near:
                error.hint, error.repair = f"did you mean `{near}`?", Repair(key.span, near)
            raise error
        named[name] = node
    missing = [p for p in fixed if p not in given and p not in named and p not in op.defaults]
    if missing:
        raise _wrong(op, call, f"needs {' and '.join(f'`{name}`' for name in missing)}", call.span)
    # Named arguments that come next in order anyway are given in order.
    for name in fixed[len(positional) :]:
        if name not in named:
            break
        positional.append((name, named.pop(name)))
    if op.collects in named:
        positional.append((op.collects, named.pop(op.collects)))
    return Arguments(positional, list(named.items()))


def check_count(call: Call, parameters: tuple[str, ...]) -> None:
    """Raise ParseError where a function of the text is given other arguments than its parameters."""
    listed = ", ".join(parameters)
    if call.keywords:
        raise ParseError(
            f"`{call.function}` takes no named arguments", span=call.keywords[0][0].span,
            hint=f"the call is {call.function}({listed})",
        )  # fmt: skip
    if len(call.args) != len(parameters):
        raise ParseError(
            f"`{call.function}` takes {_count(len(parameters))}, not {len(call.args)}", span=call.span,
            hint=f"the call is {call.function}({listed})",
        )  # fmt: skip


def _wrong(op: Op, call: Call, what: str, span: Span) -> ParseError:
    also = f", or {ALSO[call.function]}" if call.function in ALSO else ""
    return ParseError(f"`{call.function}` {what}", span=span, hint=f"the call is {usage(op)}{also}")


def _count(number: int) -> str:
    return "one argument" if number == 1 else f"{number} arguments"
