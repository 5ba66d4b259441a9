"""The recipe of CONTRIBUTING.md, followed to the letter, gives an operation that works everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"

# Runs in a process of its own: the registry of this one must not know the operation.
FOLLOW = """
import math, sys
import gradcli.ops.elementary as family
exec(sys.stdin.read(), vars(family))
from gradcli import Expression
f = Expression.parse("softsign(x)")
value, grad = f.value_and_grad(x=-0.5)
assert math.isclose(value, -1 / 3, rel_tol=1e-15), value
assert math.isclose(grad["x"], 4 / 9, rel_tol=1e-15), grad
"""


def test_the_recipe_for_an_operation_works() -> None:
    [recipe] = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), flags=re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", FOLLOW], input=recipe, capture_output=True, encoding="utf-8", timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
