"""Each language computes what NumPy computes: every primitive, and every operation with its derivatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradcli import tensor
from gradcli.autograd import grad
from gradcli.errors import GradcliError
from gradcli.ops import REGISTRY
from gradcli.program.emit import Formula, emit
from gradcli.program.primitives import PRIMITIVES
from gradcli.program.ssa import Builder, Input, Instruction, Output, Ref, Type
from gradcli.program.trace import joint

NUMBER, TRUTH = Type(np.dtype(float), ()), Type(np.dtype(bool), ())
GRID = (-np.inf, -2.5, -1.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, 1e-20, np.inf, np.nan)
X, Y = (column.ravel() for column in np.meshgrid(GRID, GRID))
Z = np.roll(X, 5)


def same(found: Any, wanted: Any, name: str, rtol: float = 1e-13) -> None:
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            np.asarray(found, float) + 0.0, np.asarray(wanted, float), rtol, 1e-300, err_msg=name
        )


def test_primitives(run, language):
    """All in one program, which takes them on the grid; the first two are those that truth values are made of."""
    builder = Builder([Input("x", NUMBER), Input("y", NUMBER), Input("z", NUMBER)])
    a, b = (builder.add(Instruction("lt", (Ref(i), Ref(i + 1)), TRUTH)) for i in (0, 1))
    wanted: dict[str, Any] = {"lt": X < Y}
    outputs = {"lt": a}
    for name, primitive in PRIMITIVES.items():
        if name in ("lt", "cast"):
            continue
        logical = name in ("and", "or", "xor", "not")
        numbers, truths = ((X, Y), (Ref(0), Ref(1))), ((X < Y, Y < Z), (a, b))
        columns, args = truths if logical else numbers
        if name == "where":
            columns, args, kind = (X < Y, Y, Z), (a, Ref(1), Ref(2)), "f"
        else:
            columns, args = columns[: primitive.ufunc.nin], args[: primitive.ufunc.nin]
            kind = primitive.ufunc.resolve_dtypes((*[c.dtype for c in columns], None))[-1].kind
        with np.errstate(all="ignore"):
            wanted[name] = primitive.ufunc(*columns)
        outputs[name] = builder.add(Instruction(name, args, TRUTH if kind == "b" else NUMBER))
    block = builder.block([Output(name, ref) for name, ref in outputs.items()])
    formula = Formula(block, list(outputs)[1:])
    for name, found in zip(outputs, run(formula, [X, Y, Z]), strict=True):
        same(found, wanted[name], f"{name} in {language}")


def of_operations(cases_of_shape, sample, language: str) -> tuple[Formula, list[Any], list[str]]:
    """Trace the operations on numbers with their derivatives, and join them to one program that a language can say.

    Returns it with what the eager graph makes of the columns, and the name of the operation of each output.
    """
    shared = [Input(f"x{i}", NUMBER) for i in range(3)]
    builder, outputs, wanted, owners = Builder(shared), [], [], []
    for op in REGISTRY.values():
        for case in cases_of_shape(op, ()) if op.pointwise and op.rules else ():
            call = sample(op, case, np.random.default_rng(3))
            names = [f"x{i}" for i in range(len(call.variables))]
            block = joint(lambda leaves, _, c=call: (c(list(leaves.values()))[0], leaves), shared[: len(names)], names)
            try:
                emit(Formula(block, names), language)
            except GradcliError:
                continue
            shift = len(builder.inputs) + len(builder.instructions) - len(names)
            for each in block.instructions:
                builder.add(replace(each, args=tuple(moved(arg, len(names), shift) for arg in each.args)))
            outputs += [moved(output.operand, len(names), shift) for output in block.outputs]
            owners += [f"{output.name} of {op.name} {case.attributes}" for output in block.outputs]
            wanted += eager(call)
    named = [Output(f"{name} {i}", operand) for i, (name, operand) in enumerate(zip(owners, outputs, strict=True))]
    return Formula(builder.block(named), [f"r{i}" for i in range(1, len(named))]), wanted, owners


def moved(arg: Any, inputs: int, shift: int) -> Any:
    return Ref(arg.number + shift) if isinstance(arg, Ref) and arg.number >= inputs else arg


def eager(call: Any) -> list[Any]:
    leaves = [tensor(column, requires_grad=True) for column in (X, Y, Z)[: len(call.variables)]]
    (root,) = call(leaves)
    slopes = grad(root.sum(), leaves, materialize_grads=True)
    return [root._data, *(slope._data for slope in slopes)]


# Of 118 operations, how many each language has the functions for.
SAID = {"python": 118, "c": 100, "javascript": 100, "sql": 100}


def test_operations_with_their_derivatives(run, language, cases_of_shape, sample):
    formula, wanted, owners = of_operations(cases_of_shape, sample, language)
    assert len(set(owners)) >= SAID[language], f"{len(set(owners))} operations in {language}"
    for owner, found, expected in zip(owners, run(formula, [X, Y, Z]), wanted, strict=True):
        same(np.broadcast_to(found, expected.shape), expected, f"{owner} in {language}")
