"""What every store of statistics does, whatever it is made of."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from consentkit.records.store.counting import Cell, OpenVisit

if TYPE_CHECKING:
    from tests.store.conftest import Stores

PAGE = Cell("2026-11", "views", "page", "/été")
DAY = Cell("2026-11-22", "views")


def test_counts_add_up_over_all_writers(stores: Stores) -> None:
    """Each step sees what the ones before it left, whoever took them."""

    def write() -> None:
        store = stores.statistics()
        for _ in range(10):
            store.update(
                [b"t"],
                lambda visits: (
                    {b"t": OpenVisit(1, 2, visits[b"t"].views + 1 if visits else 1)},
                    {PAGE: 1, DAY: 2},
                ),
            )

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = {}
    stores.statistics().update([b"t", b"unknown"], lambda visits: (seen.update(visits) or {}, {}))

    assert stores.statistics().counts("2026-11", "2026-11") == {PAGE: 40, DAY: 80}
    assert stores.statistics().counts("2026-12", "2027-01") == {}
    assert seen == {b"t": OpenVisit(1, 2, 40)}


def test_one_key_a_day(stores: Stores) -> None:
    """The first that asks makes it; a new day destroys it and the open visits; a day that has gone has none."""
    one, other = stores.statistics(), stores.statistics()
    assert one.day_key(5, b"a" * 32) == b"a" * 32
    assert other.day_key(5, b"b" * 32) == b"a" * 32
    one.update([], lambda _: ({b"t": OpenVisit(1, 1, 1)}, {}))
    assert not one.forget_before(5)

    assert other.day_key(6, b"c" * 32) == b"c" * 32
    assert one.day_key(5, b"d" * 32) is None
    seen = {}
    one.update([b"t"], lambda visits: (seen.update(visits) or {}, {}))
    assert seen == {}
    assert one.forget_before(7)
    assert not other.forget_before(7)


def test_rare_values_are_folded(stores: Stores) -> None:
    """Up to a month, per measure and dimension; totals and later months stay."""
    store = stores.statistics()
    rare, later, total = (
        Cell("2026-11", "views", "page", "/x"),
        Cell("2026-12", "views", "page", "/x"),
        Cell("2026-11-22", "views"),
    )
    rest = Cell("2026-11", "views", "page", "other")
    store.update([], lambda _: ({}, {PAGE: 10, rare: 9, later: 1, total: 3, rest: 2}))

    assert store.fold("2026-11", least=10, rest="other")
    assert store.counts("2026-01", "2026-12") == {PAGE: 10, later: 1, total: 3, rest: 11}
    assert not store.fold("2026-11", least=10, rest="other")
    store.finish_sweep()
    assert store.drop_before("2026-12")
    assert store.counts("2026-01", "2026-12") == {later: 1}
    store.finish_sweep()
