"""Stores to hold to one contract, and what to put in them."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from postgresql import running_cluster

from consentkit.records.merkle import leaf_hash
from consentkit.records.store.base import BrowserStore, ConsentStore, EntryKind, NewEntry, ObservedStore, VisitRow
from consentkit.records.store.postgres_browser import PostgresBrowserStore
from consentkit.records.store.postgres_consent import PostgresConsentStore
from consentkit.records.store.postgres_observed import PostgresObservedStore
from consentkit.records.store.postgres_statistics import PostgresStatisticsStore
from consentkit.records.store.sqlite_browser import SqliteBrowserStore
from consentkit.records.store.sqlite_consent import SqliteConsentStore
from consentkit.records.store.sqlite_observed import SqliteObservedStore
from consentkit.records.store.sqlite_statistics import SqliteStatisticsStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgresql import Cluster

    from consentkit.records.store.counting import StatisticsStore


class Stores(NamedTuple):
    """A fresh database: each call of a function gives another connection to it, as another worker has."""

    kind: str
    url: str
    consent: Callable[[], ConsentStore]
    browser: Callable[[], BrowserStore]
    observed: Callable[[], ObservedStore]
    statistics: Callable[[], StatisticsStore]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, for the whole run."""
    with running_cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """A fresh database of each kind."""
    opened: list[Any] = []

    def keep(store: Any) -> Any:
        opened.append(store)
        return store

    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            made = _on_sqlite(tmp_path, keep)
        else:
            made = _on_postgresql(stack.enter_context(request.getfixturevalue("cluster").lent_database()), keep)
        yield made
        for store in opened:
            store.close()


def _on_sqlite(folder: Path, keep: Callable[[Any], Any]) -> Stores:
    return Stores(
        "sqlite",
        f"sqlite:///{folder}/c.db",
        consent=lambda: keep(SqliteConsentStore(folder / "c.db", site="shop.example")),
        browser=lambda: keep(SqliteBrowserStore(folder / "c.browser.db")),
        observed=lambda: keep(SqliteObservedStore(folder / "c.observed.db")),
        statistics=lambda: keep(SqliteStatisticsStore(folder / "c.statistics.db")),
    )


def _on_postgresql(url: str, keep: Callable[[Any], Any]) -> Stores:
    return Stores(
        "postgresql",
        url,
        consent=lambda: keep(PostgresConsentStore(url, site="shop.example")),
        browser=lambda: keep(PostgresBrowserStore(url)),
        observed=lambda: keep(PostgresObservedStore(url)),
        statistics=lambda: keep(PostgresStatisticsStore(url)),
    )


@pytest.fixture(scope="session")
def entry() -> Callable[..., NewEntry]:
    """Make an entry; keywords change it."""

    def make(**changes: Any) -> NewEntry:
        record_id = secrets.token_hex(8)
        fields: dict[str, Any] = {
            "kind": EntryKind.CONSENT,
            "record_id": record_id,
            "request": None,
            "time": 1_000,
            "subject": "someone",
            "state": "given",
            "purposes": ("analytics",),
            "payload": '{"purposes":["analytics"]}',
            "salt": secrets.token_bytes(32),
            "leaf": leaf_hash(record_id.encode()),
        }
        return NewEntry(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def note(entry: Callable[..., NewEntry]) -> Callable[[Any], NewEntry]:
    """Make the entry that says what was erased."""

    def make(indexes: Any) -> NewEntry:
        return entry(
            kind=EntryKind.ERASURE, subject=None, state=None, purposes=(), payload=f'{{"indexes":{list(indexes)}}}'
        )

    return make


@pytest.fixture(scope="session")
def row() -> Callable[..., VisitRow]:
    """Make a row of the browser log; keywords change it."""

    def make(**changes: Any) -> VisitRow:
        fields: dict[str, Any] = {
            "time": 1_000,
            "address": "203.0.0.0/16",
            "method": "GET",
            "path": "/",
            "status": 200,
            "referrer": None,
            "language": "fr",
            "country": "FR",
            "browser": "Firefox",
            "browser_version": "153",
            "platform": "Linux",
            "device": "desktop",
            "bot": False,
        }
        return VisitRow(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def digest() -> Callable[[str], bytes]:
    """Return the digest of a text."""
    return lambda text: hashlib.sha256(text.encode()).digest()
