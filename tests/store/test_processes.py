"""Workers are processes: they share a log, and any of them may be killed at any moment."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from tests.store.conftest import Stores

WRITER = Path(__file__).with_name("writer.py")


def worker(url: str, count: int, at_once: int) -> subprocess.Popen[str]:
    """Start a worker."""
    command = [sys.executable, "-W", "error", str(WRITER), url, str(count), str(at_once)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check(url: str, acknowledged: list[str]) -> int:
    """Assert that the log is whole and holds what was acknowledged, where it was said to be; return its size."""
    records = open_records(url, retention=Retention())

    async def archive() -> list[bytes]:
        lines = [line async for line in records.archive()]
        await records.close()
        return lines

    lines = asyncio.run(archive())
    report = verify(lines)
    entries = [json.loads(line) for line in lines if b'"index"' in line]
    stored = [f"{entry['index']} {entry['payload']['record_id']} {entry['leaf']}" for entry in entries]
    assert report.findings == []
    assert set(acknowledged) <= set(stored)
    assert len({entry["payload"]["record_id"] for entry in entries}) == len(entries)
    return len(entries)


def kill_after(url: str, lines: int, at_once: int) -> list[str]:
    """Run a worker until it has acknowledged so many choices, kill it, and return all it acknowledged."""
    with worker(url, 1_000_000, at_once) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().rstrip("\n") for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        # What it still managed to print was acknowledged too; the last line may have been cut.
        rest, _, _ = process.stdout.read().rpartition("\n")
    return acknowledged + rest.splitlines()


def test_four_workers_on_one_log(stores: Stores) -> None:
    """Four processes with 250 choices each: every one acknowledged, a gapless index, one root."""
    workers = [worker(stores.url, 250, 5) for _ in range(4)]
    acknowledged = [line for process in workers for line in process.communicate(timeout=240)[0].splitlines()]

    assert [process.returncode for process in workers] == [0, 0, 0, 0]
    assert len(acknowledged) == 1_000
    assert check(stores.url, acknowledged) == 1_000


@pytest.mark.parametrize("at_once", [1, 16])
def test_a_killed_worker_loses_nothing(stores: Stores, at_once: int) -> None:
    """Whatever was acknowledged before SIGKILL is in the log, and the next worker goes on behind it."""
    acknowledged: list[str] = []
    for lines in (1, 60):
        acknowledged += kill_after(stores.url, lines, at_once)
        assert check(stores.url, acknowledged) >= len(acknowledged)
