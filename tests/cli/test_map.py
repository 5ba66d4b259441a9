"""`gradcli map`: an expression for every row of a table, from file to file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradcli import Expression

polars = pytest.importorskip("polars")

TEXT = "x*x*exp(x*y)"


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    frame = polars.DataFrame({"id": range(3000), "x": rng.normal(size=3000), "y": rng.normal(size=3000)})
    frame.write_parquet(tmp_path / "data.parquet")
    return frame


def wanted(frame, order: int = 1) -> dict[str, np.ndarray]:
    f, given = Expression.parse(TEXT), {name: frame[name].to_numpy() for name in ("x", "y")}
    value, slopes = f.value_and_grad(given)
    found = {"value": value, **{f"d_{name}": slope for name, slope in slopes.items()}}
    if order > 1:
        x, y = given["x"], given["y"]
        e = np.exp(x * y)
        found |= {"d_x_x": e * (2 + 4 * x * y + (x * y) ** 2), "d_x_y": e * (3 * x**2 + x**3 * y), "d_y_y": e * x**4}
    return found


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson", "arrow"])
@pytest.mark.parametrize("order", [1, 2])
def test_every_row_has_its_value_and_derivatives(gradcli, tmp_path, table, form, order):
    ran = gradcli(f'map "{TEXT}" data.parquet -o out.{form} --order {order} --keep id')
    assert ran.status == 0
    read = {"parquet": polars.read_parquet, "csv": polars.read_csv, "ndjson": polars.read_ndjson,
            "arrow": polars.read_ipc}[form]  # fmt: skip
    found, expected = read(tmp_path / f"out.{form}"), wanted(table, order)
    assert found.columns == ["id", *expected]
    assert found["id"].to_list() == list(range(3000))
    for name, column in expected.items():
        np.testing.assert_allclose(found[name], column, rtol=1e-12)


def test_summary(gradcli, table):
    ran = gradcli(f'map "{TEXT}" data.parquet -o out.parquet')
    assert ran == (0, "3,000 rows to out.parquet: value, d_x, d_y\n", "")
    found = json.loads(gradcli('map "log(x)" data.parquet -o logs.parquet --json').out)
    assert (found["rows"], found["columns"]) == (3000, ["value", "d_x"])
    assert found["nan"] == 2 * int((table["x"] < 0).sum()) or found["nan"] == int((table["x"] < 0).sum())
    assert gradcli(f'map "{TEXT}" data.parquet -o again.parquet -q').out == "3000\n"


def test_several_inputs_and_other_names(gradcli, tmp_path):
    for i in range(3):
        (tmp_path / f"part{i}.csv").write_text(f"a,b\n{i},1\n")
    assert gradcli('map "k*x" "part*.csv" part0.csv -o out.csv --columns x=a --at k=10').status == 0
    assert (tmp_path / "out.csv").read_text() == "value,d_x\n0.0,10.0\n10.0,10.0\n20.0,10.0\n0.0,10.0\n"


def test_preview(gradcli, table, tmp_path):
    ran = gradcli(f'map "{TEXT}" data.parquet --limit 2')
    assert ran.status == 0 and "shape: (2, 3)" in ran.out and "d_y" in ran.out


def test_empty_and_bad_cells(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n3,\noops,1\n4,5\n")
    stopped = gradcli('map "x*y" t.csv -o out.csv')
    assert stopped == (2, "", "error: t.csv, row 3: `oops` in column x is not a number\n"
                              "hint: --on-error null makes such cells empty\n")  # fmt: skip
    assert not (tmp_path / "out.csv").exists()
    ran = gradcli('map "x*y" t.csv -o out.csv --on-error null')
    assert ran.out == ("4 rows to out.csv: value, d_x, d_y; 1 rows with an empty cell; "
                       "1 rows with a cell that is no number\n")  # fmt: skip
    assert (tmp_path / "out.csv").read_text() == "value,d_x,d_y\n2.0,2.0,1.0\n,,\n,,\n20.0,5.0,4.0\n"


def test_nothing_half_written_is_left(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("x\n" + "1\n" * 1000 + "oops\n")
    (tmp_path / "out.csv").write_text("precious")
    assert gradcli('map "x" t.csv -o out.csv --force').status == 2
    assert (tmp_path / "out.csv").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "t.csv"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x data.parquet", "error: where should the table go?\nhint: write it by -o FILE, or look at some rows by "
                           "--limit 10\n"),
        ("x none.csv -o out.csv", "error: there is no file none.csv\n"),
        ("x*z data.parquet -o out.csv", "error: `z` is no column and has no value\n  x*z\n    ^\n"
                                        "hint: give it one: --at z=1; or a column: --columns z=...\n"),
        ("mean(x) data.parquet -o out.csv",
         "error: `mean` takes more than one number, and each row is evaluated for itself\n  mean(x)\n  ^^^^^^^\n"
         "hint: write the expression of one row\n"),
        ("x data.parquet -o data.parquet", "error: -o data.parquet would overwrite an input\n"),
        ("x data.parquet -o out.txt",
         "error: -o out.txt: what should be written? the suffix says it: .parquet, .csv, .ndjson, .arrow\n"),
        ("x data.parquet -o out.csv --keep speed",
         "error: the table has no column speed\nhint: it has id, x, y\n"),
    ],
)  # fmt: skip
def test_messages(gradcli, table, line, message):
    assert gradcli(f"map {line}") == (2, "", message)
