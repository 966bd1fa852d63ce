"""A file of ours is opened safely, migrates once, and heals by itself."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from consentkit.errors import StoreUnavailableError
from consentkit.records.store import sqlite
from consentkit.records.store.sqlite import LOSSY, Durability, Migration, SqliteFile, durable, wal_is_safe

if TYPE_CHECKING:
    from pathlib import Path

FIRST: Migration = ("CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
SECOND: Migration = ("ALTER TABLE t ADD COLUMN y", "UPDATE t SET y = 2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "f.db"


def opened(path: Path, *migrations: Migration, durability: Durability = LOSSY) -> SqliteFile:
    """Return the file with a schema of as many versions."""
    return SqliteFile(path, what="the test log", durability=durability, migrations=migrations or (FIRST,))


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_reset_range(version: tuple[int, int, int], safe: bool) -> None:
    """WAL is used for evidence only where the WAL-reset bug is fixed; elsewhere a commit syncs the folder too."""
    assert wal_is_safe(version) is safe
    assert durable(version) == (Durability("WAL", "FULL") if safe else Durability("DELETE", "EXTRA"))


@pytest.mark.parametrize(
    ("durability", "journal", "synchronous"),
    [(LOSSY, "wal", 1), (Durability("WAL", "FULL"), "wal", 2), (Durability("DELETE", "EXTRA"), "delete", 3)],
)
def test_every_connection_is_set_up(path: Path, durability: Durability, journal: str, synchronous: int) -> None:
    """Writer, sweeper and reader overwrite what is deleted, sort in memory and keep the durability asked for."""
    file = opened(path, durability=durability)
    for connect in (file.writing, file.sweeping, file.reading):
        with connect() as db:
            found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("secure_delete", "temp_store")]
            assert found == [1, 2]
            assert db.execute("PRAGMA journal_mode").fetchone() == (journal,)
            assert db.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    file.close()


def test_a_file_in_another_mode_is_converted(path: Path) -> None:
    """A file written in WAL by a sound SQLite is converted when an affected one opens it."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
    db.close()
    file = opened(path, durability=Durability("DELETE", "EXTRA"))
    with file.writing() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    file.close()


def test_migrations_run_once_and_in_order(path: Path) -> None:
    """A file of version 1 gets what version 2 adds, and nothing twice."""
    for migrations in ((FIRST,), (FIRST, SECOND), (FIRST, SECOND)):
        file = opened(path, *migrations)
        file.prepare()
        file.close()

    with sqlite3.connect(path) as db:
        assert db.execute("SELECT x, y FROM t").fetchall() == [(1, 2)]
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_an_interrupted_migration_leaves_the_old_version(path: Path) -> None:
    """A migration that fails half way is undone whole, and a repaired one resumes."""
    opened(path, FIRST).prepare()
    with pytest.raises(StoreUnavailableError, match="no such table"):
        opened(path, FIRST, ("ALTER TABLE t ADD COLUMN y", "UPDATE nowhere SET y = 2")).prepare()
    file = opened(path, FIRST, SECOND)
    with file.reading() as db:
        assert db.execute("SELECT x, y FROM t").fetchall() == [(1, 2)]


def test_workers_that_start_together(path: Path) -> None:
    """Many openings at one moment make one schema, in either journal mode."""
    for durability in (LOSSY, Durability("DELETE", "EXTRA")):
        failures: list[BaseException] = []
        target = path.with_suffix(f".{durability.journal}")
        gate = threading.Barrier(8)

        def start(target: Path = target, durability: Durability = durability, gate: threading.Barrier = gate) -> None:
            file = opened(target, durability=durability)
            gate.wait()
            try:
                file.prepare()
            except BaseException as error:
                failures.append(error)  # noqa: B023
            file.close()

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        with opened(target, durability=durability).reading() as db:
            assert db.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_failed_block_leaves_nothing(path: Path) -> None:
    """A block that raises is undone, its own error comes out, and the next one works."""
    file = opened(path)

    def fail() -> None:
        with file.writing() as db:
            db.execute("INSERT INTO t VALUES (2)")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with file.writing() as db:
        db.execute("INSERT INTO t VALUES (3)")
    file.close()

    with file.reading() as db:
        assert db.execute("SELECT x FROM t ORDER BY x").fetchall() == [(1,), (3,)]


def test_readers_cannot_write(path: Path) -> None:
    """A reading connection refuses to change anything."""
    with pytest.raises(StoreUnavailableError, match="readonly"), opened(path).reading() as db:
        db.execute("DELETE FROM t")


def test_a_locked_file_is_unavailable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another program keeps the lock beyond the timeout, the message says what to look for; then it goes on."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    file = opened(path)
    file.prepare()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailableError, match=r"locked; check that .* no other program keeps it locked"):
        file.prepare()
    other.close()
    file.prepare()
    file.close()


def test_a_replaced_file_is_noticed(path: Path, tmp_path: Path) -> None:
    """When a copy is put in the file's place, writes go to the copy and not into the file that was removed."""
    file = opened(path, durability=Durability("DELETE", "EXTRA"))
    file.prepare()
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    with file.writing() as db:
        db.execute("INSERT INTO t VALUES (2)")
    file.close()

    with sqlite3.connect(path) as db:
        assert db.execute("SELECT x FROM t ORDER BY x").fetchall() == [(1,), (2,)]
    db.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5_000])
def test_another_kind_of_file(path: Path, content: bytes) -> None:
    """A file that isn't a database is refused and left as it is."""
    path.write_bytes(content)
    with pytest.raises(StoreUnavailableError, match=r"the test log .* can't be written now"):
        opened(path).prepare()

    assert path.read_bytes() == content


def test_the_journal_is_emptied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a sweep the write-ahead log has no bytes left; a long reader puts that off and it is told."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    file = opened(path)
    file.prepare()
    wal = path.with_name("f.db-wal")
    assert wal.stat().st_size > 0
    with file.reading() as reader:
        reader.execute("SELECT x FROM t").fetchone()
        with file.writing() as writer:
            writer.execute("DELETE FROM t")
        with pytest.raises(StoreUnavailableError, match="long reader"):
            file.empty_journal()
    file.empty_journal()

    assert wal.stat().st_size == 0
    file.close()


def test_a_journal_that_cannot_be_emptied_is_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody reads without end the journal stops growing at its limit; then writing goes on by itself."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    file = opened(path, durability=Durability("WAL", "NORMAL", largest_journal=100_000))
    file.prepare()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()

        def write() -> None:
            for _ in range(100):
                with file.writing() as db:
                    db.execute("INSERT INTO t VALUES (zeroblob(10000))")

        with pytest.raises(StoreUnavailableError, match="reading the file without end"):
            write()
        reader.execute("ROLLBACK")
    with file.writing() as db:
        written = db.execute("SELECT count(*) FROM t").fetchone()[0]
    file.close()

    assert 5 < written < 20
