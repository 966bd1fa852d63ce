"""Everything that takes data away: expiry, a person's erasure, and the legal holds that forbid both."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from consentkit.errors import StoreError
from consentkit.records.entry import erasure, hold_entry, readable, searchable
from consentkit.records.moments import from_micros, to_micros, to_text
from consentkit.records.retention import CHUNK, LARGEST_CHUNK, NOTHING, SMALLEST_CHUNK, STEP, horizon
from consentkit.records.store.base import HoldRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consentkit.manifest.model import Retention
    from consentkit.records.store.base import BrowserStore, ConsentStore, NewEntry, ObservedStore

LogName = Literal["consent", "browser"]
Pause = Callable[[float], None]
_EVERYTHING = 1_000_000
"""More choices than one person makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A duty to keep what would expire or be erased: a dispute, a request of an authority (GDPR art. 17(3)(e), 18(2)).

    Attributes:
        hold_id: Random.
        log: Which log it is on.
        subject: Whose records it keeps; None for everyone's. The browser log knows nobody, so there it is None.
        since: It keeps what is from then on; None from the beginning.
        until: It keeps what is before then; None without end.
        reason: Why, for whoever reads the audit page.
        author: Who placed it.
        created: When.
        ends: When it ends by itself.
    """

    hold_id: str
    log: LogName
    subject: str | None
    since: datetime | None
    until: datetime | None
    reason: str
    author: str
    created: datetime
    ends: datetime

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported."""
        values = asdict(self)
        return {name: to_text(value) if isinstance(value, datetime) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What came of an erasure: the entries erased, and how many a hold kept."""

    indexes: tuple[int, ...]
    held: int


class Expiry:
    """Takes away what has expired or is to be erased; its methods block."""

    def __init__(
        self,
        consent_store: ConsentStore,
        browser_store: BrowserStore,
        observed_store: ObservedStore,
        *,
        retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the stores.

        Args:
            consent_store: Where the consent log is kept.
            browser_store: Where the browser log is kept.
            observed_store: Where the observed inventory is kept.
            retention: How long each is kept.
            clock: The time, in UTC.
        """
        self._consent_store = consent_store
        self._browser_store = browser_store
        self._observed_store = observed_store
        self._retention = retention
        self._clock = clock

    def sweep(self, pause: Pause) -> int:
        """Erase everything that has expired; return how many rows that were.

        Args:
            pause: Called after each full transaction with the seconds that it took.

        Raises:
            StoreUnavailableError: A store couldn't be swept now; the others were.
        """
        removed = 0
        failure: StoreError | None = None
        # Each one's promise is kept whatever becomes of the others.
        for sweep in (self.sweep_browser_log, self.sweep_observed, self.sweep_consent_log):
            try:
                removed += sweep(pause)
            except StoreError as error:
                failure = error
        if failure is not None:
            raise failure
        return removed

    def sweep_browser_log(self, pause: Pause) -> int:
        """Do as :meth:`sweep` with the browser log alone."""
        now = self._clock()
        limit = horizon(self._retention.browser_log, now)

        def step(rows: int) -> int:
            return self._browser_store.sweep(horizon=limit, now=to_micros(now), limit=rows)

        removed = _in_chunks(step, pause)
        self._browser_store.finish_sweep()
        return removed

    def sweep_observed(self, _pause: Pause) -> int:
        """Do as :meth:`sweep` with the observed inventory alone, which names pages as the browser log does."""
        removed = self._observed_store.sweep(horizon=horizon(self._retention.browser_log, self._clock()))
        if removed:
            self._observed_store.finish_sweep()
        return removed

    def sweep_consent_log(self, pause: Pause) -> int:
        """Do as :meth:`sweep` with the consent log alone; an entry of the log says what went."""
        now = self._clock()
        limit = horizon(self._retention.consent_log, now)

        def note(indexes: Sequence[int]) -> NewEntry:
            return erasure(indexes, reason="retention", author="consentkit", time=now)

        def step(rows: int) -> int:
            erased = self._consent_store.erase(
                horizon=limit, subject=None, now=to_micros(now), limit=rows, year=now.year, note=note
            )
            return len(erased)

        removed = _in_chunks(step, pause)
        self._consent_store.finish_sweep()
        return removed

    def erase(self, subject: str, *, reason: str, author: str) -> Erasure:
        """Erase all that is kept about a subject (GDPR art. 17), but for what a hold keeps.

        Raises:
            StoreUnavailableError: The consent log can't be written now.
        """
        now = self._clock()

        def note(indexes: Sequence[int]) -> NewEntry:
            return erasure(indexes, reason=reason, author=author, time=now)

        indexes = self._consent_store.erase(
            horizon=None,
            subject=searchable(subject),
            now=to_micros(now),
            limit=_EVERYTHING,
            year=now.year,
            note=note,
        )
        self._consent_store.finish_sweep()
        held = self._consent_store.count(horizon=NOTHING, now=to_micros(now), subject=searchable(subject))
        return Erasure(indexes, held)

    def place(
        self,
        log: LogName,
        *,
        reason: str,
        author: str,
        ends: datetime,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Hold:
        """Place a hold, and say so in the consent log.

        Raises:
            ValueError: It ends in the past, has no reason or author, or names a subject of the browser log.
            StoreUnavailableError: It couldn't be kept.
        """
        now = self._clock()
        if ends <= now:
            message = f"a hold that ends at {ends.isoformat()} has ended; give a time to come"
            raise ValueError(message)
        if not reason.strip() or not author.strip():
            message = "a hold needs a reason and an author, for whoever has to answer for it"
            raise ValueError(message)
        if log == "browser" and subject is not None:
            message = "the browser log knows no subjects; hold a span of time, with since and until"
            raise ValueError(message)
        hold = Hold(
            hold_id=secrets.token_hex(8),
            log=log,
            subject=subject,
            since=since,
            until=until,
            reason=reason,
            author=author,
            created=now,
            ends=ends,
        )
        self._store(log).add_hold(self._row(hold))
        self._note(hold, "placed", author)
        return hold

    def holds(self) -> list[Hold]:
        """Return the holds in force, those of the consent log first.

        Raises:
            StoreUnavailableError: A store can't be read now.
        """
        now = to_micros(self._clock())
        logs: tuple[LogName, ...] = ("consent", "browser")
        return [_hold(log, row) for log in logs for row in self._store(log).holds(now)]

    def lift(self, hold_id: str, *, author: str) -> Hold:
        """End a hold, say so in the consent log, and forget whom it was about.

        Raises:
            KeyError: There is no such hold in force.
            StoreUnavailableError: It couldn't be ended.
        """
        hold = {found.hold_id: found for found in self.holds()}[hold_id]
        self._store(hold.log).end_hold(hold_id, to_micros(self._clock()))
        self._note(hold, "lifted", author)
        return hold

    def _store(self, log: LogName) -> ConsentStore | BrowserStore:
        return self._consent_store if log == "consent" else self._browser_store

    def _row(self, hold: Hold) -> HoldRow:
        retention = self._retention.consent_log if hold.log == "consent" else self._retention.browser_log
        return HoldRow(
            hold.hold_id,
            searchable(hold.subject) if hold.subject is not None else None,
            to_micros(hold.since) if hold.since else None,
            to_micros(hold.until) if hold.until else None,
            searchable(hold.reason),
            searchable(hold.author),
            to_micros(hold.created),
            to_micros(hold.ends),
            horizon(retention, hold.created),
        )

    def _note(self, hold: Hold, what: str, author: str) -> None:
        now = self._clock()
        fields = {
            "hold_id": hold.hold_id,
            "hold": what,
            "log": hold.log,
            "of_one_subject": hold.subject is not None,
            "since": hold.since and to_text(hold.since),
            "until": hold.until and to_text(hold.until),
            "reason": hold.reason,
            "author": author,
            "ends": to_text(hold.ends),
        }
        self._consent_store.append([hold_entry(fields, time=now)], year=now.year)


def _hold(log: LogName, row: HoldRow) -> Hold:
    return Hold(
        hold_id=row.hold_id,
        log=log,
        subject=readable(row.subject) if row.subject is not None else None,
        since=from_micros(row.since) if row.since is not None else None,
        until=from_micros(row.until) if row.until is not None else None,
        reason=readable(row.reason),
        author=readable(row.author),
        created=from_micros(row.created),
        ends=from_micros(row.ends),
    )


def _in_chunks(step: Callable[[int], int], pause: Pause) -> int:
    """Take rows away in steps that become as large as they can without keeping a writer waiting."""
    total, rows = 0, CHUNK
    while True:
        began = time.monotonic()
        removed = step(rows)
        took = time.monotonic() - began
        total += removed
        if removed < rows:
            return total
        pause(took)
        # A disk or a machine under load makes each row cost many times what it costs alone.
        rows = max(rows // 2, SMALLEST_CHUNK) if took > STEP else min(rows * 2, LARGEST_CHUNK)
