"""The running site erases by itself what has expired, and one worker does it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.browserlog import BrowserEntry

if TYPE_CHECKING:
    from tests.store.conftest import Stores

WORKERS = 3
ROWS = 40
RETENTION = Retention.model_validate({"browser_log": "2 months", "consent_log": "5 years"})


async def expire(url: str, *, days: int) -> int:
    """Log page views of some days ago; return how many were dropped."""
    records = open_records(url, retention=RETENTION)
    for number in range(ROWS):
        time = datetime.now(UTC) - timedelta(days=days)
        records.browser_log.write(
            BrowserEntry(time=time, address=f"10.{number}.0.0/16", method="GET", path="/", status=200)
        )
    await records.browser_log.flush()
    dropped = records.browser_log.dropped
    await records.close()
    return dropped


def test_of_several_workers_one_sweeps(stores: Stores) -> None:
    """Three start at once: the expired rows are erased, once, and all three know of it."""
    assert asyncio.run(expire(stores.url, days=100)) == 0
    command = [sys.executable, str(Path(__file__).with_name("sweeping_worker.py")), stores.url]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [worker.communicate(timeout=120) for worker in workers]

    assert [error for _, error in answers if error] == []
    assert "".join(said for said, _ in answers) == f"swept {ROWS}\n"
