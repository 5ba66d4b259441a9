"""`gradcli map` on tables that are elsewhere: in fsspec's memory, and on a server of this machine."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

polars = pytest.importorskip("polars")
fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def store():
    """An empty store in memory, whose files are read and written by name."""
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    yield fs
    fs.store.clear()


@pytest.fixture
def frame():
    x = np.linspace(-1, 1, 1000)
    return polars.DataFrame({"id": range(1000), "x": x, "y": x**2})


WRITERS = {
    "csv": lambda frame: frame.write_csv().encode(),
    "csv.gz": lambda frame: gzip.compress(frame.write_csv().encode()),
    "tsv": lambda frame: frame.write_csv(separator="\t").encode(),
    "ndjson": lambda frame: frame.write_ndjson().encode(),
    "parquet": lambda frame: saved(frame.write_parquet),
    "arrow": lambda frame: saved(frame.write_ipc),
}


def saved(write):
    write(file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize("form", WRITERS)
def test_any_form_from_a_store_and_into_it(gradcli, store, frame, tmp_path, form):
    store.pipe(f"/bucket/data.{form}", WRITERS[form](frame))
    (tmp_path / f"data.{form}").write_bytes(WRITERS[form](frame))
    asked = f"--keep id,y -o memory://bucket/out.{form}"
    assert gradcli(f"map x*y memory://bucket/data.{form} {asked}").out == (
        f"1,000 rows to memory://bucket/out.{form}: value, d_x, d_y\n"
    )
    assert gradcli(f"map x*y data.{form} --keep id,y -o out.{form}").status == 0
    assert store.cat(f"/bucket/out.{form}") == (tmp_path / f"out.{form}").read_bytes()


def test_folders_globs_and_partitions(gradcli, store, frame):
    for i in range(3):
        store.pipe(f"/b/t/k={i}/part.parquet", WRITERS["parquet"](frame.slice(i, 1)))
    store.pipe("/b/t/_SUCCESS", b"")
    store.pipe("/b/t/.hidden/part.parquet", b"not a table")
    expected = "id,k,value\n" + "".join(f"{i},{i},{i * x}\n" for i, x in enumerate(frame["x"][:3]))
    for inputs in ("memory://b/t", '"memory://b/t/*/*.parquet"'):
        assert gradcli(f"map k*x {inputs} --keep id,k --order 0").out == expected
    assert gradcli("map 2*k memory://b/t --order 0 -o -").out == "value\n0.0\n2.0\n4.0\n"
    assert gradcli("map k*x memory://b/t --keep id,k --order 0 --limit 2 -o -").out == "\n".join(
        [*expected.splitlines()[:3], ""]
    )


def test_files_of_both_worlds_stand_one_below_the_other(gradcli, store, tmp_path):
    store.pipe("/b/one.csv", b"id,x\n1,10\n")
    (tmp_path / "two.csv").write_text("x,id\n20,A7\n")
    assert gradcli("map x memory://b/one.csv two.csv --keep id --order 0").out == "id,value\n1,10.0\nA7,20.0\n"
    assert gradcli(f"map x file://{tmp_path}/two.csv -o file://{tmp_path}/out.csv").out == (
        f"1 rows to {tmp_path}/out.csv: value, d_x\n"
    )


def test_what_is_there_is_not_written_over(gradcli, store, tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n2\noops\n")
    store.pipe("/b/out.csv", b"precious")
    refused = gradcli("map x t.csv -o memory://b/out.csv")
    assert refused.err == "error: -o memory://b/out.csv is there already\nhint: --force writes over it\n"
    assert gradcli("map x t.csv -o memory://b/out.csv --force").status == 2
    assert store.cat("/b/out.csv") == b"precious"
    (tmp_path / "t.csv").write_text("x\n1\n")
    assert gradcli("map x t.csv -o memory://b/out.csv --force --order 0").status == 0
    assert store.cat("/b/out.csv") == b"value\n1.0\n"
    assert store.find("/b") == ["/b/out.csv"]


def test_a_table_that_cannot_be_sent_is_kept(gradcli, store, tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("x\n1\n")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(type(store), "_open", lambda *_, **how: refuse())
    ran = gradcli("map x t.csv -o memory://b/out.csv --order 0")
    (kept,) = tmp_path.glob("gradcli-*/out.csv")
    assert ran.err == (
        f"error: memory://b/out.csv cannot be written: the store is full\nhint: the table is whole in {kept}\n"
    )
    assert kept.read_text() == "value\n1.0\n"


def refuse():
    raise PermissionError("the store is full")


def test_an_interrupted_run_leaves_nothing(gradcli, store, tmp_path, monkeypatch):
    from gradcli.data.writing import draft

    def stop(*_):
        raise KeyboardInterrupt

    (tmp_path / "t.csv").write_text("x\n1\n")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(draft.Draft, "append", stop)
    assert gradcli("map x t.csv -o memory://b/out.csv").status == 130
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"] and not store.find("/b")


def test_a_stopped_run_on_remote_inputs_is_gone_on_with(gradcli, store, frame, tmp_path, monkeypatch):
    from gradcli.data.mapping import parts
    from gradcli.data.writing import draft

    monkeypatch.setattr(parts, "ROWS", 150)
    for form in ("csv", "parquet"):
        for i in range(3):
            store.pipe(f"/{form}/{i}.{form}", WRITERS[form](frame))
        line = f'map x*y "memory://{form}/*.{form}" --keep id'
        assert gradcli(f"{line} -o whole.csv").status == 0
        append, written = draft.Draft.append, []

        def stopping(self, data, record, append=append, written=written):
            append(self, data, record)
            written.append(record)
            if len(written) == 9:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(draft.Draft, "append", stopping)
            assert gradcli(f"{line} -o {form}.out.csv").status == 130
        assert gradcli(f"{line} -o {form}.out.csv --resume").status == 0
        assert (tmp_path / f"{form}.out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
        (tmp_path / "whole.csv").unlink()
        with monkeypatch.context() as patch:
            patch.setattr(draft.Draft, "append", stopping)
            written.clear()
            gradcli(f"{line} -o {form}.out.csv --force")
        store.pipe(f"/{form}/1.{form}", WRITERS[form](frame.head(5)))
        assert "had other inputs" in gradcli(f"{line} -o {form}.out.csv --resume").err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x memory://b/none.csv", "there is no file memory://b/none.csv"),
        ('x "memory://b/none*.parquet"', "there is no file memory://b/none*.parquet"),
        ("x memory://b/t.txt",
         "what kind of table is memory://b/t.txt? its suffix should say: .csv, .tsv, .csv.gz, .tsv.gz, .parquet, .pq, "
         ".ndjson, .jsonl, .arrow, .ipc, .feather, .npy, .npz"),
        ("x gopher://b/t.csv", "gopher://b/t.csv cannot be read: Protocol not known: gopher"),
        ("x memory://b/bad.csv",
         "memory://b/bad.csv, row 2: `oops` in column x is not a number\n"
         "hint: --on-error null makes such cells empty"),
        ("x memory://b/bad.parquet",
         "memory://b/bad.parquet, row 2: `oops` in column x is not a number\n"
         "hint: --on-error null makes such cells empty"),
        ("x memory://b/cut.parquet", "memory://b/cut.parquet cannot be read: it is no Parquet file, or cut short"),
        ("x memory://b/cut.arrow", "memory://b/cut.arrow cannot be read: it is no Arrow file, or cut short"),
        ("x memory://b/ok.csv memory://b/other.csv", "memory://b/other.csv has no column x\nhint: it has y"),
        ("x memory://b/x.npy",
         "memory://b/x.npy: NumPy's files are read on this machine\nhint: download it, or write Parquet"),
        ("x memory://b/ok.csv -o memory://b/ok.csv", "-o memory://b/ok.csv would overwrite an input"),
        ("x memory://b/ok.csv -o http://127.0.0.1:9/out.csv",
         "-o http://127.0.0.1:9/out.csv: what stands on the web is read, not written"),
        ("x memory://b/ok.csv -o memory://b/out.csv --resume",
         "--resume goes on with files of this machine\nhint: write one here, and copy it there"),
    ],
)  # fmt: skip
def test_messages(gradcli, store, line, message):
    files = {
        "t.txt": b"x", "bad.csv": b"x\n1\noops\n", "cut.parquet": b"PAR1 and then nothing", "x.npy": b"",
        "cut.arrow": b"ARROW1 and then nothing", "ok.csv": b"x\n1\n", "other.csv": b"y\n1\n",
        "bad.parquet": saved(polars.DataFrame({"x": ["1", "oops"]}).write_parquet),
    }  # fmt: skip
    for name, data in files.items():
        store.pipe(f"/b/{name}", data)
    assert gradcli(f"map {line}") == (2, "", f"error: {message}\n")


def test_a_package_that_is_missing(gradcli, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    assert gradcli("map x s3://b/t.csv") == (
        2, "", "error: s3://b/t.csv cannot be read: Install s3fs to access S3\nhint: pip install s3fs\n")  # fmt: skip
    found = json.loads(gradcli("map x s3://b/t.csv --json -o out.csv").err)
    assert found["error"]["hint"] == "pip install s3fs"


def test_a_fit_of_a_table_elsewhere(gradcli, store, frame):
    store.pipe("/b/t.parquet", WRITERS["parquet"](frame.with_columns(z=3 * polars.col("x"))))
    assert gradcli("fit 'z = b*x' memory://b/t.parquet --start b=1 -q").out.split()[0] == "3.0"


class Files(BaseHTTPRequestHandler):
    """Files, given in ranges where the server can; and what a server may answer instead."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        data = self.server.files.get(self.path)
        if data is None or isinstance(data, int):
            return self.answer(data or 404, b"")
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not (span and self.server.ranges):
            return self.answer(200, data)
        start, last = int(span[1]), min(int(span[2]), len(data) - 1)
        self.server.sent += last + 1 - start
        self.answer(206, data[start : last + 1], ("Content-Range", f"bytes {start}-{last}/{len(data)}"))

    def answer(self, status, data, *headers):
        self.send_response(status)
        accepts = ("Accept-Ranges", "bytes" if self.server.ranges else "none")
        for name, value in [("Content-Length", str(len(data))), accepts, *headers]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture(params=[True, False], ids=["ranges", "whole"])
def web(request):
    """A server of some files; whether it gives ranges of them is the parameter."""
    pytest.importorskip("aiohttp")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.files, server.ranges, server.sent = {}, request.param, 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fsspec.filesystem("http").dircache.clear()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_tables_of_a_server(gradcli, web, frame):
    web.files = {f"/data.{form}": write(frame) for form, write in WRITERS.items()}
    web.files["/data.csv?token=a*b"] = web.files["/data.csv"]
    expected = gradcli(f"map x*y {web.url}/data.csv --keep id").out
    assert expected.count("\n") == 1001
    for path in web.files:
        ran = gradcli(f'map x*y "{web.url}{path}" --keep id --limit 1000 -o -')
        if web.ranges or "csv" in path or "tsv" in path or "json" in path:
            assert (ran.out, ran.err) == (expected, "")
        else:
            why = "the server gives it as a whole only; download it first"
            assert ran.err == f"error: {web.url}{path} cannot be read: {why}\n"


@pytest.mark.parametrize("web", [True], indirect=True)
def test_only_the_columns_that_are_asked_for_come_over_the_wire(gradcli, web, monkeypatch):
    rng = np.random.default_rng(1)
    wide = polars.DataFrame({f"x{i}": rng.normal(size=100_000) for i in range(40)})
    web.files["/wide.parquet"] = saved(wide.write_parquet)
    monkeypatch.setattr(fsspec.filesystem("http"), "block_size", 1 << 16)
    assert gradcli(f"map x3**2 {web.url}/wide.parquet -o out.parquet").status == 0
    assert web.sent < len(web.files["/wide.parquet"]) / 4


def test_what_a_server_may_answer(gradcli, web):
    web.files = {"/forbidden.csv": 403, "/broken.csv": 500}
    faults = {
        "none": "there is no file {}",
        "forbidden": "{} cannot be read: 403 Forbidden",
        "broken": "{} cannot be read: 500 Internal Server Error",
    }
    for name, message in faults.items():
        url = f"{web.url}/{name}.csv"
        assert gradcli(f"map x {url}") == (2, "", f"error: {message.format(url)}\n")


def test_no_server(gradcli):
    pytest.importorskip("aiohttp")
    assert gradcli("map x http://127.0.0.1:9/t.csv") == (
        2, "", "error: http://127.0.0.1:9/t.csv cannot be read: Connect call failed ('127.0.0.1', 9)\n")  # fmt: skip
