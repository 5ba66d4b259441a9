"""`gradcli explore`: a page about an expression, to be stepped through and moved."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from ..errors import DataError
from . import output, point
from .command import Given, command, option, shared

if TYPE_CHECKING:
    from ..views.explore import Page


@command(
    "explore",
    *shared("xa"),
    option("-o", "output", metavar="FILE", help="Write the page to this .html file; else to a temporary one."),
    option("--serve", is_flag=True, help="Serve the page on this machine, for expressions typed into it."),
    *shared("s"),
    option("--json", "json", is_flag=True, help="Print what the page holds as one JSON object, and write none."),
    examples=(
        'gradcli explore "x**2*exp(x)" --at x=1 -o page.html',
        'gradcli explore "y = w*x; y*sin(y)" --at w=2,x=0.5 -o page.html',
    ),
)  # fmt: skip
def run(given: Given) -> None:
    """A page that steps through an expression at a point, forward and back.

    EXPR is an expression; `-` reads it from standard input. The page is one file that needs no network. It
    opens in a browser where this runs in a terminal; else its path is printed.
    """
    view = page(given)
    if given.json:
        given.output = None
        output.show(view, given)
    elif given.serve:
        from .serve import serve

        serve(given, view)
    else:
        _write(given, view)


def page(given: Given) -> Page:
    """Evaluate the expression of a command, and gather what its page shows."""
    from ..views import explore
    from ..views.recording import RecordedPoint, Run

    given.dtype = "float64"
    where = point.evaluate(given, wrt=None, make=RecordedPoint)
    return explore.page(Run(where.point), where.shown, where.unused)


def _write(given: Given, view: Page) -> None:
    """Write the page, say where, and open it where somebody is looking."""
    import webbrowser

    from ..render import diagnostic
    from ..render import page as drawing

    path = given.output or os.path.join(tempfile.mkdtemp(prefix="gradcli-"), "page.html")
    text = drawing.draw(view)
    output.write(path, partial(_save, text))
    if sys.stdout is None:
        raise DataError("standard output is closed")
    sys.stdout.write(f"{path}\n")
    if view.notes:
        sys.stdout.flush()
        diagnostic.warn(view.notes)
    if sys.stdout.isatty():
        webbrowser.open("file://" + os.path.realpath(path))


def _save(text: str, file: BinaryIO) -> None:
    file.write(text.encode())
