"""A worker is told to end while it is busy, once, twice, or for good: what was acknowledged is kept (T15)."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
from typing import TYPE_CHECKING

import pytest
from figures import figure, scale
from tests.reliability.site import Acknowledged, Host, Visitor, compare, host

if TYPE_CHECKING:
    from pathlib import Path

VISITORS = 12
QUEUE = 30
"""Lines that may wait for the browser log: few, so that it is full."""


async def choose_until_gone(site: Host, signals: list[signal.Signals], before: int) -> tuple[list[Acknowledged], int]:
    """Choose and browse until nobody answers any more; return the receipts, and how many pages came whole."""
    acknowledged: list[Acknowledged] = []
    pages = 0
    ended = asyncio.Event()

    async def visit(number: int) -> None:
        nonlocal pages
        visitor = Visitor(site.port)
        while not ended.is_set():
            pages += await visitor.page(f"/page/{number}")
            receipt = await visitor.choose()
            if receipt is not None:
                acknowledged.append(receipt)
        visitor.leave()

    visits = [asyncio.create_task(visit(number)) for number in range(VISITORS)]
    while len(acknowledged) < before:  # noqa: ASYNC110 - visitors know nothing of who waits
        await asyncio.sleep(0.005)
    for number in signals:
        site.signal(number) if number is not signal.SIGKILL else site.kill_a_worker()
        await asyncio.sleep(0.05)
    if signal.SIGKILL not in signals:
        await asyncio.to_thread(site.process.wait, 60)
    else:
        await asyncio.sleep(0.5)
    ended.set()
    await asyncio.gather(*visits)
    await asyncio.sleep(0)
    return acknowledged, pages


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "signals"),
    [
        ("SIGTERM", [signal.SIGTERM]),
        ("SIGTERM twice", [signal.SIGTERM, signal.SIGTERM]),
        ("SIGTERM, then SIGKILL", [signal.SIGTERM, signal.SIGKILL]),
    ],
)
def test_told_to_end(tmp_path: Path, name: str, signals: list[signal.Signals]) -> None:
    """Every acknowledged choice is in the log; page views that were dropped are counted, and the count is told."""
    turns, kept, lost, dropped, uncounted = scale(20, 1), 0, 0, 0, 0
    for turn in range(turns):
        folder = tmp_path / str(turn)
        folder.mkdir()
        url, errors = f"sqlite:///{folder}/c.db", folder / "errors.txt"
        with host(url, errors, workers=1, queue=QUEUE) as site:
            acknowledged, pages = asyncio.run(choose_until_gone(site, signals, 60))
        kept += len(acknowledged)
        found = compare(url, acknowledged)
        lost += found.lost + found.gaps + len(found.findings)
        with sqlite3.connect(folder / "c.browser.db") as db:
            (written,) = db.execute("SELECT count(*) FROM visit").fetchone()
        db.close()
        told = sum(map(int, re.findall(r"dropped (\d+) lines since", errors.read_text())))
        dropped += told
        # A page whose visitor was cut off may have been logged, too.
        uncounted += max(0, pages - written - told)

    counts = "" if signal.SIGKILL in signals else f", page views dropped {dropped}, of them not counted {uncounted}"
    figure(
        "T15",
        f"{name} under load, {turns} times: {kept:,} choices acknowledged, lost {lost}{counts}",
        bar="0, lost lines = counter",
    )
    assert lost == 0
    assert signal.SIGKILL in signals or uncounted == 0
