"""Functions that a language lacks, with NumPy's meaning to the last case: which of them a program carries.

Those of C and JavaScript are in `helpers_c` and `helpers_js`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

# Of (1 + 2x)*erfcx(x), in Chebyshev polynomials of (x - 3.75)/(x + 3.75) (Shepherd and Laframboise 1981).
ERFCX = """\
1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189,
-0.026658668435305753, 0.009074997670705265, -0.002413163540417608, 0.0004907758365258086,
-6.916973302501207e-05, 4.13902798607301e-06, 7.74038306619849e-07, -2.1886401049234397e-07,
1.076499946567091e-08, 4.521959811218287e-09, -7.754400208831351e-10, -6.318088340886684e-11,
2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17"""

PYTHON = {
    "scatter": """\
def scatter(values, shape, key):
    out = np.zeros(shape)
    out[key] = values
    return out""",
}


def needed(functions: Mapping[str, str], text: str) -> Iterator[str]:
    """Yield the functions that a text calls, and those that they call, each after those."""
    called: set[str] = set()
    for name, source in reversed(list(functions.items())):
        if re.search(rf"(?<![.\w]){name}\(", text):
            called.add(name)
            text += source
    yield from (source for name, source in functions.items() if name in called)


def words(*texts: str) -> frozenset[str]:
    """Return the words of some texts: names that a variable is better not given."""
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))
