"""A short run of what ``make fuzz`` does for as long as one likes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import machine
import pytest


@pytest.mark.slow
def test_nothing_escapes_and_no_cut_matters() -> None:
    """Twenty thousand pages from a fixed seed, Chromium's and html5lib's parsers as judges; most pages give work."""
    if machine.chromium() is None:
        machine.lacks("no Chromium on this machine; try: apt-get install chromium")
    here = Path(__file__).parent
    finished = subprocess.run(
        [sys.executable, str(here / "run.py"), "--pages", "20000", "--seed", "20261122"],
        env={**os.environ, "PYTHONPATH": str(here.parent / "support")},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    print(finished.stdout)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    alive = re.search(r"alive in (\d+)%", finished.stdout)
    assert alive is not None
    assert int(alive[1]) > 50
