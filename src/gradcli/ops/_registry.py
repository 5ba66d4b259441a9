"""The registry: what an operation is, and the decorator that writes one down.

An operation is a NumPy function, one derivative rule per argument, and facts about both:

    @op(sympy="tanh", domain=reals(-4, 4), special=(0.0, 1000.0))
    def tanh(input):
        '''Hyperbolic tangent, elementwise.'''
        return np.tanh(input)

    tanh.grad(input=lambda g, out: g * (1 - out * out))

The parameters of the function say what the arguments are. One without a default is a tensor, one
with a default or an annotation is an attribute, and `*shape` is an attribute that collects.
The parameters of a rule say what it needs: `g` is the incoming gradient (`g_values` where results
are named), `out` the result (or a named result), an argument or an attribute itself, and
`input_shape` the shape of an argument, which keeps no array alive. `also` names by-products of the
forward for rules to ask for.

Rules are written in operations and arithmetic, so one rule runs on arrays, Tensors, traced values
and symbols alike. They never branch on values or lengths, and never undo broadcasting: the engine
does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._sampling import Case, reals

REGISTRY: dict[str, Op] = {}
ALIASES: dict[str, str] = {}

# NumPy's spelling of an attribute on the left, torch's on the right.
ATTRIBUTE_ALIASES = {"axis": "dim", "keepdims": "keepdim"}

_PLAIN = frozenset({float, int, bool, np.ndarray, np.float64, np.float32, np.bool_, np.int64, str, type(None)})


class Untraceable(RuntimeError):
    """A traced array, which has no elements yet, was asked for them; `tracer` runs the operation another way."""

    def __init__(self, message: str, tracer: Any = None) -> None:
        super().__init__(message)
        self.tracer = tracer


class Rule(NamedTuple):
    """The vector-Jacobian product for one argument, and the names of what it needs.

    A rule that was written with by-products of the forward is kept as its own `shortcut`: it computes the
    same where they were saved. The rule itself computes them.
    """

    function: Callable[..., Any]
    needs: tuple[str, ...]
    shortcut: Rule | None = None


def _rule(function: Callable[..., Any]) -> Rule:
    code = function.__code__
    return Rule(function, code.co_varnames[: code.co_argcount])


class Op:
    """An operation: callable on arrays, and on anything whose type has `__apply__`.

    `tensors` are the names of its array arguments in order, `attributes` those of the others with
    their defaults; `rules` maps an argument to its derivative rule. The other fields are as given
    to the decorator (see `family`).
    """

    def __init__(self, forward: Callable[..., Any], facts: Mapping[str, Any]) -> None:
        self.forward = forward
        self.name: str = facts["name"] or forward.__name__
        self.doc: str = (forward.__doc__ or "").strip()
        self.family: str = facts["family"]
        self.aliases: tuple[str, ...] = tuple(facts["aliases"])
        self.sympy = facts["sympy"]
        self.domain = facts["domain"]
        self.special: tuple[Any, ...] = tuple(facts["special"])
        self.kinks: dict[str, str] = dict(facts["kinks"])
        self.cases: tuple[Case, ...] = tuple(facts["cases"])
        self.node = facts["node"] or _camel(self.name) + "Backward0"
        self.outputs: tuple[str, ...] = tuple(facts["outputs"])
        self.sequence: str | None = facts["sequence"]
        self.dtype: str | None = facts["dtype"]
        self.pointwise: bool = facts["pointwise"]
        self.public: bool = facts["public"]
        self.view: bool = facts["view"]
        self.writes: bool = self.pointwise and self.public if facts["writes"] is None else facts["writes"]
        self.size = facts["size"]
        self.along: str | None = facts["along"]
        self.rules: dict[str, Rule] = {}
        self.byproducts: dict[str, Rule] = {}
        self.forward_with_byproducts: Callable[..., Any] | None = None
        self._read_signature(facts["tensors"])

    def _read_signature(self, also_tensors: Iterable[str]) -> None:
        code = self.forward.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.keyword_only = frozenset(names[code.co_argcount :])
        self.collects: str | None = None
        if code.co_flags & 0x04:  # *args
            self.collects = code.co_varnames[len(names)]
        defaults = dict(zip(names[: code.co_argcount][::-1], (self.forward.__defaults__ or ())[::-1], strict=False))
        defaults |= self.forward.__kwdefaults__ or {}
        annotated = self.forward.__annotations__
        self.defaults: dict[str, Any] = defaults
        self.parameters: tuple[str, ...] = names + ((self.collects,) if self.collects else ())
        self.tensors = tuple(n for n in names if n in also_tensors or (n not in defaults and n not in annotated))
        self.attributes = tuple(n for n in self.parameters if n not in self.tensors)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()) if kwargs else args:
            kind = type(value)
            if kind in _PLAIN:
                continue
            if kind is tuple or kind is list:
                value = _first_that_applies(value)
                kind = type(value)
            apply = getattr(kind, "__apply__", None)
            if apply is not None:
                return apply(value, self, args, kwargs)
        if kwargs or self.collects:
            args, kwargs = self.arranged(args, kwargs)
        return self.forward(*args, **kwargs)

    def arranged(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments of a call as the forward takes them: in torch's names, what is collected spread."""
        if self.collects:
            fixed = len(self.parameters) - 1
            args = (*args[:fixed], *spread(args[fixed:]))
        return args, {ATTRIBUTE_ALIASES.get(k, k): v for k, v in kwargs.items()}

    def grad(self, **rules: Callable[..., Any]) -> None:
        """Write down the derivative rule of each named argument."""
        for argument, function in rules.items():
            if argument not in self.tensors:
                raise TypeError(f"{self.name} has no tensor argument {argument!r}")
            self.rules[argument] = self._spelt_out(_rule(function))

    def also(self, **formulas: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a forward that returns by-products after the result, for rules to ask for by these names.

        A formula says what one is, for the readers of a rule to whom no forward has handed it. Rules follow.
        """

        def decorate(forward: Callable[..., Any]) -> Callable[..., Any]:
            self.byproducts = {name: _rule(formula) for name, formula in formulas.items()}
            self.forward_with_byproducts = forward
            return forward

        return decorate

    def _spelt_out(self, rule: Rule) -> Rule:
        """Return a rule that computes the by-products that one asks for, the rule itself where it asks for none."""
        formulas = {name: self.byproducts[name] for name in rule.needs if name in self.byproducts}
        if not formulas:
            return rule
        asked = (need for name in rule.needs for need in (formulas[name].needs if name in formulas else (name,)))
        needs = tuple(dict.fromkeys(asked))

        def function(*values: Any) -> Any:
            known = dict(zip(needs, values, strict=True))
            for name, formula in formulas.items():
                known[name] = formula.function(*(known[need] for need in formula.needs))
            return rule.function(*(known[need] for need in rule.needs))

        return Rule(function, needs, rule)

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the results; `("out",)` where there is a single one."""
        return self.outputs or ("out",)

    @property
    def signature(self) -> str:
        """The call as a reader would write it: `sum(input, dim=None, keepdim=False)`."""
        shown = []
        for name in self.parameters:
            if name in self.keyword_only and "*" not in shown and not self.collects:
                shown.append("*")
            star = "*" if name == self.collects else ""
            shown.append(f"{star}{name}" + (f"={self.defaults[name]!r}" if name in self.defaults else ""))
        return f"{self.name}({', '.join(shown)})"

    def __repr__(self) -> str:
        return f"<op {self.signature}>"


def _first_that_applies(values: Iterable[Any]) -> Any:
    """Return the first of several values whose type has `__apply__`, or None."""
    for value in values:
        if type(value) not in _PLAIN and hasattr(type(value), "__apply__"):
            return value
    return None


def spread(collected: tuple[Any, ...]) -> tuple[Any, ...]:
    """Let a collecting argument be given as one sequence: `((2, 3),)` becomes `(2, 3)`."""
    if len(collected) == 1 and isinstance(collected[0], (tuple, list)):
        return tuple(collected[0])
    return collected


def family(name: str, **defaults: Any) -> Callable[..., Any]:
    """Return the `@op` decorator of a family, with facts that hold for all its members.

    The facts: `aliases` other spellings; `sympy` the name of SymPy's function, or a function of `(sympy,
    *arguments)`, object arrays unless it is pointwise; `domain` where to sample (one for all tensors, or a dict
    by argument); `special` points outside it that must come out right; `kinks` condition -> the derivative
    taken there; `cases` calls to sample (without shapes: all that broadcast); `node` torch's node name, or
    `(name, other name, argument, ...)`, the other where such an argument is a tensor or is given, or a function of
    the forward's arguments; `outputs` names of several results; `sequence` the argument that is a list of tensors;
    `tensors` arguments with a default that are tensors all the same; `dtype` "float" (integers become floats),
    "common" (arguments meet in one dtype) or None; `pointwise` whether each element of the result depends on
    one element of each argument; `view` whether the result shares its argument's memory; `writes` whether there
    is a form of it, `name_`, that writes the result over the first argument (all that are pointwise have one);
    `size` a function of the forward's arguments, the number of elements of all results, where it may exceed that of
    the arguments; `public` whether users may call it; `along` the operation that stands in where a `dim` is given,
    and has several results.
    """
    facts: dict[str, Any] = {
        "name": None, "family": name, "aliases": (), "sympy": None, "domain": reals(), "special": (),
        "kinks": {}, "cases": (), "node": None, "outputs": (), "sequence": None, "tensors": (),
        "dtype": "float", "pointwise": False, "view": False, "writes": None, "size": None,
        "public": True, "along": None,
    }  # fmt: skip
    facts |= defaults

    def op(function: Callable[..., Any] | None = None, **given: Any) -> Any:
        unknown = given.keys() - facts.keys()
        if unknown:
            raise TypeError(f"an operation has no fact {', '.join(sorted(unknown))}")
        if function is None:
            return lambda f: op(f, **given)
        made = Op(function, facts | given)
        for spelling in (made.name, *made.aliases):
            if spelling in REGISTRY or spelling in ALIASES:
                raise ValueError(f"the name {spelling} is taken")
        REGISTRY[made.name] = made
        ALIASES.update(dict.fromkeys(made.aliases, made.name))
        return made

    return op


def lookup(name: str) -> Op | None:
    """Return the operation of that name or alias, or None."""
    return REGISTRY.get(ALIASES.get(name, name))


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
