"""Telling one visit from another without following anybody.

A visit is the pages asked for from one network by one kind of browser in one language, with pauses of half an hour at
most. It is known by a keyed hash of these, which are kept in the browser log anyway: no cookie, nothing stored on the
device, nothing read from it. The key is made anew each day (UTC) and destroyed after it, so nobody, the site included,
can tell whether two visits of two days are one person's.

It is a lower bound: two people behind one shortened address with the same browser are one visit while they are there at
one time, unless the second comes from another site, which always begins a visit. One that lasts over midnight is two.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from consentkit.records.store.counting import Cell, OpenVisit

if TYPE_CHECKING:
    from consentkit.records.browserlog import BrowserEntry

KEY_SIZE = 32
"""Bytes of a day's key."""

_TOKEN_SIZE = 16
_IDLE = timedelta(minutes=30) // timedelta(microseconds=1)
_SECOND = 1_000_000
_PAGES = ((1, "1"), (2, "2"), (4, "3–4"), (9, "5–9"))
_MOST_PAGES = "10 or more"
_DURATIONS = ((60, "under 1 min"), (300, "1–5 min"), (900, "5–15 min"), (3600, "15–60 min"))
_LONGEST = "over 1 h"
ONE_PAGE = "one page"
"""Instead of a duration: when the visitor left the only page they saw isn't known."""
SPANS = (
    *(name for _, name in _PAGES),
    _MOST_PAGES,
    ONE_PAGE,
    *(name for _, name in _DURATIONS),
    _LONGEST,
)
"""Numbers of pages, and durations, as they grow."""
DIRECT = "direct"
"""Instead of a referrer's host."""
UNKNOWN = "unknown"


class View(NamedTuple):
    """One page view of a person, as it is counted.

    Attributes:
        time: In microseconds since 1970.
        day: Such as "2026-11-22".
        token: Of the visit it may belong to; None when it can't be told.
        source: The host of another site that it came from, None without one.
        entry: The rest of it.
    """

    time: int
    day: str
    token: bytes | None
    source: str | None
    entry: BrowserEntry


def token(key: bytes, entry: BrowserEntry) -> bytes:
    """Return what the views of one visit have in common."""
    parts = (entry.address, entry.browser, entry.browser_version, entry.platform, entry.device, entry.language)
    text = "\0".join(part or "" for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "replace"), key=key, digest_size=_TOKEN_SIZE).digest()


def follow(visit: OpenVisit | None, view: View) -> tuple[OpenVisit, Counter[Cell]]:
    """Return the visit that a view begins or goes on with, and what that changes in the counts."""
    month = view.day[:7]
    if visit is None or view.source is not None or view.time - visit.last > _IDLE:
        began = OpenVisit(view.time, view.time, 1)
        changes = _arrival(view)
        changes.update(_shape(began, month))
        return began, changes
    last = max(visit.last, view.time)
    after = OpenVisit(visit.started, last, visit.views + 1)
    changes = Counter()
    shape, shape_before = _shape(after, month), _shape(visit, month)
    if shape != shape_before:
        changes.update(shape)
        changes.subtract(shape_before)
    changes[Cell(view.day, "seconds")] += last // _SECOND - visit.last // _SECOND
    return after, changes


def _arrival(view: View) -> Counter[Cell]:
    entry, month = view.entry, view.day[:7]
    by = {
        "entry": entry.path,
        "referrer": view.source or DIRECT,
        "country": entry.country,
        "language": entry.language,
        "browser": entry.browser,
        "platform": entry.platform,
        "device": entry.device,
    }
    counts = Counter({Cell(month, "visits", dimension, value or UNKNOWN): 1 for dimension, value in by.items()})
    counts[Cell(view.day, "visits")] += 1
    return counts


def _shape(visit: OpenVisit, month: str) -> tuple[Cell, Cell]:
    """Return the cells that a visit as long as this one is counted in."""
    seconds = (visit.last - visit.started) / _SECOND
    pages = next((name for most, name in _PAGES if visit.views <= most), _MOST_PAGES)
    duration = next((name for most, name in _DURATIONS if seconds < most), _LONGEST) if visit.views > 1 else ONE_PAGE
    return Cell(month, "visits", "pages", pages), Cell(month, "visits", "duration", duration)
