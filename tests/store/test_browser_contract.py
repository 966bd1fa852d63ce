"""What every browser store does, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from consentkit.records.store.base import BrowserQuery, BrowserStore, HoldRow, VisitRow

if TYPE_CHECKING:
    from tests.store.conftest import Stores

Make = Callable[..., VisitRow]
NEVER = -(1 << 62)


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
    """A sweep deletes as many expired rows as it may, oldest first, and nothing else."""
    store = stores.browser()
    store.insert([row(time=time, path=f"/{time}") for time in range(10)])

    assert store.sweep(horizon=6, now=0, limit=4) == 4
    assert found(store)[-1] == "/4"
    assert store.sweep(horizon=6, now=0, limit=4) == 3
    assert store.sweep(horizon=6, now=0, limit=4) == 0
    store.finish_sweep()
    assert found(store) == ["/9", "/8", "/7"]


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
    store.insert([row(time=time, path=f"/{time}") for time in range(10)])
    store.add_hold(HoldRow("h", None, 3, 6, "dispute", "counsel", created=0, ends=100, floor=-1))

    assert found(store, horizon=7, now=99) == ["/9", "/8", "/5", "/4", "/3"]
    assert store.sweep(horizon=7, now=99, limit=50) == 5
    assert [hold.hold_id for hold in store.holds(99)] == ["h"]
    assert found(store, horizon=7, now=100) == ["/9", "/8"]
    assert store.sweep(horizon=7, now=100, limit=50) == 3


def test_a_hold_brings_nothing_back(stores: Stores, row: Make) -> None:
    """What had expired when a hold was placed stays hidden and is swept."""
    store = stores.browser()
    store.insert([row(time=time, path=f"/{time}") for time in range(4)])
    store.add_hold(HoldRow("h", None, None, None, "dispute", "counsel", created=0, ends=100, floor=1))

    assert found(store, horizon=3, now=0) == ["/3", "/2"]
    assert store.sweep(horizon=3, now=0, limit=50) == 2
