"""How large text is, before anybody has drawn it.

All text is set in a monospaced font, whichever the reader has: their letters are at most 0.62 em wide.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ..views.layout import Size
from .sketch import Link, Shape

FONTS = "'Source Code Pro',ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

# Sizes in pixels: of a title and of all else, how wide a letter is in em, and from line to line.
TITLE, TEXT, LETTER, LINE = 13.0, 12.0, 0.62, 17.0
# Around the rows of a shape; between its forward part and its part for the way back; below a label.
PAD_X, PAD_Y, BETWEEN, BELOW = 12.0, 8.0, 9.0, 4.0
# How far the second card of a stack stands out.
STACK = 4.0
# Between the two arrows of a link that goes both ways, and from the middle of a link to the text beside it.
LANES, BESIDE = 8.0, 10.0


def width(text: str, size: float = TEXT) -> float:
    """Return at least the width of a text; East Asian letters take two places."""
    places = sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
    return places * size * LETTER


def height(shape: Shape) -> float:
    """Return the height of the rows of a shape."""
    return LINE * (len(shape.rows) + len(shape.back)) + (BETWEEN if shape.back else 0.0)


def size(shape: Shape) -> Size:
    """Return how large a shape must be for its rows: an ellipse is as wide as each of them needs at its height."""
    rows = [width(row.text, TITLE if row.style == "title" else TEXT) for row in [*shape.rows, *shape.back]]
    tall = height(shape)
    if shape.kind not in ("variable", "constant"):
        more = STACK if shape.kind == "fold" else 0.0
        return Size(max(rows) + 2 * PAD_X + more, tall + 2 * PAD_Y + more)
    high = 1.3 * tall + 2 * PAD_Y
    wide = max(_reach(row, middle, high) for row, middle in zip(rows, middles(shape), strict=True))
    return Size(wide + PAD_X, high, round=True)


def _reach(row: float, middle: float, high: float) -> float:
    """Return how wide an ellipse must be to hold a row around that height."""
    farthest = (abs(middle) + LINE / 2) / (high / 2)
    return row / (1 - farthest**2) ** 0.5


def middles(shape: Shape) -> list[float]:
    """Return the height of the middle of each row, from the middle of its shape."""
    start = (LINE - height(shape)) / 2
    own = [start + LINE * place for place in range(len(shape.rows))]
    return own + [start + BETWEEN + LINE * (len(own) + place) for place in range(len(shape.back))]


def label(link: Link, down: bool) -> tuple[Size, float]:
    """Return the size of what is written on a link, and where its wire passes that, from its middle.

    Text stands above a wire, and that of the way back below where there are two; beside a wire that goes down.
    """
    texts = [text for text in (link.forward, link.backward) if text]
    if not texts:
        return Size(0.0, 0.0), 0.0
    wide, high = max(map(width, texts)), LINE * len(texts)
    if down:
        return Size(wide + BESIDE, high), 0.0
    if not both(link):
        return Size(wide, high), high / 2
    return Size(wide, high + LANES), (bool(link.forward) - bool(link.backward)) * LINE / 2


def both(link: Link) -> bool:
    """Tell whether a link has arrows both ways."""
    return link.forward is not None and link.backward is not None


def ports(links: Sequence[Link]) -> float:
    """Return how far apart wires end at a box."""
    return 12.0 + (LANES + 2 if any(map(both, links)) else 0.0)
