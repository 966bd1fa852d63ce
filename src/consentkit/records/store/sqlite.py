"""One SQLite file of ours: how it is opened, migrated, written and swept.

Rules of operation:

1. The consent log and the browser log are different files, so neither's traffic nor damage reaches the other.
2. Every write is one ``BEGIN IMMEDIATE`` transaction. A deferred one that reads first fails at once when another
   process writes, whatever the timeout (measured: 3,165 of 6,166 writes with four workers).
3. After any error the connection is thrown away. The next transaction opens a new one, so a full disk, a lock or a
   replaced file heals without a restart.
4. Expired has to mean gone. ``secure_delete`` is on for every connection, but it doesn't suffice: when SQLite moves
   rows between pages it leaves their old bytes in the gap (measured: 7 of 130,000 deleted rows were still there). So
   rows are only ever appended, which moves none; what expires is *blanked*, overwritten in place by an update that
   keeps every column's size; and blank rows are deleted only where no row that isn't blank lies within
   :data:`MARGIN`, so that none can be among those moved (the same runs: none left).
5. The file is created with mode 0600; SQLite gives its journal the same.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.errors import StoreUnavailableError, StoreVersionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT = 5.0
"""Seconds a statement waits for another process's lock; under it eight workers on one file saw no lock error."""

MARGIN = 1_000
"""Rows between a deleted blank row and the nearest that isn't blank.

Balancing a B-tree moves rows among a page and its two neighbours. No row of ours takes less than 50 bytes, so a page of
4 KiB holds 80 of them at most and three pages 240.
"""

BLANK_TIME = -(1 << 62)
"""The time of a blank row: before every horizon, and of eight bytes as every time since 1974 in microseconds is."""

Migration = tuple[str, ...]
"""The statements that lead from one schema version to the next."""


def wal_is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether this SQLite is free of the WAL-reset bug.

    From 3.7.0 to 3.51.2 a write that races a checkpoint of another connection could lose committed transactions; fixed
    in 3.51.3 and in the branches 3.50.7 and 3.44.6 (https://sqlite.org/wal.html#walresetbug).
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def blank(column: str) -> str:
    """Return the SQL that overwrites a text or blob by as many zeros; NULL becomes empty, which takes no more room."""
    return f"zeroblob(length(CAST({column} AS BLOB)))"


@dataclass(frozen=True, slots=True)
class Durability:
    """A journal mode with the ``synchronous`` setting that makes it keep its promise.

    Attributes:
        journal: WAL or DELETE.
        synchronous: NORMAL, FULL or EXTRA.
        largest_journal: Bytes of write-ahead log beyond which nothing is written; None for no limit.
    """

    journal: str
    synchronous: str
    largest_journal: int | None = None


LOSSY = Durability("WAL", "NORMAL", largest_journal=64 * 1024 * 1024)
"""For the browser log: a power cut may take the last batches, never the file.

SQLite can't begin the write-ahead log anew while somebody reads in it. A program that reads the file without end must
not fill the disk with it, so lines are dropped instead, and counted.
"""


def durable(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> Durability:
    """Return how the consent log is kept: a commit, once acknowledged, survives a power cut.

    With the rollback journal a commit is the journal's deletion, and only EXTRA also syncs the folder it is deleted
    from (https://sqlite.org/pragma.html#pragma_synchronous); FULL suffices for WAL.
    """
    return Durability("WAL", "FULL") if wal_is_safe(version) else Durability("DELETE", "EXTRA")


class SqliteFile:
    """A file with one writer connection in this process and short-lived ones for everything else."""

    def __init__(self, path: Path, *, what: str, durability: Durability, migrations: Sequence[Migration]) -> None:
        """Name the file; nothing is opened yet.

        Args:
            path: Where it is; the folder has to exist.
            what: What it holds, for messages.
            durability: How it is kept.
            migrations: How schema version n becomes n + 1, for each n from 0.
        """
        self.path = path
        self._what = what
        self._durability = durability
        self._migrations = migrations
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Create or migrate the file.

        Raises:
            StoreVersionError: A newer consentkit wrote it.
            StoreUnavailableError: It can't be opened or written now.
        """
        with self.writing():
            pass

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction on the writer's connection; durable once the block is left.

        Raises:
            StoreUnavailableError: It couldn't be committed.
        """
        with self._lock, self._translated("written"):
            self._limit_journal()
            connection = self._current()
            try:
                with _transaction(connection):
                    yield connection
            except BaseException:
                self._discard()
                raise

    @contextlib.contextmanager
    def sweeping(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction on a connection of its own, so that the writer only waits for the file.

        Raises:
            StoreUnavailableError: It couldn't be committed.
        """
        with self._translated("swept"), contextlib.closing(self._open()) as connection, _transaction(connection):
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a block on a connection that can't write, within one snapshot.

        Raises:
            StoreUnavailableError: It can't be read now.
        """
        with self._translated("read"), contextlib.closing(self._open()) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    def empty_journal(self) -> None:
        """Copy the write-ahead log into the file and cut it to nothing; without one there is nothing to do.

        Raises:
            StoreUnavailableError: A reader kept it from being emptied; the next sweep tries again.
        """
        if self._durability.journal != "WAL":
            return
        deadline = time.monotonic() + BUSY_TIMEOUT
        with self._translated("swept"), contextlib.closing(self._open()) as connection:
            # A truncating checkpoint keeps writers out while it copies; most is copied before, beside them.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            # SQLite waits for readers and writers here, but not for a checkpoint of another connection.
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > deadline:
                    message = f"the write-ahead log of {self._what} {self.path} is in use by a long reader"
                    raise StoreUnavailableError(message)
                time.sleep(0.05)

    def rewrite(self) -> None:
        """Write the file anew, without anything that isn't in a table; for small files only.

        Raises:
            StoreUnavailableError: It couldn't be written now.
        """
        with self._translated("swept"), contextlib.closing(self._open()) as connection:
            connection.execute("VACUUM")

    def close(self) -> None:
        """Close the writer's connection; a later transaction opens a new one."""
        with self._lock:
            self._discard()

    def _limit_journal(self) -> None:
        limit = self._durability.largest_journal
        if limit is None or self._journal_size() <= limit:
            return
        if self._current().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            message = (
                f"the write-ahead log of {self._what} {self.path} has more than {limit >> 20} MiB, because another "
                "program has been reading the file without end; find and end it"
            )
            raise StoreUnavailableError(message)

    def _journal_size(self) -> int:
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _current(self) -> sqlite3.Connection:
        # An operator who restores a copy puts another file in this place: a connection kept open would go on
        # acknowledging commits into the one that was removed.
        if self._writer is not None and self._identity != self._on_disk():
            self._discard()
        if self._writer is None:
            self._writer = self._open()
            self._identity = self._on_disk()
        return self._writer

    def _on_disk(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _discard(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self) -> sqlite3.Connection:
        self._create()
        # Python's own thread check is off because the lock above already keeps the connection to one thread at a time.
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA secure_delete=ON")
            # A sort that spills would otherwise leave rows in a temporary file.
            connection.execute("PRAGMA temp_store=MEMORY")
            self._set_journal(connection)
            connection.execute(f"PRAGMA synchronous={self._durability.synchronous}")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _create(self) -> None:
        # Only ever with O_EXCL: closing a second descriptor of a database that is open in this process would drop its
        # locks (https://sqlite.org/howtocorrupt.html, section 2.2).
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def _set_journal(self, connection: sqlite3.Connection) -> None:
        wanted = self._durability.journal.lower()
        # SQLite doesn't wait for a lock here, and all workers of a site start at once.
        deadline = time.monotonic() + BUSY_TIMEOUT
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
            try:
                connection.execute(f"PRAGMA journal_mode={wanted}")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        newest = len(self._migrations)
        if self._version(connection) == newest:
            return
        with _transaction(connection):
            # Read again: another worker may have migrated while this one waited for the lock.
            version = self._version(connection)
            for number in range(version, newest):
                for statement in self._migrations[number]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={newest}")

    def _version(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        newest = len(self._migrations)
        if version > newest:
            message = (
                f"{self._what} {self.path} has schema version {version}, and this consentkit knows versions up to "
                f"{newest}; upgrade consentkit, or restore the copy made before the upgrade"
            )
            raise StoreVersionError(message)
        return version

    @contextlib.contextmanager
    def _translated(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            message = (
                f"{self._what} {self.path} can't be {done} now: {error}; check that its folder exists, that it and the "
                "folder are writable, that the disk has space and that no other program keeps it locked"
            )
            raise StoreUnavailableError(message) from error


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite itself may have rolled back already, on a full disk for example.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
