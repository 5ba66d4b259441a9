"""What `gradcli map` reads: NumPy's files, pipes, and tables as they are found in the world."""

from __future__ import annotations

import gzip
import os
import threading

import numpy as np
import pytest

from gradcli.data import arrays, streams

polars = pytest.importorskip("polars")


@pytest.fixture
def numbers(tmp_path):
    """Write arrays in every way that NumPy has; return them."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=1000), rng.integers(1, 9, size=1000)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y.astype(">i2"))
    np.savez(tmp_path / "stored.npz", x=x, y=y)
    np.savez_compressed(tmp_path / "compressed.npz", x=x, y=y)
    np.save(tmp_path / "records.npy", np.rec.fromarrays([x, y], names="x,y"))
    return x, y


NUMPY = ['"[xy].npy"', "x.npy y.npy", "stored.npz", "compressed.npz", "records.npy"]


@pytest.mark.parametrize("inputs", NUMPY)
def test_arrays_are_columns(gradcli, numbers, tmp_path, monkeypatch, inputs):
    x, y = numbers
    monkeypatch.setattr(arrays, "ROWS", 300)
    assert gradcli(f"map x*y {inputs} -o out.parquet --keep y").out == "1,000 rows to out.parquet: value, d_x, d_y\n"
    found = polars.read_parquet(tmp_path / "out.parquet")
    for name, expected in {"y": y, "value": x * y, "d_x": y, "d_y": x}.items():
        np.testing.assert_array_equal(found[name], expected)
    assert gradcli(f"map x {inputs} --limit 2 --order 0 -q").out.split() == [repr(float(each)) for each in x[:2]]


@pytest.mark.parametrize("inputs", NUMPY[2:])
def test_archives_stand_one_below_the_other(gradcli, numbers, inputs):
    ran = gradcli(f"map x {inputs} {inputs} --limit 1500 -o - --order 0")
    assert [float(each) for each in ran.out.split()[1:]] == [*numbers[0], *numbers[0][:500]]


def test_rows_of_arrays_are_found_again(numbers, tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "ROWS", 300)
    for name in ("stored.npz", "compressed.npz"):
        source = arrays.NumpyFiles([str(tmp_path / name)] * 3)
        found = polars.concat(source.batches({"x": None}, skip=1400, count=1500))
        np.testing.assert_array_equal(found["x"], np.tile(numbers[0], 3)[1400:2900])
        assert source.rows() == 3000


def test_kinds_of_numbers(gradcli, tmp_path):
    kinds = ["f2", "f4", ">f8", "i1", "u8", "?"]
    np.savez(tmp_path / "t.npz", **{f"x{i}": np.array([1, 0], kind) for i, kind in enumerate(kinds)})
    found = gradcli("map " + "+".join(f"x{i}" for i in range(6)) + " t.npz --order 0 --limit 2 -q").out
    assert found == "6.0\n0.0\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x word.npz",
         "error: word.npz: x holds <U1, not numbers\n"),
        ("x square.npz",
         "error: square.npz: x has shape (2, 3), and a column has one dimension\n"
         "hint: save the columns one by one, as np.savez('data.npz', x=a[:, 0], y=a[:, 1])\n"),
        ("a*b a.npy b.npy",
         "error: the arrays of one table are of one length, and a has 2, b has 3\n"),
        ("a sub/a.npy a.npy",
         "error: sub/a.npy and a.npy are both called a\n"),
        ("a a.npy t.csv",
         "error: NumPy's files are not read together with others\nhint: write them all in one form\n"),
        ("x a.npy word.npz",
         "error: single arrays stand side by side, archives and records one below the other\n"
         "hint: name files of one of these kinds\n"),
        ("a objects.npy",
         "error: `a` is no column and has no value\n  a\n  ^\n"
         "hint: give it one: --at a=1; or a column: --columns a=...\n"),
        ("objects objects.npy",
         "error: objects.npy: objects holds object, not numbers\n"),
        ("cut cut.npy",
         "error: cut.npy cannot be read: 24 bytes of numbers should follow the header, and 14 do\n"),
        ("x cut.npz",
         "error: cut.npz cannot be read: it is neither .npy nor .npz, or cut short\n"),
        ("text text.npy",
         "error: text.npy cannot be read: it is neither .npy nor .npz, or cut short\n"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_columns(gradcli, tmp_path, line, message):
    (tmp_path / "sub").mkdir()
    (tmp_path / "t.csv").write_text("a\n1\n")
    np.savez(tmp_path / "word.npz", x=np.array(["a"]))
    np.savez(tmp_path / "square.npz", x=np.zeros((2, 3)))
    np.save(tmp_path / "objects.npy", np.array([None]))
    for name, length in (("a", 2), ("b", 3), ("sub/a", 2), ("cut", 3)):
        np.save(tmp_path / f"{name}.npy", np.zeros(length))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-10])
    (tmp_path / "cut.npz").write_bytes((tmp_path / "word.npz").read_bytes()[:-30])
    (tmp_path / "text.npy").write_text("hello, world")
    assert gradcli(f"map {line} --limit 2") == (2, "", message)


def test_arrays_that_are_not_asked_for_may_be_anything(gradcli, tmp_path):
    np.savez(tmp_path / "t.npz", x=np.ones(2), names=np.array(["a"]), image=np.zeros((2, 3)))
    assert gradcli("map 2*x t.npz --limit 3 -q").out == "2.0 2.0\n2.0 2.0\n"


def test_a_fit_reads_what_map_reads(gradcli, tmp_path):
    x = np.arange(10.0)
    np.savez_compressed(tmp_path / "t.npz", x=x, y=3 * x)
    np.save(tmp_path / "r.npy", np.rec.fromarrays([x, 3 * x], names="x,y"))
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{each},{3 * each}\n" for each in x))
    for name in ("t.npz", "r.npy", "t.csv"):
        assert gradcli(f"fit 'y = b*x' {name} --start b=1 -q").out.split()[0] == "3.0"
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,oops\n")
    assert gradcli("fit 'y = b*x' t.csv --start b=1").err.startswith(
        "error: t.csv, row 2: `oops` in column y is not a number\n"
    )


# Tables of text: what is in the file, what is asked, the new rows.
TABLES = [
    (b"\xef\xbb\xbfx,y\r\n1,2\r\n3,4", "x*y", "2.0\n12.0\n"),
    (b'x,name\n1,"two\nlines"\n2,"a ""quote"", a comma"\n', "x", "1.0\n2.0\n"),
    (b"x,y", "x*y", ""),
    (b"x,y\n1,2\n3\n", "x*y", "2.0\n\n"),
    (b"x,y\n 1, 2\n", "x*y", "2.0\n"),
    (b"x\n+inf\n-Infinity\nnan\n1e400\n-0\n9007199254740993\n", "x", "inf\n-inf\nNaN\ninf\n-0.0\n9007199254740992.0\n"),
    (gzip.compress(b"x\n1\n"), "x", "1.0\n"),
    (b"x,y\n1 ,NA\n2 ,5\n", "x*y --on-error null", "\n10.0\n"),
]


@pytest.mark.parametrize(("text", "asked", "rows"), TABLES)
@pytest.mark.parametrize("given", ["t.csv", "-"])
def test_tables_of_the_world(gradcli, tmp_path, text, asked, rows, given):
    (tmp_path / "t.csv").write_bytes(text)
    expression, _, options = asked.partition(" ")
    ran = gradcli(f"map {expression} {given} {options} --order 0", text)
    assert (ran.status, ran.out) == (0, "value\n" + rows)


FAULTS = [
    (b"", "x", "{} is empty\nhint: the first line should name the columns"),
    (b"x,x,y\n1,2,3\n", "x*y", "there are several columns called x\nhint: give them names of their own"),
    (b"x;y\n1.5;2\n", "x*y",
     "`x` is no column and has no value\n  x*y\n  ^\n"
     "hint: it has one column, x;y: cells are separated by commas, in a TSV by tabs"),
    (b'x\n"1,5"\n', "x",
     "{}, row 1: `1,5` in column x is not a number\n"
     "hint: a number is written 1234.5, with no other commas; --on-error null makes such cells empty"),
    (b"x\n1\nNA\n", "x",
     "{}, row 2: `NA` in column x is not a number\nhint: --on-error null makes such cells empty"),
    (b"x\n 1\n2 \n", "x",
     "{}, row 2: `2 ` in column x is not a number\nhint: there is a space behind it, over which --on-error null reads"),
    (b"x,y\n1,2\n1,2,3\n", "x*y",
     "{}, row 2 has 3 cells, and the table has 2 columns\nhint: a cell with a comma in it should stand in quotes"),
    (b"x,y\n1,\xe9\n", "x --keep y", "{} cannot be read: it is not in UTF-8 (iconv turns other encodings into it)"),
    (gzip.compress(b"x\n1\n")[:-5], "x", "{} cannot be read: it is cut short"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expression", "message"), FAULTS)
@pytest.mark.parametrize("given", ["t.csv", "-"])
def test_what_is_wrong_with_a_table(gradcli, tmp_path, text, expression, message, given):
    (tmp_path / "t.csv").write_bytes(text)
    name = "standard input" if given == "-" else given
    assert gradcli(f"map {expression} {given}", text) == (2, "", f"error: {message.format(name)}\n")


def test_a_fault_far_behind_in_a_stream(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 20)
    assert gradcli("map x -", "x,y\n" + "1,2\n" * 30 + "1,2,3\n").err == (
        "error: standard input, row 31 has 3 cells, and the table has 2 columns\n"
        "hint: a cell with a comma in it should stand in quotes\n"
    )


def test_semicolons_in_a_stream(gradcli):
    assert gradcli("map x*y -", "x;y\n1;2\n1,5;2\n").err == (
        "error: standard input, row 2 has 2 cells, and the table has 1 column\n"
        "hint: cells are separated by commas, in a TSV by tabs\n"
    )


def test_columns_are_found_by_name_in_each_file(gradcli, tmp_path):
    (tmp_path / "a.csv").write_text("id,x,y\n1,1,2\n")
    (tmp_path / "b.csv").write_text("y,x,id\n20,10,A7\n")
    assert gradcli('map x-y "?.csv" --keep id --order 0').out == "id,value\n1,-1.0\nA7,-10.0\n"
    (tmp_path / "c.csv").write_text("y,z\n1,2\n")
    assert gradcli('map x-y "?.csv"').err == "error: c.csv has no column x\nhint: it has y, z\n"


def test_a_folder_holds_more_than_tables(gradcli, tmp_path):
    folder = tmp_path / "data"
    (folder / "_temporary").mkdir(parents=True)
    for name in ("_SUCCESS", ".part-0.csv.crc", "README.md", "_temporary/part-1.csv"):
        (folder / name).write_text("not a table\n")
    assert gradcli("map x data").err.startswith("error: there is no table in folder data\n")
    (folder / "part-0.csv").write_text("x\n1\n")
    assert gradcli("map x data --order 0").out == "value\n1.0\n"


def test_partitions_are_columns(gradcli, tmp_path):
    for year in (2024, 2025):
        (tmp_path / f"data/year={year}").mkdir(parents=True)
        polars.DataFrame({"x": [1.0, 2.0]}).write_parquet(tmp_path / f"data/year={year}/part.parquet")
    (tmp_path / "data/_SUCCESS").write_text("")
    for inputs in ("data", '"data/*/*.parquet"'):
        ran = gradcli(f"map x*year {inputs} --keep year --order 0")
        assert ran.out == "year,value\n2024,2024.0\n2024,4048.0\n2025,2025.0\n2025,4050.0\n"


def test_a_name_with_brackets_is_no_glob(gradcli, tmp_path):
    (tmp_path / "run[1].csv").write_text("x\n1\n")
    assert gradcli('map x "run[1].csv" --order 0').out == "value\n1.0\n"


def test_an_output_among_the_inputs_is_not_written_over(gradcli, tmp_path):
    for name in ("a.csv", "out.csv"):
        (tmp_path / name).write_text("x\n1\n")
    assert gradcli('map x "*.csv" -o out.csv --force').err == "error: -o out.csv would overwrite an input\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
def test_a_fifo(gradcli, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[gzip.compress(b"x\n1\n2\n")])
    writer.start()
    assert gradcli("map x pipe --order 0").out == "value\n1.0\n2.0\n"
    writer.join()
    assert gradcli("map x pipe pipe").err == (
        "error: pipe is read alone, as CSV, TSV or NDJSON\nhint: cat the files, or name them all\n"
    )


def test_json_lines_on_standard_input(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 40)
    lines = "".join(f'{{"id": "a \\" {i}", "x": {i}}}\n' for i in range(20))
    ran = gradcli("map 2*x - --input-format ndjson --order 0 --keep id", lines)
    assert (
        ran.out
        == polars.DataFrame({"id": [f'a " {i}' for i in range(20)], "value": [2.0 * i for i in range(20)]}).write_csv()
    )
    assert gradcli("map x - --input-format ndjson", lines + '{"x": "oops"}\n').err.startswith(
        "error: standard input, row 21: `oops` in column x is not a number\n"
    )
