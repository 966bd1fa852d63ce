"""Where the html5lib test data lies."""

from __future__ import annotations

import os
from pathlib import Path

import machine
import pytest

_REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CONSENTKIT_SHARED", _REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def html5lib_tests() -> Path:
    """The folder of the html5lib tests; without it tests skip, except on CI."""
    folder = SHARED / "data" / "html5lib-tests"
    if not folder.is_dir():
        machine.lacks(
            f"no html5lib-tests at {folder}; set CONSENTKIT_SHARED to the folder that holds data/html5lib-tests"
        )
    return folder
