"""Durations: what is read, what is refused, and what the calendar makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from consentkit.duration import Duration, Period
from consentkit.errors import DurationError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1 year", "P1Y"),
        ("a year", "P1Y"),
        ("2 ans", "P2Y"),
        ("un an", "P1Y"),
        ("13 mois", "P13M"),
        ("13 Months.", "P13M"),
        ("2 sem.", "P2W"),
        ("90j", "P90D"),
        ("90 jours", "P90D"),
        ("24 h", "PT24H"),
        ("2 heures", "PT2H"),
        ("1 minute", "PT1M"),
        ("30 mins", "PT30M"),
        ("30 secondes", "PT30S"),
        ("1 an et 1 mois", "P1Y1M"),
        ("1 year, 1 month and 4 days", "P1Y1M4D"),
        ("P2M", "P2M"),
        ("PT30S", "PT30S"),
        ("P1Y6M", "P1Y6M"),
        ("P1Y1W", "P1Y7D"),
        ("30 seconds .. 1 year", "PT30S/P1Y"),
        ("30 secondes à 1 an", "PT30S/P1Y"),
        ("30 seconds till 1 year", "PT30S/P1Y"),
        ("between 30 seconds and 1 year", "PT30S/P1Y"),
        ("entre 1 jour et 2 ans", "P1D/P2Y"),
        ("de 1 jour à 2 ans", "P1D/P2Y"),
        ("1 – 2 years", "P1Y/P2Y"),
        ("PT30S/P1Y", "PT30S/P1Y"),
        ("1 year .. 1 year", "P1Y"),
        ("Session", "session"),
        ("fin de session", "session"),
        ("session uniquement", "session"),
        ("End of session (browser)", "session"),
        ("jusqu’à la fermeture du navigateur", "session"),
        ("persistent", "persistent"),
        ("persistent until cleared", "persistent"),
        ("persistant", "persistent"),
        ("persistant jusqu’à effacement", "persistent"),
        ("forever", "persistent"),
        ("  13  months ", "P13M"),
    ],
)
def test_reads_what_cookie_tables_write(text: str, iso: str) -> None:
    """English, French and ISO 8601 durations are read, in the unit they are written in."""
    assert Duration.parse(text).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "13", "moons", "13 moons", "P", "PT", "P1", "p1y", "1.5 years", "-1 day", "1 year 1 year"),
        *("1 year ..", ".. 1 year", "between 1 year", "1 day .. 2 days .. 3 days", "varies", "x" * 5000),
        *("10 Nov 2030", "1 year (in some countries, the period may be longer)", "session to 30 days", "٣ days"),
    ],
)
def test_refuses_what_is_no_duration(text: str) -> None:
    """Anything else is refused with the value and an example of what to write."""
    with pytest.raises(DurationError, match="is not a duration; write e") as caught:
        Duration.parse(text)
    assert len(str(caught.value)) < 200


def test_the_message_repeats_the_value() -> None:
    """The message names the value and the remedy in one sentence."""
    with pytest.raises(DurationError) as caught:
        Duration.parse("13 moons")
    assert str(caught.value) == "'13 moons' is not a duration; write e.g. '13 months'"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("6 m", "write '6 minutes' or '6 months'"),
        ("1y6m", "write '6 minutes' or '6 months'"),
        ("0 days", "lasts no time at all"),
        ("P0D", "lasts no time at all"),
        ("9999 years", "write 'persistent until cleared'"),
        ("1 year .. 1 day", "write '1 day .. 1 year'"),
    ],
)
def test_refuses_what_could_be_misread(text: str, remedy: str) -> None:
    """An ambiguous, empty, absurd or reversed duration is refused with what to write instead."""
    with pytest.raises(DurationError) as caught:
        Duration.parse(text)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    "text", ["13 months", "1 year 1 month", "30 seconds .. 1 year", "session", "2 weeks", "P1D/P2Y"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_reads_its_own_words(text: str, language: str) -> None:
    """What is written in words or ISO 8601 is read back as the same duration."""
    duration = Duration.parse(text)
    assert Duration.parse(duration.in_words(language)) == duration
    assert Duration.parse(duration.isoformat()) == duration
    assert Duration.parse(str(duration)) == duration


def test_persistent_reads_its_own_words() -> None:
    """The phrases for what lasts until cleared are read back, in both languages."""
    persistent = Duration.parse("persistent")
    assert Duration.parse(persistent.in_words("en")) == persistent
    assert Duration.parse(persistent.in_words("fr")) == persistent


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("1 an", "1 year", "1 an"),
        ("2 ans", "2 years", "2 ans"),
        ("1 mois", "1 month", "1 mois"),
        ("13 mois", "13 months", "13 mois"),
        ("1 heure", "1 hour", "1 heure"),
        ("24 heures", "24 hours", "24 heures"),
        ("30 seconds .. 1 year", "30 seconds to 1 year", "30 secondes à 1 an"),
        ("session", "session", "session"),
        ("persistent", "persistent until cleared", "persistant jusqu’à effacement"),
    ],
)
def test_says_it_in_words(text: str, english: str, french: str) -> None:
    """Words have the right plural, and keep the unit of the declaration."""
    duration = Duration.parse(text)
    assert duration.in_words("en") == english
    assert duration.in_words("fr-FR") == french
    assert duration.in_words("de") == english


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-08-31", "6 months", "2027-02-28"),
        ("2027-08-31", "6 months", "2028-02-29"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-12-31", "2 months", "2027-02-28"),
        ("2026-11-30", "13 months", "2027-12-30"),
        ("2026-01-31", "1 month 1 day", "2026-03-01"),
        ("2026-01-31", "30 days", "2026-03-02"),
        ("2026-12-01", "1 month", "2027-01-01"),
    ],
)
def test_counts_on_the_calendar(start: str, text: str, end: str) -> None:
    """Months and years are counted on the calendar; a day the month lacks becomes its last."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert Duration.parse(text).after(moment) == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_counts_in_utc() -> None:
    """A moment in another zone is counted from its UTC date, so that zones can't shift a deadline."""
    late = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert Duration.parse("1 month").after(late) == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)


def test_a_range_ends_with_its_longest() -> None:
    """The deadline of a range is that of its longer end, and both ends can be asked for."""
    duration = Duration.parse("30 seconds .. 1 year")
    assert duration.after(NOON) == datetime(2027, 11, 22, 12, tzinfo=UTC)
    assert duration.shortest == Period(seconds=30)
    assert duration.longest == Period(years=1)


@pytest.mark.parametrize("text", ["session", "persistent"])
def test_no_date_where_none_can_be_told(text: str) -> None:
    """A session and what lasts until cleared have no deadline and no ends."""
    duration = Duration.parse(text)
    assert duration.after(NOON) is None
    assert duration.seconds(NOON) is None
    assert duration.shortest is duration.longest is None
    assert (duration.is_session, duration.is_persistent) == (text == "session", text == "persistent")


def test_seconds_depend_on_the_start() -> None:
    """Seconds are those of the very months that follow the start."""
    month = Duration.parse("1 month")
    assert month.seconds(datetime(2026, 2, 1, tzinfo=UTC)) == 28 * 86400
    assert month.seconds(datetime(2026, 3, 1, tzinfo=UTC)) == 31 * 86400


def test_refuses_a_moment_without_zone() -> None:
    """A naive moment is refused: its date is anyone's guess."""
    with pytest.raises(ValueError, match="no time zone"):
        Duration.parse("1 day").after(NOON.replace(tzinfo=None))


def test_refuses_to_leave_the_calendar() -> None:
    """A deadline beyond the year 9999 is an error that says so."""
    with pytest.raises(OverflowError, match="9999"):
        Duration.parse("1000 years").after(datetime(9500, 1, 1, tzinfo=UTC))


def test_units_are_part_of_the_value() -> None:
    """24 hours and 1 day are printed differently, so they are different durations; equal ones are one key."""
    assert Duration.parse("24 h") != Duration.parse("1 day")
    assert len({Duration.parse("2 ans"), Duration.parse("2 years"), Duration.parse("P2Y")}) == 1
