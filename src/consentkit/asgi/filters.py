"""What an auditor asks for: the parameters of a listing, each checked.

Every function raises :class:`~consentkit.errors.ChoiceError` (400) for a value that can't be meant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from consentkit.consent.choice import ChoiceState
from consentkit.errors import ChoiceError
from consentkit.records.inventory import Standing

if TYPE_CHECKING:
    from collections.abc import Collection

    from consentkit.asgi.visit import Visit

FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv", "html": "text/html"}
_MOST_ROWS = 1000
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def wanted_format(visit: Visit, query: dict[str, str]) -> str:
    """Take the format out of a query, or else read it from ``Accept``; JSON without either."""
    asked = query.pop("format", None)
    if asked is not None:
        if asked not in FORMATS:
            message = f"{asked[:40]!r} is no format; use one of {', '.join(FORMATS)}"
            raise ChoiceError("bad_filter", message, where="format")
        return asked
    accept = (visit.header(b"accept") or b"").decode("latin-1")
    return next((name for name, media in FORMATS.items() if media in accept), "json")


def moment(query: dict[str, str], name: str) -> datetime | None:
    """Return a moment in UTC, which it is in where it names no offset."""
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        # An offset can lead out of the years there are.
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = f"{text[:40]!r} is no date; write e.g. 2026-11-22 or 2026-11-22T10:00:00Z"
        raise ChoiceError("bad_filter", message, where=name) from None


def state(query: dict[str, str]) -> ChoiceState | None:
    """Return the state asked for."""
    text = query.get("state")
    if text is None:
        return None
    try:
        return ChoiceState(text)
    except ValueError:
        message = f"{text[:40]!r} is no state; use given, refused or withdrawn"
        raise ChoiceError("bad_filter", message, where="state") from None


def standing(query: dict[str, str]) -> Standing | None:
    """Return the standing asked for."""
    text = query.get("standing")
    if text is None:
        return None
    try:
        return Standing(text)
    except ValueError:
        message = f"{text[:40]!r} is no standing; use one of {', '.join(Standing)}"
        raise ChoiceError("bad_filter", message, where="standing") from None


def number(query: dict[str, str], name: str) -> int | None:
    """Return a whole number of up to nine digits."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        message = f"{text[:40]!r} is no number"
        raise ChoiceError("bad_filter", message, where=name)
    return int(text)


def limit(query: dict[str, str]) -> int:
    """Return how many rows are asked for, 100 unless told."""
    rows = number(query, "limit")
    if rows is None:
        return 100
    if not 1 <= rows <= _MOST_ROWS:
        message = f"{rows} is not between 1 and {_MOST_ROWS}"
        raise ChoiceError("bad_filter", message, where="limit")
    return rows


def one_of(query: dict[str, str], name: str, known: Collection[str]) -> str | None:
    """Return a word out of those known."""
    text = query.get(name)
    if text is None or text in known:
        return text
    message = f"{text[:40]!r} is no {name}; use one of {', '.join(known)}"
    raise ChoiceError("bad_filter", message, where=name)


def months(query: dict[str, str], now: datetime) -> tuple[str, str]:
    """Return the first and the last month that `since` and `until` touch, or `month` twice; the present unless told."""
    if "month" in query:
        return month(query, now), month(query, now)
    since, until = moment(query, "since"), moment(query, "until")
    last = until - timedelta(microseconds=1) if until and until > _BEGINNING else until or now
    first = since or last
    return _month(first), _month(last)


def month(query: dict[str, str], now: datetime) -> str:
    """Return the month asked for, such as "2026-11"; the present one unless told."""
    text = query.get("month") or _month(now)
    try:
        return _month(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC))
    except ValueError:
        message = f"{text[:40]!r} is no month; write e.g. 2026-11"
        raise ChoiceError("bad_filter", message, where="month") from None


def neighbours(text: str, now: datetime) -> tuple[str, str | None]:
    """Return the month before another, and the one after it unless that is still to come."""
    first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    before = (first - timedelta(days=1)) if first.year > 1 else first
    if text >= _month(now):
        return _month(before), None
    return _month(before), _month(first + timedelta(days=31))


def _month(moment: datetime) -> str:
    # Not strftime, which leaves out the zeros of early years.
    return moment.astimezone(UTC).date().isoformat()[:7]
