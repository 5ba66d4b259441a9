"""The source of an operation's generated functions: what the few lines that it needs are.

For `mul` they read, with the names shortened,

    def apply(input, other):
        if type(input) is Tensor: d_input = input._data; n_input = input._node
        else: d_input = plain(input); n_input = None
        ...
        out = forward(d_input, d_other)
        result = new(Tensor); result._data = out
        if (n_input is not None or n_other is not None) and (not special or modes.grad):
            ...
            node._nexts = (n_input, n_other)
            if n_input is not None: node.s_other = other
            result._node = node
        return result

    def backward(node, nexts, free, g):
        other = node.s_other
        if type(other) is Tensor: other = other._data
        ...
        return (rule_input(g, other) if nexts[0] is not None else None, ...)

A name `d_x` is the data of the argument `x`, `n_x` its node, `s_x` what is saved of it, `v_x` the
version it had then. No text of a user enters: names come from the registry alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..ops._registry import ATTRIBUTE_ALIASES, Op
from .plan import Plan


def apply_source(plan: Plan, operator: bool = False) -> Iterator[str]:
    """Write the forward: unwrap, meet in one dtype, compute, wrap, and record where it is needed.

    As an operator it leaves what it does not know to the other operand.
    """
    yield f"def apply({_parameters(plan.op)}):"
    yield "    try:"
    unwrap = "plain" if not operator else "operand" if plan.op.pointwise else "array_operand"
    for line in _applied(plan, unwrap):
        yield "    " + line
    if operator:
        yield "    except Foreign: return NotImplemented"
    yield "    except Exception as error: raise reword(op, error, locals()) from None"


def _applied(plan: Plan, unwrap: str) -> Iterator[str]:
    op = plan.op
    for spelling, name in ATTRIBUTE_ALIASES.items():
        if name in op.attributes:
            yield f"    if {spelling} is not None: {name} = {spelling}"
    if op.along:
        yield f"    if dim is not None: return along({', '.join(op.parameters)})"
    if op.collects:
        yield f"    {op.collects} = spread({op.collects})"
    for name in op.tensors:
        yield from _unwrap(name, name == op.sequence, op.view, unwrap)
    yield from _meet(op, plan.differentiable or op.tensors)
    if op.byproducts:
        yield f"    if {_recording(plan)}: out, {', '.join(f'b_{name}' for name in op.byproducts)} = also({_call(op)})"
        yield f"    else: out = forward({_call(op)})"
    else:
        yield f"    try: out = forward({_call(op)})"
        yield f"    except Untraceable as error: out = error.tracer.run(op, {_call(op)})"
    if op.outputs:
        yield "    if isinstance(out, tuple):"
        yield from _record(plan, "        ", several=True)
        yield "        results = wrap_results(op, out, node)"
        yield "        if bar:"
        yield "            for result in results: bar(result)"
        yield "        return results"
    yield "    result = new(Tensor)"
    yield "    result._data = out"
    if op.view:
        rest = "".join(f"*{name}, " if name == op.collects else f"{name}, " for name in op.parameters[1:])
        yield f"    if type({op.tensors[0]}) is Tensor: as_view(result, {op.tensors[0]}, op, ({rest}))"
    yield from _record(plan, "    ", several=False)
    yield "    return result"


def _parameters(op: Op) -> str:
    shown, starred = [], False
    for name in op.parameters:
        if name == op.collects:
            continue
        if name in op.keyword_only and not starred:
            shown.append(f"*{op.collects or ''}")
            starred = True
        shown.append(f"{name}=default_{name}" if name in op.defaults else name)
    if op.collects and not starred:
        shown.append(f"*{op.collects}")
        starred = True
    spellings = [f"{s}=None" for s, name in ATTRIBUTE_ALIASES.items() if name in op.attributes]
    if spellings and not starred:
        shown.append("*")
    return ", ".join(shown + spellings)


def _unwrap(name: str, sequence: bool, view: bool, unwrap: str) -> Iterator[str]:
    if sequence:
        refusal = f"argument '{name}' (position 1) must be tuple of Tensors, not Tensor"
        yield f"    if type({name}) is Tensor: raise TypeError(op.name + {'(): ' + refusal!r})"
        yield f"    {name} = tuple({name})"
        yield f"    d_{name} = [plain(t) for t in {name}]"
        yield f"    n_{name} = [t._node if type(t) is Tensor else None for t in {name}]"
        return
    yield f"    if type({name}) is Tensor:"
    yield (
        f"        d_{name} = box({name}) if type({name}._data) is float64 else {name}._data"
        if view
        else (f"        d_{name} = {name}._data")
    )
    yield f"        n_{name} = {name}._node"
    yield "    else:"
    number = "" if unwrap == "array_operand" else f"{name} if type({name}) in NUMBERS else "
    yield f"        d_{name} = {number}{unwrap}({name})"
    yield f"        n_{name} = None"


def _meet(op: Op, names: tuple[str, ...]) -> Iterator[str]:
    """Write how the arguments that a gradient can flow to meet in one dtype (all, where there is none)."""
    if op.dtype is None or not names:
        return
    meet = "meet_float" if op.dtype == "float" else "meet"
    data = ", ".join(f"d_{name}" for name in names)
    if op.sequence:
        yield f"    {data} = list({meet}(*{data}))"
    elif len(names) > 1:
        first, *others = (f"type(d_{name})" for name in names)
        alike = " and ".join(f"({other} is kind or {other} in NUMBERS)" for other in others)
        yield f"    kind = {first}"
        arrays = f" and not alike({data})" if len(names) == 2 else ""
        yield f"    if not (kind in FLOATS and {alike}){arrays}: {data} = {meet}({data})"
    elif op.dtype == "float":
        yield f"    if type({data}) not in FLOATS and {data}.dtype.kind != 'f': {data}, = meet_float({data})"


def _call(op: Op) -> str:
    shown = []
    for name in op.parameters:
        if name == op.collects:
            shown.append(f"*{name}")
        elif name in op.keyword_only:
            shown.append(f"{name}={name}")
        else:
            shown.append(f"d_{name}" if name in op.tensors else name)
    return ", ".join(shown)


def _record(plan: Plan, indent: str, several: bool) -> Iterator[str]:
    """Write the lines that make a node, where an argument requires a gradient and the mode records."""
    op = plan.op
    needed = {name: _needed(op, name) for name in plan.differentiable}
    arguments = ", ".join(f"*{name}" if name == op.sequence else name for name in op.tensors)
    yield f"{indent}bar = (barred({arguments}) if volatiles else modes.bar) if special else False"
    if several:
        yield f"{indent}node = None"
        yield f"{indent}if bar: pass"
    else:
        yield f"{indent}if bar: bar(result)"
    if not needed:
        return
    yield f"{indent}elif {_recording(plan)}:"
    inner = indent + "    "
    yield f"{inner}node = new({_node_choice(op)})"
    yield f"{inner}node._seq = next(sequence)"
    yield from _edges(plan, inner)
    for need, by in plan.asked.items():
        line = _save(plan, need)
        if len(plan.differentiable) > 1 and len(by) < len(plan.differentiable):
            yield f"{inner}if {' or '.join(needed[name] for name in by)}:"
            yield from (f"{inner}    {part}" for part in line)
        else:
            yield from (f"{inner}{part}" for part in line)
    if several:
        yield f"{inner}if bar is None: noticed(node)"
        return
    yield f"{inner}kind = type(out)"
    yield f"{inner}if kind is not float64:"
    yield f"{inner}    node._scalar = kind if kind in FLOATS else None"
    yield f"{inner}    node._shape = out.shape; node._dtype = out.dtype"
    yield f"{inner}result._node = node"
    yield f"{inner}if bar is None: noticed(node)"


def _needed(op: Op, argument: str) -> str:
    return f"any(n is not None for n in n_{argument})" if argument == op.sequence else f"n_{argument} is not None"


def _recording(plan: Plan) -> str:
    return " or ".join(_needed(plan.op, name) for name in plan.differentiable)


def _node_choice(op: Op) -> str:
    if isinstance(op.node, str):
        return "Node0"
    if callable(op.node):
        return f"node_class(label_of({_call(op)}))"
    tests = (f"type({name}) is Tensor" if name in op.tensors else f"{name} is not None" for name in op.node[2:])
    return f"Node1 if {' or '.join(tests)} else Node0"


def _edges(plan: Plan, indent: str) -> Iterator[str]:
    name = plan.op.sequence
    if name:
        yield f"{indent}node._nexts = tuple(accumulator(t) if n is LEAF else n for t, n in zip({name}, n_{name}))"
        yield f"{indent}node._nrs = tuple(t.output_nr if type(t) is Tensor else 0 for t in {name})"
        return
    for name in plan.differentiable:
        yield f"{indent}if n_{name} is LEAF: n_{name} = accumulator({name})"
    if len(plan.differentiable) == 1:
        yield f"{indent}node._only = n_{plan.differentiable[0]}"
    else:
        yield f"{indent}node._nexts = ({', '.join(f'n_{name}' for name in plan.differentiable)},)"
    numbers = [f"({name}.output_nr if n_{name} is not None else 0)" for name in plan.differentiable]
    yield f"{indent}if {' or '.join(numbers)}: node._nrs = ({', '.join(numbers)},)"


def _save(plan: Plan, need: str) -> Iterator[str]:
    kind = plan.kinds[need]
    if kind == "tensor":
        yield f"if type({need}) is Tensor:"
        yield f"    node.s_{need} = {need}"
        yield f"    if {need}._ver is not None: node.v_{need} = {need}._ver[0]"
        yield f"else: node.s_{need} = d_{need}"
    elif kind == "byproduct":
        yield f"node.s_{need} = b_{need}"
    elif kind == "result" and need != "out":
        yield f"node.s_{need} = out.{need}"
    elif kind == "result":
        yield "node.s_out = out"
        yield "result._ver = node.c_out = [0]"
    elif kind in ("shape", "dtype"):
        argument = need.rpartition("_")[0]
        if argument == plan.op.sequence:
            of_each = "shape_of(d)" if kind == "shape" else "d.dtype"
            yield f"node.s_{need} = tuple({of_each} for d in d_{argument})"
        else:
            data = f"d_{argument}"
            shape = f"{data}.shape if type({data}) is ndarray else shape_of({data})"
            yield f"node.s_{need} = {shape if kind == 'shape' else f'{data}.dtype'}"
    else:
        yield f"node.s_{need} = {need}"


def backward_source(plan: Plan) -> Iterator[str]:
    """Write the plain backward: check what was saved, run the rules that are needed on arrays, and let go of it."""
    op = plan.op
    yield f"def backward(node, nexts, free, {', '.join(plan.gradients)}):"
    for need, kind in plan.kinds.items():
        yield f"    {need} = node.s_{need}"
        if kind == "tensor" and need in plan.plain:  # any other is for the recorded backward alone
            yield f"    if type({need}) is Tensor:"
            yield f"        cell = {need}._ver"
            yield f"        if cell is not None and cell[0] != node.v_{need}: stale(node, {need!r}, cell[0])"
            yield f"        {need} = {need}._data"
            yield f"    elif {need} is FREED: freed(node)"
        elif kind in ("result", "sequence", "selection", "byproduct"):
            yield f"    if {need} is FREED: freed(node)"
        if kind == "result":
            yield f"    cell = node.c_{need}"
            yield f"    if cell is not None and cell[0] != node.v_{need}: stale(node, {need!r}, cell[0])"
        elif kind == "sequence":
            yield f"    {need} = [plain(t) for t in {need}]"
    calls = [f"rule_{name}({', '.join(plan.rules[name].needs)})" for name in plan.differentiable]
    if op.sequence:
        yield f"    grads = tuple({calls[0]})"
    elif len(calls) == 1:
        yield f"    grads = ({calls[0]},)"
    else:
        guarded = (f"{call} if nexts[{i}] is not None else None" for i, call in enumerate(calls))
        yield f"    grads = ({', '.join(guarded)})"
    released = [f"        if {plan.held(need)}: node.s_{need} = FREED" for need in plan.kinds if plan.held(need)]
    if released:
        yield "    if free:"
        yield from released
    yield "    return grads"
