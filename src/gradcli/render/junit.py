"""Verdicts as JUnit's XML, which the programs that run a project's tests read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO
from xml.etree import ElementTree

from ..views.check import Check
from . import check
from .check import WORDS
from .look import Look, plain

# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def save(name: str, done: Sequence[tuple[Check, float]], file: BinaryIO) -> None:
    """Write test cases: a failure is a disagreement, an error what could not be judged."""
    verdicts = [each.verdict for each, _ in done]
    suite = ElementTree.Element(
        "testsuite", name=_clean(name), tests=str(len(done)), failures=str(verdicts.count("disagrees")),
        errors=str(verdicts.count("unjudged")), time=f"{sum(seconds for _, seconds in done):.3f}",
    )  # fmt: skip
    for each, seconds in done:
        label = _clean(each.name or each.expression)
        case = ElementTree.SubElement(suite, "testcase", classname=_clean(name), name=label, time=f"{seconds:.3f}")
        kind = {"disagrees": "failure", "unjudged": "error"}.get(each.verdict)
        if kind is not None:
            lines = [each.expression, *(plain(line) for line in check.draw(each, Look()))]
            told = ElementTree.SubElement(case, kind, message=WORDS[each.verdict])
            told.text = _clean("\n".join(lines))
    ElementTree.indent(suite)
    file.write(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True) + b"\n")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
