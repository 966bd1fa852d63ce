"""A row expires on the calendar day its retention says, and one worker removes it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.duration import Duration
from consentkit.errors import ConfigurationError, StoreUnavailableError
from consentkit.records.moments import from_micros, to_micros
from consentkit.records.retention import Sweeper, check_retention, horizon
from consentkit.records.store.sqlite_browser import SqliteBrowserStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RETENTIONS = ["2 months", "6 months", "13 months", "5 years", "1 day", "30 days", "90 minutes", "1 month"]
moments = st.datetimes(datetime(1995, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def utc(*parts: int) -> datetime:
    """Return a moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@given(st.sampled_from(RETENTIONS), moments, st.timedeltas(timedelta(days=-4), timedelta(days=4)))
def test_nothing_outlives_its_deadline(text: str, written: datetime, around: timedelta) -> None:
    """What has reached its deadline is behind the horizon, and what is a day from it never is."""
    retention = Duration.parse(text)
    deadline = retention.after(written)
    assert deadline is not None
    hidden = to_micros(written) <= horizon(retention, deadline + around)

    if around >= timedelta(0):
        assert hidden
    if around < timedelta(days=-1):
        assert not hidden


@pytest.mark.parametrize(
    ("text", "written", "readable", "expired"),
    [
        ("2 months", utc(2026, 6, 30, 12), utc(2026, 8, 30, 11, 59, 59), utc(2026, 8, 30, 12)),
        ("2 months", utc(2025, 12, 31, 12), utc(2026, 2, 28, 11, 59, 59), utc(2026, 2, 28, 12)),
        ("2 months", utc(2027, 12, 31, 12), utc(2028, 2, 29, 11, 59, 59), utc(2028, 2, 29, 12)),
        ("6 months", utc(2026, 8, 31, 1), utc(2027, 2, 28, 0, 59, 59), utc(2027, 2, 28, 1)),
        ("5 years", utc(2024, 2, 29, 6), utc(2029, 2, 28, 5, 59, 59), utc(2029, 2, 28, 6)),
        # The night Europe's clocks go forward has 23 hours of local time and no effect here.
        ("1 day", utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 29, 59), utc(2026, 3, 29, 1, 30)),
    ],
)
def test_deadlines_on_the_calendar(text: str, written: datetime, readable: datetime, expired: datetime) -> None:
    """Month ends, leap days and changes of the clock: readable a second before the deadline, expired at it."""
    retention = Duration.parse(text)

    assert to_micros(written) > horizon(retention, readable)
    assert to_micros(written) <= horizon(retention, expired)


def test_before_anything_expired() -> None:
    """A clock near 1970 hides nothing."""
    assert horizon(Duration.parse("5 years"), utc(1972, 1, 1)) < to_micros(utc(1, 1, 1))


def test_horizon_in_words() -> None:
    """Two months before 31 August is 30 June: that whole day has expired by the hour of now."""
    assert from_micros(horizon(Duration.parse("2 months"), utc(2026, 8, 31, 12))) == utc(
        2026, 6, 30, 23, 59, 59, 999999
    )


@pytest.mark.parametrize("text", ["session", "persistent until cleared"])
def test_no_period_is_refused(text: str) -> None:
    """A retention without an end would never expire anything, so it is refused by name."""
    with pytest.raises(ConfigurationError, match=r"retention\.browser_log: .* write e\.g\. '2 months'"):
        check_retention("browser_log", Duration.parse(text))


@pytest.fixture
def lease(tmp_path: Path) -> SqliteBrowserStore:
    """A store that keeps the lease."""
    return SqliteBrowserStore(tmp_path / "b.db")


def test_one_worker_sweeps(lease: SqliteBrowserStore, clock: Callable[[], datetime]) -> None:
    """While one worker sweeps no other does."""
    seen: list[int | None] = []

    def sweep(_pause: Callable[[float], None]) -> int:
        seen.append(Sweeper(lease, lambda _: 0, clock=clock).turn())
        return 3

    assert Sweeper(lease, sweep, clock=clock).turn() == 3
    assert seen == [None]


def test_a_sweep_lasts_an_hour(lease: SqliteBrowserStore, clock: object) -> None:
    """After a sweep none is due for an hour, for any worker, and then one is."""
    one, other = (Sweeper(lease, lambda _: 1, clock=clock) for _ in range(2))  # type: ignore[arg-type]

    assert one.turn() == 1
    clock.advance(minutes=59)  # type: ignore[attr-defined]
    assert (one.turn(), other.turn()) == (None, None)
    clock.advance(minutes=1)  # type: ignore[attr-defined]
    assert (other.turn(), one.turn()) == (1, None)


def test_a_worker_that_died_is_replaced(lease: SqliteBrowserStore, clock: object) -> None:
    """The lease of a worker that was killed while it swept runs out."""

    def killed(_pause: Callable[[float], None]) -> int:
        raise SystemExit

    with pytest.raises(SystemExit):
        Sweeper(lease, killed, clock=clock).turn()  # type: ignore[arg-type]
    heir = Sweeper(lease, lambda _: 2, clock=clock)  # type: ignore[arg-type]

    assert heir.turn() is None
    clock.advance(minutes=10)  # type: ignore[attr-defined]
    assert heir.turn() == 2


def test_a_failed_sweep_is_told_and_tried_again(
    lease: SqliteBrowserStore, clock: Callable[[], datetime], caplog: pytest.LogCaptureFixture
) -> None:
    """The thread survives a store that is down, says so, and sweeps once it is back."""
    done = threading.Event()
    failures = [StoreUnavailableError("down")]

    def sweep(_pause: Callable[[float], None]) -> int:
        if failures:
            raise failures.pop()
        done.set()
        return 7

    sweeper = Sweeper(lease, sweep, clock=clock, interval=timedelta(milliseconds=20))
    with caplog.at_level(logging.INFO, "consentkit.records"):
        sweeper.start()
        sweeper.start()
        assert done.wait(30)
        sweeper.stop()

    assert "the hourly work on the records is put off: down" in caplog.text
    assert "swept 7 expired rows" in caplog.text
    assert sweeper.last_error is None
    assert sweeper.last_sweep == clock()
