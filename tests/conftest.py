"""What all tests share: how hypothesis searches, and calls of any operation with sampled arguments."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from gradcli.ops import Case, Op
from gradcli.ops._sampling import reals

# A deadline would time the machine rather than the code, and a run of CI must be repeatable.
settings.register_profile("gradcli", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("gradcli")


def pytest_collection_finish() -> None:
    """Hide the collected tests from the collector of garbage: to walk over ten thousand of them takes its time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let all processes find the tables that the first one made of the grammar, and leave the user's alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


# Shapes that meet by broadcasting; a third argument has the shape of the first again.
BROADCASTING = (((), ()), ((3,), (3,)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2,)), ((0,), (0,)), ((0, 3), (3,)))

# Numbers on whose combinations all kinks of elementwise operations lie, with what floats have beyond the reals.
GRID = (-np.inf, -2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, np.inf, np.nan)


@dataclass(frozen=True)
class Call:
    """An operation, and the arrays and attributes to call it with."""

    op: Op
    given: dict[str, Any]

    @property
    def places(self) -> list[tuple[str, int | None]]:
        """Where the variables stand, the arrays that a rule belongs to: the argument, and the place in a sequence."""
        found: list[tuple[str, int | None]] = []
        for name in self.op.tensors:
            if name not in self.op.rules or self.given[name] is None:
                continue
            found += [(name, i) for i in range(len(self.given[name]))] if name == self.op.sequence else [(name, None)]
        return found

    @property
    def variables(self) -> list[np.ndarray]:
        """The arrays that a rule belongs to."""
        return [self.given[name] if i is None else self.given[name][i] for name, i in self.places]

    def at(self, variables: Sequence[Any]) -> dict[str, Any]:
        """Return what is given, with other values for the variables."""
        given = {name: list(v) if name == self.op.sequence else v for name, v in self.given.items()}
        for (name, i), value in zip(self.places, variables, strict=True):
            if i is None:
                given[name] = value
            else:
                given[name][i] = value
        return given

    def __call__(self, variables: Sequence[Any] | None = None) -> tuple[Any, ...]:
        """Apply the operation, to other values of the variables where there are some; return all its results."""
        op = self.op
        given = op.defaults | (self.given if variables is None else self.at(variables))
        positional = [given[name] for name in op.parameters if name not in op.keyword_only and name != op.collects]
        named = {name: given[name] for name in op.keyword_only}
        result = op(*positional, *given.get(op.collects, ()), **named)
        return tuple(result) if isinstance(result, tuple) else (result,)

    def cast(self, dtype: Any) -> Call:
        """Return the same call with its floating arrays in another dtype, in which some may be infinite."""

        def converted(value: Any) -> Any:
            if isinstance(value, list):
                return [converted(v) for v in value]
            return value.astype(dtype) if value is not None and value.dtype.kind == "f" else value

        with np.errstate(over="ignore"):
            return replace(self, given=self.given | {name: converted(self.given[name]) for name in self.op.tensors})


def cases_of(op: Op) -> Iterator[Case]:
    """List the cases of an operation; one that names no shape stands for all that broadcast."""
    for case in op.cases or (Case((), {}),):
        if case.shapes or not op.tensors:
            yield case
            continue
        for shapes in BROADCASTING:
            yield Case(tuple(itertools.islice(itertools.cycle(shapes), len(op.tensors))), case.attributes)


def one_shape(op: Op, shape: tuple[int, ...]) -> Iterator[Case]:
    """List the cases of an operation, with one shape for all arguments."""
    for case in op.cases or (Case((), {}),):
        shapes = [None if s is None else shape for s in case.shapes] or [shape] * len(op.tensors)
        yield Case(tuple(shapes), case.attributes)


def sampled(op: Op, case: Case, rng: np.random.Generator) -> Call:
    """Draw the arrays of a case from where the operation may be sampled; a shape that is None leaves one out."""

    def drawn(name: str, shape: Any) -> Any:
        domain = op.domain.get(name, reals()) if isinstance(op.domain, dict) else op.domain
        if name == op.sequence:
            return [np.asarray(domain.sample(rng, each)) for each in shape]
        return None if shape is None else np.asarray(domain.sample(rng, shape))

    arrays = {name: drawn(name, shape) for name, shape in zip(op.tensors, case.shapes, strict=False)}
    return Call(op, dict.fromkeys(op.tensors) | arrays | case.attributes)


def at_special_values(op: Op, rng: np.random.Generator) -> Iterator[Call]:
    """Draw calls with a special value in the first place of each variable, which is a scalar where it may be."""
    for case in one_shape(op, ()) if op.pointwise else cases_of(op):
        call = sampled(op, case, rng)
        for special in op.special if all(v.size for v in call.variables) else ():
            variables = [v.copy() for v in call.variables]
            for variable, number in zip(variables, special if isinstance(special, tuple) else (special,), strict=True):
                variable.flat[0] = number
            yield replace(call, given=call.at(variables))


def on_the_grid(op: Op, rng: np.random.Generator) -> Iterator[Call]:
    """Yield calls of an elementwise operation at every combination of the numbers of the grid."""
    for case in one_shape(op, ()):
        drawn = sampled(op, case, rng).given
        floating = [name for name in op.tensors if drawn[name] is not None and drawn[name].dtype.kind == "f"]
        mesh = np.meshgrid(*[GRID] * len(floating), indexing="ij") if floating else [np.empty(())]
        call = sampled(op, case._replace(shapes=tuple(s if s is None else mesh[0].shape for s in case.shapes)), rng)
        yield replace(call, given=call.given | dict(zip(floating, mesh, strict=False)))


@pytest.fixture(scope="session")
def cases() -> Callable[[Op], Iterator[Case]]:
    return cases_of


@pytest.fixture(scope="session")
def cases_of_shape() -> Callable[[Op, tuple[int, ...]], Iterator[Case]]:
    return one_shape


@pytest.fixture(scope="session")
def sample() -> Callable[[Op, Case, np.random.Generator], Call]:
    return sampled


@pytest.fixture(scope="session")
def special() -> Callable[[Op, np.random.Generator], Iterator[Call]]:
    return at_special_values


@pytest.fixture(scope="session")
def grid() -> Callable[[Op, np.random.Generator], Iterator[Call]]:
    return on_the_grid
