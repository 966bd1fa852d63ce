"""Workers and servers are killed while visitors choose: what was acknowledged is in the log (T1)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from figures import figure, scale
from tests.reliability.site import Acknowledged, Host, Visitor, compare, host

if TYPE_CHECKING:
    from collections.abc import Callable

    from postgresql import Cluster

VISITORS = 16
WORKERS = 2


def backends(server: int) -> list[int]:
    """Return the server's processes that serve a worker of ours."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ours = (folder / "stat").read_text().rpartition(")")[2].split()[1] == str(server)
            if ours and b" test_" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def kill_a_backend(cluster: Cluster) -> None:
    """Kill a process that serves a connection; the server then starts all of them anew."""
    with contextlib.suppress(ProcessLookupError, IndexError):
        os.kill(random.choice(backends(cluster.process())), signal.SIGKILL)


def restart(cluster: Cluster) -> None:
    """Stop the server without letting it write anything more, and start it."""
    cluster.stop("immediate")
    cluster.start()


async def choose_and_kill(site: Host, kills: int, choices: int, disturb: Callable[[int], bool]) -> list[Acknowledged]:
    """Let visitors choose, and disturb them after every few choices, until there were enough of both."""
    acknowledged: list[Acknowledged] = []
    done = 0

    async def visit() -> None:
        visitor = Visitor(site.port)
        while done < kills or len(acknowledged) < choices:
            receipt = await visitor.choose()
            if receipt is None:
                await asyncio.sleep(0.01)
            else:
                acknowledged.append(receipt)
        visitor.leave()

    visits = [asyncio.create_task(visit()) for _ in range(VISITORS)]
    while done < kills:
        target = len(acknowledged) + random.randrange(2 * choices // kills)
        # A worker may be gone before anything more is acknowledged: that is a moment to kill the next one, too.
        for _ in range(100):
            if len(acknowledged) >= target:
                break
            await asyncio.sleep(0.005)
        done += await asyncio.to_thread(disturb, done)
    await asyncio.gather(*visits)
    # What was cut off last is closed with the next turn of the loop.
    await asyncio.sleep(0)
    return acknowledged


@pytest.mark.slow
def test_kills(kind: str, url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Workers are killed among their choices, and of PostgreSQL the backends and the whole server."""
    kills, choices = scale(500, 12), scale(10_000, 240)

    with host(url, tmp_path / "errors.txt", workers=WORKERS) as site:

        def disturb(number: int) -> bool:
            if kind == "postgresql" and number % 25 == 24:
                restart(request.getfixturevalue("cluster"))
            elif kind == "postgresql" and number % 5 == 3:
                kill_a_backend(request.getfixturevalue("cluster"))
            else:
                return site.kill_a_worker()
            return True

        acknowledged = asyncio.run(choose_and_kill(site, kills, choices, disturb))
    found = compare(url, acknowledged)

    figure(
        "T1",
        f"{kind}: {kills:,} kills, {len(acknowledged):,} choices acknowledged, lost {found.lost}, gaps {found.gaps}, "
        f"committed and never acknowledged {found.stored - len(acknowledged):,}",
        bar="≥500, ≥10,000, 0, 0",
    )
    assert len(acknowledged) >= choices
    assert (found.lost, found.gaps, found.duplicates, found.findings) == (0, 0, 0, [])
