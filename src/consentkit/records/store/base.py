"""What a store must do; the logs know nothing else of it.

A store blocks, and is therefore only ever called from this room's own threads: one writer thread for each log, one
sweeper, and readers. Its methods raise :class:`~consentkit.errors.StoreUnavailableError` for whatever may pass (locked,
full, unreachable) and :class:`~consentkit.errors.StoreVersionError` for a database newer than this code. After an error
nothing of the call has been kept, or all of it has; it never was half.

Times are microseconds since 1970 UTC. A `horizon` is the last moment that has expired: rows at or before it must not be
readable, unless a hold keeps them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from consentkit.records.note import Checkpoint

T = TypeVar("T")


class EntryKind(enum.StrEnum):
    """What a leaf of the consent log commits to."""

    CONSENT = "consent"
    ERASURE = "erasure"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A row on its way into the consent log; everything but its index is settled.

    Attributes:
        kind: What it is.
        record_id: Unique; appending the same again answers with the row there is.
        request: The digest of an idempotency key and what was asked with it; unique too.
        time: When it happened.
        subject: Whose it is; None for entries about the log itself.
        state: The state it brought about; None for entries about the log itself.
        purposes: What it allows, for searching.
        payload: Canonical JSON, ASCII only.
        salt: 32 random bytes.
        leaf: The leaf hash of the salted commitment.
    """

    kind: EntryKind
    record_id: str
    request: bytes | None
    time: int
    subject: str | None
    state: str | None
    purposes: tuple[str, ...]
    payload: str
    salt: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry is, once it is durable."""

    index: int
    record_id: str
    leaf: bytes
    time: int


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A readable row of the consent log."""

    index: int
    leaf: bytes
    kind: EntryKind
    time: int
    payload: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A leaf of the log, with what it commits to unless that was erased."""

    index: int
    leaf: bytes
    payload: str | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold: what it covers stays, readable, until it ends.

    It covers rows of `subject`, from `since` and before `until`, where None means any; and only those after `floor`,
    the horizon when it was placed.
    """

    hold_id: str
    subject: str | None
    since: int | None
    until: int | None
    reason: str
    author: str
    created: int
    ends: int
    floor: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was shown, found again by its digest.

    Attributes:
        digest: SHA-256 of the body, hex.
        kind: What it is, such as "notice" or "manifest".
        language: BCP 47; None where there is none.
        body: The text.
        time: When it was first kept.
    """

    digest: str
    kind: str
    language: str | None
    body: str
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentQuery:
    r"""Which rows of the consent log; None means any. `since` is inclusive, `until` is not.

    `payload_like` are patterns of LIKE with ``\`` to escape; a payload matches one of them.
    """

    horizon: int
    now: int
    limit: int
    subject: str | None = None
    since: int | None = None
    until: int | None = None
    state: str | None = None
    purpose: str | None = None
    payload_like: tuple[str, ...] | None = None
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserQuery:
    """Which rows of the browser log; None means any. `since` is inclusive, `until` is not."""

    horizon: int
    now: int
    limit: int
    since: int | None = None
    until: int | None = None
    path: str | None = None
    country: str | None = None
    browser: str | None = None
    status: int | None = None
    before: tuple[int, int] | None = None


class VisitRow(NamedTuple):
    """One row of the browser log, as stored; its texts are valid Unicode without NUL and of bounded length."""

    time: int
    address: str
    method: str
    path: str
    status: int
    referrer: str | None
    language: str | None
    country: str | None
    browser: str | None
    browser_version: str | None
    platform: str | None
    device: str | None
    bot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """What was observed of one host or cookie name from one source, counts summed over all workers.

    Attributes:
        kind: ``host`` or ``cookie``.
        name: The host, or the cookie's name.
        source: What told of it: ``html``, ``script``, ``set-cookie``, or the directive of a violation report.
        reported: A browser told, and anyone can pretend to be one; False for what passed through this server.
        page: The path it was last seen on, without the query.
        lifetime: The longest a cookie was set for, in seconds; None for one of the session and for hosts.
        first: When it was first seen.
        last: When it was last seen.
        count: How often.
    """

    kind: str
    name: str
    source: str
    reported: bool
    page: str
    lifetime: int | None
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """A year of the consent log: its own tree, over ``size`` leaves that begin at index ``start``."""

    year: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the listing `name`, newest first; `cursor` asks for what follows, None says that nothing does."""

    name: str
    items: tuple[T, ...]
    cursor: str | None


ErasureNote = Callable[[Sequence[int]], NewEntry]
"""Makes the entry that says which indexes were erased."""


class Holds(Protocol):
    """Keeps the legal holds on a log."""

    def add_hold(self, hold: HoldRow) -> None:
        """Place a hold; from then on nothing that it covers is hidden or erased."""

    def holds(self, now: int) -> list[HoldRow]:
        """Return the holds in force, oldest first."""

    def end_hold(self, hold_id: str, now: int) -> bool:
        """End a hold and forget whom it was about; tell whether there was one in force."""


class MarkStore(Protocol):
    """Remembers the newest signed checkpoint of each tree."""

    def advance(self, checkpoint: Checkpoint, agrees: Callable[[int, bytes], None]) -> None:
        """Move the mark to a checkpoint that is about to be signed; a larger one stays where it is.

        `agrees` is called with size and root of the mark; it raises when the log isn't a continuation of that tree.
        """

    def close(self) -> None:
        """Let go of the connection."""


class ConsentStore(Holds, Protocol):
    """Keeps the consent log, durably and in one order."""

    def prepare(self) -> None:
        """Create or migrate the tables; safe to repeat, and from several processes at once."""

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        """Commit all the entries at once and return their places in order.

        An entry whose `record_id` or `request` is already there is not added again; its place is that of the first.
        Indexes are gapless from 0 over all writers. It returns only after the commit is durable.
        """

    def select(self, query: ConsentQuery) -> list[StoredEntry]:
        """Return readable consent entries, newest first."""

    def count(self, *, horizon: int, now: int, subject: str | None = None) -> int:
        """Count the readable consent entries, of one subject or of all."""

    def keep_document(self, document: Document) -> None:
        """Keep a text; one that is kept already stays as it is."""

    def document(self, digest: str) -> Document | None:
        """Return the text with this digest, or None."""

    def documents(self, kind: str) -> list[Document]:
        """Return every text of a kind, oldest first."""

    def origin(self) -> str:
        """Return the log's own name, made once with the database and never changed."""

    def epochs(self) -> list[Epoch]:
        """Return every year of the log, oldest first."""

    def subtrees(self, year: int, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the hashes of complete subtrees ``(level, position)`` of a year's tree."""

    def scan(self, *, start: int, end: int, horizon: int, now: int) -> list[LeafRow]:
        """Return the leaves ``[start, end)`` in order, of all kinds; what has expired comes without contents."""

    def erase(
        self, *, horizon: int | None, subject: str | None, now: int, limit: int, year: int, note: ErasureNote
    ) -> tuple[int, ...]:
        """Erase up to `limit` consent entries for good, their leaves excepted, and return their indexes.

        They are those at or before `horizon`, of `subject`; None means any. A hold spares what it covers. The entry
        that `note` makes of the indexes is appended in the same commit; when nothing is erased, it isn't asked for.
        """

    def finish_sweep(self) -> None:
        """Leave no copy of what was erased in any file of the store."""

    def close(self) -> None:
        """Let go of the writer's connection."""


class BrowserStore(Holds, Protocol):
    """Keeps the browser log, cheaply and for a while."""

    def prepare(self) -> None:
        """Create or migrate the tables; safe to repeat, and from several processes at once."""

    def insert(self, rows: Sequence[VisitRow]) -> None:
        """Add the rows in one transaction."""

    def select(self, query: BrowserQuery) -> list[tuple[int, VisitRow]]:
        """Return readable rows, newest first, as ``(row number, row)``."""

    def sweep(self, *, horizon: int, now: int, limit: int) -> int:
        """Delete up to `limit` expired rows; return how many there were."""

    def finish_sweep(self) -> None:
        """Leave no copy of what was deleted in any file of the store."""

    def claim(self, *, holder: str, now: int, until: int) -> bool:
        """Become the one worker that sweeps, until then or until :meth:`release`; tell whether it worked out."""

    def release(self, *, holder: str, now: int, due: int) -> None:
        """Stop being it, with the sweep done; nobody need sweep before `due`."""

    def last_sweep(self) -> int | None:
        """Return when a sweep was last done, or None."""

    def close(self) -> None:
        """Let go of the writer's connection."""


class ObservedStore(Protocol):
    """Keeps what was observed on the site: one row for each kind, name and source."""

    def prepare(self) -> None:
        """Create or migrate the tables; safe to repeat, and from several processes at once."""

    def add(self, rows: Sequence[SightingRow], *, most: int) -> None:
        """Merge the rows into those there are, in one transaction.

        Counts are summed, the longest lifetime, the first and the last time stay, and the page is that of the last.
        Of reported rows and of the others only the `most` seen last are kept.
        """

    def select(self, *, horizon: int) -> list[SightingRow]:
        """Return the readable rows by kind, name and source."""

    def sweep(self, *, horizon: int) -> int:
        """Delete the rows last seen at or before `horizon`; return how many there were."""

    def finish_sweep(self) -> None:
        """Leave no copy of what was deleted in any file of the store."""

    def close(self) -> None:
        """Let go of the writer's connection."""
