"""Every single call by which the consent log reaches its disk may fail, or be the last: nothing false is acknowledged.

The method is Tessera's (integration/fault/posix): count the calls of an undisturbed run, then run once for each call
and fault. A filter on the paths keeps the faults to the log's own files.
"""

from __future__ import annotations

import asyncio
import collections
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.verify import verify

CALLS = ("pwrite64", "fdatasync", "unlink", "openat")
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
CHOICES = 3
PLACES = int(os.environ.get("CONSENTKIT_FAULT_PLACES", "8"))
"""How many places of each call to try, evenly spread; 1000 tries them all and takes an hour."""
WRITER = Path(__file__).with_name("writer.py")


def traced(database: Path, inject: str | None) -> tuple[list[str], str]:
    """Run a worker under strace; return what it acknowledged and the trace."""
    trace = database.with_suffix(".trace")
    # The folder itself is synced when a journal is deleted.
    paths = [f"-P{database.parent}", *(f"-P{database}{suffix}" for suffix in ("", "-journal", "-wal", "-shm"))]
    options = ["-f", "-qq", f"-o{trace}", f"-etrace={','.join(CALLS)}", *paths]
    if inject:
        options.append(f"-einject={inject}")
    command = ["strace", *options, sys.executable, str(WRITER), f"sqlite:///{database}", str(CHOICES), "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert inject or not done.returncode, done.stderr
    # A line that was cut by a kill was not acknowledged to anybody.
    return done.stdout.rpartition("\n")[0].splitlines(), trace.read_text(errors="replace")


def check(database: Path, acknowledged: list[str]) -> None:
    """Assert that a new worker finds a whole log with everything that was acknowledged, and can go on."""
    records = open_records(f"sqlite:///{database}", retention=Retention())

    async def look() -> tuple[list[bytes], list[str]]:
        page = await records.consent_log.query(ConsentFilter(limit=1_000))
        lines = [line async for line in records.archive()]
        await records.close()
        return lines, [f"{entry.index} {entry.record.record_id} {entry.leaf}" for entry in page.items]

    lines, stored = asyncio.run(look())
    assert verify(lines).findings == []
    assert set(acknowledged) <= set(stored)
    assert len(stored) <= CHOICES


def counted(trace: str) -> collections.Counter[str]:
    """Count the calls of the busiest thread, for strace counts them by thread."""
    calls = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", trace, re.MULTILINE))
    most: collections.Counter[str] = collections.Counter()
    for (_, name), count in calls.items():
        most[name] = max(most[name], count)
    return most


@pytest.fixture
def strace(tmp_path: Path) -> None:
    """Skip where processes can't be traced."""
    usable = shutil.which("strace") and not subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode
    if not usable:
        message = "strace is missing or may not trace; install it, and allow ptrace"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.mark.usefixtures("strace")
def test_one_fault_of_each_kind(tmp_path: Path) -> None:
    """A failing sync, a full disk, a kill before the journal goes: none costs what was acknowledged."""
    for number, inject in enumerate(
        ("fdatasync:error=EIO:when=4", "pwrite64:error=ENOSPC:when=20", "unlink:signal=KILL:when=3")
    ):
        database = tmp_path / f"{number}.db"
        acknowledged, trace = traced(database, inject)
        assert "(INJECTED)" in trace or "killed by SIGKILL" in trace
        check(database, acknowledged)


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_every_call_with_every_fault(tmp_path: Path, call: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever a call fails in whatever way, what was acknowledged is there and the log is whole."""
    acknowledged, trace = traced(tmp_path / "clean.db", None)
    assert len(acknowledged) == CHOICES
    count = counted(trace)[call]
    assert count
    places = range(1, count + 1, max(1, count // PLACES))
    for place in places:
        database = tmp_path / f"{place}.db"
        acknowledged, _ = traced(database, f"{call}:{fault}:when={place}")
        if database.exists():
            check(database, acknowledged)
        else:
            assert acknowledged == []
    with capsys.disabled():
        print(f"{call} {fault}: {len(places)} of {count} places, 0 false acknowledgements")
