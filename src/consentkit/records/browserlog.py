"""The browser log: which pages were asked for, by whom nobody can tell. Lossy by contract, and counted.

Rules of operation:

1. Writing never waits and never fails. When the queue is full or the store is down, the line is dropped and counted.
2. Lines are written in batches by a thread. What is costly to find out, as the browser behind a user-agent string, may
   be handed over as a function and is found out there; the string itself is never stored.
3. A line is readable until the manifest's retention has passed, even when the sweep is late.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from consentkit.errors import StoreUnavailableError
from consentkit.records.cursor import CursorCodec
from consentkit.records.listing import Listing
from consentkit.records.moments import from_micros, to_micros, to_text, utc_now
from consentkit.records.retention import horizon
from consentkit.records.store.base import BrowserQuery, Page, VisitRow
from consentkit.records.threads import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from consentkit.duration import Duration
    from consentkit.records.store.base import BrowserStore

logger = logging.getLogger("consentkit.records")

QUEUE = 10_000
"""Lines that may wait: about ten seconds of a thousand page views a second, and a few megabytes."""
_BATCH = 500
_GATHER = 0.5
"""Seconds a line waits for company; a killed process loses as much."""
_LONGEST_URL = 2_048
_LONGEST_WORD = 128
_texts = attrgetter(
    *("address", "method", "path", "referrer", "language", "country"),
    *("browser", "browser_version", "platform", "device"),
)
_CUT = re.compile(r"[?#]")
_CONTROLS = dict.fromkeys((*range(32), 127, *range(0xD800, 0xE000)), "\ufffd")
"""Control characters would let a path forge lines in a terminal or a file, and no store takes lone surrogates."""


class BrowserEntry(NamedTuple):
    """One page view.

    Attributes:
        time: When, UTC.
        address: The network the visitor came from, truncated before it got here, such as "203.0.0.0/16".
        method: Of the request.
        path: Without the query; what follows a "?" is cut off again here.
        status: Of the response.
        referrer: Without query and fragment, which are cut off again here.
        language: BCP 47, as negotiated.
        country: ISO 3166-1, if known.
        browser: Name, such as "Firefox".
        browser_version: Major version.
        platform: Operating system.
        device: "desktop", "phone", "tablet", "bot" or "other".
        bot: Whether it says it is one.
    """

    time: datetime
    address: str
    method: str
    path: str
    status: int
    referrer: str | None = None
    language: str | None = None
    country: str | None = None
    browser: str | None = None
    browser_version: str | None = None
    platform: str | None = None
    device: str | None = None
    bot: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported."""
        return self._asdict() | {"time": to_text(self.time)}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFilter(Listing):
    """Which lines to list; see :class:`~consentkit.records.listing.Listing`."""

    path: str | None = None
    country: str | None = None
    browser: str | None = None
    status: int | None = None


_Item: TypeAlias = "Callable[[], BrowserEntry | None]"


class BrowserLog:
    """Takes lines from requests and lists them."""

    def __init__(
        self,
        store: BrowserStore,
        *,
        retention: Duration,
        cursors: CursorCodec | None = None,
        clock: Callable[[], datetime] = utc_now,
        queue: int = QUEUE,
        after_batch: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the store; no thread runs before the first line.

        Args:
            store: Where the log is kept.
            retention: How long a line stays readable.
            cursors: Signs where a listing goes on.
            clock: The time, in UTC.
            queue: How many lines may wait.
            after_batch: Called in the writer's thread after each batch, for what the lines' functions left to do.
        """
        self._store = store
        self._retention = retention
        self._cursors = cursors or CursorCodec()
        self._clock = clock
        self._limit = queue
        self._after_batch = after_batch
        self._queue: deque[_Item | threading.Event] = deque()
        self._writer = Writer("consentkit-browser-log", self._run)
        self._changed = self._writer.changed
        self._waits = True
        self._urgent = False
        self._error: str | None = None
        self.dropped = 0
        self.written = 0

    def write(self, entry: BrowserEntry) -> None:
        """Queue a line; when the queue is full it is dropped and counted."""
        self._put(partial(as_stored, entry))

    def write_later(self, make: Callable[[], BrowserEntry | None]) -> None:
        """Queue a function that makes a line in the writer thread, or None when there is nothing to write.

        What it makes is written as it is: it must be what :func:`as_stored` returns.
        """
        self._put(make)

    async def query(self, wanted: BrowserFilter) -> Page[BrowserEntry]:
        """Return a page of the readable lines, newest first.

        Raises:
            CursorError: The cursor isn't ours or belongs to other filters.
            StoreUnavailableError: The log can't be read now.
        """
        before = wanted.after(self._cursors)
        now = self._clock()
        question = BrowserQuery(
            horizon=horizon(self._retention, now),
            now=to_micros(now),
            limit=wanted.size + 1,
            since=to_micros(wanted.since) if wanted.since else None,
            until=to_micros(wanted.until) if wanted.until else None,
            path=_clean(wanted.path, _LONGEST_URL),
            country=_clean(wanted.country, _LONGEST_WORD),
            browser=_clean(wanted.browser, _LONGEST_WORD),
            status=wanted.status,
            before=before,
        )
        rows = await asyncio.to_thread(self._store.select, question)
        rows, cursor = wanted.cut(rows, self._cursors, lambda row: (row[1].time, row[0]))
        return Page("browser-log", tuple(_entry(row) for _, row in rows), cursor)

    async def flush(self) -> None:
        """Wait until every line queued so far is written or counted as dropped."""
        await asyncio.to_thread(self._flush)

    def start(self) -> None:
        """Open the store, or take note that it is down now; a closed log can be started again.

        Raises:
            StoreVersionError: A newer consentkit wrote the database.
        """
        self._writer.open()
        try:
            self._store.prepare()
        except StoreUnavailableError as error:
            self._error = type(error).__name__
            logger.warning("the browser log drops lines: %s", error)

    def close(self) -> None:
        """Write everything that waits, then stop; blocks until it is done."""
        self._writer.close()
        self._store.close()
        if self.dropped:
            logger.warning("the browser log dropped %d lines since the start", self.dropped)

    def health(self) -> dict[str, object]:
        """Return counts and the state of the writer, without touching the store and without visitor data."""
        return {
            "state": "degraded" if self._error else "ok",
            "queued": len(self._queue),
            "written": self.written,
            "dropped": self.dropped,
            "error": self._error,
        }

    def _put(self, item: _Item) -> None:
        # Without the lock, so that pages don't pay for it. The writer looks into the queue after it says that it waits,
        # and who puts something in looks after that whether it waits.
        waiting = len(self._queue)
        if self._writer.closed or waiting >= self._limit:
            self._drop()
            return
        self._queue.append(item)
        if self._waits or (waiting + 1) % _BATCH == 0:
            self._wake()

    def _wake(self) -> None:
        with self._changed:
            if self._running():
                self._changed.notify_all()
            elif self._queue:
                self._queue.pop()
                self.dropped += 1

    def _drop(self) -> None:
        with self._changed:
            self.dropped += 1

    def _running(self) -> bool:
        try:
            self._writer.begin()
        except RuntimeError as error:
            self._error = type(error).__name__
            return False
        return True

    def _flush(self) -> None:
        written = threading.Event()
        with self._changed:
            if not self._writer.running:
                return
            self._queue.append(written)
            self._urgent = True
            self._changed.notify_all()
        written.wait()

    def _run(self) -> None:
        while batch := self._take():
            self._store_batch([item for item in batch if not isinstance(item, threading.Event)])
            for item in batch:
                if isinstance(item, threading.Event):
                    item.set()

    def _take(self) -> list[_Item | threading.Event]:
        with self._changed:
            self._waits = True
            self._changed.wait_for(lambda: self._queue or self._writer.closed)
            self._waits = False
            self._changed.wait_for(lambda: len(self._queue) >= _BATCH or self._writer.closed or self._urgent, _GATHER)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
            self._urgent = self._urgent and bool(self._queue)
            # Closed, this thread ends: whoever writes after another start has to begin the next.
            self._waits = not batch
            return batch

    def _store_batch(self, batch: Sequence[_Item]) -> None:
        rows, failed = [], 0
        for item in batch:
            try:
                entry = item()
                if entry is not None:
                    rows.append(VisitRow(to_micros(entry.time), *entry[1:]))
            except Exception as error:  # one line that can't be made mustn't cost the others
                failed += 1
                logger.warning("a browser log line was dropped: %s", type(error).__name__)
        try:
            self._store.insert(rows)
        except Exception as error:  # the thread has to outlive whatever a driver may do
            failed += len(rows)
            if self._error is None:
                logger.warning("the browser log drops lines: %s", error)
            self._error = type(error).__name__
        else:
            self._error = None
            self.written += len(rows)
        try:
            self._after_batch()
        except Exception as error:  # nor may what follows a batch cost the next one
            logger.warning("what follows a batch of the browser log failed: %s", type(error).__name__)
        with self._changed:
            self.dropped += failed


def as_stored(entry: BrowserEntry) -> BrowserEntry:
    """Return a line as it is read back: without queries, control characters and what is too long."""
    texts = "".join(filter(None, _texts(entry)))
    # Nearly all lines are as they will be, and one look at all their texts tells it.
    if len(texts) <= _LONGEST_WORD and texts.isascii() and texts.isprintable() and not _CUT.search(texts):
        return entry
    referrer = _CUT.split(entry.referrer, maxsplit=1)[0] if entry.referrer is not None else None
    return entry._replace(
        address=_clean(entry.address, _LONGEST_WORD) or "",
        method=_clean(entry.method, _LONGEST_WORD) or "",
        path=_clean(entry.path.partition("?")[0], _LONGEST_URL) or "",
        referrer=_clean(referrer, _LONGEST_URL),
        language=_clean(entry.language, _LONGEST_WORD),
        country=_clean(entry.country, _LONGEST_WORD),
        browser=_clean(entry.browser, _LONGEST_WORD),
        browser_version=_clean(entry.browser_version, _LONGEST_WORD),
        platform=_clean(entry.platform, _LONGEST_WORD),
        device=_clean(entry.device, _LONGEST_WORD),
    )


def _clean(text: str | None, longest: int) -> str | None:
    # Nearly all is clean, and telling that is quicker than making it so.
    if text is None or (len(text) <= longest and text.isascii() and text.isprintable()):
        return text
    return text[:longest].translate(_CONTROLS)


def _entry(row: VisitRow) -> BrowserEntry:
    return BrowserEntry(from_micros(row.time), *row[1:])
