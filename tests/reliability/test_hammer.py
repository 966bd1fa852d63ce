"""Four processes write one SQLite log for minutes, with erasures and checkpoints among them (T7)."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from figures import figure, scale
from tests.reliability import ledger
from tests.reliability.aftermath import look, missing

from consentkit.records.store.sqlite import durable

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 4
SECONDS = scale(600, 5)


@pytest.mark.slow
def test_four_processes(tmp_path: Path) -> None:
    """With the settings that this SQLite's version asks for, nothing that was acknowledged is lost."""
    used = durable()
    command = [sys.executable, ledger.__file__, str(tmp_path / "c.db"), used.journal, used.synchronous, "1000000000"]
    outputs = [tmp_path / f"{number}.out" for number in range(PROCESSES)]
    writers = []
    for output in outputs:
        with output.open("wb") as opened:
            writers.append(subprocess.Popen(command, stdout=opened))
    while not all(output.stat().st_size for output in outputs):
        time.sleep(0.05)
    time.sleep(SECONDS)
    for writer in writers:
        assert writer.poll() is None, "a writer ended by itself"
        writer.kill()
        writer.wait()
    said = {line for output in outputs for line in output.read_text().rpartition("\n")[0].splitlines()}
    stored, findings = look(tmp_path / "c.db")
    lost = missing(said, stored)

    figure(
        "T7",
        f"SQLite at {used.journal}+{used.synchronous}: {PROCESSES} processes for {SECONDS} s, {len(said):,} "
        f"acknowledgements, lost {len(lost)}, findings {len(findings)}",
        bar="4 processes, 10 min, 0",
    )
    assert said
    assert (lost, findings) == (set(), [])
