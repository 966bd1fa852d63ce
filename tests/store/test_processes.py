"""Workers are processes: they share a log, and any of them may be killed at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from consentkit.manifest.model import Retention
from consentkit.records import merkle, open_records
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.entry import canonical, commitment

WRITER = Path(__file__).with_name("writer.py")


def worker(database: Path, count: int, at_once: int) -> subprocess.Popen[str]:
    """Start a worker."""
    command = [sys.executable, "-W", "error", str(WRITER), f"sqlite:///{database}", str(count), str(at_once)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check(database: Path, acknowledged: list[str]) -> int:
    """Assert that every acknowledged choice is where it was said to be, without gaps; return how many there are."""
    with sqlite3.connect(database) as db:
        rows = db.execute(
            'SELECT leaf."index", record_id, hash, payload, salt FROM leaf JOIN content USING ("index") ORDER BY 1'
        ).fetchall()
        kept = db.execute("SELECT position, hash FROM node WHERE level = 8 ORDER BY position").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert [index for index, *_ in rows] == list(range(len(rows)))
    assert all(commitment(salt, payload) == leaf for _, _, leaf, payload, salt in rows)
    leaves = [leaf for _, _, leaf, _, _ in rows]
    full = range(0, len(leaves) // 256 * 256, 256)
    assert [node for _, node in kept] == [merkle.root(leaves[first : first + 256]) for first in full]
    stored = {f"{index} {record_id} {leaf.hex()}" for index, record_id, leaf, _, _ in rows}
    assert set(acknowledged) <= stored
    assert len({record_id for _, record_id, *_ in rows}) == len(rows)
    return len(rows)


def test_four_workers_on_one_file(tmp_path: Path) -> None:
    """Four processes with 250 choices each: every one acknowledged, a gapless index, one root."""
    database = tmp_path / "c.db"
    workers = [worker(database, 250, 5) for _ in range(4)]
    acknowledged = [line for process in workers for line in process.communicate(timeout=120)[0].splitlines()]

    assert [process.returncode for process in workers] == [0, 0, 0, 0]
    assert len(acknowledged) == 1_000
    assert check(database, acknowledged) == 1_000


def kill_after(database: Path, lines: int, at_once: int) -> list[str]:
    """Run a worker until it has acknowledged so many choices, kill it, and return all it acknowledged."""
    with worker(database, 1_000_000, at_once) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().rstrip("\n") for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        # What it still managed to print was acknowledged too; the last line may have been cut.
        rest, _, _ = process.stdout.read().rpartition("\n")
    return acknowledged + rest.splitlines()


@pytest.mark.parametrize("at_once", [1, 16])
def test_a_killed_worker_loses_nothing(tmp_path: Path, at_once: int) -> None:
    """Whatever was acknowledged before SIGKILL is in the log, and the next worker goes on behind it."""
    database = tmp_path / "c.db"
    acknowledged: list[str] = []
    for lines in (1, 17, 60):
        acknowledged += kill_after(database, lines, at_once)
        size = check(database, acknowledged)

    records = open_records(f"sqlite:///{database}", retention=Retention())
    assert asyncio.run(records.consent_log.count()) == size
    asyncio.run(records.close())


@pytest.mark.slow
def test_many_kills(tmp_path: Path) -> None:
    """A hundred kills among two workers at a time lose none of what was acknowledged."""
    database = tmp_path / "c.db"
    acknowledged: list[str] = []
    for round_ in range(50):
        with worker(database, 1_000_000, 4) as other:
            acknowledged += kill_after(database, 5 + 7 * round_ % 40, 8)
            other.kill()
            assert other.stdout is not None
            acknowledged += other.stdout.read().rpartition("\n")[0].splitlines()
        check(database, acknowledged)


def test_exported_payloads_are_canonical(tmp_path: Path) -> None:
    """What lies in the file is the canonical text that the leaf commits to, so that an export can be checked."""
    database = tmp_path / "c.db"
    worker(database, 1, 1).communicate(timeout=60)
    records = open_records(f"sqlite:///{database}", retention=Retention())
    (entry,) = asyncio.run(records.consent_log.query(ConsentFilter())).items
    fields = {name: value for name, value in entry.as_dict().items() if name not in {"index", "leaf", "salt"}}
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT payload FROM content").fetchone() == (canonical(fields),)
    db.close()
