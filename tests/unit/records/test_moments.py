"""Moments survive the way into a store and back, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.records.moments import from_micros, from_text, to_micros, to_text, utc_now

moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_microseconds_are_exact(moment: datetime) -> None:
    """No moment that Python can name is changed, before 1970 neither."""
    assert from_micros(to_micros(moment)) == moment


@given(moments, moments)
def test_texts_sort_as_moments(one: datetime, other: datetime) -> None:
    """The text of a moment reads back and sorts as the moment does."""
    assert from_text(to_text(one)) == one
    assert (to_text(one) < to_text(other)) == (one < other)


def test_other_zones_are_the_same_instant() -> None:
    """A moment of another time zone is written in UTC."""
    moment = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))

    assert to_text(moment) == "2026-03-29T01:30:00.000000Z"
    assert from_micros(to_micros(moment)) == moment


def test_a_moment_without_zone_is_refused() -> None:
    """A wall clock's reading names no instant."""
    with pytest.raises(ValueError, match="has no time zone"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_default_clock_is_utc() -> None:
    """What the room reads by itself has the zone it asks of others."""
    assert utc_now().tzinfo is UTC
