"""What was observed on the running site: third-party hosts and cookie names, with no visitor in it.

Rules of operation:

1. Observing never waits and never fails. Sightings are summed up in memory and merged into the store by a thread; what
   doesn't fit, or couldn't be written, is dropped and counted.
2. Nothing of a visitor is kept: a host or a name, what told of it, the path it was last seen on, when and how often.
   Long numbers in a cookie's name may be somebody's, so they are taken out of it.
3. Anyone can post a violation report. What browsers told is kept apart from what passed through this server, and
   each has its own bound, so that forged reports only ever displace other reports.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, NamedTuple

from consentkit.errors import StoreUnavailableError
from consentkit.records.moments import to_micros, utc_now
from consentkit.records.retention import horizon
from consentkit.records.store.base import SightingRow
from consentkit.records.threads import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from consentkit.duration import Duration
    from consentkit.records.store.base import ObservedStore

logger = logging.getLogger("consentkit.records")

MOST_ROWS = 2_000
"""Rows of each kind of source that are kept; a busy site has a few dozen."""
_MOST_WAITING = 5_000
_GATHER = 5.0
"""Seconds that sightings are summed up; a killed process loses as much."""
_LONGEST_NAME = 253
_LONGEST_PAGE = 512
_LONGEST_LIFETIME = 10**11
_CONTROLS = dict.fromkeys((*range(32), 127, *range(0xD800, 0xE000)), "\ufffd")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{16,}(?![0-9A-Za-z])|\d{6,}", re.IGNORECASE)


class Sighting(NamedTuple):
    """One host or cookie that a response or a report told of.

    Attributes:
        kind: ``host`` or ``cookie``.
        name: The host, or the cookie's name.
        source: ``html``, ``script``, ``set-cookie``, or the directive of a violation report.
        reported: A browser told of it.
    """

    kind: str
    name: str
    source: str
    reported: bool = False


class Sightings(tuple[Sighting, ...]):
    """What is seen again and again, as on a page that is remembered: known by itself, so that noting it is quick."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


class _Sum:
    """What is known of some sightings on a page since the last batch."""

    __slots__ = ("count", "lifetime")

    def __init__(self) -> None:
        self.count = 0
        self.lifetime: int | None = None


class ObservedInventory:
    """Takes sightings from requests, and lists what they add up to."""

    def __init__(self, store: ObservedStore, *, retention: Duration, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the store; no thread runs before the first sighting.

        Args:
            store: Where sightings are kept.
            retention: How long after it was last seen something is forgotten.
            clock: The time, in UTC.
        """
        self._store = store
        self._retention = retention
        self._clock = clock
        self._waiting: dict[tuple[tuple[Sighting, ...], str], _Sum] = {}
        self._writer = Writer("consentkit-observed", self._run)
        self._changed = self._writer.changed
        self._urgent = False
        self._writing = False
        self._error: str | None = None
        self.dropped = 0

    def note(self, sightings: tuple[Sighting, ...], page: str, *, lifetime: float | None = None) -> None:
        """Count what was seen on a page.

        Args:
            sightings: What was seen; the same tuple again costs one look-up.
            page: The page's path.
            lifetime: The seconds a cookie was set for; None for the session, and for hosts.
        """
        # Without the lock, so that pages don't pay for it: a count that comes while its batch is taken may be lost.
        known = self._waiting.get((sightings, page)) or self._begun(sightings, page)
        if known is None:
            return
        known.count += 1
        if lifetime is not None:
            known.lifetime = max(known.lifetime or 0, min(int(lifetime), _LONGEST_LIFETIME))

    async def rows(self) -> list[SightingRow]:
        """Return everything observed within the retention, by kind, name and source.

        Raises:
            StoreUnavailableError: It can't be read now.
        """
        limit = horizon(self._retention, self._clock())
        return await asyncio.to_thread(self._store.select, horizon=limit)

    async def flush(self) -> None:
        """Wait until every sighting so far is written or counted as dropped."""
        await asyncio.to_thread(self._flush)

    def start(self) -> None:
        """Open the store, or take note that it is down now; it can be started again after it was closed.

        Raises:
            StoreVersionError: A newer consentkit wrote the database.
        """
        self._writer.open()
        try:
            self._store.prepare()
        except StoreUnavailableError as error:
            self._error = type(error).__name__
            logger.warning("the observed inventory drops sightings: %s", error)

    def close(self) -> None:
        """Write what waits, then stop; blocks until it is done."""
        self._writer.close()
        self._store.close()

    def health(self) -> dict[str, object]:
        """Return counts and the state of the writer, without touching the store."""
        return {
            "state": "degraded" if self._error else "ok",
            "waiting": len(self._waiting),
            "dropped": self.dropped,
            "error": self._error,
        }

    def _begun(self, sightings: tuple[Sighting, ...], page: str) -> _Sum | None:
        with self._changed:
            if self._writer.closed or len(self._waiting) >= _MOST_WAITING or not self._running():
                self.dropped += 1
                return None
            known = self._waiting.setdefault((sightings, page), _Sum())
            if len(self._waiting) == 1:
                self._changed.notify_all()
            return known

    def _running(self) -> bool:
        try:
            self._writer.begin()
        except RuntimeError as error:
            self._error = type(error).__name__
            return False
        return True

    def _flush(self) -> None:
        with self._changed:
            self._urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting and not self._writing)
            self._urgent = False

    def _run(self) -> None:
        while batch := self._take():
            self._write(batch)
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _take(self) -> dict[tuple[tuple[Sighting, ...], str], _Sum]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._writer.closed)
            self._changed.wait_for(lambda: self._writer.closed or self._urgent, _GATHER)
            batch, self._waiting = self._waiting, {}
            self._writing = bool(batch)
            return batch

    def _write(self, batch: dict[tuple[tuple[Sighting, ...], str], _Sum]) -> None:
        try:
            self._store.add(_rows(batch, to_micros(self._clock())), most=MOST_ROWS)
        except Exception as error:  # the thread has to outlive whatever a driver may do
            if self._error is None:
                logger.warning("the observed inventory drops sightings: %s", error)
            self._error = type(error).__name__
            with self._changed:
                self.dropped += len(batch)
        else:
            self._error = None


def without_numbers(name: str) -> str:
    """Return a cookie's name with ``<id>`` for long numbers, as a manifest writes parts that vary."""
    return _NUMBER.sub("<id>", name)


def _rows(batch: dict[tuple[tuple[Sighting, ...], str], _Sum], now: int) -> list[SightingRow]:
    """Return one row for each kind, name and source; all were seen within the seconds before now."""
    rows: dict[tuple[str, str, str], SightingRow] = {}
    for (sightings, page), known in batch.items():
        for kind, name, source, reported in sightings:
            key = kind, _clean(name, _LONGEST_NAME), _clean(source, _LONGEST_NAME)
            earlier = rows.get(key)
            lifetimes = [row.lifetime for row in (known, earlier) if row is not None and row.lifetime is not None]
            rows[key] = SightingRow(
                kind=kind,
                name=key[1],
                source=key[2],
                reported=reported,
                page=_clean(page.partition("?")[0], _LONGEST_PAGE),
                lifetime=max(lifetimes, default=None),
                first=now,
                last=now,
                count=known.count + (earlier.count if earlier else 0),
            )
    return list(rows.values())


def _clean(text: str, longest: int) -> str:
    return text[:longest].translate(_CONTROLS)
