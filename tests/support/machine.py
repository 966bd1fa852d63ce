"""What a test needs of the machine it runs on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def lacks(what: str) -> NoReturn:
    """Skip the test because the machine lacks something; fail it where CI runs, for there nothing is skipped."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def starved() -> float:
    """Return the seconds so far that this thread was ready to run and had no core, or 0 where nobody counts them.

    Whoever measures how long something made it wait takes them off: that was the doing of other programs.
    """
    try:
        counted = Path("/proc/thread-self/schedstat").read_text("ascii")
    except OSError:
        return 0.0
    return int(counted.split()[1]) / 1e9


def chromium() -> str | None:
    """Return the Chromium that the system has: the headless shell rather than the whole, at half the work."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")
