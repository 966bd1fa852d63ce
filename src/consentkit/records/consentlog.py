"""The consent log: evidence. What it acknowledges is on the disk, and stays provable after it is erased.

Rules of operation:

1. One thread writes. Whatever waits when it comes round goes into one transaction (group commit), so many choices cost
   one sync; each caller gets its own receipt or its own error.
2. A request task never touches the database. Cancelling it cancels the waiting and nothing else: a record once handed
   over is committed, or was never acknowledged.
3. A leaf commits to ``HMAC-SHA256(salt, payload)`` with a random salt of 32 bytes. Without the salt it says nothing
   about anybody, so payload and salt can be erased while every proof stays valid (decision 6 of the architecture).
4. Neither an address nor a user-agent string has a place in a record.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.errors import StoreError, StoreUnavailableError
from consentkit.records.cursor import CursorCodec
from consentkit.records.entry import SALT_SIZE, ConsentEntry, ConsentRecord, new_entry, read_entry, readable, searchable
from consentkit.records.listing import Listing
from consentkit.records.moments import from_micros, to_micros, utc_now
from consentkit.records.retention import horizon
from consentkit.records.store.base import ConsentQuery, Document, NewEntry, Page, Placed
from consentkit.records.threads import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from consentkit.consent.choice import ChoiceState
    from consentkit.duration import Duration
    from consentkit.records.concern import Concern
    from consentkit.records.store.base import ConsentStore
    from consentkit.records.store.spool import Spool

logger = logging.getLogger("consentkit.records")

__all__ = ["ConsentEntry", "ConsentFilter", "ConsentLog", "ConsentRecord", "Receipt"]

_BATCH = 500
_BACKLOG = 10_000
"""Records that may wait. At 650 commits/s of up to 500 records, a full backlog is a store that has stopped."""

_REPLAY_INTERVAL = 5.0
"""Seconds between two attempts to bring in what was deferred."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof for the visitor that the choice is kept, and where: index and leaf hash (hex) in the log."""

    index: int
    record_id: str
    leaf: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFilter(Listing):
    """Which records to list; see :class:`~consentkit.records.listing.Listing`."""

    subject: str | None = None
    state: ChoiceState | None = None
    purpose: str | None = None
    concern: Concern | None = None

    def bound(self) -> Mapping[str, object]:
        """See :meth:`Listing.bound`."""
        return {**Listing.bound(self), "concern": self.concern and self.concern.bound()}


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: NewEntry
    placed: Future[Placed]


class ConsentLog:
    """Appends choices durably and lists them."""

    def __init__(
        self,
        store: ConsentStore,
        *,
        spool: Spool | None = None,
        retention: Duration,
        cursors: CursorCodec | None = None,
        clock: Callable[[], datetime] = utc_now,
        salt: Callable[[], bytes] = lambda: secrets.token_bytes(SALT_SIZE),
        backlog: int = _BACKLOG,
    ) -> None:
        """Take the store; no thread runs before the first record.

        Args:
            store: Where the log is kept.
            spool: Where refusals wait while the log is down; without one they wait in memory only.
            retention: How long a record stays readable.
            cursors: Signs where a listing goes on.
            clock: The time, in UTC.
            salt: Returns 32 fresh random bytes.
            backlog: How many records may wait.
        """
        self._store = store
        self._spool = spool
        self._deferred: deque[NewEntry] = deque()
        self._replay_due = False
        self._replaying = threading.Lock()
        self._retention = retention
        self._cursors = cursors or CursorCodec()
        self._clock = clock
        self._salt = salt
        self._backlog = backlog
        self._waiting: deque[_Waiting] = deque()
        self._writer = Writer("consentkit-consent-log", self._run)
        self._changed = self._writer.changed
        self._error: str | None = None

    async def append(self, record: ConsentRecord) -> Receipt:
        """Keep a record, and return only once it is durable.

        A record whose `record_id` is already there isn't added again, nor is one with an idempotency key that has been
        seen with the same choice; the receipt is then that of the first.

        Raises:
            StoreUnavailableError: It couldn't be made durable. It may have been all the same, when the failure came
                after the commit, so retry with the same record.
            ValueError: The record's time has no time zone.
        """
        placed = asyncio.wrap_future(self._hand_over(new_entry(record, self._salt())))
        # Who gave up waiting was told so; without this the loop would complain of an error that nobody asked for.
        placed.add_done_callback(_seen)
        # Unlike awaiting it, this doesn't cancel it with the request: the writer must find the future it was given.
        await asyncio.wait((placed,))
        return _receipt(placed.result())

    async def defer(self, record: ConsentRecord) -> None:
        """Keep a refusal or withdrawal that :meth:`append` couldn't keep; it is brought in once the log is back.

        It never fails: a refusal has effect whether or not it can be shown. The record lies in a file of its own until
        then, in memory when that can't be written either.

        Raises:
            ValueError: The record's time has no time zone.
        """
        await asyncio.to_thread(self._defer, new_entry(record, self._salt()))

    async def keep_document(self, kind: str, body: str, *, language: str | None = None) -> str:
        """Keep a text that visitors are shown, so that a record's digest leads back to it; return the digest.

        Raises:
            StoreUnavailableError: It couldn't be kept.
        """
        digest = hashlib.sha256(body.encode("utf-8")).hexdigest()
        document = Document(digest, kind, language, body, to_micros(self._clock()))
        await asyncio.to_thread(self._store.keep_document, document)
        return digest

    async def document(self, digest: str) -> Document | None:
        """Return the text with this digest (SHA-256, hex), or None.

        Raises:
            StoreUnavailableError: The log can't be read now.
        """
        return await asyncio.to_thread(self._store.document, digest)

    async def documents(self, kind: str) -> list[Document]:
        """Return every text of a kind, oldest first.

        Raises:
            StoreUnavailableError: The log can't be read now.
        """
        return await asyncio.to_thread(self._store.documents, kind)

    async def query(self, wanted: ConsentFilter) -> Page[ConsentEntry]:
        """Return a page of the readable records, newest first.

        Raises:
            CursorError: The cursor isn't ours or belongs to other filters.
            StoreUnavailableError: The log can't be read now.
        """
        before = wanted.after(self._cursors)
        now = self._clock()
        question = ConsentQuery(
            horizon=horizon(self._retention, now),
            now=to_micros(now),
            limit=wanted.size + 1,
            subject=searchable(wanted.subject) if wanted.subject is not None else None,
            since=to_micros(wanted.since) if wanted.since else None,
            until=to_micros(wanted.until) if wanted.until else None,
            state=str(wanted.state) if wanted.state else None,
            purpose=searchable(wanted.purpose) if wanted.purpose is not None else None,
            payload_like=wanted.concern.patterns() if wanted.concern is not None else None,
            before=before,
        )
        rows = await asyncio.to_thread(self._store.select, question)
        rows, cursor = wanted.cut(rows, self._cursors, lambda row: (row.time, row.index))
        return Page("log", tuple(map(read_entry, rows)), cursor)

    async def count(self) -> int:
        """Return how many records are readable.

        Raises:
            StoreUnavailableError: The log can't be read now.
        """
        now = self._clock()
        return await asyncio.to_thread(self._store.count, horizon=horizon(self._retention, now), now=to_micros(now))

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
            logger.error("the consent log is down, choices can't be kept: %s", error)
        # Another run of the site, or one that was killed, may have left some.
        with self._changed:
            self._replay_due = self._spool is not None and self._spool.exists()
            if self._replay_due:
                self._wake()

    def close(self) -> None:
        """Commit everything that waits, then stop; blocks until it is done."""
        self._writer.close()
        self._store.close()

    def health(self) -> dict[str, object]:
        """Return the state of the writer, without touching the store and without visitor data."""
        return {
            "state": "degraded" if self._error or self._replay_due else "ok",
            "waiting": len(self._waiting),
            "replay_due": self._replay_due,
            "error": self._error,
        }

    def replay(self) -> None:
        """Bring in what was deferred, blocking; any worker may, and twice does no harm.

        Raises:
            StoreUnavailableError: The log is still down.
        """
        with self._replaying:
            while entries := [self._deferred[place] for place in range(min(len(self._deferred), _BATCH))]:
                self._store.append(entries, year=self._clock().year)
                for _ in entries:
                    self._deferred.popleft()
            while self._spool and (spooled := self._spool.peek(_BATCH)):
                self._store.append([entry for _, entry in spooled], year=self._clock().year)
                self._spool.remove([number for number, _ in spooled])

    def _hand_over(self, entry: NewEntry) -> Future[Placed]:
        waiting = _Waiting(entry, Future())
        with self._changed:
            if self._writer.closed:
                message = "the consent log is closed; start it again before appending"
                raise StoreUnavailableError(message)
            if len(self._waiting) >= self._backlog:
                message = f"{len(self._waiting)} records wait for the consent log already; try again later"
                raise StoreUnavailableError(message)
            self._waiting.append(waiting)
            self._wake()
        return waiting.placed

    def _wake(self) -> None:
        self._writer.begin()
        self._changed.notify_all()

    def _defer(self, entry: NewEntry) -> None:
        try:
            if self._spool is None:
                message = "there is no spool"
                raise StoreUnavailableError(message)
            self._spool.put(entry)
        except StoreUnavailableError as error:
            if len(self._deferred) >= self._backlog:
                logger.error("a refusal took effect and can't be recorded: %s", error)
                return
            logger.error("a refusal took effect and waits in memory to be recorded: %s", error)
            self._deferred.append(entry)
        with self._changed:
            self._replay_due = True
            if not self._writer.closed:
                self._wake()

    def _run(self) -> None:
        if self._replay_due:
            self._try_replay()
        while True:
            batch = self._take()
            if batch:
                self._commit(batch)
            if self._replay_due and (self._error is None or not batch):
                self._try_replay()
            if self._writer.closed and not self._waiting:
                return

    def _take(self) -> list[_Waiting]:
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._writer.closed, timeout=_REPLAY_INTERVAL if self._replay_due else None
            )
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]

    def _try_replay(self) -> None:
        # Before, not after: what is deferred meanwhile sets it again.
        self._replay_due = False
        try:
            self.replay()
        except BaseException as error:  # as in _commit
            self._replay_due = True
            self._error = type(error).__name__
            logger.warning("deferred records can't be brought in yet: %s", error)
        else:
            self._error = None

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            places = self._store.append([waiting.entry for waiting in batch], year=self._clock().year)
        except StoreError as error:
            self._fail(batch, error)
        except BaseException as error:  # whoever waits must hear of whatever a driver or a record may do
            if len(batch) > 1:
                # One of them can't be stored; alone, it fails alone.
                for waiting in batch:
                    self._commit([waiting])
                return
            logger.exception("a consent record can't be stored")
            message = f"the consent log refused the record: {type(error).__name__}"
            unavailable = StoreUnavailableError(message)
            unavailable.__cause__ = error
            self._fail(batch, unavailable)
        else:
            self._error = None
            for waiting, placed in zip(batch, places, strict=True):
                waiting.placed.set_result(placed)

    def _fail(self, batch: Sequence[_Waiting], error: StoreError) -> None:
        self._error = type(error).__name__
        logger.error("%d consent records were not acknowledged: %s", len(batch), error)
        for waiting in batch:
            # Each task gets its own exception: one shared by many would collect all their tracebacks.
            own = StoreUnavailableError(str(error)) if isinstance(error, StoreUnavailableError) else error
            waiting.placed.set_exception(own)


def _receipt(placed: Placed) -> Receipt:
    return Receipt(placed.index, readable(placed.record_id), placed.leaf.hex(), from_micros(placed.time))


def _seen(placed: asyncio.Future[Placed]) -> None:
    """Take note of the error, if there is one."""
    if not placed.cancelled():
        placed.exception()
