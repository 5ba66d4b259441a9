"""What all tests share: how hypothesis searches, and calls of any operation with sampled arguments."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from gradcli.ops import Case, Op
from gradcli.ops._registry import reals

# A deadline would time the machine rather than the code, and a run of CI must be repeatable.
settings.register_profile("gradcli", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("gradcli")

# Shapes that meet by broadcasting; a third argument has the shape of the first again.
BROADCASTING = (((), ()), ((3,), (3,)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2,)), ((0,), (0,)), ((0, 3), (3,)))


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
        """Return the same call with its floating arrays in another dtype."""

        def converted(value: Any) -> Any:
            if isinstance(value, list):
                return [converted(v) for v in value]
            return value.astype(dtype) if value is not None and value.dtype.kind == "f" else value

        return Call(self.op, self.given | {name: converted(self.given[name]) for name in self.op.tensors})


def cases_of(op: Op) -> Iterator[Case]:
    """List the cases of an operation; one that names no shape stands for all that broadcast."""
    for case in op.cases or (Case((), {}),):
        if case.shapes or not op.tensors:
            yield case
            continue
        for shapes in BROADCASTING:
            yield Case(tuple(itertools.islice(itertools.cycle(shapes), len(op.tensors))), case.attributes)


def sampled(op: Op, case: Case, rng: np.random.Generator) -> Call:
    """Draw the arrays of a case from where the operation may be sampled; a shape that is None leaves one out."""

    def drawn(name: str, shape: Any) -> Any:
        domain = op.domain.get(name, reals()) if isinstance(op.domain, dict) else op.domain
        if name == op.sequence:
            return [np.asarray(domain.sample(rng, each)) for each in shape]
        return None if shape is None else np.asarray(domain.sample(rng, shape))

    arrays = {name: drawn(name, shape) for name, shape in zip(op.tensors, case.shapes, strict=False)}
    return Call(op, dict.fromkeys(op.tensors) | arrays | case.attributes)


@pytest.fixture(scope="session")
def cases() -> Callable[[Op], Iterator[Case]]:
    return cases_of


@pytest.fixture(scope="session")
def sample() -> Callable[[Op, Case, np.random.Generator], Call]:
    return sampled
