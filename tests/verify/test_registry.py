"""The tester tested: every rule of the registry passes, and every rule that is made wrong is caught.

An operation is examined as `check` examines an expression, but for the text: a stand-in for a program calls it,
with any of its attributes, and weighs the elements of its results.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradcli.errors import EvaluationError, Span
from gradcli.lang import Evaluation
from gradcli.ops import REGISTRY, Op
from gradcli.ops._registry import Rule
from gradcli.verify import reverse, subject, verdict
from gradcli.verify.report import AGREES, DISAGREES
from gradcli.verify.rounding import ShakenPoint
from gradcli.verify.verdict import Judge

RULED = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.rules]
DRAWS = 25
NOWHERE = Span(0, 0)
NUMBERS = itertools.count()


class Called:
    """What a judge sees of a program: the sum of an operation's results, their elements weighed."""

    bindings: tuple[str, ...] = ()

    def __init__(self, call: Any) -> None:
        self.call = call
        self.text = call.op.name
        self.variables = tuple(f"v{i}" for i in range(len(call.places)))

    def free_names(self, given: Any = ()) -> tuple[str, ...]:
        return self.variables

    def evaluate(self, values: Mapping[str, Any], interpreter: Any, distinct: Any = ()) -> Evaluation:
        op = self.call.op
        given = op.defaults | self.call.at([values[name] for name in self.variables])
        args = [given[name] for name in op.parameters if name not in op.keyword_only and name != op.collects]
        named = {name: given[name] for name in op.keyword_only}
        try:
            result = interpreter.apply(op, (*args, *given.get(op.collects, ())), named, NOWHERE)
        except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
            raise EvaluationError(str(error)) from error
        results = result if isinstance(result, tuple) else (result,)
        parts = [self._weighed(interpreter, each) for each in results if np.asarray(_data(each)).dtype.kind in "fc"]
        total = parts[0]
        for part in parts[1:]:
            total = interpreter.apply(REGISTRY["add"], (total, part), {}, NOWHERE)
        return Evaluation(total, dict(values))

    def _weighed(self, interpreter: Any, result: Any) -> Any:
        if not np.ndim(_data(result)):
            return interpreter.apply(REGISTRY["mul"], (result, 0.75), {}, NOWHERE)
        constant = interpreter.constant(weights(np.shape(_data(result))), NOWHERE)
        product = interpreter.apply(REGISTRY["mul"], (result, constant), {}, NOWHERE)
        return interpreter.apply(REGISTRY["sum"], (product,), {}, NOWHERE)


@functools.cache
def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(6).uniform(0.5, 1.5, shape)


def _data(value: Any) -> Any:
    return getattr(value, "_data", value)


def has_elements(shape: Any) -> bool:
    """Tell whether arrays of a shape, or of each of a list of shapes, have elements."""
    shapes = shape if isinstance(shape, list) else [shape]
    return all(each is None or np.prod(each) for each in shapes)


@pytest.fixture(scope="session")
def few(cases: Any, cases_of_shape: Any) -> Callable[[Op], list[Any]]:
    """Cases of an operation: a few of one shape where it is elementwise, else all that have elements."""

    def chosen(op: Op) -> list[Any]:
        if op.pointwise:
            return list(cases_of_shape(op, (3,)))
        found = [case for case in cases(op) if all(map(has_elements, case.shapes))]
        return found or list(cases(op))

    return chosen


@pytest.fixture(scope="module")
def score() -> list[tuple[str, bool]]:
    """The wrong rules that were planted, and whether they were caught."""
    return []


@pytest.fixture(autouse=True)
def one_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all arrays be moved along one random direction each, which sees every element."""
    monkeypatch.setattr(subject, "ELEMENTWISE", 0)


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what the numeric witness says of a call be remembered: it sees no rules, whatever they are."""

    def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
        said: dict[Any, Any] = {}
        known: list[Any] = []  # kept, so that nothing else is given the identity of one of them

        def once(examined: Any, key: Any) -> Any:
            given = examined.program.call.given
            if (id(given), key) not in said:
                known.append(given)
                said[id(given), key] = function(examined, key)
            return said[id(given), key]

        return once

    monkeypatch.setattr(verdict.numeric, "testify", remembering(verdict.numeric.testify))
    monkeypatch.setattr(verdict, "sides", remembering(verdict.sides))


def verdicts(call: Any, methods: tuple[str, ...], order: int = 1) -> set[str]:
    """Judge a call, and return what is said of its variables."""
    program: Any = Called(call)
    point = dict(zip(program.variables, call.variables, strict=True))
    live = [name for name, value in point.items() if value.size]
    judge = Judge(program, live, order, methods, 0.0, 0)
    examined = subject.Subject(program, point, live)
    with np.errstate(all="ignore"):
        return {row.verdict for row in judge.rows(examined, reverse.testify(examined, order))}


def differentiate(call: Any) -> None:
    """Run the rules of a call."""
    program: Any = Called(call)
    point = dict(zip(program.variables, call.variables, strict=True))
    ShakenPoint(program, point, program.variables, 0).grad()


def judged(op: Op, case: Any, sample: Any, methods: tuple[str, ...]) -> set[str]:
    """Judge a call at the first sampled point where it can be judged."""
    for draw in range(DRAWS):
        call = sample(op, case, np.random.default_rng([draw, 60]))
        found = verdicts(call, methods)
        if found <= {AGREES, DISAGREES}:
            return found
    raise AssertionError(f"{op.name}{case.shapes} {case.attributes}: {found}, at every sampled point")


@pytest.mark.parametrize("op", RULED)
def test_right_rules_pass(op: Op, few: Any, sample: Any) -> None:
    for case in few(op):
        assert judged(op, case, sample, ("numeric", "complex")) <= {AGREES}, case


# Wrong rules: each by a factor, with the wrong sign, and without one of its terms


class Lossy:
    """An array whose additions and subtractions are counted, of which one loses an operand."""

    count = 0
    lost: tuple[int, int] | None = None
    matters = False  # whether what was lost has made any difference

    def __init__(self, data: Any) -> None:
        self.data = data

    def __apply__(self, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if op.name in ("add", "sub", "rsub"):
            Lossy.count += 1
            if Lossy.lost is not None and Lossy.lost[0] == Lossy.count:
                kept = args[1 - Lossy.lost[1]]
                negated = (op.name, Lossy.lost[1]) in (("sub", 0), ("rsub", 1))
                shape = np.broadcast_shapes(*(np.shape(bare(a)) for a in args))
                return Lossy(np.broadcast_to(-bare(kept) if negated else bare(kept), shape))
        result = op(*bare(args), **bare(kwargs))
        return tuple(map(Lossy, result)) if isinstance(result, tuple) else Lossy(result)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.data, name)

    def __getitem__(self, key: Any) -> Lossy:
        return Lossy(self.data[bare(key)])


def bare(value: Any) -> Any:
    """Return what is wrapped, in sequences and dicts, too."""
    if isinstance(value, (list, tuple)):
        return type(value)(bare(each) for each in value)
    if isinstance(value, dict):
        return {name: bare(each) for name, each in value.items()}
    return value.data if isinstance(value, Lossy) else value


def _operator(name: str, swapped: bool = False) -> Callable[..., Any]:
    def apply(self: Any, other: Any) -> Any:
        return REGISTRY[name](*((other, self) if swapped else (self, other)))

    return apply


BINARY = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow", "matmul": "matmul", "eq": "eq",
    "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "and": "logical_and", "or": "logical_or",
}  # fmt: skip
for operator, called in BINARY.items():
    setattr(Lossy, f"__{operator}__", _operator(called))
    setattr(Lossy, f"__r{operator}__", _operator(called, swapped=True))
for operator in ("neg", "abs"):
    setattr(Lossy, f"__{operator}__", lambda self, called=operator: REGISTRY[called](self))


def without_a_term(rule: Rule, lost: tuple[int, int] | None) -> Callable[..., Any]:
    """Return the function of a rule that loses the given operand of one of its sums; they are counted."""

    def function(*values: Any) -> Any:
        Lossy.count, Lossy.lost = 0, lost
        wrapped = [Lossy(v) if isinstance(v, (np.ndarray, np.floating)) else v for v in values]
        claimed, right = bare(rule.function(*wrapped)), rule.function(*values)
        Lossy.matters |= not np.allclose(flat(claimed), flat(right), rtol=1e-9, equal_nan=True)
        return claimed

    return function


def flat(claimed: Any) -> np.ndarray:
    """Return the numbers of what a rule claims, of a list of them as well."""
    return np.concatenate([np.ravel(each) for each in (claimed if isinstance(claimed, (list, tuple)) else [claimed])])


def changed(rule: Rule, change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return the function of a rule whose results are changed, given the incoming gradient, too."""
    place = next(i for i, need in enumerate(rule.needs) if need == "g" or need.startswith("g_"))

    def function(*values: Any) -> Any:
        claimed, g = rule.function(*values), values[place]
        return [change(each, g) for each in claimed] if isinstance(claimed, (list, tuple)) else change(claimed, g)

    return function


def by_a_factor(claimed: Any, g: Any) -> Any:
    return claimed * 1.0005 if np.any(claimed) else 0.0005 * g


WRONG = {"factor": by_a_factor, "sign": lambda claimed, g: -claimed, "dropped": lambda claimed, g: claimed * 0.0}


def mutants(op: Op, call: Any) -> Iterator[tuple[str, Op]]:
    """Yield copies of an operation with one wrong rule each; a rule that says zero has no sign, and no terms."""
    for argument in op.rules:
        seen: list[bool] = []

        def look(claimed: Any, g: Any, seen: list[bool] = seen) -> Any:
            seen.append(np.any(claimed))
            return claimed

        differentiate(replace(call, op=with_rule(op, argument, lambda each, look=look: changed(each, look))))
        for name, change in WRONG.items() if any(seen) else [("factor", by_a_factor)]:
            yield f"{argument}: {name}", with_rule(op, argument, lambda each, change=change: changed(each, change))
        Lossy.count = 0
        differentiate(replace(call, op=with_rule(op, argument, lambda each: without_a_term(each, None))))
        for lost in itertools.product(range(1, Lossy.count + 1), (0, 1)):
            wrong = with_rule(op, argument, lambda each, lost=lost: without_a_term(each, lost))
            yield f"{argument}: operand {lost[1]} of sum {lost[0]} dropped", wrong


def with_rule(op: Op, argument: str, change: Callable[[Rule], Callable[..., Any]]) -> Op:
    """Return a copy of an operation with a changed rule, and changed where it is read from by-products."""
    rule = op.rules[argument]
    shortcut = rule.shortcut and Rule(change(rule.shortcut), rule.shortcut.needs)
    made = copy.copy(op)
    made.name = f"{op.name} {next(NUMBERS)}"  # what is generated for an operation is kept by its name
    made.rules = op.rules | {argument: Rule(change(rule), rule.needs, shortcut)}
    return made


@pytest.mark.parametrize("op", RULED)
@pytest.mark.usefixtures("remembered")
def test_wrong_rules_are_caught(op: Op, few: Any, sample: Any, score: list[tuple[str, bool]]) -> None:
    alive: set[str] = set()
    made: set[str] = set()
    for case in few(op):
        calls = [sample(op, case, np.random.default_rng([draw, 60])) for draw in range(3)]
        if all(v.size for v in calls[0].variables):
            for name, mutant in mutants(op, calls[0]):
                if name in made - alive:
                    continue
                Lossy.matters = False
                caught = any(DISAGREES in verdicts(replace(call, op=mutant), ("numeric",)) for call in calls)
                if caught or Lossy.matters or "operand" not in name:  # else it is another way to write the rule
                    made.add(name)
                    (alive.discard if caught else alive.add)(name)
    score += [(name, name not in alive) for name in made]
    assert alive == set()


def test_mutation_score(score: list[tuple[str, bool]], capsys: pytest.CaptureFixture[str]) -> None:
    caught = sum(was_caught for _, was_caught in score)
    with capsys.disabled():
        print(f"\nmutation score: {caught} of {len(score)} wrong rules caught, {caught / max(1, len(score)):.0%}")
    assert caught == len(score)
