"""Expression: a formula with its variables, and what it is worth at a point.

>>> from gradcli import Expression
>>> f = Expression.parse("x**2*exp(x)")
>>> f.variables
('x',)
>>> f.value_and_grad(x=1.0)
(2.718281828459045, {'x': 8.154845485377136})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import lang
from .autograd.tensor import Tensor
from .point import Point, Values, check_names, require

if TYPE_CHECKING:
    from .program.compiled import Program
    from .program.large import LargePoint
    from .verify.report import CheckReport

# Elements from which a trace costs less than a graph of such arrays.
LARGE = 2**20


class Expression:
    """A parsed formula: callable with values for its variables, by name.

    Computes in float64. Values are numbers, nested lists or arrays; where one is a Tensor, results
    are Tensors with their graph. A variable named like a parameter is given in a mapping:
    `f.grad({"wrt": 1.0})`.

    >>> f = Expression.parse("w*x + b")
    >>> f(w=2.0, x=3.0, b=1.0)
    7.0
    >>> f
    Expression('w*x + b')
    """

    def __init__(self, program: lang.Program) -> None:
        self.program = program
        self._derivatives: Any = None  # sparse ones, once they are asked for

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read a formula; raise ParseError, with the place, where it is not one."""
        return cls(lang.parse(text))

    @property
    def text(self) -> str:
        """The formula as it was written."""
        return self.program.text

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that need a value, in the order of their first appearance."""
        return self.program.variables

    def at(
        self,
        values: Values | None = None,
        /,
        *,
        wrt: Sequence[str] | None = None,
        dtype: Any = np.float64,
        seed: int = 0,
        **more: Any,
    ) -> Point:
        """Evaluate, recording the graph, and return the Point to ask for derivatives.

        `wrt` names what gradients may be asked for (all variables, if it is left out); bound names
        count too. Raises UnknownNameError where a variable has no value, EvaluationError where the
        computation fails, LimitError where it is too large.
        """
        return Point(self.program, {**(values or {}), **more}, wrt, dtype, seed)

    def evaluated(
        self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, dtype: Any = np.float64,
        seed: int = 0, threads: int | None = None, **more: Any,
    ) -> Point | LargePoint:  # fmt: skip
        """Return what `at` returns; for arrays of a million elements and more by a program, on several threads."""
        given = {**(values or {}), **more}
        if max((np.size(value) for value in given.values() if not isinstance(value, Tensor)), default=0) < LARGE:
            return Point(self.program, given, wrt, dtype, seed)
        from .program.large import evaluated

        return evaluated(self.program, given, wrt, dtype, seed, threads)

    def __call__(self, values: Values | None = None, /, **more: Any) -> Any:
        """Return the value: a number, an array, or a Tensor where a value was a Tensor."""
        point = self.evaluated(values, wrt=(), **more)
        return point.root if point.of_tensors else point.value

    def grad(self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, gradient: Any = None,
             **more: Any) -> dict[str, Any]:  # fmt: skip
        """Return the partial derivatives by name, each of its variable's shape.

        Of a result that is not a scalar, the gradient is that of its sum, or of its product with
        `gradient`.

        >>> Expression.parse("x*y").grad(x=2.0, y=3.0)
        {'x': 3.0, 'y': 2.0}
        """
        return self.evaluated(values, wrt=wrt, **more).grad(wrt, gradient)

    def value_and_grad(self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None,
                       **more: Any) -> tuple[Any, dict[str, Any]]:  # fmt: skip
        """Return the value and the partial derivatives, from one evaluation."""
        point = self.evaluated(values, wrt=wrt, **more)
        return point.value, point.grad(wrt)

    def jacobian(self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, sparse: bool = False,
                 **more: Any) -> dict[str, Any]:  # fmt: skip
        """Return the Jacobians by name, each of shape `value.shape + variable.shape`.

        With `sparse`, each is a `scipy.sparse.csr_array` of shape `(value.size, variable.size)`, computed in
        as many backward passes as a colouring of its rows has colours.

        >>> Expression.parse("x**2").jacobian(x=[1.0, 2.0])["x"].tolist()
        [[2.0, 0.0], [0.0, 4.0]]
        """
        if sparse:
            return self._sparse("Jacobian", {**(values or {}), **more}, wrt)
        return self.at(values, wrt=wrt, **more).jacobian(wrt)

    def hessian(self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, sparse: bool = False,
                **more: Any) -> dict[str, dict[str, Any]]:  # fmt: skip
        """Return the second partial derivatives by two names, of shape `first.shape + second.shape`.

        With `sparse`, each is a `scipy.sparse.csr_array` of shape `(first.size, second.size)`. Which entries
        may be other than zero is read off the program; they are computed in as many Hessian-vector products
        as a star colouring has colours (Gebremedhin, Manne and Pothen 2005). The first call for arguments of
        some shapes makes the program and the colouring, which later ones use again.

        >>> Expression.parse("x**2*y").hessian(x=1.0, y=3.0)
        {'x': {'x': 6.0, 'y': 2.0}, 'y': {'x': 2.0, 'y': 0.0}}
        >>> f = Expression.parse("sum((x[1:] - x[:-1]**2)**2)")
        >>> f.hessian(x=np.zeros(1000), sparse=True)["x"]["x"].nnz
        2998
        """
        if sparse:
            return self._sparse("Hessian", {**(values or {}), **more}, wrt)
        return self.at(values, wrt=wrt, **more).hessian(wrt)

    def _sparse(self, kind: str, values: dict[str, Any], wrt: Sequence[str] | None) -> Any:
        from .program import sparse

        require(self.program, values, wrt or ())
        if self._derivatives is None:
            self._derivatives = sparse.Derivatives(self.program)
        return self._derivatives.at(getattr(sparse, kind), values, wrt)

    def check(
        self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, order: int = 1,
        claims: Mapping[str, str] | None = None, points: int = 20,
        ranges: Mapping[str, tuple[float, float]] | None = None, methods: Sequence[str] | None = None,
        rtol: float = 0.0, seed: int = 0, **more: Any,
    ) -> CheckReport:  # fmt: skip
        """Judge the derivatives to the first or second order, at a point, or where variables are left open at many.

        Reverse mode is held against witnesses that share no code with it, each believed as far as its own error
        reaches: `"numeric"`, `"complex"` and `"symbolic"`, unless `methods` names some of them. `rtol` forgives a
        relative difference on top. Open variables are sampled, within `ranges`, at so many `points`. `claims` are
        formulas said to be derivatives, by name, or names with commas for the second: they are judged, too.

        >>> f = Expression.parse("x**2*exp(x)")
        >>> f.check(x=1.0).ok
        True
        >>> report = f.check(claims={"x": "2*x*exp(x)"})
        >>> report.ok, report.claims[0].at, report.claims[0].diagnosis
        (False, {'x': 1.0}, 'the term x**2*exp(x) is missing')
        """
        from .verify.check import METHODS, Plan, check
        from .verify.claims import Claim

        plan = Plan(
            None if wrt is None else tuple(wrt), order,
            tuple(Claim.read(names, formula) for names, formula in (claims or {}).items()),
            points, ranges or {}, tuple(methods or METHODS), rtol, seed,
        )  # fmt: skip
        return check(self.program, {**(values or {}), **more}, plan)

    def symbolic(self) -> Any:
        """Return the expression as SymPy has it: of real symbols, numbers as they are written.

        Raises EvaluationError where SymPy has no word for an operation.

        >>> Expression.parse("0.5*k*x**2 + max(x, 0)").symbolic()
        k*x**2/2 + Max(0, x)
        """
        from .verify import symbolic

        return symbolic.expression(self.program)

    def derivative(self, *names: str) -> Any:
        """Return the derivative by one name after the other as SymPy has it, and as it finds it: not simplified.

        Jumps add nothing to it, and of a result that is an array it is that of the sum. Raises
        UnknownNameError for a name that the expression has not, and EvaluationError as `symbolic` does.

        >>> f = Expression.parse("x**2*exp(x)")
        >>> f.derivative("x")
        x**2*exp(x) + 2*x*exp(x)
        >>> f.derivative("x", "x").simplify()
        (x**2 + 4*x + 2)*exp(x)
        """
        from .verify import symbolic

        check_names(self.program, names)
        return symbolic.expression(self.program, names)

    def compile(
        self, wrt: Sequence[str] | None = None, order: int = 1, *, jacobian: bool = False, hvp: bool = False,
        fastmath: bool = False, threads: int | None = None,
    ) -> Program:  # fmt: skip
        """Return the expression and its derivatives as a program, traced once and fast from then on.

        It gives the value and, by name, the gradient (order 0: none; order 2: also the second derivatives).
        `jacobian` differentiates each element of the value; `hvp` multiplies the second derivatives by
        vectors, given as `v_x` for `x`. `fastmath` may round differently; `threads` is how many work at
        once, all cores by default. What depends on a value is refused when the program is called.

        >>> p = Expression.parse("x**2*y").compile()
        >>> p(x=3.0, y=2.0)
        (18.0, {'x': 12.0, 'y': 9.0})
        """
        from .program.compiled import Wanted, of_text

        names = None if wrt is None else tuple(wrt)
        return of_text(self.program, Wanted(names, order, jacobian, hvp, fastmath=fastmath, threads=threads))

    def graph(self, values: Values | None = None, /, **more: Any) -> Tensor:
        """Return the result as a Tensor, the root of the graph that the evaluation recorded.

        >>> Expression.parse("x**2*exp(x)").graph(x=1.0).grad_fn.name()
        'MulBackward0'
        """
        return self.at(values, **more).root

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def _repr_html_(self) -> str:
        """Show the formula, and what it is a function of, in a notebook."""
        from html import escape

        names = ", ".join(f"<i>{escape(name)}</i>" for name in self.variables)
        return f"<pre>{escape(self.text)}</pre>" + (f"<small>of {names}</small>" if names else "")
