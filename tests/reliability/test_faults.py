"""Every single call by which the consent log reaches its disk may fail, or be the last one (T3).

The method is Tessera's (integration/fault/posix): count the calls of an undisturbed run, then run once for each call
and fault. A filter on the paths keeps the faults to the log's own files.
"""

from __future__ import annotations

import collections
import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from figures import FULL, figure
from tests.reliability import starter
from tests.reliability.aftermath import look, missing
from tests.reliability.disk import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS = ("error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL")
GROUPS = 8
SAMPLE = 3
"""How many places of each call to try outside `make reliability`."""


class Starter:
    """Runs workers under a debugger that makes one of their calls fail."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, database: Path, inject: str | None) -> tuple[set[str], str]:
        """Run one worker; return what it acknowledged and the trace."""
        trace, output = database.with_suffix(".trace"), database.with_suffix(".out")
        worker = int(self._ask(f"{database} {GROUPS} {output}"))
        # The folder itself is synced when a journal is deleted.
        paths = [f"-P{database.parent}", *(f"-P{database}{suffix}" for suffix in ("", "-journal", "-wal", "-shm"))]
        options = ["-f", "-qq", f"-o{trace}", f"-etrace={CALLS}", *paths]
        options += [f"-einject={inject}"] if inject else []
        with subprocess.Popen(["strace", *options, f"-p{worker}"]) as debugger:
            while "TracerPid:\t0\n" in Path(f"/proc/{worker}/status").read_text():
                assert debugger.poll() is None, "strace could not attach"
                time.sleep(0.001)
            assert self._ask("go") == "ended"
        # A line that was cut by a kill was not acknowledged to anybody.
        said = output.read_text().rpartition("\n")[0].splitlines()
        return set(said), trace.read_text(errors="replace")

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture(params=["DELETE EXTRA", "WAL FULL"])
def starting(request: pytest.FixtureRequest, strace: None) -> Iterator[Starter]:
    """Start what starts the workers, for either way the consent log is kept."""
    command = [sys.executable, starter.__file__, *request.param.split()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield Starter(process)
        assert process.stdin is not None
        process.stdin.close()


def counted(trace: str) -> collections.Counter[str]:
    """Count the calls of the busiest thread, for strace counts them by thread."""
    calls = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", trace, re.MULTILINE))
    most: collections.Counter[str] = collections.Counter()
    for (_, name), count in calls.items():
        most[name] = max(most[name], count)
    return most


def false_acknowledgements(database: Path, said: set[str]) -> set[str]:
    """Open what the fault left with a new worker; return what was acknowledged and isn't so."""
    if not database.exists():
        return said
    stored, findings = look(database)
    assert findings == []
    return missing(said, stored)


@pytest.mark.slow
def test_every_call_with_every_fault(starting: Starter, memory: Path, request: pytest.FixtureRequest) -> None:
    """Wherever a call fails in whatever way, what was acknowledged is there, the log is whole, and it goes on."""
    said, trace = starting.run(memory / "clean.db", None)
    counts = counted(trace)
    assert len(said) == 22
    assert min(counts["pwrite64"], counts["fdatasync"]) > 10
    runs = points = injected = wrong = 0
    for call, count in counts.items():
        places = range(1, count + 1) if FULL else range(1, count + 1, max(1, count // SAMPLE))
        points += len(places)
        for place in places:
            for fault in FAULTS if FULL else (FAULTS[(place + runs) % len(FAULTS)],):
                database = memory / f"{runs}.db"
                said, trace = starting.run(database, f"{call}:{fault}:when={place}")
                runs += 1
                injected += "(INJECTED)" in trace or "killed by SIGKILL" in trace
                wrong += len(false_acknowledgements(database, said))
                for left in memory.glob(f"{database.stem}.*"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(left)  # noqa: PTH108
    setting = request.node.callspec.params["starting"].replace(" ", "+")
    figure(
        "T3",
        f"SQLite {setting}: {points} injection points, {runs:,} runs with EIO, ENOSPC, EINTR or SIGKILL "
        f"({injected:,} took effect), inconsistent 0, false acknowledgements {wrong}",
        bar="every call x 4 faults, 0, 0",
    )
    # Choices that commit together make fewer calls than those of the undisturbed run; the last places then don't exist.
    assert injected > runs / 2
    assert wrong == 0
