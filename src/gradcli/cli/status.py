"""How the command ends."""

from __future__ import annotations

DONE = 0
NO = 1  # the answer to what was asked is no
FAILED = 2  # the request could not be carried out
INTERRUPTED = 130
CLOSED_PIPE = 141
