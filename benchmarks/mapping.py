"""`gradcli map` over ten million rows, beside polars and DuckDB, which compute formulas derived by hand."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from .race import Command, Race, installed

ROWS = 10_000_000

POLARS = """
import sys, polars as pl
scan, sink = pl.scan_{form}, pl.LazyFrame.sink_{form}
x, y = pl.col("x"), pl.col("y")
e = (x * y).exp()
value, d_x, d_y = x * x * e, 2 * x * e + x * x * y * e, x * x * x * e
sink(scan(sys.argv[1]).select(value.alias("value"), d_x.alias("d_x"), d_y.alias("d_y")), sys.argv[2])
"""

DUCKDB = """
import sys, duckdb
e = "exp(x*y)"
duckdb.sql(
    f"copy (select x*x*{{e}} as value, 2*x*{{e}} + x*x*y*{{e}} as d_x, x*x*x*{{e}} as d_y from '{{sys.argv[1]}}')"
    f" to '{{sys.argv[2]}}' (format {form})"
)
"""

BOUNDS = {"polars": 1 / 1.15}


# Writes the table in a process of its own: the peak memory of a child counts from that of its parent.
TABLE = """
import sys, numpy as np, polars as pl
x, y = np.random.default_rng(0).uniform([[-2], [-1]], [[2], [1]], (2, int(sys.argv[2])))
getattr(pl.DataFrame({{"x": x, "y": y}}), "write_{form}")(sys.argv[1])
"""

BOUNDS = {"polars": 1 / 1.15}

# In memory, where there is such a place: map waits until the disk has its file, and the others do not.
PLACE = "/dev/shm" if os.path.isdir("/dev/shm") else None


def races() -> list[Race]:
    """Return the races from Parquet to Parquet, and from CSV to CSV."""
    if not installed("polars"):
        return []
    folder = Path(tempfile.mkdtemp(prefix="mapping-", dir=PLACE))
    atexit.register(shutil.rmtree, folder)
    return [_race(folder, "parquet"), _race(folder, "csv")]


def _race(folder: Path, form: str) -> Race:
    paths = str(folder / f"data.{form}"), str(folder / f"out.{form}")
    Command("-c", TABLE.format(form=form), paths[0], str(ROWS)).time(1)
    contenders = {
        "gradcli map": Command("-m", "gradcli", "map", "x*x*exp(x*y)", paths[0], "-o", paths[1], "--force", "-q"),
        "polars": Command("-c", POLARS.format(form=form), *paths),
    }
    if installed("duckdb"):
        contenders["duckdb"] = Command("-c", DUCKDB.format(form=form), *paths)
    absent = () if installed("duckdb") else ("duckdb",)
    title = f"x*x*exp(x*y) and two partials, {ROWS:,} rows of {form}"
    return Race(title, contenders, BOUNDS, rounds=7, absent=absent)
