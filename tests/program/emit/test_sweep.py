"""Each language computes what NumPy computes: every primitive, and every operation with its derivatives."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gradcli import Expression, tensor
from gradcli.autograd import grad
from gradcli.errors import GradcliError
from gradcli.lang import parse
from gradcli.ops import REGISTRY
from gradcli.program.emit import Formula, emit
from gradcli.program.primitives import PRIMITIVES
from gradcli.program.ssa import Block, Builder, Input, Instruction, Output, Ref, Type
from gradcli.program.trace import joint
from gradcli.views.source import formula_of

NUMBER, TRUTH = Type(np.dtype(float), ()), Type(np.dtype(bool), ())
GRID = (-np.inf, -2.5, -1.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, 1e-20, np.inf, np.nan)
X, Y = (column.ravel() for column in np.meshgrid(GRID, GRID))
Z = np.roll(X, 5)


def same(found: Any, wanted: Any, name: str, rtol: float = 1e-13, atol: float = 1e-300) -> None:
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(np.asarray(found, float) + 0.0, np.asarray(wanted, float), rtol, atol, err_msg=name)


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


def operations(cases_of_shape, sample, language: str) -> Iterator[tuple[str, Any, Block]]:
    """Yield the public operations on numbers that a language has words for, traced with their derivatives."""
    for op in REGISTRY.values():
        for case in cases_of_shape(op, ()) if op.pointwise and op.rules and op.public else ():
            call = sample(op, case, np.random.default_rng(3))
            names = [f"x{i}" for i in range(len(call.variables))]
            inputs = [Input(name, NUMBER) for name in names]
            block = joint(lambda leaves, _, c=call: (c(list(leaves.values()))[0], leaves), inputs, names)
            try:
                emit(Formula(block, names), language)
            except GradcliError:
                continue
            yield f"{op.name} {case.attributes}", call, block


def eager(call: Any) -> list[Any]:
    leaves = [tensor(column, requires_grad=True) for column in (X, Y, Z)[: len(call.variables)]]
    (root,) = call(leaves)
    slopes = grad(root.sum(), leaves, materialize_grads=True)
    return [root._data, *(slope._data for slope in slopes)]


# Of 94 operations, how many each language has the functions for.
SAID = {"python": 93, "c": 89, "javascript": 87, "sql": 81}


def test_operations_with_their_derivatives(run, language, cases_of_shape, sample, join):
    """All in one program."""
    known = list(operations(cases_of_shape, sample, language))
    assert len({owner.partition(" ")[0] for owner, *_ in known}) >= SAID[language]
    formula = join((owner, block) for owner, _, block in known)
    wanted = [each for _, call, _ in known for each in eager(call)]
    for (name, _), found, expected in zip(formula.block.outputs, run(formula, [X, Y, Z]), wanted, strict=True):
        atol = 1e-14 if name.endswith("of beta {}") else 1e-300  # of digamma(1.5) - digamma(-0.5), which is 0
        same(np.broadcast_to(found, expected.shape), expected, f"{name} in {language}", atol=atol)


PHYSICS = Path(__file__).resolve().parents[3] / "samples" / "physics"
FORMULAS = [
    row["formula"] for path in sorted(PHYSICS.glob("*.csv")) for row in csv.DictReader(path.read_text().splitlines())
]


def test_formulas_of_physics(run, language, join):
    """All in one program, of which most variables are between 1 and 3."""
    without = {"sql": ("erf", "erfc", "ndtr", "gamma")}.get(language, ())
    programs = [parse(text) for text in FORMULAS if not any(f"{name}(" in text for name in without)]
    formula = join((p.text, formula_of(p, language, p.variables).block) for p in programs)
    columns = list(np.random.default_rng(8).uniform(1.0, 3.0, (len(formula.block.inputs), 6)))
    wanted: list[Any] = []
    for program in programs:
        value, slopes = Expression(program).value_and_grad(dict(zip(program.variables, columns, strict=False)))
        wanted += [value, *slopes.values()]
    assert np.isfinite(np.concatenate(wanted)).mean() > 0.9
    for (name, _), found, expected in zip(formula.block.outputs, run(formula, columns), wanted, strict=True):
        same(np.broadcast_to(found, 6), expected, f"{name} in {language}", rtol=1e-11)


# Random expressions, in which every operator stands inside every other


def random_text(rng: np.random.Generator, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return str(rng.choice(["x", "y", "z", "2", "0.5", "3"]))
    form = str(rng.choice([
        "({a} + {b})", "({a} - {b})", "{a}*{b}", "({a})/({b})", "-({a})", "({a})**2", "sin({a})", "exp(-abs({a}))",
        "sqrt(abs({a}) + 1)", "tanh({a})", "({a} if {a} > {b} else {b})", "max({a}, {b})", "({a} - ({b}))",
        "(({a}) % (1 + abs({b})))", "where(not {a} < {b}, {a}, 1)", "log1p(({a})**2)", "({a})/({b})/3", "floor({a})",
    ]))  # fmt: skip
    return form.format(a=random_text(rng, depth - 1), b=random_text(rng, depth - 1))


# The variables are named in order first.
RANDOM = ["0*x + 0*y + 0*z + " + random_text(np.random.default_rng(seed), 4) for seed in range(60)]
POINT = {"x": np.array([0.7, -1.3]), "y": np.array([1.1, 0.4]), "z": np.array([-0.6, 2.2])}


def test_random_expressions(run, language, join):
    """All in one program."""
    formula = join((text, formula_of(parse(text), language, tuple(POINT)).block) for text in RANDOM)
    found = run(formula, list(POINT.values()))
    wanted: list[Any] = []
    for text in RANDOM:
        value, slopes = Expression.parse(text).value_and_grad(POINT)
        wanted += [value, *slopes.values()]
    for (name, _), got, expected in zip(formula.block.outputs, found, wanted, strict=True):
        same(np.broadcast_to(got, 2), expected, f"{name} in {language}", rtol=1e-10)
