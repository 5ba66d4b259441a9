"""`gradcli fit`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from gradcli.cli import fit as cli_fit

polars = pytest.importorskip("polars")

MISRA = Path(__file__).parents[1] / "data" / "nist.json"
MODEL = '"y = b1*(1 - exp(-b2*x))"'
START = "--start b1=500,b2=1e-4"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    facts = json.loads(MISRA.read_text())["Misra1a"]
    with (tmp_path / "data.csv").open("w", newline="") as file:
        csv.writer(file).writerows([facts["columns"], *facts["rows"]])
    return tmp_path / "data.csv"


def test_text(gradcli, data):
    ran = gradcli(f"fit {MODEL} data.csv {START}")
    assert ran.status == 0 and ran.err == ""
    assert ran.out.startswith(
        "parameter  value                  std. error  95 % interval\n"
        "b1         238.9421291"
    )  # fmt: skip
    assert "\nresiduals   sd 0.1019, 12 degrees of freedom, 14 rows\nexplained   R2 0.999982, AIC " in ran.out
    assert "\ntrust       converged to a minimum in " in ran.out
    assert ran.out.endswith("correlation  b1\nb2           -0.999\n")


def test_json_and_its_use_as_a_point(gradcli, data, tmp_path):
    ran = gradcli(f"fit {MODEL} data.csv {START} --json")
    found = json.loads(ran.out)
    assert list(found) == [
        "command", "model", "y", "parameters", "correlation", "residual_sd", "r_squared", "aic", "bic", "rows",
        "degrees_of_freedom", "rank", "condition", "minimum", "converged", "evaluations", "notes",
    ]  # fmt: skip
    assert found["parameters"]["b1"]["value"] == pytest.approx(238.94212918, rel=1e-10)
    assert found["residual_sd"] == pytest.approx(0.1018787633, rel=1e-9)
    (tmp_path / "params.json").write_text(ran.out)
    value = float(gradcli('eval "b1*(1 - exp(-b2*x))" --at @params.json --at x=100 -q').out)
    assert value == pytest.approx(238.94212918 * (1 - np.exp(-0.055015643181)), rel=1e-9)


def test_bare(gradcli, data):
    assert [round(float(line), 6) for line in gradcli(f"fit {MODEL} data.csv {START} -q").out.split()] == [
        238.942129, 0.00055,
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet", "ndjson"])
def test_predictions(gradcli, data, tmp_path, form, monkeypatch):
    monkeypatch.setattr("gradcli.data.reading.tables.ROWS", 5)  # so that they are written in parts
    assert gradcli(f"fit {MODEL} data.csv {START} -o rows.{form}").status == 0
    rows = getattr(polars, f"read_{form}")(tmp_path / f"rows.{form}")
    assert rows.columns == ["x", "y", "predicted", "stderr", "residual"]
    np.testing.assert_allclose(rows["predicted"] + rows["residual"], rows["y"], rtol=1e-15)
    assert float(np.square(rows["residual"]).sum()) == pytest.approx(12 * 0.1018787633**2, rel=1e-8)


def test_predictions_have_names_of_their_own(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("residual,y\n1,1\n2,2\n3,4\n")
    refused = gradcli('fit "y = a*residual" t.csv --start a=1 -o rows.csv')
    assert refused == (
        2, "", "error: predictions have a column residual of their own\nhint: --columns other=residual renames it\n"
    )  # fmt: skip
    assert gradcli('fit "y = a*x" t.csv --start a=1 --columns x=residual -o rows.csv').status == 0
    assert (tmp_path / "rows.csv").read_text().startswith("x,y,predicted,stderr,residual\n")


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_picture(gradcli, data, tmp_path, form):
    pytest.importorskip("matplotlib")
    assert gradcli(f"fit {MODEL} data.csv {START} --plot fit.{form}").status == 0
    first = (tmp_path / f"fit.{form}").read_bytes()[:5]
    assert first == {"svg": b"<?xml", "png": b"\x89PNG\r", "pdf": b"%PDF-"}[form]


def test_columns_by_other_names_and_an_expression_as_response(gradcli, tmp_path):
    (tmp_path / "t.tsv").write_text("time\tload\n0\t1.0\n1\t2.7182818\n2\t7.3890561\n3\t\n")
    ran = gradcli('fit "a + b*t" t.tsv --y "log(load)" --start a=1,b=0 --columns t=time --json')
    found = json.loads(ran.out)
    assert found["parameters"]["b"]["value"] == pytest.approx(1.0, abs=1e-7)
    assert (found["rows"], found["notes"]) == (3, ["1 row with an empty cell left out"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", f"error: fit needs MODEL\nhint: try gradcli fit {MODEL} data.csv {START}\n"),
        (MODEL, f"error: fit needs DATA\nhint: try gradcli fit {MODEL} data.csv {START}\n"),
        ("y = b1*x data.csv --start b1=1", "error: fit takes 2 arguments, and got also \"b1*x\" data.csv\n"
                                           'hint: try gradcli fit "y = b1*x" data.csv --start b1=1\n'),
        (f"{MODEL} data.csv more", "error: fit takes 2 arguments, and got also more\nhint: try gradcli fit -h\n"),
        (f"{MODEL} data.csv", "error: a fit needs parameters to find\n"
                              f"hint: try gradcli fit {MODEL} data.csv --start b1=1,b2=1\n"),
        ("y=x data.csv", "error: a fit needs parameters to find\n"),
        (f"{MODEL} data.csv --start b1=500", "error: `b2` is no column and has no start\n  y = b1*(1 - exp(-b2*x))\n"
                                             "                   ^^\n"
                                             "hint: --start b2=1 makes it a parameter; the columns are y, x\n"),
        (f"{MODEL} data.csv {START},b3=1", "error: the model has no parameter `b3`\nhint: it reads b1, b2, x\n"),
        (f"{MODEL} data.csv {START} --at b2=1", "error: b2 has a start and a fixed value\n"
                                                "hint: leave out --start b2 or --at b2\n"),
        (f"{MODEL} data.csv {START} --y 'log(z)'", "error: `z` is no column\n  --y log(z)\n          ^\n"
                                                   "hint: the columns are y, x\n"),
        (f"{MODEL} data.csv {START} --sigma q", "error: `q` is no column\n  --sigma q\n          ^\n"
                                                "hint: the columns are y, x\n"),
        (f"{MODEL} data.csv {START} --sigma 0",
         "error: sigma is 0 in a row, and a standard deviation is positive\n"),
        (f"{MODEL} data.csv {START} --bounds b1=1:0",
         "error: --bounds b1 goes from 1.0 to 0.0: the lower end comes first\nhint: write --bounds b1=0:1\n"),
        (f"{MODEL} data.csv {START} --bounds b1=0:100",
         "error: --start b1=500 is not between the bounds of b1\nhint: start between 0 and 100\n"),
        ("'y = sqrt(b1)*x' data.csv --start b1=-1",
         "error: at the start the model is nan where x = 77.6\nhint: choose another --start, or --multistart 20\n"),
        ("b1*x data.csv --start b1=1", "error: which column is the model to give?\n"
                                       'hint: say it by --y, or write the model as "y = ..."\n'),
        (f"{MODEL} none.csv {START}", "error: there is no file none.csv\n"),
        (f"{MODEL} data.csv {START} -o no/out.csv", "error: no/out.csv cannot be written: there is no folder no\n"),
        (f"{MODEL} data.csv {START} -o data.csv", "error: -o data.csv would overwrite an input\n"),
        (f"{MODEL} data.csv {START} --columns x=speed", "error: the table has no column speed\nhint: it has y, x\n"),
        (f"{MODEL} data.csv {START} --bounds b3=0:1", "error: --bounds b3: the fit has no parameter b3\n"),
        (f"{MODEL} data.csv {START} --bounds b1=0:inf --method lm",
         "error: --method lm has no bounds\nhint: use --method trf, or no --method\n"),
        ("'y = b1*z' data.csv --start b1=1", "error: `z` is no column and has no start\n  y = b1*z\n         ^\n"
                                             "hint: --start z=1 makes it a parameter; the columns are y, x\n"),
        ("'y = b1*mean(x)' data.csv --start b1=1",
         "error: `mean` takes more than one number, and each row is evaluated for itself\n"
         "  y = b1*mean(x)\n         ^^^^^^^\nhint: write the expression of one row\n"),
    ],
)  # fmt: skip
def test_messages(gradcli, data, line, message):
    assert gradcli(f"fit {line}") == (2, "", message)


def test_a_pipe_is_read_once(gradcli, data):
    text = data.read_text() + ",3\n"
    found = json.loads(gradcli(f"fit {MODEL} - {START} --json -o rows.csv", text).out)
    assert found["notes"] == ["1 row with an empty cell left out"]
    assert found["parameters"]["b1"]["value"] == pytest.approx(238.94212918, rel=1e-10)
    assert len((data.parent / "rows.csv").read_text().splitlines()) == 15
    refused = gradcli("fit 'y = sqrt(b1)*x' - --start b1=-1", text)
    assert refused.err.startswith("error: at the start the model is nan where x = 77.6\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n2,six\n", "error: t.csv, row 2: `six` in column y is not a number\n"
                              "hint: correct the cell, or empty it: a row with an empty cell is left out\n"),
        ("x,y\n1,2\n2,4,5\n", "error: t.csv, row 2 has 3 cells, and the table has 2 columns\n"
                              "hint: a cell with a comma in it should stand in quotes\n"),
        ("x,y\n1,\n,2\n", "error: 0 rows cannot determine 1 parameter\n"
                          "hint: rows with an empty cell are left out: 2\n"),
        ("x;y\n1;2\n2;4\n", "error: `x` is no column and has no start\n  y = a*x\n        ^\n"
                            "hint: --start x=1 makes it a parameter; the columns are 'x;y'\n"),
    ],
)  # fmt: skip
def test_messages_about_the_table(gradcli, tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    assert gradcli('fit "y = a*x" t.csv --start a=1') == (2, "", message)


def test_a_long_fit_says_on_a_terminal_how_far_it_is(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    for patience, shown in ((3600.0, ""), (0.0, "\r3 evaluations, sum of squares 1.5\x1b[K\r\x1b[K")):
        monkeypatch.setattr(cli_fit, "_PATIENCE", patience)
        with cli_fit._progress() as watch:
            watch(3, 1.5)
        assert stream.getvalue() == shown


def test_an_existing_file_needs_force(gradcli, data, tmp_path):
    (tmp_path / "rows.csv").write_text("precious")
    refused = gradcli(f"fit {MODEL} data.csv {START} -o rows.csv")
    assert refused == (2, "", "error: -o rows.csv is there already\nhint: --force writes over it\n")
    assert (tmp_path / "rows.csv").read_text() == "precious"
    assert gradcli(f"fit {MODEL} data.csv {START} -o rows.csv --force").status == 0


@pytest.mark.parametrize(
    ("line", "note"),
    [
        (f"{MODEL} --start b1=500,b2=1", "the search has not converged: try another --start, or --multistart 20"),
        ("'y = b1*b2*x' --start b1=500,b2=1",
         "the data do not determine b1 and b2: hold 1 of them fixed by --at, or try another --start"),
        ("'y = b1*x + 0*b2' --start b1=500,b2=1",
         "the data do not determine b2: hold it fixed by --at, or try another --start"),
        ("'y = 9*sin(b1*x)' --start b1=0 --at x=0",
         "the data do not determine b1: hold it fixed by --at, or try another --start"),
    ],
)  # fmt: skip
def test_what_is_not_found_is_a_no(gradcli, data, line, note):
    model, _, rest = line.rpartition(" --start")
    ran = gradcli(f"fit {model} data.csv --start {rest}")
    assert ran.status == 1
    assert f"note: {note}\n" in ran.err


def test_what_cannot_be_known_is_said_in_words(gradcli, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,2\n")
    ran = gradcli('fit "y = a + b*x" t.csv --start a=1,b=0 --digits 3')
    assert ran.out.splitlines()[1].split() == ["a", "2", "unknown"]
    assert "residuals   sd unknown, 0 degrees of freedom, 2 rows\nexplained   R2 unknown, AIC " in ran.out
    assert ran.err == "note: there are as many parameters as rows: nothing is left to tell errors by\n"


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ("--at q=1", "--at q is not used: the model has no variable q"),
        ("--at x=100", "--at x takes the place of the column x"),
        ("--bounds b1=300:600", "b1 ended at a bound, where standard errors mean little"),
    ],
)
def test_notes(gradcli, data, options, note):
    found = json.loads(gradcli(f"fit {MODEL} data.csv {START} {options} --json").out)
    assert note in found["notes"]
