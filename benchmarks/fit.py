"""Fits of a million rows and five parameters, beside SciPy with a Jacobian written by hand.

All begin at the same start and stop at the same tolerance; who ends elsewhere than at the least sum of squares fails.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from .race import Command, Contender, Loop, Race, installed

ROWS = 1_000_000
MODEL = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5"
START = {"b1": 1.0, "b2": 2.0, "b3": 1.0, "b4": 0.1, "b5": 0.0}

DATA = """
import numpy as np, polars as pl
table = pl.read_parquet("PATH")
x, y = table["x"].to_numpy(), table["y"].to_numpy()
def judge(squares):
    assert abs(squares/2495.283835086 - 1) < 1e-11, squares
"""

OURS = f"""
from gradcli import lang
from gradcli.data.fitting import fit
from gradcli.data.reading import tables
model, response, origin = lang.parse({MODEL!r}), lang.parse("y"), {START}
def run():
    found = fit.fit(model, response, TABLE, origin)
    judge(found.residual_sd**2*found.degrees_of_freedom)
"""

SCIPY = f"""
from scipy.optimize import least_squares
def residuals(b):
    return b[0]*np.exp(-b[1]*x) + b[2]*np.exp(-b[3]*x) + b[4] - y
def jacobian(b):
    first, second = np.exp(-b[1]*x), np.exp(-b[3]*x)
    return np.stack([first, -b[0]*x*first, second, -b[2]*x*second, np.ones_like(x)], axis=1)
def run():
    close = 1e-12
    found = least_squares(
        residuals, {list(START.values())}, jacobian, method=METHOD, x_scale="jac", ftol=close, xtol=close, gtol=close
    )
    judge(2*found.cost)
"""

FILE = """
import sys
import polars as pl
table = pl.read_parquet(sys.argv[1])
x, y = table["x"].to_numpy(), table["y"].to_numpy()
"""

# A peer's time in units of ours: we may take three times as long.
BOUNDS = {"SciPy, lm": 1 / 3, "SciPy, trf": 1 / 3}


def races() -> Iterator[Race]:
    """Yield the race of functions on arrays and on a file, and that of whole processes on the file."""
    if not installed("polars", "scipy"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "data.parquet")
        _write(path)
        data = DATA.replace("PATH", path)
        scipy = {f"SciPy, {name}": data + SCIPY.replace("METHOD", repr(name)) for name in ("lm", "trf")}
        ours = {
            "gradcli, arrays": data + OURS.replace("TABLE", 'tables.Arrays({"x": x, "y": y})'),
            "gradcli, Parquet": data + OURS.replace("TABLE", f"tables.opened({path!r})"),
        }
        loops: dict[str, Contender] = {name: Loop(code) for name, code in (ours | scipy).items()}
        yield Race(f"Fit of {ROWS:,} rows and five parameters", loops, BOUNDS, rounds=7)
        start = ",".join(f"{name}={value}" for name, value in START.items())
        fit = Command("-m", "gradcli", "fit", MODEL, path, "--y", "y", "--start", start)
        scripts = {name: Command("-c", code + "run()") for name, code in scipy.items()}
        yield Race("The same as whole processes, from Parquet", {"gradcli fit": fit, **scripts}, BOUNDS, rounds=7)


def _write(path: str) -> None:
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, ROWS)
    y = 3 * np.exp(-1.3 * x) + 2 * np.exp(-0.2 * x) + 0.5 + 0.05 * rng.normal(size=ROWS)
    pl.DataFrame({"x": x, "y": y}).write_parquet(path)
