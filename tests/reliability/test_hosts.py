"""Several workers on several hosts share one log (T8)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from figures import figure, scale
from tests.reliability.site import Acknowledged, Host, Visitor, compare, host

if TYPE_CHECKING:
    from pathlib import Path

    from postgresql import Cluster

WORKERS = 4
VISITORS = 24


async def choose(hosts: list[Host], choices: int) -> list[Acknowledged]:
    """Let visitors of all hosts choose at once, each choice once."""
    acknowledged: list[Acknowledged] = []
    left = iter(range(choices))

    async def visit(site: Host) -> None:
        visitor = Visitor(site.port)
        for _ in left:
            receipt = await visitor.choose()
            assert receipt is not None, "a choice was not acknowledged though nothing was wrong"
            acknowledged.append(receipt)
        visitor.leave()

    await asyncio.gather(*(visit(hosts[number % len(hosts)]) for number in range(VISITORS)))
    # What was cut off last is closed with the next turn of the loop.
    await asyncio.sleep(0)
    return acknowledged


@pytest.mark.slow
def test_two_hosts_of_four_workers(cluster: Cluster, tmp_path: Path) -> None:
    """Eight uvicorn workers in two groups append to one PostgreSQL: no gap, no duplicate, one root."""
    url, choices = cluster.database(), scale(50_000, 400)
    with host(url, tmp_path / "1.txt", workers=WORKERS) as one, host(url, tmp_path / "2.txt", workers=WORKERS) as two:
        began = time.monotonic()
        acknowledged = asyncio.run(choose([one, two], choices))
        seconds = time.monotonic() - began
    found = compare(url, acknowledged)

    figure(
        "T8",
        f"PostgreSQL, 4 workers on each of 2 hosts: {len(acknowledged):,} choices, gaps {found.gaps}, duplicates "
        f"{found.duplicates}, lost {found.lost}; {choices / seconds:,.0f} choices/s",
        bar="50,000, 0, 0, 0",
    )
    assert len(acknowledged) == found.stored == choices
    assert (found.lost, found.gaps, found.duplicates, found.findings) == (0, 0, 0, [])
