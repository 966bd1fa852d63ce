"""What is counted, what is told of it, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import StoreUnavailableError
from consentkit.records.browserlog import as_stored
from consentkit.records.retention import horizon
from consentkit.records.statistics import Statistics
from consentkit.records.store.sqlite_statistics import SqliteStatisticsStore

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Any]
NOON = datetime(2026, 8, 31, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStatisticsStore:
    """An empty store."""
    return SqliteStatisticsStore(tmp_path / "c.statistics.db")


@pytest.fixture
def statistics(store: SqliteStatisticsStore, clock: Any) -> Statistics:
    """Statistics of one worker."""
    return Statistics(store, clock=clock)


def see(statistics: Statistics, *entries: Any, source: str | None = None, asked: bool = False) -> None:
    for entry in entries:
        statistics.view(as_stored(entry), source=source, asked=asked)
    statistics.flush()


def told(statistics: Statistics, measure: str, dimension: str, month: str = "2026-08") -> dict[str, int | None]:
    rows = statistics.report(month, month)
    found = [row for row in rows if (row.measure, row.dimension) == (measure, dimension)]
    return {row.value or row.period: row.count for row in found}


def test_visits_are_told_by_one_thing_at_a_time(statistics: Statistics, visit: Make) -> None:
    """Twelve visitors of one country, fifteen of another, each by country, browser and page; bots aren't counted."""
    for number in range(27):
        country, browser = ("FR", "Firefox") if number < 12 else ("DE", "Chrome")
        entry = visit(address=f"10.{number}.0.0/16", country=country, browser=browser, path="/a?x=1")
        see(statistics, entry, source="search.example")
    see(statistics, visit(bot=True), visit(status=404))

    assert told(statistics, "visits", "country") == {"DE": 15, "FR": 12}
    assert told(statistics, "visits", "browser") == {"Chrome": 15, "Firefox": 12}
    assert told(statistics, "visits", "entry") == {"/a": 27}
    assert told(statistics, "views", "page") == {"/a": 27}
    assert told(statistics, "visits", "referrer") == {"search.example": 27}
    assert told(statistics, "visits", "total")["2026-08"] == 27


def test_several_workers_see_one_visit(store: SqliteStatisticsStore, clock: Any, tmp_path: Path, visit: Make) -> None:
    """The day's key and the open visits are shared, so each page of a visit may come to another worker."""
    other = SqliteStatisticsStore(tmp_path / "c.statistics.db")
    workers = [Statistics(store, clock=clock), Statistics(other, clock=clock)]
    for number in range(20):
        see(workers[number % 2], *(visit(address=f"10.{visitor}.0.0/16") for visitor in range(10)))

    assert told(workers[0], "visits", "total")["2026-08"] == 10
    assert told(workers[1], "visits", "pages") == {"10 or more": 10}


def test_choices_are_counted_by_language_country_and_purpose(statistics: Statistics, visit: Make) -> None:
    """The funnel: shown, accepted, refused; a purpose is told where those who didn't allow it are ten too."""
    see(statistics, *(visit(address=f"10.{n}.0.0/16") for n in range(40)), asked=True)
    for number in range(30):
        action, allowed = ("accepted", ("analytics",)) if number < 15 else ("refused", ())
        statistics.choice(action, time=NOON, language="fr", country=None, allowed=allowed)
    statistics.flush()

    assert told(statistics, "shown", "language") == {"fr": 40}
    assert told(statistics, "accepted", "language") == {"fr": 15}
    assert told(statistics, "refused", "country") == {"unknown": 15}
    assert told(statistics, "allowed", "purpose") == {"analytics": 15}
    assert told(statistics, "accepted", "total")["2026-08-31"] == 15


def test_days_under_ten_are_not_told(statistics: Statistics, visit: Make) -> None:
    """Neither are the seconds of so few visits, and a larger day is left out so that the total gives nothing back."""
    for day, visitors in ((1, 3), (2, 12), (3, 20)):
        time = NOON.replace(day=day)
        for n in range(visitors):
            entry = visit(address=f"10.{n}.0.0/16", time=time)
            see(statistics, entry, visit(address=f"10.{n}.0.0/16", time=time + timedelta(seconds=90)))
    visits, seconds = told(statistics, "visits", "total"), told(statistics, "seconds", "total")

    assert [visits[f"2026-08-0{day}"] for day in (1, 2, 3, 4)] == [None, None, 20, 0]
    assert [seconds[f"2026-08-0{day}"] for day in (1, 2, 3, 4)] == [None, None, 1800, 0]
    assert (visits["2026-08"], seconds["2026-08"]) == (35, 3150)


def test_the_key_of_a_day_is_destroyed(
    statistics: Statistics, store: SqliteStatisticsStore, clock: Any, tmp_path: Path, visit: Make
) -> None:
    """After the day neither worker nor file holds its key or the tokens of its visits."""
    see(statistics, visit(time=clock()))
    key = statistics._key[1]
    assert key is not None
    assert store.day_key(int(clock().timestamp()) // 86_400, b"x" * 32) == key

    clock.advance(days=1)
    statistics.forget()
    statistics.sweep(horizon=-(1 << 62))
    store.close()

    assert statistics._key[1] is None
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key not in content


def test_what_is_rare_goes_with_the_browser_log(
    statistics: Statistics, store: SqliteStatisticsStore, clock: Any, tmp_path: Path, retention: Any, visit: Make
) -> None:
    """Once the log's first lines of a month expire, no file holds a value that was counted less than ten times."""
    see(statistics, *(visit(address=f"10.{n}.0.0/16", path="/often", time=clock()) for n in range(12)))
    see(statistics, visit(path="/reset/marker-of-one-person", time=clock()), source="marker.example")
    clock.advance(days=70)
    statistics.sweep(horizon(retention.browser_log, clock()))
    store.close()

    assert b"marker" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert told(statistics, "views", "page") == {"other": 13}
    assert {cell.value: n for cell, n in store.counts("2026-08", "2026-08").items() if cell.dimension == "page"} == {
        "/often": 12,
        "other": 1,
    }


def test_counts_go_after_25_months(
    statistics: Statistics, store: SqliteStatisticsStore, clock: Any, visit: Make
) -> None:
    """The month that is 25 months old stays, the one before it goes."""
    see(statistics, visit(time=NOON))
    clock.now = datetime(2028, 9, 30, tzinfo=UTC)
    statistics.sweep(horizon=-(1 << 62))
    assert store.counts("2026-08", "2026-08")
    clock.now = datetime(2028, 10, 1, tzinfo=UTC)
    statistics.sweep(horizon=-(1 << 62))
    assert not store.counts("2026-08", "2026-08")


def test_paths_that_don_t_exist_can_t_fill_the_disk(statistics: Statistics, store: Any, visit: Make) -> None:
    """A worker tells a thousand values of a month apart; the others are counted as one."""
    see(statistics, *(visit(path=f"/{n}") for n in range(1_200)))

    pages = {cell.value: n for cell, n in store.counts("2026-08", "2026-08").items() if cell.dimension == "page"}
    assert len(pages) == 1_001
    assert pages["other"] == 200


def test_choices_wait_for_a_store_that_is_down(statistics: Statistics, store: Any, monkeypatch: Any) -> None:
    """They are counted once it is back."""
    broken = StoreUnavailableError("down")

    def fail(*_: Any) -> None:
        raise broken

    with monkeypatch.context() as patch:
        patch.setattr(store, "update", fail)
        statistics.choice("accepted", time=NOON, language="fr", country="FR", allowed=())
        statistics.flush()
    for _ in range(9):
        statistics.choice("accepted", time=NOON, language="fr", country="FR", allowed=())
    statistics.flush()

    assert told(statistics, "accepted", "language") == {"fr": 10}
