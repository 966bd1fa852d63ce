"""PostgreSQL, for sites on several hosts: how it is reached, migrated and waited for.

Rules of operation:

1. A store blocks, and asyncpg doesn't: each store has an event loop in a thread of its own, and no request's loop ever
   touches a connection. A cancelled request can therefore leave none behind (asyncpg #464, SQLAlchemy #12099).
2. Nothing waits without end. A server that hangs costs :data:`PATIENCE` seconds, then the connection is cut.
3. After any error the connection is cut, never reused: what its transaction did is unknown. The one exception is a
   lock not granted in time, of which the server itself tells and after which nothing was done.
4. Everything is in the schema ``consentkit``. Migrations run under an advisory lock, one transaction a version, so an
   interrupted one leaves the version before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from consentkit.errors import ConfigurationError, StoreUnavailableError, StoreVersionError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for one piece of work, the wait for a lock among them."""
_CONNECT = 5.0
_CONNECTIONS = 4
"""A writer, a sweeper and two readers."""

_LOCK_WAIT, _LOCK_PAUSE, _LOCK_ATTEMPTS = 0.03, 0.22, 20
"""Seconds that writers may have to wait behind us for a table, seconds between two attempts, and how often: for 5 s."""

_SCHEMA_LOCK = 0x736368656D61
"""The advisory lock of whatever part makes what is common to all: "schema" in ASCII."""

_VERSIONS = (
    "CREATE SCHEMA IF NOT EXISTS consentkit",
    "CREATE TABLE IF NOT EXISTS consentkit.version (part TEXT PRIMARY KEY, version INTEGER NOT NULL)",
)


def unsampled(table: str, columns: Iterable[str]) -> str:
    """Return what keeps samples of a table's columns out of the server's own statistics, which would outlive the rows.

    ANALYZE, which runs by itself, copies common values and bounds of histograms into ``pg_statistic``. The setting goes
    down to the partitions there are; a new one needs it of its own.
    """
    settings = ", ".join(f'ALTER COLUMN "{column}" SET STATISTICS 0' for column in columns)
    return f"ALTER TABLE consentkit.{table} {settings}"


async def make_partition(db: Any, name: str, *, of: str, first: int, end: int, personal: Iterable[str]) -> None:
    """Make a partition unless it is there; only a new one is altered, for that waits for whoever analyses the table.

    Args:
        db: A connection that holds the lock of whoever makes partitions.
        name: Of the partition.
        of: The table.
        first: The least value in it.
        end: The least value after it.
        personal: Columns of which the server keeps no samples.
    """
    if await db.fetchval("SELECT to_regclass($1)", f"consentkit.{name}") is None:
        bounds = f"FOR VALUES FROM ({first}) TO ({end})"
        await db.execute(f"CREATE TABLE consentkit.{name} PARTITION OF consentkit.{of} {bounds}")
        await db.execute(unsampled(name, personal))


class Database:
    """A pool of connections to one database, for callers that block."""

    def __init__(self, url: str, *, part: str, migrations: Sequence[Sequence[str]], lock: int) -> None:
        """Name the database; nothing is opened yet.

        Args:
            url: ``postgresql://user:password@host/name``.
            part: What of consentkit is kept with these migrations, such as "consent log".
            migrations: How version n of that part becomes n + 1, for each n from 0.
            lock: The number of the advisory lock that migrations and writers of this part take.

        Raises:
            ConfigurationError: The extra ``postgres`` isn't installed.
        """
        try:
            import asyncpg
        except ImportError as error:
            message = "a postgresql:// database needs asyncpg; install it with: pip install 'consentkit[postgres]'"
            raise ConfigurationError(message) from error
        self._driver = asyncpg
        # The last is no InterfaceError, and is raised when the server cuts a connection in the middle of an answer.
        self._failures = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
        self._url = url
        self._part = part
        self._migrations = migrations
        self._lock = lock
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pool: Any = None
        self._prepared = False

    @property
    def where(self) -> str:
        """The database's host and name, without user and password."""
        parts = urlsplit(self._url)
        return f"{parts.hostname or 'local'}/{parts.path.lstrip('/')}"

    def run(self, work: Callable[[Any], Awaitable[T]], *, patience: float | None = None) -> T:
        """Do work on a connection and return what it returns, blocking; `patience` is :data:`PATIENCE` if left out.

        Raises:
            StoreUnavailableError: The server can't be reached, refused, or took too long. The work may have been done
                all the same, when only the answer was lost.
            StoreVersionError: A newer consentkit wrote the database.
        """
        loop = self._running_loop()
        return asyncio.run_coroutine_threadsafe(self._translated(work, patience or PATIENCE), loop).result()

    def transaction(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do work in one transaction, as the only writer of this part in all processes.

        The lock makes indexes gapless: it is held until the commit, and each statement after it sees all that was
        committed before. ``synchronous_commit`` is on whatever the server's default.

        Raises:
            StoreUnavailableError: As :meth:`run`.
        """
        return self.run(lambda connection: self._alone(connection, work))

    def courteous_transaction(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do as :meth:`transaction` with work that locks whole tables; it may be done several times, the last counts.

        Whoever comes after a lock that isn't granted yet waits as well: a reader or a vacuum of one partition would
        stop all writers. So no lock is waited for longer than :data:`_LOCK_WAIT`; the transaction begins anew instead.

        Raises:
            StoreUnavailableError: As :meth:`run`, or somebody kept the table for all that time.
        """

        async def hurried(connection: Any) -> T:
            await connection.execute(f"SET LOCAL lock_timeout TO '{_LOCK_WAIT * 1000:.0f}ms'")
            return await work(connection)

        async def repeated(connection: Any) -> T:
            for _ in range(_LOCK_ATTEMPTS - 1):
                with contextlib.suppress(self._driver.LockNotAvailableError):
                    return await self._alone(connection, hurried)
                await asyncio.sleep(_LOCK_PAUSE)
            return await self._alone(connection, hurried)

        return self.run(repeated)

    def close(self) -> None:
        """Close the connections and end the thread; later work opens them again."""
        with self._starting:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
            if loop is None or thread is None:
                return
            asyncio.run_coroutine_threadsafe(self._disconnect(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                self._pool = None
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=f"consentkit-postgres-{self._part}", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _alone(self, connection: Any, work: Callable[[Any], Awaitable[T]]) -> T:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit TO on")
            await connection.execute("SELECT pg_advisory_xact_lock($1)", self._lock)
            return await work(connection)

    async def _disconnect(self) -> None:
        if self._pool is not None:
            # Nothing is under way any more; a server that hangs mustn't keep the site from ending.
            self._pool.terminate()
            self._pool = None

    async def _translated(self, work: Callable[[Any], Awaitable[T]], patience: float) -> T:
        try:
            deadline = asyncio.get_running_loop().time() + patience
            async with asyncio.timeout_at(deadline):
                return await self._connected(work, deadline)
        except (*self._failures, OSError, TimeoutError) as error:
            reason = str(error) or f"no answer within {patience:g} s"
            message = (
                f"the {self._part} in PostgreSQL ({self.where}) can't be reached or written now: {reason}; check that "
                "the server runs, that the user may create the schema consentkit, and its disk"
            )
            raise StoreUnavailableError(message) from error

    async def _connected(self, work: Callable[[Any], Awaitable[T]], deadline: float) -> T:
        if self._pool is None:
            self._pool = self._driver.create_pool(
                self._url,
                min_size=0,
                max_size=_CONNECTIONS,
                timeout=_CONNECT,
                server_settings={"application_name": f"consentkit {self._part}", "timezone": "UTC"},
            )
        await self._pool
        connection = await self._pool.acquire()
        # To be cancelled isn't enough: the rollback that follows would wait for the server again, and without end.
        watchdog = asyncio.get_running_loop().call_at(deadline, _cut, self._driver, connection)
        try:
            if not self._prepared:
                await self._migrate(connection)
                self._prepared = True
            return await work(connection)
        except BaseException:
            _cut(self._driver, connection)
            raise
        finally:
            watchdog.cancel()
            await self._pool.release(connection, timeout=PATIENCE)

    async def _migrate(self, connection: Any) -> None:
        async with connection.transaction():
            # IF NOT EXISTS looks before it makes: of two parts that begin at one moment, one would fail.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SCHEMA_LOCK)
            for statement in _VERSIONS:
                await connection.execute(statement)
            version = await self._version(connection)
        newest = len(self._migrations)
        if version > newest:
            message = (
                f"the {self._part} in PostgreSQL ({self.where}) has schema version {version}, and this consentkit "
                f"knows versions up to {newest}; upgrade consentkit, or restore the copy made before the upgrade"
            )
            raise StoreVersionError(message)
        for number in range(version, newest):
            await self._step(connection, number)

    async def _step(self, connection: Any, number: int) -> None:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", self._lock)
            # Another worker may have taken this step while this one waited for the lock.
            if await self._version(connection) != number:
                return
            for statement in self._migrations[number]:
                await connection.execute(statement)
            await connection.execute(
                "INSERT INTO consentkit.version VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET version = $2",
                self._part,
                number + 1,
            )

    async def _version(self, connection: Any) -> int:
        statement = "SELECT version FROM consentkit.version WHERE part = $1"
        return int(await connection.fetchval(statement, self._part) or 0)


def _cut(driver: Any, connection: Any) -> None:
    """End a connection without a word; one that the server cut is no longer the pool's, and can't be cut again."""
    with contextlib.suppress(driver.InterfaceError):
        connection.terminate()


class Parameters:
    """Collects the values of a statement that is put together."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def add(self, value: object) -> str:
        """Keep a value and return what stands for it in the statement."""
        self.values.append(value)
        return f"${len(self.values)}"
