"""The syntax tree: what was written, and where.

Nodes are equal only to themselves, are not shown in full, and are never walked by recursion, so a
tree may be as deep as its text is long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Literal:
    """A number, or one of `True`, `False`, `None` and `...`."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name:
    """A name that stands for a value."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """A function or an operator with its arguments.

    `function` is the name that was written, or the operator (`"+"`, `"not"`), whose spelling is a
    plain one. `keywords` pairs the names of keyword arguments with their values.
    """

    function: str
    args: tuple[Node, ...]
    keywords: tuple[tuple[Name, Node], ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """A chain of comparisons: `a < b <= c` has three operands and two operators."""

    operands: tuple[Node, ...]
    operators: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Conditional:
    """`then if condition else otherwise`."""

    condition: Node
    then: Node
    otherwise: Node
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Items:
    """A list in square brackets."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Index:
    """A value with subscripts: `x[0, 1:]`."""

    value: Node
    subscripts: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Slice:
    """A subscript `start:stop:step`, each part None where it is left out."""

    start: Node | None
    stop: Node | None
    step: Node | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Binding:
    """`name = value`."""

    name: Name
    value: Node
    span: Span


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Definition:
    """`name(parameters) = value`."""

    name: Name
    parameters: tuple[Name, ...]
    value: Node
    span: Span


Node = Literal | Name | Call | Comparison | Conditional | Items | Index | Slice
Statement = Node | Binding | Definition


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below one, in the order of the text."""
    match node:
        case Call():
            return (*node.args, *(value for _, value in node.keywords))
        case Comparison():
            return node.operands
        case Conditional():
            return (node.then, node.condition, node.otherwise)
        case Items():
            return node.items
        case Index():
            return (node.value, *node.subscripts)
        case Slice():
            return tuple(part for part in (node.start, node.stop, node.step) if part is not None)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
