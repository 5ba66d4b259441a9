"""The text of emitted programs: how they look, names that could do harm, vectors, and what cannot be said."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli import Expression
from gradcli.errors import GradcliError
from gradcli.lang import parse
from gradcli.program.emit import LANGUAGES, emit
from gradcli.program.ssa import parse as parse_ssa
from gradcli.views.source import formula_of, written

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def formula(text: str, language: str, order: int = 1, **values: Any):
    program = parse(text)
    return formula_of(program, language, program.free_names(values), order, values)


SHOWN = {
    "python": '''\
# x**2*exp(x)
import numpy as np


def f(x):
    """Return the value and its partial derivatives, by name: of numbers, or of arrays of one shape."""
    x = np.asarray(x, float)[()]
    with np.errstate(all="ignore"):
        t1 = np.exp(x)
        value = np.square(x) * t1
        d_x = value + t1 * (2.0 * x)
    return value, {"x": d_x}''',
    "c": """\
/* x**2*exp(x) */
#include <math.h>
#include <stddef.h>

/* The value and the partial derivatives at a point. */
void f(double x, double *value, double *d_x)
{
    const double t1 = exp(x);
    const double t2 = x * x * t1;
    *value = t2;
    *d_x = t2 + t1 * (2.0 * x);
}

/* The same at n points. */
void f_array(size_t n, const double *restrict x, double *restrict value, double *restrict d_x)
{
    for (size_t i = 0; i < n; i++)
        f(x[i], &value[i], &d_x[i]);
}""",
    "javascript": """\
// x**2*exp(x)
// The value and the partial derivatives at a point.
function f(x) {
  const t1 = Math.exp(x);
  const value = x * x * t1;
  const d_x = value + t1 * (2 * x);
  return { value: value, grad: {"x": d_x} };
}""",
    "sql": """\
-- x**2*exp(x)
-- For DuckDB: put the name of your table in the place of `data`. Its columns are read as DOUBLE.
-- NaN and infinities come out as IEEE 754 has them; where a NULL goes in, a NULL comes out.
WITH given AS (
    SELECT * REPLACE (CAST("x" AS DOUBLE) AS "x")
    FROM data
), step1 AS (
    SELECT *, exp("x") AS _t1
    FROM given
), step2 AS (
    SELECT *, "x" * "x" * _t1 AS _t2
    FROM step1
)
SELECT * EXCLUDE (_t1, _t2),
    _t2 AS "value", _t2 + _t1 * (2e0 * "x") AS "d_x"
FROM step2;""",
    "latex": r"""% x**2*exp(x)
\begin{align*}
f &= x^{2} e^{x} \\
\frac{d f}{dx} &= x^{2} e^{x} + 2 e^{x} x
\end{align*}""",
    "ssa": """\
inputs %0 x : f64[]
%1 = square %0 : f64[]   # x**2
%2 = exp %0 : f64[]      # exp(x)
%3 = mul %1 %2 : f64[]   # x**2*exp(x)
%4 = mul 2.0 %0 : f64[]  # x**2
%5 = mul %2 %4 : f64[]   # x**2
%6 = add %3 %5 : f64[]   # x**2
outputs value %3, d_x %6""",
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_classic(name):
    assert emit(formula("x**2*exp(x)", name), name) == SHOWN[name]


def test_the_remarks_of_ssa_are_no_part_of_it():
    made = formula("x**2*exp(x)", "ssa")
    assert str(parse_ssa(emit(made, "ssa"))) == str(made.block)


# Texts whose names and comments would be something else in another language.
NAMES = (
    "exp(restrict)*lambda_ + t1*value*d_x", "np*special + math*isnan(x)", "this*in_*new + Math", "f*g + i*n*x + y1",
    "σ*x + π₂ + sigma*λ_1", "SELECT*data + given*step1 + _t1", "x # */ int main(void) {return 1;} /* ??/",
    "x # '''\"\"\" \\ {}", "None_*True_ + double_*int_ + abs_", "x_1*x1 + X*Y2 + x__1",
)  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_any_name_will_do(text, run, language):
    expression = Expression.parse(text)
    columns = {name: np.array([0.5 + i, 2.0 - i]) for i, name in enumerate(expression.variables)}
    value, slopes = expression.value_and_grad(columns)
    for found, wanted in zip(
        run(formula(text, language), list(columns.values())), [value, *slopes.values()], strict=True
    ):
        np.testing.assert_allclose(np.broadcast_to(found, 2), wanted, rtol=1e-15)


def test_an_expression_without_variables(run, language):
    (found,) = run(formula("3 + 4", language), [])
    assert float(np.ravel(found)[0]) == 7.0


@pytest.mark.parametrize("language", ["python", "c", "javascript"], indirect=True)
def test_a_variable_may_be_called_as_a_function_is(run, language):
    text = "erf*erf(x) + gamma*gamma(y) + ndtr*ndtr(x) + digamma"
    columns = {name: np.array([0.5, 1.25]) for name in Expression.parse(text).variables}
    value, _ = Expression.parse(text).value_and_grad(columns)
    np.testing.assert_allclose(run(formula(text, language), list(columns.values()))[0], value, rtol=1e-13)


def test_sql_has_one_name_for_x_and_X():
    with pytest.raises(GradcliError, match="SQL does not tell `x` from `X`: rename one of them"):
        emit(formula("x*X", "sql"), "sql")


def test_null_goes_in_and_comes_out():
    import duckdb

    table = "FROM (VALUES (1, 2, 'a'), (NULL, 2, 'b')) AS t(x, y, id)"
    rows = duckdb.sql(emit(formula("2*x + y", "sql"), "sql").replace("FROM data", table)).fetchall()
    assert rows == [(1.0, 2.0, "a", 4.0, 2.0, 1.0), (None, 2.0, "b", None, 2.0, 1.0)]


VECTORS = r"""
u_{1,i} &= 200 \left(x_{i+1} - x_{i}^{2}\right) \\
f &= \sum_{j=1}^{n-1} \left(100 \left(x_{j+1} - x_{j}^{2}\right)^{2} + \left(1 - x_{j}\right)^{2}\right) \\
\frac{d f}{dx_{i}} &= CASES{-2 \left(1 - x_{i}\right) - 2 u_{1,i} x_{i} & IF{i \le n-1}} + CASES{u_{1,i-1} & IF{1 < i}}
---
u_{1} &= \sum_{j=1}^{n} x_{j} y_{j} \\
f &= \sum_{j=1}^{n} x_{j} u_{1} + x_{n} \\
\frac{\partial f}{\partial x_{i}} &= CASES{1 & IF{i = n}} + u_{1} + \sum_{j=1}^{n} x_{j} y_{i} \\
\frac{\partial f}{\partial y_{i}} &= \sum_{j=1}^{n} x_{j} x_{i}
---
f &= \left(\max_{j=1}^{n} x_{j}\right) w \\
\frac{\partial f}{\partial w} &= \max_{j=1}^{n} x_{j}
"""


@pytest.mark.parametrize(
    ("text", "values", "place"),
    [
        ((SAMPLES / "rosenbrock_chain.grad").read_text().rstrip(), {"x": [1.0, 2.0]}, 0),
        ("sum(x*sum(x*y)) + x[-1]", {"x": [1.0, 2.0], "y": [1.0, 2.0]}, 1),
        ("amax(x)*w", {"x": [1.0, 2.0]}, 2),
    ],
)
def test_vectors_in_latex(text, values, place):
    cases = r"\begin{cases} \1 & \\text{if } \2 \\\\ 0 & \\text{otherwise} \end{cases}"
    cases = cases.replace(r"\begin", r"\\begin").replace(r"\end", r"\\end")
    wanted = re.sub(r"CASES{(.*?) & IF{(.*?)}}", cases, VECTORS.strip().split("\n---\n")[place])
    program = parse(text)
    wrt = ("w",) if place == 2 else program.variables
    found = emit(formula_of(program, "latex", wrt, 1, values), "latex")
    assert found.partition("\\begin{align*}\n")[2].removesuffix("\n\\end{align*}") == wanted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ((SAMPLES / "rosenbrock_chain.grad").read_text(), {"x": [0.3, 1.2, -0.4, 0.9]}),
        ((SAMPLES / "logistic.grad").read_text(), {"a": 1.0, "b": -0.1, "t": [1.0, 2.0, 3.0], "y": [0.0, 1.0, 1.0]}),
        (
            (SAMPLES / "cross_entropy.grad").read_text(),
            {"logits": [[2.0, 1.0, -1.0], [0.0, 3.0, 1.0]], "target": [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]},
        ),
        ("mean((t - m)**2) + amax(t)", {"t": [1.0, 2.0, 4.0], "m": 1.5}),
        ("A @ x", {"A": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, -1.0]}),
        ("sum(x[::-1]*[1, 2, 3]) + x[0]*x[1]", {"x": [1.0, 2.0, 3.0]}),
        ("sum([x, y, x*y]**2)", {"x": 2.0, "y": 3.0}),
        ("where(x > 1, x.T, 2*x)", {"x": [[1.0, 2.0], [3.0, 4.0]]}),
    ],
)
def test_vectors_and_matrices_in_python(text, values):
    expression = Expression.parse(text.rstrip())
    made = formula(expression.text, "python", **{name: np.asarray(value) for name, value in values.items()})
    names: dict[str, Any] = {}
    exec(emit(made, "python"), names)
    value, slopes = names["f"](**values)
    wanted, gradient = expression.value_and_grad(values)
    np.testing.assert_allclose(value, wanted, rtol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, gradient[name], rtol=1e-13, atol=1e-15)


def test_a_column_is_summed_over_its_rows():
    import duckdb

    values = {"a": 1.0, "b": -0.1, "t": np.array([1.0, 2.0, 30.0]), "y": np.array([0.0, 1.0, 1.0])}
    text = (SAMPLES / "logistic.grad").read_text().rstrip()
    query = emit(formula(text + " + mean(t)*max(t)*prod(y + 1)", "sql", **values), "sql")
    columns = {name: np.broadcast_to(value, 3).tolist() for name, value in values.items()}
    listed = ", ".join(f"unnest({column}) AS {name}" for name, column in columns.items())
    table = duckdb.sql(query.replace("FROM data", f"FROM (SELECT {listed})")).fetchnumpy()
    value, gradient = Expression.parse(text + " + mean(t)*max(t)*prod(y + 1)").value_and_grad(values)
    np.testing.assert_allclose(table["value"], [value] * 3, rtol=1e-14)
    for name, slope in gradient.items():
        np.testing.assert_allclose(table[f"d_{name}"], np.broadcast_to(slope, 3), rtol=1e-13)


def test_second_derivatives(run, language):
    text = "exp(x*y)*y"
    columns = {"x": np.array([0.1, 0.7]), "y": np.array([1.5, -0.5])}
    found = run(formula(text, language, 2), list(columns.values()))
    for place in (0, 1):
        point = Expression.parse(text).at({name: column[place] for name, column in columns.items()})
        wanted = [point.value, *point.grad().values(), *(v for row in point.hessian().values() for v in row.values())]
        np.testing.assert_allclose([np.broadcast_to(each, 2)[place] for each in found], wanted, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "name", "place", "message"),
    [
        ("1 + erfinv(x)", "c", "erfinv(x)", "C has no `erfinv`, which is needed here"),
        ("median([x, 1])", "javascript", "[x, 1]", "JavaScript has no `index`, which is needed here"),
        ("nan_to_num(x)", "latex", "nan_to_num(x)", "LaTeX has no `nan_to_num`, which is needed here"),
    ],
)
def test_what_a_language_cannot_say(text, name, place, message):
    with pytest.raises(GradcliError) as caught:
        written(formula(text, name), name)
    error = caught.value
    assert (error.message, error.text) == (message, text)
    assert error.span is not None and text[slice(*error.span)] == place
    assert error.hint in ("try --format python", "try --format ssa")


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_the_c_is_what_a_user_compiles(tmp_path):
    """As a program of its own, with a main beside it."""
    (tmp_path / "f.c").write_text(emit(formula("x**2*exp(x)", "c"), "c"))
    (tmp_path / "main.c").write_text(
        "#include <stdio.h>\nvoid f(double, double *, double *);\n"
        'int main(void) { double v, d; f(1.0, &v, &d); printf("%.17g %.17g", v, d); return 0; }\n'
    )
    subprocess.run(["cc", "-std=c99", "-o", tmp_path / "run", tmp_path / "f.c", tmp_path / "main.c", "-lm"], check=True)
    ran = subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=True)
    assert list(map(float, ran.stdout.split())) == [2.718281828459045, 8.154845485377136]
