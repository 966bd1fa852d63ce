"""Open the records of a site: both logs, and the sweeper that keeps their promises."""

from __future__ import annotations

import asyncio
import atexit
import logging
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from consentkit.errors import ConfigurationError, StoreError, StoreUnavailableError
from consentkit.records.browserlog import BrowserLog
from consentkit.records.consentlog import ConsentLog
from consentkit.records.cursor import CursorCodec
from consentkit.records.expiry import Expiry
from consentkit.records.latest import LatestChoices
from consentkit.records.moments import to_micros, to_text, utc_now
from consentkit.records.observed import ObservedInventory
from consentkit.records.proofs import Proofs
from consentkit.records.retention import Sweeper, check_retention, horizon
from consentkit.records.statistics import Statistics
from consentkit.records.store.marks import Marks
from consentkit.records.store.postgres_browser import PostgresBrowserStore
from consentkit.records.store.postgres_consent import PostgresConsentStore
from consentkit.records.store.postgres_observed import PostgresObservedStore
from consentkit.records.store.postgres_statistics import PostgresStatisticsStore
from consentkit.records.store.spool import Spool, place_on_host
from consentkit.records.store.sqlite_browser import SqliteBrowserStore
from consentkit.records.store.sqlite_consent import SqliteConsentStore
from consentkit.records.store.sqlite_observed import SqliteObservedStore
from consentkit.records.store.sqlite_statistics import SqliteStatisticsStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from consentkit.manifest.model import Retention
    from consentkit.records.concern import Concern
    from consentkit.records.expiry import Erasure, Hold, LogName
    from consentkit.records.store.base import BrowserStore, ConsentStore, MarkStore, ObservedStore
    from consentkit.records.store.counting import StatisticsStore

logger = logging.getLogger("consentkit.records")

_SITE = re.compile(r"[A-Za-z0-9._:-]{1,253}\Z")


class Stores(NamedTuple):
    """Where everything is kept."""

    consent: ConsentStore
    browser: BrowserStore
    observed: ObservedStore
    statistics: StatisticsStore
    marks: MarkStore
    spool: Spool


class Records:
    """Everything that is kept. It lives as long as the application does, and may be started again after it was closed.

    Attributes:
        consent_log: The evidence.
        browser_log: The page views.
        observed: The hosts and cookies seen on the site, kept for as long as page views are.
        statistics: What is counted of page views and choices.
        latest: Who chose again, so that their older cookies are no choice.
        proofs: What the evidence is checked with.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        retention: Retention,
        clock: Callable[[], datetime] = utc_now,
        keys: Sequence[str | bytes] = (),
    ) -> None:
        """Put the logs on their stores; nothing is opened yet.

        Raises:
            ConfigurationError: A retention isn't a period.
        """
        check_retention("consent_log", retention.consent_log)
        check_retention("browser_log", retention.browser_log)
        cursors = CursorCodec(keys)
        self._stores = stores
        self._retention = retention
        self._clock = clock
        self._starting = threading.Lock()
        self._running = False
        self._expiry = Expiry(stores.consent, stores.browser, stores.observed, retention=retention, clock=clock)
        self.statistics = Statistics(stores.statistics, clock=clock)
        self._sweeper = Sweeper(stores.browser, self._hourly, clock=clock, look=self._forget_day)
        self.consent_log = ConsentLog(
            stores.consent, spool=stores.spool, retention=retention.consent_log, cursors=cursors, clock=clock
        )
        self.latest = LatestChoices(stores.consent, retention=retention.consent_log, clock=clock)
        self.proofs = Proofs(stores.consent, stores.marks, keys=keys, clock=clock)
        self.browser_log = BrowserLog(
            stores.browser,
            retention=retention.browser_log,
            cursors=cursors,
            clock=clock,
            after_batch=self.statistics.flush,
        )
        self.observed = ObservedInventory(stores.observed, retention=retention.browser_log, clock=clock)

    async def start(self) -> None:
        """Open the stores and begin to sweep; a second call does nothing, from whatever event loop.

        A store that is down now doesn't keep the site from starting: health says so, and grants are refused until it is
        back.

        Raises:
            StoreVersionError: A newer consentkit wrote a database.
        """
        if not self._running:
            await asyncio.to_thread(self._start)

    async def close(self) -> None:
        """Commit and write everything that waits, then stop."""
        await asyncio.to_thread(self._close)

    async def sweep(self) -> int:
        """Remove everything expired now, whichever worker's turn it is; return how many rows went.

        Raises:
            StoreUnavailableError: A store couldn't be swept now.
        """
        removed = await asyncio.to_thread(self._expiry.sweep, _hurry)
        await asyncio.to_thread(self._sweep_statistics)
        return removed

    async def erase(self, subject: str, *, reason: str, author: str) -> Erasure:
        """Erase every choice of a subject (GDPR art. 17), but for what a legal hold keeps.

        The log says that it was done, not about whom. Proofs made before stay valid. What was spooled while the log was
        down is brought in first, and erased with it.

        Args:
            subject: The id in the choice cookie.
            reason: Why, such as "request of the person".
            author: Who did it.

        Raises:
            StoreUnavailableError: The consent log can't be written now.
        """
        await asyncio.to_thread(self.consent_log.replay)
        return await asyncio.to_thread(self._expiry.erase, subject, reason=reason, author=author)

    async def hold(
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
        """Keep what would expire or be erased, until a date; the consent log says that it was placed.

        It can't bring back what had expired before.

        Raises:
            ValueError: It ends in the past, has no reason or author, or names a subject of the browser log.
            StoreUnavailableError: It couldn't be kept.
        """
        return await asyncio.to_thread(
            self._expiry.place, log, reason=reason, author=author, ends=ends, subject=subject, since=since, until=until
        )

    async def holds(self) -> list[Hold]:
        """Return the holds in force.

        Raises:
            StoreUnavailableError: A store can't be read now.
        """
        return await asyncio.to_thread(self._expiry.holds)

    async def lift(self, hold_id: str, *, author: str) -> Hold:
        """End a hold before its date; the consent log says so.

        Raises:
            KeyError: There is no such hold in force.
            StoreUnavailableError: It couldn't be ended.
        """
        return await asyncio.to_thread(self._expiry.lift, hold_id, author=author)

    async def archive(self, concern: Concern | None = None) -> AsyncIterator[bytes]:
        """Write the whole consent log as lines of NDJSON for :func:`consentkit.records.verify.verify`.

        What has expired is erased first, so that the archive says so. With a concern, choices of no concern have a leaf
        and no contents.

        Raises:
            EvidenceError: The log isn't a continuation of what was signed before.
            StoreUnavailableError: A store can't be reached now.
        """
        now = self._clock()
        await asyncio.to_thread(self._expiry.sweep_consent_log, _hurry)
        limit = horizon(self._retention.consent_log, now)
        async for line in self.proofs.archive(horizon=limit, now=to_micros(now), concern=concern):
            yield line

    def health(self) -> dict[str, object]:
        """Return the state of logs and sweeper for the operator: no visitor data, and no waiting for a store."""
        swept, failed = self._sweeper.last_sweep, self._sweeper.last_error
        logs = {
            "consent_log": self.consent_log.health(),
            "browser_log": self.browser_log.health(),
            "observed": self.observed.health(),
        }
        well = not failed and not self._sweeper.overdue() and all(log["state"] == "ok" for log in logs.values())
        return {
            "status": "ok" if well else "degraded",
            **logs,
            "sweep": {
                "last": swept and to_text(swept),
                "overdue_seconds": round(self._sweeper.overdue().total_seconds()),
                "retention_lag_seconds": swept and max(0, round((self._clock() - swept).total_seconds())),
                "error": failed,
            },
        }

    def _start(self) -> None:
        with self._starting:
            if self._running:
                return
            self.consent_log.start()
            self.browser_log.start()
            self.observed.start()
            self._prepare_statistics()
            self.latest.start()
            self._sweeper.start()
            # An application that never hears of its end must not lose what its daemon threads still hold.
            atexit.register(self._close)
            self._running = True

    def _close(self) -> None:
        with self._starting:
            self._sweeper.stop()
            self.latest.stop()
            self.consent_log.close()
            self.browser_log.close()
            self.observed.close()
            self.statistics.close()
            self._stores.marks.close()
            atexit.unregister(self._close)
            self._running = False

    def _prepare_statistics(self) -> None:
        try:
            self.statistics.prepare()
        except StoreUnavailableError as error:
            logger.warning("nothing is counted now: %s", error)

    def _forget_day(self) -> None:
        try:
            self.statistics.forget()
        except StoreError as error:
            # It is tried again soon, and must not keep the logs from being swept.
            logger.warning("the key of a day that has gone is still in the statistics: %s", error)

    def _sweep_statistics(self) -> None:
        self.statistics.forget()
        self.statistics.sweep(horizon(self._retention.browser_log, self._clock()))

    def _hourly(self, pause: Callable[[float], None]) -> int:
        removed = self._expiry.sweep(pause)
        # Signing compares the log with what was signed before, so an altered one is noticed though nobody asks.
        self.proofs.check()
        self._sweep_statistics()
        return removed


def open_records(
    database: str,
    *,
    retention: Retention,
    clock: Callable[[], datetime] = utc_now,
    keys: Sequence[str | bytes] = (),
    site: str = "localhost",
) -> Records:
    """Return the records of a site; nothing is opened before :meth:`Records.start` or the first write.

    Args:
        database: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://…``. With SQLite the consent
            log is kept in that file, the browser log beside it in ``<stem>.browser.db``, the observed inventory in
            ``<stem>.observed.db``, what is counted in ``<stem>.statistics.db``, what was signed in
            ``<stem>.checkpoints.db``, and refusals that wait for a log that is down in ``<stem>.spool.db``. With
            PostgreSQL everything is in its schema ``consentkit`` but those refusals; see
            :func:`consentkit.records.store.spool.place_on_host`.
        retention: How long each log is kept.
        clock: The time, in UTC.
        keys: The site's secret keys, oldest first; they sign cursors and checkpoints. Without any, a cursor holds for
            this process only and checkpoints aren't signed.
        site: The host that asks; it becomes part of the name of a consent log that is created.

    Raises:
        ConfigurationError: The URL, the site or a retention can't be used; the message says what to write instead.
    """
    if not _SITE.match(site):
        message = f"site {site!r} is not a host name; give the host visitors see, e.g. 'www.example.org'"
        raise ConfigurationError(message)
    scheme, separator, _ = database.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        consent_store = PostgresConsentStore(database, site=site)
        spool = Spool(place_on_host(database))
        stores = Stores(
            consent_store,
            PostgresBrowserStore(database),
            PostgresObservedStore(database),
            PostgresStatisticsStore(database),
            consent_store,
            spool,
        )
    else:
        path = _sqlite_path(database)
        stores = Stores(
            SqliteConsentStore(path, site=site),
            SqliteBrowserStore(path.with_name(f"{path.stem}.browser.db")),
            SqliteObservedStore(path.with_name(f"{path.stem}.observed.db")),
            SqliteStatisticsStore(path.with_name(f"{path.stem}.statistics.db")),
            Marks(path.with_name(f"{path.stem}.checkpoints.db")),
            Spool(path.with_name(f"{path.stem}.spool.db")),
        )
    return Records(stores, retention=retention, clock=clock, keys=keys)


def _sqlite_path(database: str) -> Path:
    scheme, separator, rest = database.partition("://")
    if not separator or scheme != "sqlite":
        message = (
            f"database {database.rpartition('@')[2]!r} is not the URL of a store; write e.g. 'sqlite:///consentkit.db' "
            "or 'postgresql://user:password@host/name'"
        )
        raise ConfigurationError(message)
    if not rest.startswith("/") or ":memory:" in rest or len(rest) < 2:
        message = (
            f"database {database!r} names no file; write 'sqlite:///relative.db' or 'sqlite:////absolute/path.db'. "
            "A database in memory would lose the evidence with the process and be seen by one worker only"
        )
        raise ConfigurationError(message)
    path = Path(unquote(rest[1:])).absolute()
    if not path.parent.is_dir():
        message = f"database {database!r}: the folder {path.parent} does not exist; create it, or name another"
        raise ConfigurationError(message)
    return path


def _hurry(_seconds: float) -> None:
    """Don't pause: somebody waits for the end."""
