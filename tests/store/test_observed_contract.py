"""What every store of the observed inventory does, whatever it is made of."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from consentkit.records.store.base import ObservedStore, SightingRow

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.conftest import Stores

NEVER = -(1 << 62)
MOST = 100


def sighting(name: str = "tracker.example", **changes: Any) -> SightingRow:
    """Make a row; keywords change it."""
    fields = {
        "kind": "host",
        "source": "html",
        "reported": False,
        "page": "/",
        "lifetime": None,
        "first": 10,
        "last": 10,
        "count": 1,
    }
    return SightingRow(name=name, **(fields | changes))


def names(store: ObservedStore, horizon: int = NEVER) -> list[str]:
    """Return the names that are readable."""
    return [row.name for row in store.select(horizon=horizon)]


def test_reads_back(stores: Stores) -> None:
    """What one connection merged another reads as it was, in the order of kind, name and source."""
    given = [
        sighting("_ga' OR 1=1 --", kind="cookie", source="set-cookie", lifetime=10**10, page="/café ✓"),
        sighting(source="html"),
        sighting(source="img-src", reported=True),
    ]
    stores.observed().add(given[::-1], most=MOST)
    assert stores.observed().select(horizon=NEVER) == given


def test_merges(stores: Stores) -> None:
    """Counts are summed; the first and last time, the longest lifetime and the last page stay, whoever writes last."""
    store = stores.observed()
    store.add([sighting(first=20, last=30, page="/new", lifetime=60, count=2)], most=MOST)
    stores.observed().add([sighting(first=10, last=15, page="/old", lifetime=None, count=3)], most=MOST)
    store.add([sighting(first=25, last=25, page="/between", lifetime=90)], most=MOST)
    assert store.select(horizon=NEVER) == [sighting(first=10, last=30, page="/new", lifetime=90, count=6)]
    store.add([sighting(first=40, last=40, page="/newest")], most=MOST)
    assert [row.page for row in store.select(horizon=NEVER)] == ["/newest"]


def test_keeps_those_seen_last(stores: Stores) -> None:
    """A flood of reports displaces older reports only, never what passed through the server."""
    store = stores.observed()
    store.add([sighting("own.example", first=1, last=1)], most=3)
    for moment in range(2, 9):
        forged = sighting(f"forged-{moment}.example", source="img-src", reported=True, first=moment, last=moment)
        store.add([forged], most=3)
    assert names(store) == ["forged-6.example", "forged-7.example", "forged-8.example", "own.example"]


def test_the_horizon_hides_and_a_sweep_removes(stores: Stores) -> None:
    """What was last seen at the horizon isn't listed, and is deleted; what was seen after it stays."""
    store = stores.observed()
    store.add([sighting("old.example", last=10), sighting("new.example", first=5, last=11)], most=MOST)
    assert names(store, horizon=10) == ["new.example"]
    assert store.sweep(horizon=10) == 1
    assert store.sweep(horizon=10) == 0
    store.finish_sweep()
    assert names(store) == ["new.example"]


def test_swept_means_gone(stores: Stores, tmp_path: Path) -> None:
    """No file of the embedded store holds a page's path after the sweep."""
    if stores.kind != "sqlite":
        return
    store = stores.observed()
    rows = [sighting(f"host-{number}.example", page=f"/secret-{number}", last=number) for number in range(1500)]
    store.add(rows, most=2000)
    assert store.sweep(horizon=1400) == 1401
    store.finish_sweep()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [number for number in range(1000, 1401) if b"/secret-%d" % number in kept] == []
    assert b"/secret-1450" in kept


def test_many_writers(stores: Stores) -> None:
    """Workers that merge the same rows in different orders neither deadlock nor lose a count."""

    def write(worker: int) -> None:
        store = stores.observed()
        rows = [sighting(f"host-{number}.example") for number in range(20)]
        for _ in range(5):
            store.add(rows[:: 1 if worker % 2 else -1], most=MOST)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.count for row in stores.observed().select(horizon=NEVER)} == {20}
