"""What every consent store does, whatever it is made of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.records import merkle
from consentkit.records.store.base import ConsentQuery, ConsentStore, Document, EntryKind, Epoch, HoldRow, NewEntry

if TYPE_CHECKING:
    from tests.store.conftest import Stores

Make = Callable[..., NewEntry]
NEVER = -(1 << 62)


def found(store: ConsentStore, **wanted: Any) -> list[int]:
    """Return the indexes that a query finds."""
    fields = {"horizon": NEVER, "now": 0, "limit": 100} | wanted
    return [entry.index for entry in store.select(ConsentQuery(**fields))]


def test_appends_in_order(stores: Stores, entry: Make) -> None:
    """Indexes begin at 0 and go on, over several batches and connections; places name what was given."""
    given = [entry() for _ in range(5)]
    places = stores.consent().append(given[:3], year=2026) + stores.consent().append(given[3:], year=2026)

    assert [place.index for place in places] == [0, 1, 2, 3, 4]
    assert [(place.record_id, place.leaf, place.time) for place in places] == [
        (new.record_id, new.leaf, new.time) for new in given
    ]


def test_an_empty_batch(stores: Stores) -> None:
    """Appending nothing does nothing."""
    assert stores.consent().append([], year=2026) == []


def test_reads_back(stores: Stores, entry: Make) -> None:
    """What was appended is read by another connection as it was."""
    given = entry(payload='{"purposes":[],"x":"\\u0000\\ud800 caf\\u00e9"}', purposes=())
    stores.consent().append([given], year=2026)
    (read,) = stores.consent().select(ConsentQuery(horizon=NEVER, now=0, limit=1))

    assert (read.index, read.leaf, read.kind, read.time) == (0, given.leaf, EntryKind.CONSENT, given.time)
    assert (read.payload, read.salt) == (given.payload, given.salt)


def test_repetitions(stores: Stores, entry: Make, digest: Callable[[str], bytes]) -> None:
    """The same record or request has one row and one place, within a batch and across connections."""
    first = entry(request=digest("r"))
    again = entry(request=digest("r"))
    places = stores.consent().append([first, again, first], year=2026)
    places += stores.consent().append([replace(first, request=None), entry(request=digest("r"))], year=2026)

    assert len(set(places)) == 1
    assert found(stores.consent()) == [0]
    assert stores.consent().epochs() == [Epoch(2026, 0, 1)]


def test_entries_without_request_are_distinct(stores: Stores, entry: Make) -> None:
    """No idempotency key means no repetition."""
    stores.consent().append([entry(), entry()], year=2026)

    assert found(stores.consent()) == [1, 0]


def test_filters(stores: Stores, entry: Make) -> None:
    """Each criterion narrows; newest first by time, then by index."""
    store = stores.consent()
    store.append(
        [
            entry(time=30, subject="a", state="given", purposes=("x", "y")),
            entry(time=10, subject="b", state="refused", purposes=()),
            entry(time=30, subject="b", state="given", purposes=("x",)),
            entry(time=20, subject="a", state="withdrawn", purposes=()),
        ],
        year=2026,
    )

    assert found(store) == [2, 0, 3, 1]
    assert found(store, limit=2) == [2, 0]
    assert found(store, subject="a") == [0, 3]
    assert found(store, state="given") == [2, 0]
    assert found(store, purpose="x") == [2, 0]
    assert found(store, purpose="y", subject="a") == [0]
    assert found(store, since=20, until=30) == [3]
    assert found(store, before=(30, 2)) == [0, 3, 1]
    assert found(store, before=(20, 3)) == [1]
    assert found(store, subject="' OR 1=1 --") == []


@pytest.mark.requirement("R38")
def test_filters_by_what_a_payload_is_like(stores: Stores, entry: Make) -> None:
    """One of several patterns, none, and an escaped wildcard."""
    store = stores.consent()
    payloads = ['{"purposes":[],"x":"a_b"}', '{"purposes":[],"x":"a-b"}', '{"purposes":[],"y":"\\u0000\\ud800"}']
    store.append([entry(payload=payload, purposes=()) for payload in payloads], year=2026)

    assert found(store, payload_like=('%"a\\_b"%',)) == [0]
    assert found(store, payload_like=('%"a_b"%',)) == [1, 0]
    assert found(store, payload_like=('%"y":%', "%a-b%")) == [2, 1]
    assert found(store, payload_like=("%a-b%",), limit=1, before=(1 << 61, 5)) == [1]
    assert found(store, payload_like=()) == []


def test_the_horizon_hides(stores: Stores, entry: Make) -> None:
    """A row at the horizon is neither listed nor counted; one after it is."""
    store = stores.consent()
    store.append([entry(time=10), entry(time=11)], year=2026)

    assert found(store, horizon=10) == [1]
    assert store.count(horizon=10, now=0) == 1
    assert store.count(horizon=NEVER, now=0) == 2


def test_erase_leaves_the_tree(stores: Stores, entry: Make, note: Any) -> None:
    """Erasing takes the contents and leaves every leaf, and says in an entry of its own which they were."""
    store = stores.consent()
    given = [entry(time=time, subject=f"s{time % 2}") for time in range(6)]
    store.append(given, year=2026)
    told: list[list[int]] = []

    def tell(indexes: Any) -> NewEntry:
        told.append(list(indexes))
        return note(indexes)

    assert store.erase(horizon=3, subject=None, now=0, limit=3, year=2026, note=tell) == (0, 1, 2)
    assert store.erase(horizon=None, subject="s1", now=0, limit=9, year=2026, note=tell) == (3, 5)
    assert store.erase(horizon=3, subject="s1", now=0, limit=9, year=2026, note=tell) == ()

    assert told == [[0, 1, 2], [3, 5]]
    assert found(store) == [4]
    assert found(store, purpose="analytics") == [4]
    assert store.epochs() == [Epoch(2026, 0, 8)]
    assert [store.subtrees(2026, [(0, index)])[0] for index in range(6)] == [new.leaf for new in given]


def test_erasures_are_not_listed_and_not_erased(stores: Stores, entry: Make, note: Any) -> None:
    """The entries about erasures aren't choices, and stay."""
    store = stores.consent()
    store.append([entry(time=1)], year=2026)
    store.erase(horizon=9, subject=None, now=0, limit=9, year=2026, note=note)

    assert found(store) == []
    assert store.erase(horizon=9_999, subject=None, now=0, limit=9, year=2026, note=note) == ()
    assert store.epochs() == [Epoch(2026, 0, 2)]


def test_epochs(stores: Stores, entry: Make) -> None:
    """A new year begins a new tree at the next index; an earlier year reopens none."""
    for year in (2026, 2028, 2027):
        stores.consent().append([entry(), entry()], year=year)

    assert stores.consent().epochs() == [Epoch(2026, 0, 2), Epoch(2028, 2, 4)]


def test_origin(stores: Stores) -> None:
    """The log's name begins with the site, never changes, and holds nothing a checkpoint can't."""
    store = stores.consent()
    store.prepare()
    origin = store.origin()

    assert origin.startswith("shop.example/consent-log/")
    assert not set(origin) & set(" +\n")
    assert stores.consent().origin() == origin


@pytest.mark.parametrize("batches", [[300, 300, 1], [255, 1, 257]])
def test_subtrees(stores: Stores, entry: Make, batches: list[int]) -> None:
    """Every complete subtree of every level has the hash of its leaves, wherever batches and years cut."""
    store = stores.consent()
    store.append([entry() for _ in range(7)], year=2025)
    leaves = []
    for size in batches:
        leaves += [place.leaf for place in store.append([entry() for _ in range(size)], year=2026)]
    subtree = merkle.subtrees(leaves)
    wanted = [(level, position) for level in range(9) for position in range(min(len(leaves) >> level, 3))]
    wanted += [(level, (len(leaves) >> level) - 1) for level in range(9)]

    assert store.subtrees(2026, wanted) == [subtree(*place) for place in wanted]


def test_many_writers(stores: Stores, entry: Make) -> None:
    """Eight connections that append at one time leave no gap, no double and no error."""
    places: list[int] = []

    def write() -> None:
        store = stores.consent()
        for _ in range(10):
            places.extend(place.index for place in store.append([entry(), entry()], year=2026))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(places) == list(range(160))


def test_scan(stores: Stores, entry: Make, note: Any) -> None:
    """A scan gives every leaf in order, with contents where they are readable, and those about the log always."""
    store = stores.consent()
    given = [entry(time=time) for time in range(5)]
    store.append(given, year=2026)
    store.erase(horizon=1, subject=None, now=0, limit=9, year=2026, note=note)
    rows = store.scan(start=1, end=99, horizon=2, now=0)

    assert [row.index for row in rows] == [1, 2, 3, 4, 5]
    assert [row.leaf for row in rows[:4]] == [new.leaf for new in given[1:]]
    assert [row.payload is not None for row in rows] == [False, False, True, True, True]
    assert rows[2].salt == given[3].salt
    assert rows[4].payload == '{"indexes":[0, 1]}'


def hold(**changes: Any) -> HoldRow:
    """Make a hold of everything."""
    fields: dict[str, Any] = {"hold_id": "h", "subject": None, "since": None, "until": None, "reason": "dispute"}
    return HoldRow(**(fields | {"author": "counsel", "created": 0, "ends": 100, "floor": NEVER} | changes))


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, [3, 2, 1, 0]),
        ({"subject": "a"}, [3, 2, 0]),
        ({"since": 1}, [3, 2, 1]),
        ({"until": 1}, [3, 0]),
        ({"subject": "a", "since": 1}, [3, 2]),
        ({"subject": "nobody"}, [3]),
        ({"floor": 0}, [3, 2, 1]),
        ({"ends": 50}, [3]),
    ],
)
def test_holds(stores: Stores, entry: Make, note: Any, changes: dict[str, Any], kept: list[int]) -> None:
    """What a hold covers stays readable and is neither expired nor erased, until it ends; nothing else is kept."""
    store = stores.consent()
    subjects = ["a", "b", "a", "c"]
    store.append([entry(time=time, subject=subject) for time, subject in enumerate(subjects)], year=2026)
    store.add_hold(hold(**changes))

    assert found(store, horizon=2, now=50) == kept
    assert store.count(horizon=2, now=50) == len(kept)
    erased = store.erase(horizon=2, subject=None, now=50, limit=9, year=2026, note=note)
    assert sorted({0, 1, 2, 3} - set(erased), reverse=True) == kept


def test_a_hold_ends(stores: Stores, entry: Make) -> None:
    """A hold that was ended keeps nothing more, and can't be ended twice."""
    store = stores.consent()
    store.append([entry(time=1)], year=2026)
    store.add_hold(hold(subject="someone"))

    assert store.holds(5) == [hold(subject="someone")]
    assert store.end_hold("h", 6)
    assert not store.end_hold("h", 6)
    assert not store.end_hold("other", 5)
    assert store.holds(6) == []
    assert found(store, horizon=1, now=6) == []


def test_count_of_a_subject(stores: Stores, entry: Make) -> None:
    """The choices of one subject can be counted."""
    store = stores.consent()
    store.append([entry(subject=subject) for subject in "aab"], year=2026)

    assert [store.count(horizon=NEVER, now=0, subject=subject) for subject in "abc"] == [2, 1, 0]


def test_documents(stores: Stores) -> None:
    """A text is kept once under its digest and found by it; the first keeping stays."""
    store = stores.consent()
    first = Document("d" * 64, "notice", "fr", "Mesure d'audience ✓", 5)
    store.keep_document(first)
    store.keep_document(Document("d" * 64, "notice", "fr", "other", 6))
    store.keep_document(Document("e" * 64, "manifest", None, "x" * 100_000, 7))

    assert stores.consent().document("d" * 64) == first
    assert stores.consent().document("f" * 64) is None

    store.keep_document(Document("0" * 64, "notice", "en", "later", 8))
    assert [kept.body for kept in stores.consent().documents("notice")] == [first.body, "later"]
    assert stores.consent().documents("question") == []
