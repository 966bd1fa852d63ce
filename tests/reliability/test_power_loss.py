"""The power goes at any moment: of what was not synced any part may be lost, of what was acknowledged nothing (T2)."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from figures import figure, scale
from tests.reliability import ledger
from tests.reliability.aftermath import look, missing
from tests.reliability.disk import CALLS, Call, Disk, read_trace

from consentkit.errors import ConsentKitError
from consentkit.records.store.sqlite import durable, wal_is_safe

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("strace")]

BEFORE = 78
"""Groups before the trace, about 240 leaves: in the trace a subtree of 256 becomes complete."""

VARIANTS = 6
"""How often the dice say what is kept, at one moment."""


class Tally(NamedTuple):
    """What came of the states that were tried."""

    states: int
    corrupt: int
    lost: int


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(path): path.read_bytes() for path in folder.iterdir()}


def traced(folder: Path, journal: str, synchronous: str, groups: int) -> tuple[Disk, list[Call]]:
    """Run a worker; return the disk before and what the worker did to it."""
    disk, trace = folder / "disk", folder / "trace"
    disk.mkdir()
    worker = [sys.executable, str(ledger.__file__), str(disk / "c.db"), journal, synchronous]
    subprocess.run([*worker, str(BEFORE)], check=True, stdout=subprocess.DEVNULL, timeout=120)
    before = Disk(disk, contents(disk))
    # Strings whole and in hexadecimal, descriptors with the paths they stand for.
    options = ["-f", "-qq", "-y", "-xx", "-s1000000", f"-o{trace}", f"-etrace={CALLS}"]
    subprocess.run(["strace", *options, *worker, str(groups)], check=True, stdout=subprocess.DEVNULL, timeout=300)
    return before, read_trace(trace, disk)


def lose_power(folder: Path, journal: str, synchronous: str, wanted: int) -> Tally:
    """Cut the power after every call of a worker, in several ways, and look at each state that can come of it."""
    disk, calls = traced(folder, journal, synchronous, max(16, wanted // 60))
    dice, seen, acknowledged = random.Random(2), set[bytes](), set[str]()
    corrupt = lost = 0
    # More than every second state is one that was tried already.
    tried_calls = set(dice.sample(range(len(calls)), min(len(calls), wanted * 2 // 5)))
    for number, call in enumerate(calls):
        if call.name == "acknowledge":
            acknowledged |= set(call.data.decode().splitlines())
        else:
            disk.follow(call)
        for state in disk.states(dice, VARIANTS) if number in tried_calls else ():
            identity = hashlib.sha256(repr((sorted(state.items()), len(acknowledged))).encode()).digest()
            if identity in seen:
                continue
            seen.add(identity)
            outcome = _try(folder, state, acknowledged)
            corrupt += outcome == "corrupt"
            lost += outcome == "lost"
    assert len(seen) >= wanted, "the worker did too little to make so many states"
    return Tally(len(seen), corrupt, lost)


def _try(folder: Path, state: dict[str, bytes], acknowledged: set[str]) -> str:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for path, data in state.items():
            (Path(name) / Path(path).name).write_bytes(data)
        try:
            stored, findings = look(Path(name) / "c.db")
        except (ConsentKitError, sqlite3.Error):
            return "corrupt"
    if findings:
        return "corrupt"
    return "lost" if missing(acknowledged, stored) else "well"


@pytest.mark.parametrize("settings", [("DELETE", "EXTRA"), ("WAL", "FULL")])
def test_nothing_acknowledged_is_lost(memory: Path, settings: tuple[str, str]) -> None:
    """With either of the settings that the consent log uses, every state is whole and has all that was acknowledged."""
    journal, synchronous = settings
    found = lose_power(memory, journal, synchronous, scale(2_000, 60))

    used = " (used here)" if (durable().journal, durable().synchronous) == settings else ""
    figure(
        "T2",
        f"crash states at {journal}+{synchronous}{used}: {found.states:,}, corrupt {found.corrupt}, lost {found.lost}",
        bar="≥2,000, 0, 0",
    )
    assert (found.corrupt, found.lost) == (0, 0)
    assert durable().journal == ("WAL" if wal_is_safe() else "DELETE")


@pytest.mark.parametrize("settings", [("WAL", "NORMAL"), ("DELETE", "FULL")])
def test_the_harness_can_fail(memory: Path, settings: tuple[str, str]) -> None:
    """With settings that promise less, the same power cuts do lose what was acknowledged."""
    journal, synchronous = settings
    found = lose_power(memory, journal, synchronous, scale(600, 60))

    figure(
        "T2",
        f"the same at {journal}+{synchronous}, to see that it can fail: {found.states:,}, corrupt or lost "
        f"{found.corrupt + found.lost:,}",
        bar=">0",
    )
    assert found.corrupt + found.lost > 0
