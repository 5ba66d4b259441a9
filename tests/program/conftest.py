"""A reader of programs as plain as it can be: an instruction at a time, whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.program.primitives import PRIMITIVES
from gradcli.program.ssa import Block, Ref
from gradcli.program.structured import TABLE, resolve


def interpret(block: Block, values: list[Any], n: int = 0) -> dict[str, np.ndarray]:
    """Return the outputs of a program, by name."""
    known = [np.asarray(value, each.type.dtype) for value, each in zip(values, block.inputs, strict=True)]

    def read(operand: Any) -> Any:
        return known[operand.number] if isinstance(operand, Ref) else operand

    with np.errstate(all="ignore"):
        for made in block.instructions:
            args = [read(operand) for operand in made.args]
            primitive = PRIMITIVES.get(made.name)
            if made.name == "cast":
                result = np.asarray(args[0]).astype(made.type.dtype)
            elif made.name == "where":
                result = np.where(*args).astype(made.type.dtype)[()]  # numbers alone would be float64
            elif made.name == "broadcast":
                result = np.broadcast_to(np.asarray(args[0], made.type.dtype), resolve(made.facts["shape"], n))
            else:
                function = made.function or (primitive.ufunc if primitive else TABLE[made.name])
                result = function(*args, **resolve(made.facts, n))
            assert np.asarray(result).dtype == made.type.dtype, f"{made}: {np.asarray(result).dtype}"
            assert np.shape(result) == resolve(made.type.shape, n), f"{made}: {np.shape(result)}"
            known.append(np.asarray(result))
        return {name: np.asarray(read(operand)) for name, operand in block.outputs}


@pytest.fixture(name="interpret")
def _interpret():
    return interpret
