"""PostgreSQL is down, hangs, restarts or answers slowly: pages don't notice, and no choice is taken for kept (T6)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest
from figures import figure, scale
from tests.reliability import relay
from tests.reliability.shop import Shop
from tests.reliability.site import compare
from tests.reliability.test_kills import backends, restart

from consentkit.errors import StoreUnavailableError
from consentkit.records.store import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgresql import Cluster

CYCLES = scale(100, 1)
SERVER_FAULTS = ("stopped", "restarted", "connections ended", "a read-only standby")
POOL = 4
"""Connections of one part; the site has the consent log, the browser log and what else keeps a pool."""


def ask(url: str, statement: str) -> list[Any]:
    """Ask the server something, not through the relay."""
    import asyncpg

    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


@contextlib.contextmanager
def server_fault(cluster: Cluster, url: str, fault: str) -> Iterator[None]:
    """Let the server itself misbehave for as long as the block."""
    name = url.split("/")[3].partition("?")[0]
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'consentkit%'"
    if fault == "stopped":
        # The server first: while it is stopped none of its own begins, and one that ends keeps its number.
        os.kill(cluster.process(), signal.SIGSTOP)
        processes = [cluster.process(), *backends(cluster.process())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)
    elif fault == "restarted":
        restart(cluster)
        yield
    elif fault == "connections ended":
        ask(url, end)
        yield
    else:
        ask(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        ask(url, end)
        try:
            yield
        finally:
            ask(f"{url}&default_transaction_read_only=off", f"ALTER DATABASE {name} RESET ALL")
            ask(url, end)


@pytest.fixture
def proxied(cluster: Cluster) -> Iterator[tuple[relay.Relay, str, str]]:
    """A relay before a fresh database, and the database's URL with and without it."""
    direct = cluster.database()
    between = relay.Relay(cluster.folder / ".s.PGSQL.5432")
    name = direct.split("/")[3].partition("?")[0]
    yield between, f"postgresql://postgres@127.0.0.1:{between.port}/{name}", direct
    between.close()


@pytest.mark.parametrize("fault", ["hung", "half-open"])
def test_no_work_waits_without_end(proxied: tuple[relay.Relay, str, str], fault: str) -> None:
    """Whatever is under way when the answers end, the driver's own cleaning up included, is given up."""
    between, url, _ = proxied
    database = postgres.Database(url, part="consent log", migrations=(), lock=1)
    ended = threading.Event()

    async def begin(connection: Any) -> None:
        async with connection.transaction():
            between.set(fault)
            await connection.execute("SELECT 1")

    def work() -> None:
        with contextlib.suppress(StoreUnavailableError):
            database.run(begin, patience=1)
        ended.set()

    threading.Thread(target=work, daemon=True).start()
    assert ended.wait(60)
    between.set(None)
    database.close()


# With so little patience it needs an idle machine: `make reliability`.
@pytest.mark.matrix
@pytest.mark.parametrize("whose", ["connection", "server"])
def test_outages(
    proxied: tuple[relay.Relay, str, str],
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
) -> None:
    """Through every fault pages are served and gated, grants are kept or refused, refusals have effect and are kept."""
    between, url, direct = proxied
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    # Ten seconds of a server that hangs, a hundred times, would prove nothing more.
    monkeypatch.setattr(postgres, "PATIENCE", 0.5)
    monkeypatch.setattr(postgres, "_CONNECT", 0.5)
    shop = Shop(url)
    shop.start()
    shop.recover()
    denied = pages = 0
    faults = relay.FAULTS if whose == "connection" else SERVER_FAULTS
    for fault in faults:
        for _ in range(CYCLES):
            with contextlib.ExitStack() as stack:
                if fault in relay.FAULTS:
                    between.set(fault)
                    stack.callback(between.set, None)
                else:
                    stack.enter_context(server_fault(cluster, direct, fault))
                shop.page()
                denied += not shop.accept()
                shop.refuse()
                shop.page()
                pages += 2
            shop.recover()
    refusals = shop.settle()
    connections = ask(direct, "SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1")
    widest = max(count for name, count in connections if name and name.startswith("consentkit"))
    shop.close()
    found = compare(direct, shop.acknowledged)

    figure(
        "T6",
        f"PostgreSQL: {len(faults)} faults of the {whose} x {CYCLES} cycles: page errors {shop.spoiled_pages} of "
        f"{pages:,}, grants answered with 503 {denied:,}, false grants {shop.false_grants}, acknowledged and lost "
        f"{found.lost}, refusals without effect {shop.lost_refusals} of {shop.refused:,}, without record "
        f"{shop.refused - refusals}, the slowest {shop.slowest_refusal:.1f} s, connections left {widest} of {POOL}",
        bar="8 faults in all x 100, 0, -, 0, 0, 0, 0, pool back to n",
    )
    assert (shop.spoiled_pages, shop.false_grants, shop.lost_refusals) == (0, 0, 0)
    assert refusals == shop.refused
    assert (found.lost, found.gaps, found.duplicates, found.findings) == (0, 0, 0, [])
    assert widest <= POOL
