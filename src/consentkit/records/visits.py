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
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from consentkit.records.store.counting import Cell, OpenVisit

if TYPE_CHECKING:
    from collections.abc import Sequence

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


Kind: TypeAlias = "tuple[str | None, ...]"


def kind(entry: BrowserEntry) -> Kind:
    """Return what the views of one visit have in common."""
    return entry.address, entry.browser, entry.browser_version, entry.platform, entry.device, entry.language


def token(key: bytes, kind: Kind) -> bytes:
    """Return what a visit is known by for a day."""
    text = "\0".join(part or "" for part in kind)
    return hashlib.blake2b(text.encode("utf-8", "replace"), key=key, digest_size=_TOKEN_SIZE).digest()


def follow(visit: OpenVisit | None, views: Sequence[View]) -> tuple[OpenVisit, Counter[Cell]]:
    """Return what becomes of a visit that views begin or go on with, one after the other, and of the counts.

    Args:
        visit: As it was counted; None before its first view.
        views: At least one.

    Raises:
        ValueError: There is neither.
    """
    changes: Counter[Cell] = Counter()
    now = counted = visit
    for view in views:
        if now is None or view.source is not None or view.time - now.last > _IDLE:
            _recount(changes, counted, now, view.day)
            changes.update(_arrival(view))
            now, counted = OpenVisit(view.time, view.time, 1), None
            continue
        last = max(now.last, view.time)
        if seconds := last // _SECOND - now.last // _SECOND:
            changes[Cell(view.day, "seconds")] += seconds
        now = OpenVisit(now.started, last, now.views + 1)
    if now is None:
        message = "no view, and no visit before it"
        raise ValueError(message)
    _recount(changes, counted, now, views[-1].day)
    return now, changes


def _recount(changes: Counter[Cell], before: OpenVisit | None, after: OpenVisit | None, day: str) -> None:
    """Count a visit by how long it is now, and no longer by how long it was."""
    was, now = (_shape(visit, day[:7]) if visit is not None else () for visit in (before, after))
    if was != now:
        changes.update(now)
        changes.subtract(was)


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
