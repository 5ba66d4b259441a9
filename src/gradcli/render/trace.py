"""A run as text: a table of the steps forward, the nodes as the engine came to them, the chain rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..views.names import function_name, partial_name
from . import numbers, table
from .captions import excerpt, shape, shortened, summed
from .look import Line, Look, Piece, in_ascii

if TYPE_CHECKING:
    from ..views.trace import Computed, Flow, Trace, Turn

# The room that the text of a step has at least, and at most.
_LEAST, _MOST = 12, 32
# The longest call.
_CALL = 16


def draw(view: Trace, look: Look) -> Iterator[Line]:
    """Draw the parts of a run that were asked for, a blank line between them; bare, its numbers alone."""
    lines = _numbers(view, look) if look.bare else _parts(view, look)
    return map(in_ascii, lines) if look.ascii else lines


def _parts(view: Trace, look: Look) -> Iterator[Line]:
    parts = {
        "forward": (view.forward, _forward), "backward": (view.backward, _backward), "chain rule": (view.chain, _chain)
    }  # fmt: skip
    started = False
    for title, (rows, lines) in parts.items():
        if rows:
            if started:
                yield ()
            yield ((title, "head"),)
            yield from lines(view, look)
            started = True


def _numbers(view: Trace, look: Look) -> Iterator[Line]:
    for value in [*(step.value for step in view.forward or ()), *(turn.gradient for turn in view.backward or ())]:
        yield from (((line, ""),) for line in numbers.bare(value, look))


def _forward(view: Trace, look: Look) -> Iterator[Line]:
    steps = view.forward or []
    shapes = any(step.shape for step in steps)
    columns = [table.Column("step", "node"), table.Column("text", "text"), table.Column("operation")]
    columns += [table.Column("shape", "dim")] * shapes + [table.Column("value", "value"), table.Column("saves", "dim")]
    rows = [
        [f"#{s.id}", "", _call(s), *[shape(s.shape)] * shapes, numbers.brief(s.value, look.digits), ", ".join(s.saved)]
        for s in steps
    ]
    taken = sum(max(map(len, column)) + 2 for column in zip([c.head for c in columns], *rows, strict=True)) - 6
    for step, row in zip(steps, rows, strict=True):
        row[1] = _text(view, step, max(_LEAST, min(_MOST, look.width - taken)))
    yield from table.draw(columns, rows)


def _call(step: Computed) -> str:
    call = f"{step.operation}({', '.join(each.text for each in step.inputs)})"
    return shortened(call, _CALL) if step.operation else "variable"


def _text(view: Trace, step: Computed | Turn, most: int) -> str:
    return step.variable or excerpt(view.expression, step.span, most)


def _backward(view: Trace, look: Look) -> Iterator[Line]:
    turns = view.backward or []
    texts = {turn.id: _text(view, turn, 24) for turn in turns}
    names = max(len(f"#{turn.id} {turn.name}") for turn in turns) + 2
    width = max(map(len, texts.values())) + 2
    arriving: dict[int, list[str]] = {}
    for turn in turns:
        front = ((f"#{turn.id} {turn.name}".ljust(names), "node"), (texts[turn.id].ljust(width), "text"))
        value, parts = numbers.brief(turn.gradient, look.digits), arriving.get(turn.id, [])
        if turn.variable is None:
            yield from _equation(front, f"g{turn.id}", [[value]], look)
        else:
            total = [summed(parts)] if len(parts) > 1 else []
            yield from _equation(front, f"{turn.variable}.grad", [*total, [value]], look)
        yield from _flows(turn, texts, look)
        for flow in turn.flows:
            arriving.setdefault(flow.to, []).append(numbers.brief(flow.gradient, look.digits))


def _flows(turn: Turn, texts: dict[int, str], look: Look) -> Iterator[Line]:
    """Draw what a node sends, a line for each input, its formulas below each other."""
    ends = [f"to #{flow.to} {texts.get(flow.to, '')}".rstrip() for flow in turn.flows]
    width = max(map(len, ends), default=0) + 2
    formulas = max((len(flow.formula) for flow in turn.flows), default=0)
    for end, flow in zip(ends, turn.flows, strict=True):
        front = (("   ", ""), (end.ljust(width), "dim"))
        parts = [*_product(turn, flow, look), [numbers.brief(flow.gradient, look.digits)]]
        yield from _equation(front, flow.formula.ljust(formulas), parts, look)


def _product(turn: Turn, flow: Flow, look: Look) -> list[list[str]]:
    """Return the numbers that are multiplied on the way to an input, where it is more than handing on."""
    if flow.derivative in (None, "1", "-1"):
        return []
    return [[f"{numbers.brief(turn.gradient, look.digits)}*{numbers.brief(flow.local, look.digits)}"]]


def _chain(view: Trace, look: Look) -> Iterator[Line]:
    chains = view.chain or []
    function = function_name([*view.at, *(chain.variable for chain in chains)])
    labels = {chain.variable: partial_name(function, [chain.variable]) for chain in chains}
    width = max(map(len, labels.values()))
    for chain in chains:
        values = [numbers.brief(value, look.digits) for value in chain.values]
        total = [summed(values)] if len(values) > 1 else []
        terms = [shortened(term, look.width - 12) for term in summed(chain.terms)]
        parts = [terms, *total, [numbers.brief(chain.grad, look.digits)]]
        yield from _equation((), labels[chain.variable].ljust(width), parts, look)


def _equation(front: Sequence[Piece], label: str, parts: Sequence[Sequence[str]], look: Look) -> Iterator[Line]:
    """Draw sums that are equal behind their label: on one line, or below each other where that passes the width."""
    start = sum(len(text) for text, _ in front)
    room = look.width - start - len(label) - 3
    whole = " = ".join(" ".join(part) for part in parts)
    if len(whole) <= room:
        yield (*front, (label, "label"), (f" = {whole}", ""))
        return
    below = max(len(term) for part in parts for term in part) > room
    lines = [line for part in parts for line in _broken(part, room + len(label) + 1 if below else room)]
    first = shortened(label.rstrip(), room + len(label) + 3) if below else f"{label} "
    yield (*front, (first, "label"), *([] if below else [(lines[0], "")]))
    for line in lines if below else lines[1:]:
        yield (" " * (start if below else start + len(label) + 1), ""), (line, "")


def _broken(terms: Sequence[str], room: int) -> Iterator[str]:
    """Break a sum into lines before its signs, where it does not fit."""
    line = f"= {terms[0]}"
    for term in terms[1:]:
        if len(line) + len(term) > room + 1:
            yield line
            line = term
        else:
            line += f" {term}"
    yield line
