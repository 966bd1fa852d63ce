"""Expired and erased means gone: not one byte is left in any file of the store."""

from __future__ import annotations

import random
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.store.conftest import Stores


pytestmark = pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
"""PostgreSQL's files are searched in test_postgres.py."""

NOW = 1_790_000_000_000_000
"""September 2026 in microseconds."""


def left(folder: Path, markers: list[str]) -> list[str]:
    """Return the markers that some file still contains."""
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    return [marker for marker in markers if marker.encode() in content]


@pytest.mark.requirement("R41")
@pytest.mark.parametrize("seed", range(3))
def test_expired_visits_are_gone(stores: Stores, row: Callable[..., Any], tmp_path: Path, seed: int) -> None:
    """After a sweep no file holds anything of the expired rows, however they lay between the others."""
    dice = random.Random(seed)
    store = stores.browser()
    markers = [f"marker{secrets.token_hex(8)}" for _ in range(300)]
    for marker in markers:
        texts = dict.fromkeys(("address", "referrer", "browser", "language", "platform", "device"), marker)
        old = row(time=NOW + dice.randrange(100), path=f"/{marker}" + "x" * dice.randrange(300), **texts)
        young = [row(time=NOW + 1_000 + dice.randrange(100), path="/" + "é" * dice.randrange(300)) for _ in range(5)]
        rows = [old, *young]
        dice.shuffle(rows)
        store.insert(rows)
    store.close()
    assert left(tmp_path, markers) == markers

    while store.sweep(horizon=NOW + 500, now=0, limit=70):
        pass
    store.finish_sweep()
    store.close()

    assert left(tmp_path, markers) == []


@pytest.mark.parametrize("seed", range(3))
def test_erased_records_are_gone(
    stores: Stores, entry: Callable[..., Any], note: Any, tmp_path: Path, seed: int
) -> None:
    """Erasing one subject leaves no trace of subject, record or payload, in the table, its indexes or the journal."""
    dice = random.Random(seed)
    store = stores.consent()
    subjects = [secrets.token_urlsafe(16) for _ in range(400)]
    records: dict[str, list[str]] = {subject: [] for subject in subjects}
    for _ in range(10):
        batch = []
        for subject in dice.sample(subjects, 200):
            record_id = secrets.token_hex(16)
            records[subject].append(record_id)
            filler = "y" * dice.randrange(600)
            text = f'{{"purposes":["analytics"],"x":"{record_id}{filler}{subject}"}}'
            batch.append(entry(subject=subject, record_id=record_id, payload=text, time=NOW + dice.randrange(10**6)))
        store.append(batch, year=2026)
    erased, kept = subjects[:150], [subject for subject in subjects[150:] if records[subject]]
    for subject in erased:
        store.erase(horizon=None, subject=subject, now=0, limit=1_000, year=2026, note=note)
    store.finish_sweep()
    store.close()

    assert left(tmp_path, erased + [one for subject in erased for one in records[subject]]) == []
    assert left(tmp_path, kept) == kept


def test_expired_records_are_gone(stores: Stores, entry: Callable[..., Any], note: Any, tmp_path: Path) -> None:
    """Expiry takes payload and salt out of the file and leaves the leaf in it."""
    store = stores.consent()
    given = [entry(time=NOW + n, salt=b"salt%028d" % n, subject=f"subject-{n:09}") for n in range(500)]
    places = store.append(given, year=2026)
    while store.erase(horizon=NOW + 299, subject=None, now=0, limit=64, year=2026, note=note):
        pass
    store.finish_sweep()
    store.close()
    content = (tmp_path / "c.db").read_bytes()

    assert not [new for new in given[:300] if new.salt in content or str(new.subject).encode() in content]
    assert all(new.salt in content for new in given[300:])
    assert all(place.leaf in content for place in places)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_log_in_use_keeps_nothing(stores: Stores, row: Callable[..., Any], tmp_path: Path, seed: int) -> None:
    """Over months of visits that come and expire, no file ever holds anything of what expired, and space is reused."""
    dice = random.Random(seed)
    store = stores.browser()
    markers: dict[str, int] = {}
    now = horizon = NOW
    for _ in range(150):
        rows = []
        for _ in range(dice.randrange(120)):
            marker = f"marker{secrets.token_hex(8)}"
            markers[marker] = now + dice.randrange(-50, 50)
            path = f"/{marker}" + "é" * dice.choice([0, 5, 50, dice.randrange(3_000)])
            rows.append(row(time=markers[marker], path=path, referrer=dice.choice([None, marker])))
        store.insert(rows)
        now += 100
        horizon = now - 3_000
        while store.sweep(horizon=horizon, now=0, limit=64):
            pass
    store.finish_sweep()
    store.close()
    expired = [marker for marker, time in markers.items() if time <= horizon]
    with sqlite3.connect(tmp_path / "c.browser.db") as db:
        rows_left = db.execute("SELECT count(*) FROM visit").fetchone()[0]
    db.close()

    assert left(tmp_path, expired) == []
    assert rows_left < len(markers) - len(expired) + 2_000
