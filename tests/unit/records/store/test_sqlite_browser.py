"""What only the SQLite store of the browser log promises: small steps, and space that is used again."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from consentkit.records.store.base import VisitRow
from consentkit.records.store.sqlite import MARGIN
from consentkit.records.store.sqlite_browser import SqliteBrowserStore

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000_000_000


def row(time: int) -> VisitRow:
    """Make a row."""
    return VisitRow(
        NOW + time, "203.0.0.0/16", "GET", "/", 200, None, "fr", "FR", "Firefox", "153", "Linux", "desktop", False
    )


def rows(path: Path) -> int:
    """Count the rows in the file, blank ones among them."""
    with sqlite3.connect(path) as db:
        (count,) = db.execute("SELECT count(*) FROM visit").fetchone()
    db.close()
    return int(count)


def test_a_sweep_is_cut_into_steps(tmp_path: Path) -> None:
    """One step takes no more rows than it may, oldest first, so that a writer waits for one step at most."""
    store = SqliteBrowserStore(tmp_path / "b.db")
    store.insert([row(time) for time in range(10)])

    assert [store.sweep(horizon=NOW + 6, now=0, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    store.close()


def test_blank_rows_are_deleted_behind_a_margin(tmp_path: Path) -> None:
    """Blank rows go once a margin of them lies before the first row that isn't; their space is used again."""
    store = SqliteBrowserStore(tmp_path / "b.db")
    store.insert([row(time) for time in range(3_000)])
    for _ in range(3):
        store.sweep(horizon=NOW + 2_499, now=0, limit=2_500)
    assert rows(tmp_path / "b.db") == 500 + MARGIN

    for _ in range(3):
        store.sweep(horizon=NOW + 3_000, now=0, limit=2_500)
    store.insert([row(4_000)])
    store.close()
    assert rows(tmp_path / "b.db") == 1 + MARGIN + 1
