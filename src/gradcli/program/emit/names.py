"""Names that another language accepts: made of a variable's name, but only of letters that all languages know.

>>> names = Names({"lambda"})
>>> names.of("x"), names.of("lambda"), names.of("σ_1"), names.of("X"), names.new("t")
('x', 'lambda_', 'sigma_1', 'X', 't1')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count

_LIMIT = 40


class Names:
    """The names of a program: each one new, and none of those that the language keeps for itself."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.taken = set(reserved)
        self.given: set[str] = set()
        self._numbers = count(1)

    def of(self, wanted: str) -> str:
        """Return a name as close to the one wanted as can be."""
        name = _ascii(wanted)
        while name in self.taken:
            name += "_"
        return self.take(name)

    def new(self, letter: str) -> str:
        """Return the next of `t1`, `t2`, ... that is free."""
        return self.take(next(name for i in self._numbers if (name := f"{letter}{i}") not in self.taken))

    def take(self, name: str) -> str:
        """Give a name away."""
        self.taken.add(name)
        self.given.add(name)
        return name

    def __contains__(self, text: str) -> bool:
        return text in self.given


def _ascii(name: str) -> str:
    """Spell a name in ASCII: Greek letters by their names, whatever else is no letter by `_`."""
    made = re.sub(r"\W", "_", "".join(_letters(name)), flags=re.ASCII)[:_LIMIT]
    return made if made[:1].isalpha() else f"v{made}"


def _letters(name: str) -> Iterator[str]:
    for letter in name:
        known = unicodedata.name(letter, "")
        if letter.isascii():
            yield letter
        elif greek := re.match(r"GREEK (SMALL|CAPITAL) LETTER (\w+)$", known):
            yield greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
        else:
            yield unicodedata.normalize("NFKD", letter)[0]
