"""What a test needs of the machine it runs on."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def lacks(what: str) -> NoReturn:
    """Skip the test because the machine lacks something; fail it where CI runs, for there nothing is skipped."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def chromium() -> str | None:
    """Return the Chromium that the system has: the headless shell rather than the whole, at half the work."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")
