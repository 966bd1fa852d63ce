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
import hmac
import json
import logging
import secrets
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.consent.choice import ChoiceState
from consentkit.errors import StoreError, StoreUnavailableError
from consentkit.records.cursor import CursorCodec
from consentkit.records.merkle import leaf_hash
from consentkit.records.moments import from_micros, from_text, to_micros, to_text, utc_now
from consentkit.records.retention import horizon
from consentkit.records.store.base import ConsentQuery, EntryKind, NewEntry, Page, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from consentkit.duration import Duration
    from consentkit.records.store.base import ConsentStore, StoredEntry

logger = logging.getLogger("consentkit.records")

SCHEMA_VERSION = "1"
"""Of the payload, whose fields follow ISO/IEC TS 27560:2023."""

SALT_SIZE = 32
LARGEST_PAGE = 1_000
_BATCH = 500
_BACKLOG = 10_000
"""Records that may wait. At 650 commits/s of up to 500 records, a full backlog is a store that has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One choice, with all that shows what was asked and how.

    Attributes:
        record_id: A random UUID; appending it twice adds one row.
        subject: The random id of the choice cookie.
        time: When the server took the choice, UTC.
        state: given, refused or withdrawn.
        purposes: Ids of the purposes allowed.
        services: Ids of the services allowed one by one.
        purposes_offered: Ids of the purposes that could be chosen.
        services_offered: Ids of the services that could be chosen.
        notice_digest: SHA-256 of the text shown, hex.
        manifest_digest: SHA-256 of the manifest in force, hex.
        language: Of the notice shown, BCP 47.
        regime: The rule followed: opt-in, opt-out or notice.
        jurisdiction: ISO 3166-1 country it was decided for, if known.
        gpc: Whether Sec-GPC was sent.
        dnt: Whether DNT was sent.
        collected: "banner", "preferences", "placeholder" or "api".
        validity: How long the choice is to hold: an ISO 8601 duration or "session".
        withdrawal: The path where it can be withdrawn.
        controller: Who asked.
        sequence: Counts this subject's choices from 1.
        idempotency: A key the client repeats when it sends the same choice again. It is no evidence, so it is
            neither in the leaf nor read back.
    """

    record_id: str
    subject: str
    time: datetime
    state: ChoiceState
    purposes: tuple[str, ...]
    services: tuple[str, ...]
    purposes_offered: tuple[str, ...]
    services_offered: tuple[str, ...]
    notice_digest: str
    manifest_digest: str
    language: str
    regime: str
    jurisdiction: str | None
    gpc: bool
    dnt: bool
    collected: str
    validity: str
    withdrawal: str
    controller: str
    sequence: int
    idempotency: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof for the visitor that the choice is kept, and where: index and leaf hash (hex) in the log."""

    index: int
    record_id: str
    leaf: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFilter:
    """Which records to list; None means any. `since` is inclusive, `until` is not, `limit` is held to 1..1,000."""

    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: ChoiceState | None = None
    purpose: str | None = None
    cursor: str | None = None
    limit: int = 100

    def bound(self) -> Mapping[str, object]:
        """Return what a cursor is bound to."""
        return {
            "log": "consent",
            "subject": self.subject,
            "since": self.since and to_micros(self.since),
            "until": self.until and to_micros(self.until),
            "state": self.state,
            "purpose": self.purpose,
        }


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A record as it lies in the log; `leaf` and `salt` (hex) let anyone check it against a proof."""

    index: int
    leaf: str
    salt: str
    record: ConsentRecord

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported: what the leaf commits to, and with it index, leaf and salt."""
        return {"index": self.index, **payload(self.record), "leaf": self.leaf, "salt": self.salt}


def payload(record: ConsentRecord) -> dict[str, object]:
    """Return what a leaf commits to."""
    return {
        "version": SCHEMA_VERSION,
        "type": str(EntryKind.CONSENT),
        "record_id": record.record_id,
        "subject": record.subject,
        "time": to_text(record.time),
        "state": str(record.state),
        "purposes": list(record.purposes),
        "services": list(record.services),
        "purposes_offered": list(record.purposes_offered),
        "services_offered": list(record.services_offered),
        "notice_digest": record.notice_digest,
        "manifest_digest": record.manifest_digest,
        "language": record.language,
        "regime": record.regime,
        "jurisdiction": record.jurisdiction,
        "gpc": record.gpc,
        "dnt": record.dnt,
        "collected": record.collected,
        "validity": record.validity,
        "withdrawal": record.withdrawal,
        "controller": record.controller,
        "sequence": record.sequence,
    }


def canonical(value: Mapping[str, object]) -> str:
    """Write JSON in one way only: keys sorted, no spaces, everything beyond ASCII escaped.

    Escaping keeps lone surrogates and NUL representable, which UTF-8 and PostgreSQL would refuse.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def commitment(salt: bytes, text: str) -> bytes:
    """Return the leaf hash over the salted commitment to a canonical payload.

    Raises:
        ValueError: The salt isn't 32 bytes. HMAC pads keys with zeros, so salts of other lengths could be exchanged.
    """
    if len(salt) != SALT_SIZE:
        message = f"a salt has {SALT_SIZE} bytes, not {len(salt)}"
        raise ValueError(message)
    return leaf_hash(hmac.digest(salt, text.encode("ascii"), hashlib.sha256))


def searchable(text: str) -> str:
    """Return a text that every store can keep and compare: ASCII, and another for every other text.

    Two surrogates that form a pair are the one exception: they read back as the character they form.
    """
    return json.dumps(text)[1:-1]


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
        retention: Duration,
        cursors: CursorCodec | None = None,
        clock: Callable[[], datetime] = utc_now,
        salt: Callable[[], bytes] = lambda: secrets.token_bytes(SALT_SIZE),
        backlog: int = _BACKLOG,
    ) -> None:
        """Take the store; no thread runs before the first record.

        Args:
            store: Where the log is kept.
            retention: How long a record stays readable.
            cursors: Signs where a listing goes on.
            clock: The time, in UTC.
            salt: Returns 32 fresh random bytes.
            backlog: How many records may wait.
        """
        self._store = store
        self._retention = retention
        self._cursors = cursors or CursorCodec()
        self._clock = clock
        self._salt = salt
        self._backlog = backlog
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
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
        placed = self._hand_over(self._entry(record))
        # Shielded: when the request is cancelled the writer must still find the future it was given.
        return _receipt(await asyncio.shield(asyncio.wrap_future(placed)))

    async def query(self, wanted: ConsentFilter) -> Page[ConsentEntry]:
        """Return a page of the readable records, newest first.

        Raises:
            CursorError: The cursor isn't ours or belongs to other filters.
            StoreUnavailableError: The log can't be read now.
        """
        limit = max(1, min(wanted.limit, LARGEST_PAGE))
        bound = wanted.bound()
        before = self._cursors.read(bound, wanted.cursor) if wanted.cursor else None
        now = self._clock()
        question = ConsentQuery(
            horizon=horizon(self._retention, now),
            now=to_micros(now),
            limit=limit + 1,
            subject=searchable(wanted.subject) if wanted.subject is not None else None,
            since=to_micros(wanted.since) if wanted.since else None,
            until=to_micros(wanted.until) if wanted.until else None,
            state=str(wanted.state) if wanted.state else None,
            purpose=searchable(wanted.purpose) if wanted.purpose is not None else None,
            before=before,
        )
        rows = await asyncio.to_thread(self._store.select, question)
        more = len(rows) > limit
        rows = rows[:limit]
        cursor = self._cursors.write(bound, (rows[-1].time, rows[-1].index)) if more else None
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
        with self._changed:
            self._closed = False
        try:
            self._store.prepare()
        except StoreUnavailableError as error:
            self._error = type(error).__name__
            logger.error("the consent log is down, choices can't be kept: %s", error)

    def close(self) -> None:
        """Commit everything that waits, then stop; blocks until it is done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()
        self._store.close()

    def health(self) -> dict[str, object]:
        """Return the state of the writer, without touching the store and without visitor data."""
        return {"state": "degraded" if self._error else "ok", "waiting": len(self._waiting), "error": self._error}

    def _entry(self, record: ConsentRecord) -> NewEntry:
        text = canonical(payload(record))
        salt = self._salt()
        return NewEntry(
            kind=EntryKind.CONSENT,
            record_id=searchable(record.record_id),
            request=_request(record),
            time=to_micros(record.time),
            subject=searchable(record.subject),
            state=str(record.state),
            purposes=tuple(map(searchable, record.purposes)),
            payload=text,
            salt=salt,
            leaf=commitment(salt, text),
        )

    def _hand_over(self, entry: NewEntry) -> Future[Placed]:
        waiting = _Waiting(entry, Future())
        with self._changed:
            if self._closed:
                message = "the consent log is closed; start it again before appending"
                raise StoreUnavailableError(message)
            if len(self._waiting) >= self._backlog:
                message = f"{len(self._waiting)} records wait for the consent log already; try again later"
                raise StoreUnavailableError(message)
            self._waiting.append(waiting)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="consentkit-consent-log", daemon=True)
                self._thread.start()
            self._changed.notify()
        return waiting.placed

    def _run(self) -> None:
        while batch := self._take():
            self._commit(batch)

    def _take(self) -> list[_Waiting]:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            places = self._store.append([waiting.entry for waiting in batch], year=self._clock().year)
        except StoreError as error:
            self._fail(batch, error)
        except Exception as error:  # the thread has to outlive whatever a driver or a record may do
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


def read_entry(row: StoredEntry) -> ConsentEntry:
    """Read a row of the store back into its record."""
    fields = json.loads(row.payload)
    del fields["version"], fields["type"]
    fields["time"] = from_text(fields["time"])
    fields["state"] = ChoiceState(fields["state"])
    for name in ("purposes", "services", "purposes_offered", "services_offered"):
        fields[name] = tuple(fields[name])
    return ConsentEntry(row.index, row.leaf.hex(), row.salt.hex(), ConsentRecord(**fields))


def _receipt(placed: Placed) -> Receipt:
    return Receipt(placed.index, json.loads(f'"{placed.record_id}"'), placed.leaf.hex(), from_micros(placed.time))


def _request(record: ConsentRecord) -> bytes | None:
    """Digest an idempotency key with the choice made.

    The choice is part of it because a form left open carries its key again: accept, back, refuse are two choices, and
    taking the second for a repetition of the first would keep the wrong one as evidence.
    """
    if record.idempotency is None:
        return None
    choice = {
        "key": record.idempotency,
        "sequence": record.sequence,
        "state": str(record.state),
        "purposes": sorted(record.purposes),
        "services": sorted(record.services),
    }
    return hashlib.sha256(canonical(choice).encode("ascii")).digest()
