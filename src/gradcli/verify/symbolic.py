"""SymPy as a witness: its derivative of the same expression, to 50 digits, from a process that can be killed.

See `translate` for how a program becomes an expression of SymPy, `digits` for how that becomes a number, and
`worker` for the process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..errors import EvaluationError
from . import worker
from .labels import partials
from .subject import ELEMENTWISE
from .witness import Account, GaveUp, Limits, Partial, Statement, Testimony

WITNESS = "symbolic"
LIMITS = Limits()


# Elements that are told apart; SymPy makes pages of formulas of more.
MOST = 64


class Wish(NamedTuple):
    """How formulas are wanted: simplified or not, and drawn as `latex`, `pretty` or `ascii`.

    A drawing is an equation, if the expression is to be called a `function`.
    """

    simplify: bool = True
    form: str = "text"
    function: str | None = None


AS_TEXT = Wish()


def prepare() -> None:
    """Let SymPy be loaded while other things are done."""
    with suppress(worker.GivenUpError):  # the first question will tell
        worker.shared().start()


def testify(
    program: lang.Program, point: Mapping[str, Any], wrt: Sequence[str], order: int = 1, limits: Limits = LIMITS
) -> Account:
    """Return what SymPy says of the partial derivatives at a point, and, under no names at all, of the value.

    What SymPy has not said when its time is up, it gives up.
    """
    arrays = {name: np.asarray(value, float) for name, value in point.items()}
    keys = partials({name: array.shape for name, array in arrays.items()}, wrt, order)
    if sum(array.size for array in arrays.values()) > MOST:
        return GaveUp(WITNESS, f"arrays of more than {MOST} elements are too much for formulas")
    found: dict[Partial, Statement] = {}
    data = {name: array.tolist() for name, array in arrays.items()}
    try:
        for answer in worker.shared().ask("testify", limits, text=program.text, point=data, wrt=[*wrt], order=order):
            found[tuple(answer["key"])] = _statement(answer)
    except worker.GivenUpError as given_up:
        reason = GaveUp(WITNESS, str(given_up))
        return dict.fromkeys(keys, reason) | found if found else reason
    return found


class Derivative(NamedTuple):
    """A partial derivative as a formula in the language, and its drawing, if one was asked for.

    `simplified` tells whether SymPy came to an end with that.
    """

    partial: Partial
    formula: str
    drawn: str | None
    operations: int
    simplified: bool


def derive(
    program: lang.Program,
    shapes: Mapping[str, tuple[int, ...]],
    wrt: Sequence[str],
    order: int = 1,
    wish: Wish = AS_TEXT,
    limits: Limits = LIMITS,
) -> list[Derivative] | GaveUp:
    """Return the partial derivatives as formulas, simplified as far as there is time."""
    if any(np.prod(shape) > ELEMENTWISE for shape in shapes.values()):
        return GaveUp(WITNESS, f"there would be more than {ELEMENTWISE} for a variable")
    found: dict[Partial, Derivative] = {}
    data = {"shapes": shapes, "wrt": [*wrt], "order": order} | wish._asdict()
    try:
        for answer in worker.shared().ask("derive", limits, text=program.text, **data):
            key = tuple(answer.pop("key"))
            found[key] = Derivative(key, **answer)
    except worker.GivenUpError as given_up:
        if len(found) < len(partials(shapes, wrt, order)) - 1:
            return GaveUp(WITNESS, str(given_up))
    return list(found.values())


def diagnose(
    program: lang.Program,
    claim: lang.Program,
    name: str,
    point: Mapping[str, Any] | None = None,
    limits: Limits = LIMITS,
) -> str | None:
    """Say what is wrong with a formula that was claimed to be the derivative by a name, if it is a usual slip.

    What is said explains the claim at points drawn at random, `point`, where the two differ, being one to draw
    them around. Return None where no slip explains it, or SymPy gives up.
    """
    if point is not None and any(np.ndim(value) for value in point.values()):
        return None  # the names of elements are not those of the claim
    data = {"text": program.text, "claim": claim.text, "name": name, "point": point}
    try:
        (answer,) = worker.shared().ask("diagnose", limits, **data)
    except worker.GivenUpError:
        return None
    return answer["said"]


def expression(program: lang.Program, by: Sequence[str] = ()) -> Any:
    """Return a program, or its derivative by one name after the other, as SymPy's own expression, made in this process.

    Symbols are real, and variables scalars; a result that is an array is a SymPy Array. Raises EvaluationError
    where SymPy has no word for an operation.
    """
    import sympy

    from . import reals, symbols, translate

    try:
        formula = translate.Formula(program, {}, symbols.written, by)
        found = formula.derivative(*by) if by else formula.value
    except translate.Unable as unable:
        raise EvaluationError(f"there is no formula: {unable}") from None
    return reals.plain(sympy.Array(found.tolist()) if isinstance(found, np.ndarray) else found)


def _statement(answer: Mapping[str, Any]) -> Statement:
    if "gave_up" in answer:
        return GaveUp(WITNESS, answer["gave_up"])
    value = float(answer["value"])
    rounded = math.ulp(value) / 2 if math.isfinite(value) else 0.0
    return Testimony(WITNESS, value, float(answer["error"]) + rounded, digits=answer["value"])
