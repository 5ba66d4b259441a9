"""What all tests share: how hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import settings

# A deadline would time the machine rather than the code, and a run of CI must be repeatable.
settings.register_profile("gradcli", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("gradcli")
