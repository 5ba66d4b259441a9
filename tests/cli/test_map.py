"""`gradcli map`: an expression for every row of a table, from file to file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradcli import Expression
from gradcli.data.mapping import parts
from gradcli.data.reading import paths, scans, sources, streams
from gradcli.data.writing import draft
from gradcli.data.writing.forms import FORMS

polars = pytest.importorskip("polars")

TEXT = "x*x*exp(x*y)"


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    frame = polars.DataFrame({"id": range(3000), "x": rng.normal(size=3000), "y": rng.normal(size=3000)})
    frame.write_parquet(tmp_path / "data.parquet")
    return frame


def read(path):
    return scans.SCANS[paths.form_of(str(path))](polars, path, {}).collect()


def wanted(frame, order: int = 1) -> dict[str, np.ndarray]:
    f, given = Expression.parse(TEXT), {name: frame[name].to_numpy() for name in ("x", "y")}
    value, slopes = f.value_and_grad(given)
    found = {"value": value, **{f"d_{name}": slope for name, slope in slopes.items()}}
    if order > 1:
        x, y = given["x"], given["y"]
        e = np.exp(x * y)
        found |= {"d_x_x": e * (2 + 4 * x * y + (x * y) ** 2), "d_x_y": e * (3 * x**2 + x**3 * y), "d_y_y": e * x**4}
    return found


@pytest.mark.parametrize("form", [suffix[1:] for suffix in FORMS])
@pytest.mark.parametrize("order", [1, 2])
def test_every_row_has_its_value_and_derivatives(gradcli, tmp_path, table, form, order):
    ran = gradcli(f'map "{TEXT}" data.parquet -o out.{form} --order {order} --keep id')
    assert ran.status == 0
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


def test_results_of_other_names(gradcli, table):
    ran = gradcli(f'map "{TEXT}" data.parquet --columns value=f,d_y=slope,x=y,y=x --keep id --limit 1')
    assert ran.out.split()[:4] == ["id", "f", "d_x", "slope"]
    assert gradcli("map value*2 - --columns value=v", "v\n3\n").out == "value,d_value\n6.0,2.0\n"


def test_preview(gradcli, table, tmp_path):
    ran = gradcli(f'map "{TEXT}" data.parquet --limit 2 --keep id --digits 3')
    assert ran == (0, "id  value  d_x   d_y\n0   0.143  0.9   0.0493\n1   0.952  2.72  0.782\n", "")
    assert gradcli(f'map "{TEXT}" data.parquet --limit 2 --digits 3 --order 0 -q').out == "0.143\n0.952\n"
    found = json.loads(gradcli(f'map "{TEXT}" data.parquet --limit 2 --json').out)
    expected = wanted(table)
    assert found["columns"] == {name: pytest.approx(column[:2], rel=1e-12) for name, column in expected.items()}


def test_limit_of_a_file(gradcli, table, tmp_path):
    assert gradcli("map x*y data.parquet --limit 7 -o out.csv").out == "7 rows to out.csv: value, d_x, d_y\n"
    assert read(tmp_path / "out.csv").height == 7


def test_empty_and_bad_cells(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n3,\noops,1\n4,5\n")
    stopped = gradcli('map "x*y" t.csv -o out.csv')
    assert stopped == (2, "", "error: t.csv, row 3: `oops` in column x is not a number\n"
                              "hint: --on-error null makes such cells empty\n")  # fmt: skip
    assert not (tmp_path / "out.csv").exists()
    ran = gradcli('map "x*y" t.csv -o out.csv --on-error null')
    assert ran.out == ("4 rows to out.csv: value, d_x, d_y; rows with an empty cell: 1; "
                       "rows with a cell that is no number: 1\n")  # fmt: skip
    assert (tmp_path / "out.csv").read_text() == "value,d_x,d_y\n2.0,2.0,1.0\n,,\n,,\n20.0,5.0,4.0\n"


def test_integers_do_not_decide_for_the_rows_behind_them(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n" + "007,1\n" * 20_000 + "A8,1.5\n")
    assert gradcli("map x**2 t.csv --keep id -o out.csv").status == 0
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert (lines[:2], lines[-1], len(lines)) == (["id,value,d_x", "007,1.0,2.0"], "A8,2.25,3.0", 20_002)


@pytest.mark.parametrize("form", [suffix[1:] for suffix in FORMS])
def test_a_table_without_rows(gradcli, tmp_path, form):
    (tmp_path / "t.csv").write_text("id,x\n")
    assert gradcli(f"map x**2 t.csv -o out.{form}").out == f"0 rows to out.{form}: value, d_x\n"
    if "json" not in form:
        assert read(tmp_path / f"out.{form}").columns == ["value", "d_x"]


def test_nothing_half_written_is_left(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("x\n" + "1\n" * 1000 + "oops\n")
    (tmp_path / "out.csv").write_text("precious")
    assert gradcli('map "x" t.csv -o out.csv --force').status == 2
    assert (tmp_path / "out.csv").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "t.csv"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x none.csv -o out.csv", "error: there is no file none.csv\n"),
        ("x*z data.parquet -o out.csv", "error: `z` is no column and has no value\n  x*z\n    ^\n"
                                        "hint: give it one: --at z=1; or a column: --columns z=...\n"),
        ("mean(x) data.parquet -o out.csv",
         "error: `mean` takes more than one number, and each row is evaluated for itself\n  mean(x)\n  ^^^^^^^\n"
         "hint: write the expression of one row\n"),
        ("x data.parquet -o data.parquet", "error: -o data.parquet would overwrite an input\n"),
        ("x data.parquet -o out.txt",
         "error: -o out.txt: what should be written? the suffix says it: .parquet, .pq, .csv, .tsv, .csv.gz, "
         ".tsv.gz, .ndjson, .jsonl, .arrow, .ipc, .feather\n"),
        ("x data.parquet - -o out.csv",
         "error: standard input is read alone, as CSV, TSV or NDJSON\nhint: cat the files, or name them all\n"),
        ("x data.parquet --resume -o -",
         "error: --resume needs files to read and to write\nhint: what has gone by in a pipe is gone\n"),
        ("x data.parquet -o out.csv --columns q=id", "error: --columns q: no variable and no result is called so\n"),
        ("x data.parquet -o out.csv --keep id --columns d_x=id",
         "error: several columns of the new table would be called id\nhint: --columns value=y calls a result y\n"),
        ("x data.parquet -o out.csv --keep speed",
         "error: the table has no column speed\nhint: it has id, x, y\n"),
    ],
)  # fmt: skip
def test_messages(gradcli, table, line, message):
    assert gradcli(f"map {line}") == (2, "", message)


def test_standard_input_and_output(gradcli, table):
    text = table.write_csv()
    piped = gradcli(f'map "{TEXT}" - --keep id', text)
    filed = gradcli(f'map "{TEXT}" data.parquet --keep id -o -')
    assert piped.status == filed.status == 0
    assert piped.out == filed.out and piped.out.count("\n") == 3001
    tabs = gradcli(f'map "{TEXT}" - --keep id --input-format tsv', table.write_csv(separator="\t"))
    assert tabs.out == piped.out


def test_a_stream_of_many_blocks(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 50)
    rows = [(i, f'a "quoted"\nname, {i}', i / 8) for i in range(40)]
    text = polars.DataFrame(rows, schema=["id", "name", "x"], orient="row").write_csv()
    found = polars.read_csv(gradcli("map 8*x - --keep id,name --order 0", text).out.encode())
    assert found.rows() == [(i, name, 8 * x) for i, name, x in rows]


def test_a_bad_cell_of_a_stream(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 20)
    text = "id,x\n" + "1,2\n" * 30 + "1,oops\n"
    assert gradcli("map x -", text).err == ("error: standard input, row 31: `oops` in column x is not a number\n"
                                            "hint: --on-error null makes such cells empty\n")  # fmt: skip
    ran = gradcli("map x - --on-error null --order 0", text)
    assert (ran.out, ran.err) == (
        "value\n" + "2.0\n" * 30 + "\n",
        "note: rows with a cell that is no number: 1\n",
    )


def test_what_a_stopped_run_leaves_is_gone_on_with(gradcli, table, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 256)
    for form in FORMS:
        line = f'map "{TEXT}" data.parquet --keep id -o out{form}'
        assert gradcli(line).status == 0
        whole = (tmp_path / f"out{form}").read_bytes()
        (tmp_path / f"out{form}").write_text("precious")
        for stop in (1, 7):
            with monkeypatch.context() as patch:
                stop_behind(patch, stop)
                assert gradcli(line + " --force --resume").status == 130
            assert (tmp_path / f"out{form}").read_text() == "precious"
        with monkeypatch.context() as patch:
            asked = counted(patch)
            assert gradcli(line + " --resume").out == f"3,000 rows to out{form}: value, d_x, d_y\n"
        assert asked == [10 * 256]
        assert (tmp_path / f"out{form}").read_bytes() == whole
    assert {path.name for path in tmp_path.iterdir()} == {"data.parquet", *(f"out{form}" for form in FORMS)}


def stop_behind(patch, count):
    """Interrupt a run when so many parts have been written."""
    append = draft.Draft.append
    written = []

    def stopping(self, data, record):
        append(self, data, record)
        written.append(record)
        if len(written) > count:
            raise KeyboardInterrupt

    patch.setattr(draft.Draft, "append", stopping)


def counted(patch):
    """Return a list that fills with how many rows were skipped."""
    found = []
    batches = sources.Files.batches

    def asking(self, kinds, skip=0, count=None):
        found.append(skip)
        return batches(self, kinds, skip, count)

    patch.setattr(sources.Files, "batches", asking)
    return found


def test_another_task_is_not_gone_on_with(gradcli, table, monkeypatch):
    with monkeypatch.context() as patch:
        stop_behind(patch, 0)
        assert gradcli("map x*y data.parquet -o out.csv") == (
            130, "", "out.csv is as it was; the same command with --resume goes on\n")  # fmt: skip
    assert gradcli("map x+y data.parquet -o out.csv --resume --order 0") == (
        2, "", "error: the run that left out.csv.part behind had other expression, derivatives\n"
               "hint: go on as it was begun, or begin anew, without --resume\n")  # fmt: skip
    assert gradcli("map x+y data.parquet -o out.csv").status == 0


def test_two_runs_do_not_write_one_file(gradcli, table, tmp_path):
    with draft.Draft(str(tmp_path / "out.csv"), {}):
        assert gradcli("map x*y data.parquet -o out.csv") == (
            2, "", "error: another run is writing out.csv\nhint: wait for it, or write elsewhere\n")  # fmt: skip
