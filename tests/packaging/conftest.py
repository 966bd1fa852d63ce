"""The checkout, and a wheel built from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that git keeps, and those about to be added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return [path for name in listing.stdout.split("\0") if name and (path := CHECKOUT / name).is_file()]


@pytest.fixture(scope="session")
def build_wheel() -> Callable[[Path], Path]:
    """Return a function that builds the wheel into a folder, as `make wheel` does, and gives its path."""

    def build(folder: Path) -> Path:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        (wheel,) = folder.glob("*.whl")
        return wheel

    return build


@pytest.fixture(scope="session")
def wheel(build_wheel: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One wheel for the tests that only read it."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))
