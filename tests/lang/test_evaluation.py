"""What a text evaluates to: names, functions, lists, indices, and calls as a calculator reads them."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.errors import UnknownNameError
from gradcli.lang import parse
from gradcli.ops import ALIASES, REGISTRY

A = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
X = [3.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # constants and names
        ("pi + π - 2*π", 0.0), ("tau/τ", 1.0), ("e", np.e), ("-inf", -np.inf), ("nan", np.nan), ("e = 2; e", 2.0),
        ("α₁ = 3; α₁²", 9.0), ("y = 2; y = y*3; y + 1", 7.0), ("1; 2; 3", 3.0), ("z = 4", 4.0), ("3; y = 5", 5.0),
        # functions
        ("f(x) = x**2; f(3)", 9.0), ("f(x, y) = x - y; f(3, 1)", 2.0), ("f() = 5; f() + 1", 6.0),
        ("f(3); f(x) = x**2; f(3)", 9.0), ("a = 1; f(x) = a*x; a = 2; f(3)", 6.0),
        ("f(x) = g(x) + 1; g(x) = 2*x; f(3)", 7.0),
        ("x = 1; f(x) = x + 1; f(5) + x", 7.0), ("f(x) = x; f(f(f(2)))", 2.0), ("sin(x) = x + 1; sin(2)", 3.0),
        ("add(a, b) = 9; 1 + 2", 3.0), ("max(a, b) = 9; max(1, 2)", 9.0), ("gamma = 2; gamma*gamma(5)", 48.0),
        ("f(e) = e; f(1)", 1.0),
        # calls as a calculator reads them
        ("max(1, 3, 2)", 3.0), ("min(x, 1.5)", None), ("max(x)", 3.0), ("min(x)", 1.0), ("max(2, nan)", np.nan),
        ("log(8, 2)", 3.0), ("ln(e)", 1.0), ("round(2.567, 2)", 2.57), ("round(1234, -2)", 1200.0), ("round(2.5)", 2.0),
        ("tensor([1, 2])", [1, 2]), ("arcsin(1)*2/pi", 1.0), ("abs(-3)", 3.0), ("gelu(0, approximate=tanh)", 0.0),
        # chains, logic
        ("1 < 2 < 3", True), ("1 < 3 < 2", False), ("3 > 2 > 1 > 0 == 0", True), ("1 < x < 3", [False, False, True]),
        ("not x == 1 and x < 3", [False, False, True]), ("True and not False", True), ("1 ≤ 1 ≠ 2 ≥ 0", True),
        # lists
        ("[]", []), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]), ("[-1, +2]", [-1, 2]), ("[pi, 1/2]", [np.pi, 0.5]),
        ("[[1, 2], [x[0], 4]]", [[1, 2], [3, 4]]), ("[x, 2*x]", [X, [6, 2, 4]]), ("[[[1]]]", [[[1]]]),
        ("[[], []]", [[], []]),
        ("[x[0], [1][0]]", [3, 1]), ("[1, 2]*[3, 4]", [3, 8]), ("[True, False]", [1, 0]),
        # indices
        ("x[0] + x[-1]", 5.0), ("x[1:]", [1, 2]), ("x[::-1]", [2, 1, 3]), ("x[:2]", [3, 1]), ("A[1, 2]", 6.0),
        ("A[:, 0]", [1, 4]), ("A[..., -1]", [3, 6]), ("A[0][1:]", [2, 3]), ("x[None]", [X]),
        ("A[1, None, ::2]", [[4, 6]]),
        ("x[x > 1]", [3, 2]), ("A[A > 4]", [5, 6]), ("x[[2, 0, 0]]", [2, 3, 3]), ("x[argmin(x)]", 1.0),
        ("x[[1, 1 + 1]]", [1, 2]),
        ("i = 1; x[i] + A[i, i]", 6.0), ("x[i - 1:i + 1]; i = 2", 2.0), ("x[2 - 1]", 1.0),
        ("x[[True, False, True]]", [3, 2]),
        ("A.T[2]", [3, 6]), ("A.T.T", A), ("x[...]", X), ("(2*x)[0]", 6.0),
        # attributes
        ("sum(A, axis=0)", [5, 7, 9]), ("sum(A, dim=-1)", [6, 15]), ("sum(A, 1 - 1)", [5, 7, 9]),
        ("k = 1; sum(A, k)", [6, 15]),
        ("mean(A, axis=1, keepdims=True)", [[2], [5]]), ("sum(A, axis=[0, 1])", 21.0), ("sum(A, axis=None)", 21.0),
        ("reshape(A, 3, 2)", [[1, 2], [3, 4], [5, 6]]), ("reshape(A, [3, -1])", [[1, 2], [3, 4], [5, 6]]),
        ("reshape(x, shape=[3, 1])", [[3], [1], [2]]), ("n = 2; zeros(n, 1 + 0)", [[0], [0]]), ("norm(x, inf)", 3.0),
        ("s = [3, 2]; reshape(A, s)[0]", [1, 2]), ("clamp(x, max=2)", [2, 1, 2]), ("clamp(x, None, 2)", [2, 1, 2]),
        ("pow(2, exponent=3)", 8.0), ("where(other=1, condition=x > 1, input=0)", [0, 1, 0]),
        ("linspace(0, 1, steps=3)", [0, 0.5, 1]),
        ("cat([x, [1], 0*x])", [3, 1, 2, 1, 0, 0, 0]), ("stack([x, x], dim=1)[0]", [3, 3]), ("full([2], 7)", [7, 7]),
        ("gather(x, 0, [2, 0])", [2, 3]), ("masked_fill(x, x > 2, 9)", [9, 1, 2]), ("polygamma(1, 1)*6/pi²", 1.0),
        ("var(x, correction=0)*3", 2.0),
        # several results
        ("max(A, axis=0)", [4, 5, 6]), ("max(A, axis=0)[1]", [1, 1, 1]), ("max(A, axis=0)[0][2]", 6.0),
        ("max(A, dim=1) + 0", [3, 6]),
        ("s = slogdet([[2, 0], [0, 3]]); s[0]*exp(s[-1])", 6.0), ("m = max(A, axis=1); m + m[1]", [5, 8]),
        ("f(t) = max(t, axis=0); f(A) + 1", [5, 6, 7]),
        # powers
        ("9**9**9**9", np.inf), ("2**-1", 0.5), ("(-8)**3", -512.0), ("-2²", -4.0), ("2³²", 2.0**32),
        ("(-2)**(4/2)", 4.0),
        ("0**0", 1.0), ("4**0.5", 2.0),
    ],
)  # fmt: skip
def test_value(text, expected, evaluate):
    if expected is None:
        expected = np.minimum(X, 1.5)
    values = {name: value for name, value in {"x": X, "A": A, "i": 1.0}.items() if name in parse(text).variables}
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(evaluate(text, **values), expected, rtol=4e-16, strict=False)


@pytest.mark.parametrize("name", sorted({*ALIASES, *REGISTRY}))
def test_every_public_operation_can_be_called_and_no_other(name):
    op = REGISTRY[ALIASES.get(name, name)]
    count = sum(p not in op.defaults and p != op.collects for p in op.parameters if p not in op.keyword_only)
    arguments = ["[x, x]" if op.parameters[i] == op.sequence else "x" for i in range(count)]
    text = f"{name}({', '.join(arguments)})"
    if op.public:
        assert parse(text).variables == (("x",) if arguments else ())
    else:
        with pytest.raises(UnknownNameError):
            parse(text)


def test_an_exponent_that_is_a_whole_number_reaches_the_operation_as_one(interpreter, monkeypatch):
    exponents = []
    monkeypatch.setattr(interpreter, "apply", lambda op, args, kwargs, span: exponents.append(args[-1]))
    for text in ("x**2", "x**-1", "x²", "x**0.5", "pow(x, 3)", "x**1e300"):
        parse(text).evaluate({"x": np.float64(2)}, interpreter)
    assert [(type(e), e) for e in exponents] == [(int, 2), (int, -1), (int, 2), (float, 0.5), (int, 3), (float, 1e300)]


def test_the_names_of_the_top_level_are_returned(interpreter):
    evaluation = parse("y = 2*x; s = slogdet([[x, 0], [0, 1]]); m = max([x, 1], axis=0); f(t) = t; y + 1").evaluate(
        {"x": np.float64(3)}, interpreter
    )
    assert evaluation.value == 7
    assert {"x", "y"} <= set(evaluation.names) <= {"x", "y", "m"}
    assert evaluation.names["y"] == 6


def test_a_given_value_shadows_a_constant(evaluate):
    assert evaluate("e*pi", e=2, pi=3) == 6
