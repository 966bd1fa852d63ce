"""What only PostgreSQL can do to us: stop, hang, restart, lose a connection, keep deleted bytes."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import StoreUnavailableError, StoreVersionError
from consentkit.records.store import postgres, postgres_browser, postgres_consent
from consentkit.records.store.base import ConsentQuery, Epoch
from consentkit.records.store.postgres import Database
from consentkit.records.store.postgres_browser import DAY, PostgresBrowserStore
from consentkit.records.store.postgres_consent import PostgresConsentStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postgresql import Cluster

Make = Callable[..., Any]
NEVER = -(1 << 62)


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """A fresh database."""
    with cluster.lent_database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[PostgresConsentStore]:
    """A consent store on it."""
    opened = PostgresConsentStore(url, site="shop.example")
    yield opened
    opened.close()


@pytest.fixture
def browser(url: str) -> Iterator[PostgresBrowserStore]:
    """A browser store on it."""
    opened = PostgresBrowserStore(url)
    yield opened
    opened.close()


def fetch(url: str, statement: str) -> list[Any]:
    """Ask the server something behind the store's back."""
    import asyncpg

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())


async def nothing(_db: Any) -> None:
    """Do nothing but be connected."""


def indexes(store: PostgresConsentStore) -> list[int]:
    """Return the indexes of what is readable, oldest first."""
    return sorted(entry.index for entry in store.select(ConsentQuery(horizon=NEVER, now=0, limit=1_000)))


def test_a_server_that_stops_and_comes_back(
    cluster: Cluster, store: PostgresConsentStore, browser: PostgresBrowserStore, entry: Make, row: Make
) -> None:
    """While the server is gone both stores say so; they go on by themselves when it is back."""
    store.append([entry()], year=2026)
    browser.insert([row()])
    cluster.stop("immediate")
    for attempt in (lambda: store.append([entry()], year=2026), lambda: browser.insert([row()]), store.epochs):
        with pytest.raises(StoreUnavailableError, match=r"can't be reached or written now: .*the server runs"):
            attempt()
    cluster.start()

    assert [place.index for place in store.append([entry()], year=2026)] == [1]
    browser.insert([row()])


def test_a_server_that_hangs(
    cluster: Cluster, store: PostgresConsentStore, entry: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that doesn't answer costs a bounded time, and what it then does with the transaction does no harm."""
    first, second = entry(), entry()
    store.append([first], year=2026)
    run = store._database.run
    monkeypatch.setattr(store._database, "run", lambda work, patience=1.0: run(work, patience=patience))
    backend = fetch(store._database._url, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'consentkit%'")
    for (pid,) in [*backend, (cluster.process(),)]:
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailableError, match="no answer within 1 s"):
            store.append([second], year=2026)
    finally:
        for (pid,) in [*backend, (cluster.process(),)]:
            os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()

    assert [place.index for place in store.append([first, second], year=2026)] == [0, 1]
    assert indexes(store) == [0, 1]


def test_a_connection_that_is_cut(url: str, store: PostgresConsentStore, entry: Make) -> None:
    """When the server ends our connections the store fails at most once and goes on with new ones."""
    given = [entry() for _ in range(20)]
    for number, new in enumerate(given):
        fetch(
            url,
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name LIKE 'consentkit%' AND datname = current_database()""",
        )
        try:
            store.append([new], year=2026)
        except StoreUnavailableError:
            assert [place.index for place in store.append([new], year=2026)] == [number]

    assert indexes(store) == list(range(20))


def test_the_password_is_not_told() -> None:
    """An error names host and database, neither user nor password."""
    store = PostgresConsentStore("postgresql://site:hunter2@127.0.0.1:1/shop", site="shop.example")
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1/shop") as caught:
        store.prepare()
    store.close()

    assert "hunter2" not in str(caught.value)


def test_a_newer_database_is_refused(url: str, store: PostgresConsentStore, browser: PostgresBrowserStore) -> None:
    """A schema of a later consentkit is refused, naming both versions."""
    store.prepare()
    browser.prepare()
    fetch(url, "UPDATE consentkit.version SET version = 99 RETURNING 1")
    for again in (PostgresConsentStore(url, site="shop.example"), PostgresBrowserStore(url)):
        with pytest.raises(StoreVersionError, match=r"schema version 99, and this consentkit knows versions up to 2"):
            again.prepare()
        again.close()


def test_migrations_resume(url: str) -> None:
    """A migration that fails leaves the version before it, and a repaired one goes on from there."""
    first = ("CREATE TABLE consentkit.t (x INTEGER)", "INSERT INTO consentkit.t VALUES (1)")
    broken = ("ALTER TABLE consentkit.t ADD COLUMN y INTEGER", "UPDATE consentkit.nowhere SET y = 2")
    second = ("ALTER TABLE consentkit.t ADD COLUMN y INTEGER", "UPDATE consentkit.t SET y = 2")

    async def rows(db: Any) -> list[Any]:
        return [tuple(row) for row in await db.fetch("SELECT * FROM consentkit.t")]

    database = Database(url, part="test", migrations=[first, broken], lock=1)
    with pytest.raises(StoreUnavailableError, match="nowhere"):
        database.run(rows)
    database.close()
    database = Database(url, part="test", migrations=[first, second], lock=1)
    assert database.run(rows) == [(1, 2)]
    database.close()


def test_workers_that_start_together(url: str, entry: Make) -> None:
    """Many workers that start at one moment make one schema and one log."""
    opened = [PostgresConsentStore(url, site="shop.example") for _ in range(6)]
    threads = [threading.Thread(target=store.append, args=([entry()],), kwargs={"year": 2026}) for store in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert indexes(opened[0]) == list(range(6))
    assert len({store.origin() for store in opened}) == 1
    for store in opened:
        store.close()


def test_parts_that_start_together(url: str, browser: PostgresBrowserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two parts that make the schema at one moment neither fails."""
    made, go = threading.Event(), threading.Event()

    async def linger(_db: Any) -> int:
        made.set()
        assert await asyncio.to_thread(go.wait, 30)
        return 0

    first = Database(url, part="first", migrations=(), lock=1)
    monkeypatch.setattr(first, "_version", linger)
    with ThreadPoolExecutor() as pool:
        one = pool.submit(first.run, nothing)
        assert made.wait(30)
        other = pool.submit(browser.prepare)
        while not fetch(url, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            assert not other.done()
        go.set()
        one.result()
        other.result()
    first.close()


def test_over_partitions(store: PostgresConsentStore, entry: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records go into partitions by index, made when they are needed, and are found in all of them."""
    monkeypatch.setattr(postgres_consent, "PARTITION", 10)
    for size in (4, 13, 30):
        store.append([entry(subject=f"s{size}") for _ in range(size)], year=2026)

    assert indexes(store) == list(range(47))
    assert [count for (count,) in fetch(store._database._url, "SELECT count(*) FROM consentkit.record_2")] == [10]
    assert store.count(horizon=NEVER, now=0, subject="s13") == 13


def test_commits_are_durable_whatever_the_default(url: str, store: PostgresConsentStore, entry: Make) -> None:
    """A server that acknowledges before it writes doesn't do so for the consent log."""
    fetch(url, "ALTER ROLE postgres SET synchronous_commit = off")
    try:
        seen: list[str] = []

        async def work(db: Any) -> None:
            seen.append(await db.fetchval("SHOW synchronous_commit"))

        store._database.transaction(work)
    finally:
        fetch(url, "ALTER ROLE postgres RESET synchronous_commit")

    assert seen == ["on"]


def files_with(cluster: Cluster, url: str, markers: list[str]) -> list[str]:
    """Return the markers that a file of the database still holds; the server's write-ahead log is its own affair."""
    fetch(url, "CHECKPOINT")
    ((oid,),) = fetch(url, "SELECT oid FROM pg_database WHERE datname = current_database()")
    folder = cluster.folder / "data" / "base" / str(oid)
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    return [marker for marker in markers if marker.encode() in content]


def test_erased_means_gone(
    cluster: Cluster, url: str, store: PostgresConsentStore, entry: Make, note: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After erasing, no file of the database holds a byte of it, in tables, indexes or dead rows."""
    monkeypatch.setattr(postgres_consent, "PARTITION", 100)
    subjects = [f"subject-{secrets.token_hex(8)}" for _ in range(60)]
    for _ in range(5):
        batch = [entry(subject=subject, payload=f'{{"x":"{subject}","purposes":[]}}') for subject in subjects]
        store.append(batch, year=2026)
    # As autovacuum does by itself: it keeps samples of what it finds.
    fetch(url, "ANALYZE")
    assert files_with(cluster, url, subjects) == subjects
    for subject in subjects[:20]:
        store.erase(horizon=None, subject=subject, now=0, limit=100, year=2026, note=note)
    store.finish_sweep()

    assert files_with(cluster, url, subjects) == subjects[20:]
    assert fetch(url, "SELECT * FROM consentkit.unclean") == []


def test_expired_days_are_gone(cluster: Cluster, url: str, browser: PostgresBrowserStore, row: Make) -> None:
    """A day that expired leaves no table and no byte; days ahead have their tables before their first row."""
    markers = [f"marker{secrets.token_hex(8)}" for _ in range(6)]
    browser.insert([row(time=day * DAY, path=f"/{marker}") for day, marker in enumerate(markers) for _ in range(50)])
    fetch(url, "ANALYZE")
    assert files_with(cluster, url, markers) == markers
    assert browser.sweep(horizon=4 * DAY - 1, now=0, limit=1) == 200

    assert files_with(cluster, url, markers) == markers[4:]
    tables = fetch(url, "SELECT relname FROM pg_class WHERE relname ~ '^visit_[0-9]+$' ORDER BY 1")
    assert [name for (name,) in tables] == ["visit_4", "visit_5", "visit_6", "visit_7"]


@pytest.mark.parametrize("statement", ["SELECT * FROM consentkit.visit", "LOCK consentkit.visit_0 IN EXCLUSIVE MODE"])
def test_a_sweep_that_waits_stops_nobody(url: str, browser: PostgresBrowserStore, row: Make, statement: str) -> None:
    """While dropping a day waits for a long reader, or for a vacuum of that day, writers go on."""
    import asyncpg

    browser.insert([row(time=0), row(time=DAY)])

    async def hold_and_sweep() -> int:
        connection = await asyncpg.connect(url)
        async with connection.transaction():
            await connection.execute(statement)
            sweep = asyncio.create_task(asyncio.to_thread(browser.sweep, horizon=DAY - 1, now=0, limit=1))
            while not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"):
                assert not sweep.done()
            await asyncio.to_thread(browser.insert, [row(time=DAY)])
            assert not sweep.done()
        await connection.close()
        return await sweep

    assert asyncio.run(hold_and_sweep()) == 1


def test_a_reader_without_end_puts_the_sweep_off(
    url: str, browser: PostgresBrowserStore, row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a reader doesn't end, dropping a day is given up; the next sweep does it."""
    import asyncpg

    monkeypatch.setattr(postgres, "_LOCK_ATTEMPTS", 2)
    browser.insert([row(time=0)])

    async def read_and_sweep() -> None:
        connection = await asyncpg.connect(url)
        async with connection.transaction():
            await connection.fetch("SELECT * FROM consentkit.visit")
            with pytest.raises(StoreUnavailableError, match="lock timeout"):
                await asyncio.to_thread(browser.sweep, horizon=DAY, now=0, limit=1)
        await connection.close()

    asyncio.run(read_and_sweep())
    assert browser.sweep(horizon=DAY, now=0, limit=1) == 1


def test_marks_move_forward_only(store: PostgresConsentStore, entry: Make) -> None:
    """The mark of what was signed is compared with every new checkpoint, and never goes back."""
    from consentkit.records.note import Checkpoint

    compared: list[tuple[int, bytes]] = []

    def agrees(size: int, root: bytes) -> None:
        compared.append((size, root))

    for size in (3, 5, 4, 5):
        store.advance(Checkpoint("o/2026", size, bytes([size]) * 32), agrees)
    store.advance(Checkpoint("o/2027", 1, b"x" * 32), agrees)

    assert [size for size, _ in compared] == [3, 5, 5]
    assert compared[1][1] == bytes([5]) * 32


def test_days_before_1970(browser: PostgresBrowserStore, row: Make) -> None:
    """A clock that was never set doesn't stop the log."""
    browser.insert([row(time=-1)])

    assert browser.sweep(horizon=0, now=0, limit=1) == 1
    assert postgres_browser._partition(-1) == "visit_before_1"


def test_an_empty_log(store: PostgresConsentStore) -> None:
    """A log without entries has no epochs."""
    assert store.epochs() == []
    store.append([], year=2026)
    assert store.epochs() == [Epoch(2026, 0, 0)]


def test_the_unused() -> None:
    """A store that was never used closes."""
    PostgresConsentStore("postgresql://nowhere/x", site="shop.example").close()
