"""A compiled function: traced for each kind of arguments it is called with, and run from then on.

>>> from gradcli import Expression
>>> p = Expression.parse("x**2*exp(x)").compile()
>>> p(x=1.0)
(2.718281828459045, {'x': 8.154845485377136})
>>> value, slopes = p(x=np.array([0.0, 1.0, 2.0]))
>>> slopes["x"].round(3).tolist()
[0.0, 8.155, 59.112]
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .. import lang
from ..autograd.tensor import Tensor
from ..errors import GradcliError, UnknownNameError
from .executable import Executable
from .lengths import SMALLEST, Length
from .ssa import Block, Input, Type
from .trace import Function, joint, of_callable, of_program
from .wanted import Wanted
from .widening import widened

# A program for each of so many kinds of arguments is kept.
_KEPT = 64

_FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}


@dataclass
class Made:
    """A program for one kind of arguments: traced, and made ready to run when that is first asked for."""

    block: Block
    names: tuple[str, ...]
    wanted: Wanted

    @cached_property
    def executable(self) -> Executable:
        """The block, optimised and ready to run."""
        return Executable(self.block, self.wanted.threads, self.wanted.fastmath)

    @cached_property
    def straight(self) -> Callable[..., Any]:
        """A function of arguments that need no conversion, which returns what a caller gets."""
        form = self.arranged(tuple(range(len(self.block.outputs))))
        return self.executable.scalar_in(form) or (lambda *given: self.arranged(self.executable.run(given)))

    def arranged(self, outputs: Sequence[Any]) -> Any:
        """Return the outputs in the form in which a caller gets them."""
        return self.wanted.arranged(outputs, self.names)


class Kind(NamedTuple):
    """What an argument has to be to go straight to the program of the last call; a float has no shape."""

    type: type
    dtype: Any
    shape: Any

    @classmethod
    def of(cls, value: Any) -> Kind:
        """Return the kind of an argument that has been converted: any Python float is a float64 scalar."""
        number = isinstance(value, np.floating)
        return cls(float, None, None) if number else cls(type(value), value.dtype, value.shape)


class Program:
    """A function and its derivatives, compiled: called with the values of its variables, by name or in order.

    Returns the value, and a dictionary of the gradients (of the sum, if the value is no scalar) by name;
    of order 2 also one of second derivatives by two names. Numbers are Python's; arrays are float64, or
    float32 where all arrays given are. `out`, of the form of the result, holds arrays to write to.
    """

    def __init__(
        self, names: Callable[[Iterable[str]], tuple[str, ...]],
        function: Callable[[np.dtype, tuple[str, ...]], Function], wanted: Wanted,
    ) -> None:  # fmt: skip
        self.names = names(())
        self.wanted = wanted
        self._all_names = names
        self._function = function
        self._made: dict[Any, Made] = {}
        # A call like the last one goes straight to its program.
        self._last: Callable[..., Any] | None = None
        self._last_names: tuple[str, ...] = ()
        self._of_floats = False
        self._last_kinds: list[Kind] = []

    def __call__(self, *args: Any, out: Any = None, **more: Any) -> Any:
        if self._last is not None and out is None and not args and tuple(more) == self._last_names:
            if self._of_floats:  # the commonest kind, and the one where every look counts
                for value in more.values():
                    if type(value) is not float:
                        break
                else:
                    return self._last(*more.values())
            pairs: Any = zip(more.values(), self._last_kinds, strict=True)
            for value, (kind, dtype, shape) in pairs:
                if type(value) is not kind or (
                    dtype is not None and (value.dtype is not dtype or value.shape != shape)
                ):
                    break
            else:
                return self._last(*more.values())
        names, given = self._given(args, more)
        made = self._program(names, given)
        if not args and tuple(more) == self.wanted.inputs(names):
            self._last = made.straight
            self._last_names = tuple(more)
            self._last_kinds = [Kind.of(value) for value in given]
            self._of_floats = all(type(value) is float for value in more.values())
        if out is not None:
            return made.arranged(made.executable.run(given, self.wanted.flat(out)))
        if made.executable.scalar is not None:
            return made.arranged(made.executable.scalar(*map(float, given)))
        return made.arranged(made.executable.run(given))

    def block(self, *args: Any, **more: Any) -> Block:
        """Return the program in SSA form, as traced, for such arguments; for arrays of n, if none are given."""
        if not args and not more:
            more = dict.fromkeys(self.names, np.zeros(SMALLEST))
        return self._program(*self._given(args, more)).block

    def source(self, *args: Any, **more: Any) -> str:
        """Return the Python source that runs for such arguments; for scalars, if none are given."""
        return self._chosen(args, more).source()

    def stats(self, *args: Any, **more: Any) -> dict[str, Any]:
        """Return what the program for such arguments is made of: instructions, passes, buffers, bytes moved."""
        return self._chosen(args, more).stats()

    def _chosen(self, args: Any, more: dict[str, Any]) -> Executable:
        given = (args, more) if args or more else ((), dict.fromkeys(self.names, 0.5))
        return self._program(*self._given(*given)).executable

    # Arguments

    def _given(self, args: Any, more: dict[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
        """Return the names and their values, in order; raise UnknownNameError where they do not match."""
        if len(args) == 1 and isinstance(args[0], Mapping):
            more = {**args[0], **more}
        elif args:
            if len(args) > len(self.names):
                raise TypeError(f"the program takes {len(self.names)} arguments, and {len(args)} were given")
            more = {**dict(zip(self.names, args, strict=False)), **more}
        names = self._all_names(more)
        needed = self.wanted.inputs(names)
        for name in needed:
            if name not in more:
                raise UnknownNameError(f"`{name}` has no value", hint=f"give it one: {name}=...")
        for name in more.keys() - set(needed):
            near = lang.suggest(name, needed)
            raise UnknownNameError(
                f"the program has no variable `{name}`", hint=f"did you mean `{near}`?" if near else None
            )
        arrays = [_array(more[name]) for name in needed]
        floating = {a.dtype for a in arrays if a.dtype.kind == "f" and isinstance(a, np.ndarray)}
        dtype = np.dtype(np.float32) if floating == {np.dtype(np.float32)} else np.dtype(np.float64)
        return names, [a if a.dtype.kind == "b" else a.astype(dtype, copy=False) for a in arrays]

    # Programs

    def _program(self, names: tuple[str, ...], given: list[Any]) -> Made:
        """Return the program for arguments of such types, traced when it is first asked for."""
        key = (names, tuple((value.dtype, value.shape) for value in given))
        known = self._made.get(key)
        if known is not None:
            return known
        n = max((length for value in given for length in value.shape), default=0)
        open_key = (names, tuple((value.dtype, _open(value.shape, n)) for value in given))
        if n < SMALLEST:
            made = self._trace(key)
        else:
            known = self._made.get(open_key)
            made = known if known is not None else self._either(open_key, key)
        if len(self._made) >= _KEPT:
            self._made.pop(next(iter(self._made)))
        self._made[key] = made
        return made

    def _either(self, open_key: Any, key: Any) -> Made:
        """Trace with a length left open; where that cannot be done, for the lengths of the call."""
        try:
            made = self._made[open_key] = self._trace(open_key)
            return made
        except (ValueError, TypeError, RuntimeError, IndexError, GradcliError):
            return self._trace(key)

    def _trace(self, key: Any) -> Made:
        names, types = key
        wanted = self.wanted
        inputs = [
            Input(name, Type(dtype, () if wanted.rowwise else shape))
            for name, (dtype, shape) in zip(names, types, strict=False)
        ]
        dtype = next((kind for kind, _ in types if kind in _FLOATS), np.dtype(np.float64))
        wrt = wanted.by(names)
        block = joint(self._function(dtype, wrt), inputs, wrt, wanted.order, wanted.jacobian, wanted.hvp)
        if wanted.rowwise:
            block = widened(block, [bool(shape) for _, shape in types])
        return Made(block, names, wanted)


def _open(shape: tuple[int, ...], n: int) -> tuple[Any, ...]:
    return tuple(Length(1, 0) if length == n else length for length in shape)


def _array(value: Any) -> Any:
    data = value._data if isinstance(value, Tensor) else value
    array = np.asarray(data)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a value must be numbers, not {array.dtype}")
    return array if array.ndim else array[()]


def of_text(program: lang.Program, wanted: Wanted) -> Program:
    """Return a parsed text compiled."""

    def function(dtype: np.dtype, wrt: tuple[str, ...]) -> Function:
        return of_program(program, dtype, wrt, wanted.rowwise)

    return Program(program.free_names, function, wanted)


def compile(
    function: Callable[..., Any], *examples: Any, wrt: Sequence[str] | None = None, order: int = 1,
    fastmath: bool = False, threads: int | None = None,
) -> Program:  # fmt: skip
    """Compile a function of Tensors; `examples` are arguments of the kinds that it will be called with.

    The function is run once for each kind of arguments, on values that are not there yet, so that it may
    not decide anything by them. Raises Untraceable where it does.

    >>> import gradcli as t
    >>> p = t.compile(lambda x, w: (w * x).sin().sum(), np.zeros(3), 2.0)
    >>> value, slopes = p(np.array([0.0, 1.0, 2.0]), 2.0)
    >>> slopes["x"].round(3).tolist()
    [2.0, -0.832, -1.307]
    """
    names = _parameters(function, len(examples))
    wanted = Wanted(None if wrt is None else tuple(wrt), order, fastmath=fastmath, threads=threads)
    program = Program(lambda _: names, lambda *_: of_callable(function), wanted)
    if examples:
        program.block(*examples)
    return program


def _parameters(function: Callable[..., Any], count: int) -> tuple[str, ...]:
    """Return the names of a function's positional parameters, those of `*args` numbered."""
    names: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{name}{i}" for i in range(count - len(names))]
        elif parameter.kind is not parameter.KEYWORD_ONLY and len(names) < max(count, 1):
            names.append(name)
    return tuple(names)
