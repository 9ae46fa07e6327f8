"""What all tests share: examples may take their time, since a busy machine is no fault of the code."""

from __future__ import annotations

import os

from hypothesis import settings

# Hypothesis's own profile for continuous integration draws the same examples every time.
settings.register_profile("onrecord", settings.get_profile("ci" if os.environ.get("CI") else "default"), deadline=None)
settings.load_profile("onrecord")
