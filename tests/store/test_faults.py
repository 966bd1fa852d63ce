"""A disk may be full, a folder read-only, a file locked: nothing false is acknowledged, and it passes."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import machine

if TYPE_CHECKING:
    from pathlib import Path

# Each program runs in a process of its own, because it takes something away from itself for good.
PRELUDE = """
import asyncio, os, resource, sys
sys.path.insert(0, {folder!r})
from writer import choice
from consentkit.errors import StoreUnavailableError
from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.browserlog import BrowserEntry
from consentkit.records.consentlog import ConsentFilter
records = open_records("sqlite:///{database}", retention=Retention())
"""

FULL = """
async def main():
    await records.start()
    acknowledged = [(await records.consent_log.append(choice(number))).record_id for number in range(5)]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    refused = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize({database!r}) + 20_000, hard))
    for number in range(200):
        try:
            acknowledged.append((await records.consent_log.append(choice(number))).record_id)
        except StoreUnavailableError:
            refused += 1
    records.browser_log.write(BrowserEntry(time=choice(0).time, address="-", method="GET", path="/" * 2000, status=200))
    assert refused, "the disk never was full"
    assert records.health()["consent_log"]["state"] == "degraded"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    acknowledged.append((await records.consent_log.append(choice(0))).record_id)
    await records.close()
    page = await records.consent_log.query(ConsentFilter(limit=1000))
    stored = [entry.record.record_id for entry in reversed(page.items)]
    assert stored == acknowledged, (len(stored), len(acknowledged))
    print(refused)
asyncio.run(main())
"""

READ_ONLY = """
async def main():
    os.chmod({folder_of_database!r}, 0o500)
    await records.start()
    try:
        await records.consent_log.append(choice(0))
    except StoreUnavailableError as error:
        assert "are writable" in str(error)
        print("refused")
    records.browser_log.write(BrowserEntry(time=choice(0).time, address="-", method="GET", path="/", status=200))
    await records.browser_log.flush()
    assert records.browser_log.dropped == 1
    await records.close()
asyncio.run(main())
"""


def obey_permissions() -> None:
    """Let the permissions of files bind root too, from the next exec on; for others they do anyway."""
    cap_dac_override, pr_capbset_drop = 1, 24
    ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0)


def run(program: str, database: Path) -> str:
    """Run a program in a process of its own and return what it printed."""
    values = {
        "folder": os.path.dirname(os.path.abspath(__file__)),  # noqa: PTH100, PTH120
        "database": str(database),
        "folder_of_database": str(database.parent),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", (PRELUDE + program).format(**values)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=obey_permissions,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_full_disk(tmp_path: Path) -> None:
    """While no byte more fits nothing is acknowledged; with space again it goes on, and the log holds just the rest."""
    assert int(run(FULL, tmp_path / "c.db")) > 0


def test_a_read_only_folder(tmp_path: Path) -> None:
    """Where nothing can be written choices are refused, with the remedy, and visits are counted as dropped."""
    if sys.platform != "linux":
        machine.lacks("drops a Linux capability, so that root obeys permissions too")
    assert run(READ_ONLY, tmp_path / "c.db") == "refused\n"
