"""Sightings on their way into the store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import StoreUnavailableError
from consentkit.records.observed import ObservedInventory, Sighting, without_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from consentkit.manifest.model import Retention
    from consentkit.records import Records
    from consentkit.records.store.base import SightingRow

    Run = Callable[[Coroutine[Any, Any, Any]], Any]

HOST = (Sighting("host", "tracker.example", "html"),)
COOKIE = (Sighting("cookie", "_ga", "set-cookie"),)


class Store:
    """A store in memory that fails when told to."""

    def __init__(self) -> None:
        self.batches: list[list[SightingRow]] = []
        self.broken = False
        self.thread: threading.Thread | None = None

    def prepare(self) -> None:
        """Nothing to make."""

    def add(self, rows: Sequence[SightingRow], *, most: int) -> None:
        self.thread = threading.current_thread()
        if self.broken:
            raise StoreUnavailableError("the disk is full")
        self.batches.append(list(rows))

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def observed(store: Store, retention: Retention, clock: Any) -> Any:
    inventory = ObservedInventory(store, retention=retention.browser_log, clock=clock)  # type: ignore[arg-type]
    yield inventory
    inventory.close()


def test_sums_up_in_a_thread(observed: ObservedInventory, store: Store, run: Run) -> None:
    """What is seen again before it is written costs no second row, and requests never wait for the store."""
    for _ in range(3):
        observed.note(HOST + COOKIE, "/a")
    observed.note(HOST, "/b")
    run(observed.flush())
    ((host, cookie),) = store.batches
    assert (host.name, host.count, host.page) == ("tracker.example", 4, "/b")
    assert (cookie.name, cookie.count, cookie.page) == ("_ga", 3, "/a")
    assert store.thread is not threading.current_thread()


def test_the_longest_lifetime(observed: ObservedInventory, store: Store, run: Run) -> None:
    """Of several lifetimes the longest counts; one longer than any calendar is cut."""
    observed.note(COOKIE, "/", lifetime=None)
    observed.note(COOKIE, "/", lifetime=60.5)
    observed.note(COOKIE, "/", lifetime=30)
    observed.note(COOKIE, "/b", lifetime=40)
    run(observed.flush())
    assert [row.lifetime for row in store.batches[0]] == [60]
    observed.note(COOKIE, "/", lifetime=1e15)
    run(observed.flush())
    assert [row.lifetime for row in store.batches[1]] == [10**11]


def test_what_cannot_be_written_is_counted(observed: ObservedInventory, store: Store, run: Run) -> None:
    """A store that is down costs sightings, is told in health, and heals by itself."""
    store.broken = True
    observed.note(HOST, "/")
    run(observed.flush())
    assert observed.health() == {"state": "degraded", "waiting": 0, "dropped": 1, "error": "StoreUnavailableError"}
    store.broken = False
    observed.note(HOST, "/")
    run(observed.flush())
    assert observed.health()["state"] == "ok"
    assert len(store.batches) == 1


def test_what_waits_is_bounded(observed: ObservedInventory) -> None:
    """More pages than fit are dropped and counted."""
    for number in range(5_010):
        observed.note(HOST, f"/{number}")
    assert observed.dropped <= 10
    observed.close()
    observed.note(HOST, "/late")
    assert observed.health()["waiting"] == 0


def test_texts_are_made_harmless(observed: ObservedInventory, store: Store, run: Run) -> None:
    """Control characters, lone surrogates, queries and endless names don't get into a store."""
    observed.note((Sighting("cookie", "a\r\n\x00\ud800" + "x" * 999, "set-cookie"),), "/p\n?q=secret")
    run(observed.flush())
    row = store.batches[0][0]
    assert row.name.startswith("a\ufffd\ufffd\ufffd\ufffdx")
    assert (len(row.name), row.page) == (253, "/p\ufffd")


def test_kept_for_the_browser_logs_retention(records: Records, clock: Any, run: Run) -> None:
    """What wasn't seen again within two months is hidden at once, and gone after the sweep."""
    records.observed.note(HOST, "/")
    run(records.observed.flush())
    clock.advance(days=30)
    records.observed.note(COOKIE, "/")
    run(records.observed.flush())
    clock.advance(days=35)
    assert [row.name for row in run(records.observed.rows())] == ["_ga"]
    assert run(records.sweep()) == 1
    assert [row.name for row in run(records.observed.rows())] == ["_ga"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("_ga", "_ga"),
        ("_gat_UA-1234567-1", "_gat_UA-<id>-1"),
        ("mp_0123456789abcdef0123456789abcdef_mixpanel", "mp_<id>_mixpanel"),
        ("sess-0123456789ABCDEF", "sess-<id>"),
        ("wp12345", "wp12345"),
    ],
)
def test_numbers_are_taken_out(name: str, kept: str) -> None:
    """A long number in a name may be somebody's."""
    assert without_numbers(name) == kept
