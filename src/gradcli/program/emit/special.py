"""Special functions: how languages spell those that programs call as a whole, where they have them at all.

SciPy's ufuncs go by their own names, and an operation that was not taken apart by the operation's. C has some of
them in its library, and JavaScript none: what is missing is in `helpers`.
"""

from __future__ import annotations

from collections.abc import Callable

from ..primitives import Spelling
from ..ssa import Instruction


def _named(name: str) -> str:
    return rf"\operatorname{{{{{name}}}}}\left({{0}}\right)"


_TABLE: dict[str, dict[str, str]] = {
    "erf": {"c": "erf({0})", "js": "erf({0})", "latex": _named("erf")},
    "erfc": {"python": "special.erfc({0})", "c": "erfc({0})", "js": "erfc({0})", "latex": _named("erfc")},
    "erfcx": {"c": "erfcx({0})", "js": "erfcx({0})", "latex": _named("erfcx")},
    "erfinv": {"latex": r"\operatorname{{erf}}^{{-1}}\left({0}\right)"},
    "ndtr": {"python": "special.ndtr({0})", "c": "ndtr({0})", "js": "ndtr({0})", "latex": r"\Phi\left({0}\right)"},
    "gamma": {"python": "special.gamma({0})", "c": "tgamma({0})", "js": "gamma({0})",
              "latex": r"\Gamma\left({0}\right)"},
    "lgamma": {"python": "special.gammaln({0})", "c": "gammaln({0})",
               "latex": r"\ln\left|\Gamma\left({0}\right)\right|"},
    "psi": {"c": "digamma({0})", "js": "digamma({0})", "latex": r"\psi\left({0}\right)"},
    "beta": {"python": "special.beta({0}, {1})", "c": "beta({0}, {1})",
             "latex": r"\mathrm{{B}}\left({0}, {1}\right)"},
    "_zeta": {"python": "special.zeta({0}, {1})", "c": "zeta({0}, {1})", "js": "zeta({0}, {1})",
              "latex": r"\zeta\left({0}, {1}\right)"},
    "i0": {"latex": r"I_{{0}}\left({0}\right)"},
    "i1": {"latex": r"I_{{1}}\left({0}\right)"},
}  # fmt: skip


def spelled_in(column: str) -> Callable[[Instruction], Spelling | None]:
    """Return the function that finds a language's spelling of an instruction."""

    def find(instruction: Instruction) -> Spelling | None:
        is_plain = instruction.function is not None and not instruction.facts
        template = _TABLE.get(instruction.name, {}).get(column) if is_plain else None
        return Spelling(template) if template else None

    return find
