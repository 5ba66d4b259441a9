"""The colours of pictures, on light and on dark paper.

The hues are those of Okabe and Ito, which the colour-blind tell apart; no colour says what a form does not say
as well: variables are ellipses, what is folded is a stack, and beside data gradients flow along dashed lines.
"""

from __future__ import annotations

from typing import NamedTuple


class Ink(NamedTuple):
    """A fill, the line around it, and the text inside."""

    fill: str
    line: str
    text: str


class Palette(NamedTuple):
    """The colours of a picture: of its shapes by kind, of the paper, of quiet text, of both kinds of arrows."""

    paper: str
    shapes: dict[str, Ink]
    quiet: str
    forward: str
    backward: str


LIGHT = Palette(
    paper="#ffffff",
    shapes={
        "operation": Ink("#eef4fb", "#5b86b8", "#16283d"),
        "fold": Ink("#fdf3e1", "#b98a3e", "#3d2c0d"),
        "variable": Ink("#d9f1e7", "#0b8a66", "#073b2c"),
        "constant": Ink("#ececec", "#8a8a8a", "#2e2e2e"),
    },
    quiet="#5d6b7a",
    forward="#5d6b7a",
    backward="#b2470a",
)

DARK = Palette(
    paper="#0f1620",
    shapes={
        "operation": Ink("#1a2b40", "#6d9bd1", "#e3edf8"),
        "fold": Ink("#3a2c12", "#d3a352", "#f8ead0"),
        "variable": Ink("#0d3b2e", "#2fb98f", "#d8f6ec"),
        "constant": Ink("#2c3036", "#8f98a3", "#e4e6e9"),
    },
    quiet="#9fb0c2",
    forward="#8fa3b8",
    backward="#f0925a",
)
