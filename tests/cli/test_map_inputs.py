"""What `gradcli map` reads: NumPy's files, pipes, and tables as they are found in the world."""

from __future__ import annotations

import datetime
import errno
import gzip
import io
import os
import subprocess
import sys
import threading
from resource import RLIMIT_FSIZE, setrlimit

import numpy as np
import pytest

from gradcli.cli import main
from gradcli.data.reading import arrays, streams
from gradcli.data.writing import draft

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
    (tmp_path / "t.csv").write_text("x, y\n" + "".join(f"{each},{3 * each}\n" for each in x))
    for name in ("t.npz", "r.npy", "t.csv"):
        assert gradcli(f"fit 'y = b*x' {name} --start b=1 -q").out.split()[0] == "3.0"
    (tmp_path / "t.csv").write_text("x, y\n1,2\n2,oops\n")
    assert gradcli("fit 'y = b*x' t.csv --start b=1").err.startswith(
        "error: t.csv, row 2: `oops` in column y is not a number\n"
    )


# Tables of text: what is in the file, what is asked, the new rows.
TABLES = [
    (b"\xef\xbb\xbfx,y\r\n1,2\r\n3,4", "x*y", "2.0\n12.0\n"),
    (b'x,name\n1,"two\nlines"\n2,"a ""quote"", a comma"\n', "x", "1.0\n2.0\n"),
    (b"x,y", "x*y", ""),
    (b"x,y\n1,2\n3\n", "x*y", "2.0\n\n"),
    (b"x, y ,z\n 1, 2, 3\n", "x*y", "2.0\n"),
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
    (b'x,y\n1,5"\n2,6\n', "x", "{} cannot be read: a quote stands in a cell, and is not closed or not doubled"),
    (b'x,y\n1,5"\n2,6\n', "x*y", "{} cannot be read: `5\"` in column y is no number"),
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


def test_a_quote_in_a_stream_is_not_waited_for_without_end(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 20)
    monkeypatch.setattr(streams, "_MOST", 200)
    text = b"x,y\n" + b"1,2\n" * 30 + b'1,2"\n' + b"1,2\n" * 1000
    assert max(len(block) for block in streams._lines(io.BytesIO(text), quotes=True)) < 250
    assert gradcli("map x*y -", text).err == (
        'error: standard input cannot be read, behind row 30: `2"` in column y is no number\n'
    )


def test_a_first_row_longer_than_a_block(gradcli, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK", 20)
    text = b'x,name\n1,"' + b"long\n" * 50 + b'"\n2,b\n'
    assert gradcli("map x - --order 0", text).out == "value\n1.0\n2.0\n"


def test_semicolons_in_a_stream(gradcli):
    assert gradcli("map x*y -", "x;y\n1;2\n1,5;2\n").err == (
        "error: standard input, row 2 has 2 cells, and the table has 1 column\n"
        "hint: cells are separated by commas, in a TSV by tabs\n"
    )


def test_a_column_that_goes_along_is_of_one_kind(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n" + "7,1\n" * 20_000 + "A8,1.5\n")
    assert gradcli("map x t.csv --keep id -o out.parquet").err == (
        "error: t.csv cannot be read: `A8` in column id is no whole number\n"
    )


def test_spaces_around_a_name_need_not_be_typed(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("id, air temp , k\n1, 2, 3\n")
    ran = gradcli("map k*t t.csv --columns 't= air temp' --keep 'id, air temp' --order 0")
    assert ran.out == "id, air temp ,value\n1, 2,6.0\n"
    (tmp_path / "t.csv").write_text("x, x\n1,2\n")
    assert gradcli("map x t.csv --order 0").out == "value\n1.0\n"


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


@pytest.fixture
def kinds(tmp_path):
    """A Parquet file with a column of every kind that there is."""
    day = datetime.datetime(2020, 1, 1)
    frame = polars.DataFrame({
        "decimal": polars.Series(["1.25"]).cast(polars.Decimal(10, 2)), "flag": [True],
        "float": polars.Series([1.5], dtype=polars.Float32), "int": polars.Series([1], dtype=polars.Int8),
        "large": [2**63 - 1], "text": [" 2 "], "nothing": [None],
        "date": [day.date()], "time": [day], "span": [datetime.timedelta(1)], "label": ["1"],
        "list": [[1]], "record": [{"a": 1}], "bytes": [b"1"], "pieces": [[b"1"]],
    }).with_columns(polars.col("label").cast(polars.Categorical))  # fmt: skip
    frame.write_parquet(tmp_path / "kinds.parquet")
    return frame


def test_kinds_of_variables(gradcli, kinds):
    numbers = {"decimal": "2.5", "flag": "2.0", "float": "3.0", "int": "2.0", "large": "1.8446744073709552e+19"}
    for name, kind in kinds.schema.items():
        ran = gradcli(f"map 2*{name} kinds.parquet --order 0 --limit 1 -q")
        if name in {**numbers, "text": "4.0", "nothing": "-"}:
            assert ran.out == {**numbers, "text": "4.0", "nothing": "-"}[name] + "\n"
        else:
            assert ran.err == f"error: column {name} holds {kind}, and `{name}` is to be a number\n"


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet", "arrow"])
def test_kinds_of_columns_that_go_along(gradcli, kinds, tmp_path, form):
    lacks = {"csv": ["span", "list", "record", "bytes", "pieces"], "ndjson": ["bytes", "pieces"]}.get(form, [])
    for name in lacks:
        assert gradcli(f"map int kinds.parquet --keep {name} -o out.{form}").err == (
            f"error: --keep {name}: it holds {kinds.schema[name]}, and no .{form} file does\n"
            "hint: write a .parquet file\n"
        )
    assert not (tmp_path / f"out.{form}").exists()
    kept = [name for name in kinds.columns if name not in lacks]
    ran = gradcli(f"map int kinds.parquet --keep {','.join(kept)} -o out.{form} --order 0")
    assert (ran.status, ran.err) == (0, "")
    if form == "parquet":
        assert polars.read_parquet(tmp_path / "out.parquet").select(kept).equals(kinds.select(kept))


def test_files_that_are_cut_short(gradcli, kinds, tmp_path):
    whole = (tmp_path / "kinds.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole)
    (tmp_path / "b.parquet").write_bytes(whole[:-100])
    (tmp_path / "c.arrow").write_bytes(b"ARROW1\0\0 and then nothing")
    assert gradcli('map int "?.parquet" -o out.csv').err == (
        "error: b.parquet cannot be read: it is no Parquet file, or cut short\n"
    )
    assert gradcli("map int c.arrow").err == "error: c.arrow cannot be read: it is no Arrow file, or cut short\n"
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("arguments", "stream"),
    [(["-", "-o", "out.csv"], "stdin"), (["t.csv"], "stdout"), (["t.csv", "-o", "-"], "stdout")],
)
def test_closed_streams(tmp_path, monkeypatch, capsys, arguments, stream):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x\n1\n")
    with monkeypatch.context() as patch:
        patch.setattr(sys, stream, None)
        assert main(["map", "x", *arguments]) == 2
    names = {"stdin": "input", "stdout": "output"}
    assert capsys.readouterr().err == f"error: standard {names[stream]} is closed\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk(process, tmp_path):
    polars.DataFrame({"x": np.random.default_rng(1).normal(size=300_000)}).write_parquet(tmp_path / "t.parquet")
    with open("/dev/full", "wb") as full:
        ran = process("map x t.parquet", stdout=full, stderr=subprocess.PIPE)
    assert (ran.returncode, ran.stderr) == (2, "error: the result cannot be written: No space left on device\n")
    (tmp_path / "out.csv").write_text("precious")
    ran = process("map x t.parquet -o out.csv --force", preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (2**20, 2**20)))
    assert (ran.returncode, ran.stderr) == (
        2, "error: out.csv cannot be written: File too large\n"
           "hint: the same command with --resume goes on with what is there\n")  # fmt: skip
    assert (tmp_path / "out.csv").read_text() == "precious"


def test_a_reader_that_leaves_early(environment, tmp_path):
    (tmp_path / "t.csv").write_text("x\n" + "1\n" * 1_000_000)
    command = [sys.executable, "-m", "gradcli", "map", "x", "-"]
    with open(tmp_path / "t.csv", "rb") as given:
        running = subprocess.Popen(
            command, env=environment, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    with running:
        assert running.stdout.readline() == b"value,d_x\n"
        running.stdout.close()
        assert (running.wait(60), running.stderr.read()) == (141, b"")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_what_a_pipe_leaves_could_not_be_gone_on_with(gradcli, tmp_path, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(draft.Draft, "append", fail)
    said = {130: "out.csv is as it was\n", 2: "error: out.csv cannot be written: No space left on device\n"}
    ran = gradcli("map x - -o out.csv", "x\n1\n")
    assert (ran.err, list(tmp_path.iterdir())) == (said[ran.status], [])
