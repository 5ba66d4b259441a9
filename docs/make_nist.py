"""Write the page of NIST's datasets, `reference/nist.md`: how `gradcli fit` does on each of them.

Run `python docs/make_nist.py` after a change to how fits are made; it takes some seconds.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from gradcli import lang
from gradcli.data.fitting.fit import Fit, fit
from gradcli.data.reading.tables import Arrays

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "nist.md"
DATA = ROOT / "tests" / "data" / "nist.json"

HEAD = """# Fits of NIST's reference datasets

The [Statistical Reference Datasets](https://www.itl.nist.gov/div898/strd) of the National Institute of Standards and
Technology are 27 problems of nonlinear regression with parameters and standard errors certified to eleven digits, and
two starts for each, one near and one far. Below is how many digits of them `gradcli fit` gives: the log relative
error of the worst parameter and of the worst standard error, at most 11, as no more are certified. This page is
written by `docs/make_nist.py`; the tests hold every fit to six digits of the parameters and four of the errors.

The residuals of Lanczos1, of 9e-14, are smaller than what rounding its data to doubles changes them by, so that no
fit of the rounded data agrees with the certified errors to more than 3.4 digits, which a computation with fifty
digits confirms.

| dataset | difficulty | parameters | digits of parameters, start 1 and 2 | digits of errors |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the text of the page."""
    return HEAD + "".join(row(name, facts) for name, facts in json.loads(DATA.read_text()).items())


def row(name: str, facts: dict[str, Any]) -> str:
    """Return the line about one dataset."""
    table = Arrays(dict(zip(facts["columns"], np.array(facts["rows"]).T, strict=True)))
    fits = [fit(lang.parse(facts["model"]), lang.parse(facts["response"]), table, start) for start in facts["starts"]]
    values, errors = (
        ", ".join(f"{worst(found, facts[key], field):.1f}" for found in fits)
        for key, field in (("certified", "value"), ("stderr", "stderr"))
    )
    return f"| {name} | {facts['difficulty']} | {len(facts['certified'])} | {values} | {errors} |\n"


def worst(found: Fit, certified: dict[str, float], field: str) -> float:
    """Return the least log relative error of a field of the parameters."""
    return min(
        min(11.0, -math.log10(max(abs(getattr(found.parameters[name], field) / value - 1), 1e-16)))
        for name, value in certified.items()
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
