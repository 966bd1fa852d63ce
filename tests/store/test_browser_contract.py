"""What every browser store does, whatever it is made of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from consentkit.records.store.base import BrowserQuery, BrowserStore, HoldRow, VisitRow

if TYPE_CHECKING:
    from tests.store.conftest import Stores

Make = Callable[..., VisitRow]
NEVER = -(1 << 62)
DAY = 86_400_000_000


def found(store: BrowserStore, **wanted: Any) -> list[str]:
    """Return the paths that a query finds."""
    fields = {"horizon": NEVER, "now": 0, "limit": 100} | wanted
    return [row.path for _, row in store.select(BrowserQuery(**fields))]


def test_reads_back(stores: Stores, row: Make) -> None:
    """What was inserted is read by another connection as it was, absent values too."""
    given = [
        row(path="/café ✓", bot=True),
        row(referrer=None, language=None, country=None, browser=None, browser_version=None, platform=None, device=None),
    ]
    stores.browser().insert(given)

    assert [read for _, read in stores.browser().select(BrowserQuery(horizon=NEVER, now=0, limit=9))] == given[::-1]


def test_filters(stores: Stores, row: Make) -> None:
    """Each criterion narrows; newest first by time, then by number."""
    store = stores.browser()
    store.insert(
        [
            row(time=30, path="/a", country="FR", browser="Firefox", status=200),
            row(time=10, path="/b", country="DE", browser="Chrome", status=404),
            row(time=30, path="/c", country=None, browser=None, status=200),
        ]
    )
    (newest, _), *_ = store.select(BrowserQuery(horizon=NEVER, now=0, limit=1))

    assert found(store) == ["/c", "/a", "/b"]
    assert found(store, path="/a") == ["/a"]
    assert found(store, country="DE") == ["/b"]
    assert found(store, browser="Firefox", status=200) == ["/a"]
    assert found(store, since=10, until=30) == ["/b"]
    assert found(store, before=(30, newest)) == ["/a", "/b"]
    assert found(store, path="' OR 1=1 --") == []


def test_the_horizon_hides(stores: Stores, row: Make) -> None:
    """A row at the horizon isn't listed; one after it is."""
    store = stores.browser()
    store.insert([row(time=10, path="/old"), row(time=11, path="/new")])

    assert found(store, horizon=10) == ["/new"]


def test_sweep(stores: Stores, row: Make) -> None:
    """Sweeping takes every row of the days that expired, and nothing else."""
    store = stores.browser()
    store.insert([row(time=day * DAY + hour, path=f"/{day}") for day in range(10) for hour in range(3)])
    removed = 0
    while count := store.sweep(horizon=7 * DAY - 1, now=0, limit=4):
        removed += count
    store.finish_sweep()

    assert removed == 21
    assert found(store) == ["/9"] * 3 + ["/8"] * 3 + ["/7"] * 3
    store.insert([row(time=3 * DAY, path="/late"), row(time=12 * DAY, path="/12")])
    assert found(store)[0] == "/12"
    assert found(store)[-1] == "/late"


def test_the_lease(stores: Stores) -> None:
    """One holder at a time; it may renew, it runs out, and after its release none is due before the time given."""
    one, other = stores.browser(), stores.browser()

    assert one.claim(holder="1", now=0, until=10)
    assert one.claim(holder="1", now=1, until=10)
    assert not other.claim(holder="2", now=9, until=20)
    assert other.claim(holder="2", now=10, until=20)
    one.release(holder="1", now=10, due=99)
    assert one.last_sweep() is None
    assert not one.claim(holder="1", now=11, until=20)
    other.release(holder="2", now=12, due=50)
    assert one.last_sweep() == 12
    assert not one.claim(holder="1", now=49, until=60)
    assert one.claim(holder="1", now=50, until=60)


def test_holds(stores: Stores, row: Make) -> None:
    """A hold keeps a span of time readable and unswept beyond its deadline, until it ends."""
    store = stores.browser()
    store.insert([row(time=day * DAY, path=f"/{day}") for day in range(10)])
    hold = HoldRow("h", None, 3 * DAY, 6 * DAY, "dispute", "counsel", created=0, ends=100, floor=-1)
    store.add_hold(hold)

    assert store.holds(99) == [hold]
    assert found(store, horizon=8 * DAY - 1, now=99) == ["/9", "/8", "/5", "/4", "/3"]
    assert store.sweep(horizon=8 * DAY - 1, now=99, limit=50) == 5
    assert store.holds(100) == []
    assert found(store, horizon=8 * DAY - 1, now=100) == ["/9", "/8"]
    assert store.sweep(horizon=8 * DAY - 1, now=100, limit=50) == 3


def test_a_day_partly_held_loses_the_rest(stores: Stores, row: Make) -> None:
    """Of an expired day with rows under a hold, only those stay."""
    store = stores.browser()
    store.insert([row(time=time, path=f"/{time}") for time in range(6)])
    store.add_hold(HoldRow("h", None, 2, 4, "dispute", "counsel", created=0, ends=100, floor=-1))

    assert store.sweep(horizon=DAY, now=0, limit=50) == 4
    assert found(store, horizon=DAY) == ["/3", "/2"]


def test_a_hold_brings_nothing_back(stores: Stores, row: Make) -> None:
    """What had expired when a hold was placed stays hidden and is swept."""
    store = stores.browser()
    store.insert([row(time=day * DAY, path=f"/{day}") for day in range(4)])
    store.add_hold(HoldRow("h", None, None, None, "dispute", "counsel", created=0, ends=100, floor=2 * DAY - 1))

    assert found(store, horizon=4 * DAY, now=0) == ["/3", "/2"]
    assert store.sweep(horizon=4 * DAY, now=0, limit=50) == 2


def test_a_hold_can_be_ended(stores: Stores, row: Make) -> None:
    """A hold that was ended keeps nothing more."""
    store = stores.browser()
    store.insert([row(time=1)])
    store.add_hold(HoldRow("h", None, None, None, "dispute", "counsel", created=0, ends=100, floor=-1))
    assert len(found(store, horizon=5, now=6)) == 1

    assert store.end_hold("h", 6)
    assert not store.end_hold("h", 6)
    assert found(store, horizon=5, now=6) == []


def test_many_writers(stores: Stores, row: Make) -> None:
    """Several workers insert at one time, on days nobody had rows of, and every row is there."""

    def write(worker: int) -> None:
        store = stores.browser()
        for batch in range(5):
            store.insert([row(time=(batch * 3 + day) * DAY, path=f"/{worker}/{batch}/{day}") for day in range(3)])

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found(stores.browser()))) == 60
