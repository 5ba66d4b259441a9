"""The exceptions of gradcli, and the place in a text that they point at.

    GradcliError
    ├── UsageError         the command was called wrongly
    ├── ParseError         the text is not an expression
    ├── UnknownNameError   a name that nothing has given a meaning
    ├── EvaluationError    the expression could not be computed with these values
    ├── LimitError         a bound of the language was passed
    ├── DataError          a file or a value that could not be read
    └── GradientError      a gradient, or a formula for one, that is not right

The autograd layer raises what torch raises (`RuntimeError`, `ValueError`, `TypeError`, ...).
"""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of code points in a text."""

    start: int
    end: int

    def moved(self, by: int) -> Span:
        """Return the range so many code points further on."""
        return Span(self.start + by, self.end + by)


class Repair(NamedTuple):
    """What to write in place of a piece of a text."""

    span: Span
    text: str

    def mend(self, text: str) -> str:
        """Return the text with the repair made."""
        return text[: self.span.start] + self.text + text[self.span.end :]


class GradcliError(Exception):
    """What every error of gradcli is: a sentence, a place and a way out.

    `span` counts code points of `text`; `source` names that text (`"expression"`, `"--at x"`);
    `hint` is one line that says what to do instead, and `repair` does it, where that is certain enough.
    """

    kind = "error"

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        text: str | None = None,
        source: str = "expression",
        hint: str | None = None,
        repair: Repair | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.text = text
        self.source = source
        self.hint = hint
        self.repair = repair

    def located(self, text: str, source: str = "expression") -> GradcliError:
        """Say which text the span counts, unless that is known already."""
        if self.text is None:
            self.text, self.source = text, source
        return self


class UsageError(GradcliError):
    """The command was called wrongly."""

    kind = "usage"


class ParseError(GradcliError):
    """The text is not an expression."""

    kind = "syntax"


class UnknownNameError(GradcliError):
    """A name that nothing has given a meaning."""

    kind = "name"


class EvaluationError(GradcliError):
    """The expression could not be computed with these values."""

    kind = "evaluation"


class LimitError(GradcliError):
    """A bound of the language was passed."""

    kind = "limit"


class DataError(GradcliError):
    """A file or a value that could not be read."""

    kind = "data"


class GradientError(GradcliError, AssertionError):
    """A gradient, or a formula for one, that is not right."""

    kind = "gradient"
