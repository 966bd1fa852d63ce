"""The consent log acknowledges what is durable, once, and lists it."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.duration import Duration
from consentkit.errors import CursorError, StoreUnavailableError
from consentkit.records import Records, merkle
from consentkit.records.consentlog import ConsentFilter, ConsentLog, ConsentRecord, Receipt
from consentkit.records.entry import canonical, commitment, new_entry, payload
from consentkit.records.store.sqlite_consent import SqliteConsentStore

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.records.store.base import NewEntry, Placed

Make = Callable[..., ConsentRecord]
Run = Callable[[Any], Any]
HOSTILE = ["'); DROP TABLE leaf;--", "a\x00b", "\udfff\ud800", "x\r\nSet-Cookie: a=b", '"\\', "=1+1", "é" * 5_000, ""]


class HeldStore(SqliteConsentStore):
    """A real store whose writer can be held back, and made to fail before or after the commit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, site="shop.example")
        self.go = threading.Event()
        self.go.set()
        self.reached = threading.Event()
        self.before: BaseException | None = None
        self.after: Exception | None = None
        self.transactions: list[int] = []

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        self.reached.set()
        assert self.go.wait(30)
        if self.before:
            raise self.before
        places = super().append(entries, year=year)
        self.transactions.append(len(entries))
        if self.after:
            raise self.after
        return places


@pytest.fixture
def store(tmp_path: Path) -> HeldStore:
    """A store on a file."""
    return HeldStore(tmp_path / "held.db")


@pytest.fixture
def log(store: HeldStore, clock: Callable[[], datetime]) -> Any:
    """A log on that store."""
    opened = ConsentLog(store, retention=Duration.parse("5 years"), clock=clock, backlog=20)
    yield opened
    store.go.set()
    opened.close()


def test_receipt_and_entry(records: Records, record: Make, run: Run) -> None:
    """A record reads back as it was given, with the place its receipt names."""
    given = record(jurisdiction=None, services=())
    receipt = run(records.consent_log.append(given))
    (entry,) = run(records.consent_log.query(ConsentFilter())).items

    assert receipt == Receipt(0, given.record_id, entry.leaf, given.time)
    assert (entry.index, entry.record) == (0, given)


def test_the_leaf_is_the_salted_commitment(records: Records, record: Make, run: Run) -> None:
    """Anyone with payload and salt computes the leaf as RFC 6962 hashes it, with the standard library alone."""
    run(records.consent_log.append(record()))
    (entry,) = run(records.consent_log.query(ConsentFilter())).items
    exported = entry.as_dict()
    salt, leaf, _ = (exported.pop(name) for name in ("salt", "leaf", "index"))
    text = json.dumps(exported, sort_keys=True, separators=(",", ":")).encode()
    committed = hmac.new(bytes.fromhex(str(salt)), text, "sha256").digest()

    assert leaf == hashlib.sha256(b"\x00" + committed).hexdigest()


def test_equal_records_have_unlike_leaves(record: Make) -> None:
    """Leaves tell nothing about their content: the salt makes equal payloads differ."""
    text = canonical(payload(record()))

    assert commitment(b"a" * 32, text) != commitment(b"b" * 32, text)
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        commitment(b"a" * 31, text)


@pytest.mark.requirement("R37")
def test_no_address_and_no_agent_in_a_record() -> None:
    """A record has no place for an address or a user-agent string."""
    names = " ".join(field.name for field in dataclasses.fields(ConsentRecord))

    assert not any(word in names for word in ("address", "ip", "agent", "browser"))


def test_same_idempotency_key_one_row(records: Records, record: Make, run: Run) -> None:
    """The same choice sent again gets the first receipt and adds no row, together or later."""

    async def send() -> list[Receipt]:
        sent = [record(idempotency="k-1") for _ in range(5)]
        return list(await asyncio.gather(*map(records.consent_log.append, sent)))

    first = run(send())
    second = run(send())

    assert len(set(first + second)) == 1
    assert run(records.consent_log.count()) == 1


def test_another_choice_with_the_same_key_is_kept(records: Records, record: Make, run: Run) -> None:
    """Accept, back and refuse from one open form are two choices, and both are evidence."""
    run(records.consent_log.append(record(idempotency="k")))
    run(
        records.consent_log.append(
            record(idempotency="k", state=ChoiceState.REFUSED, purposes=(), services=(), sequence=2)
        )
    )
    run(records.consent_log.append(record(idempotency="k", sequence=3)))

    entries = run(records.consent_log.query(ConsentFilter())).items
    assert [entry.record.sequence for entry in entries] == [3, 2, 1]


def test_same_record_twice_one_row(records: Records, record: Make, run: Run) -> None:
    """A record appended again after an answer was lost is not doubled."""
    once = record()

    assert run(records.consent_log.append(once)) == run(records.consent_log.append(once))
    assert run(records.consent_log.count()) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back(records: Records, record: Make, run: Run, text: str) -> None:
    """Whatever is in a field is kept as it is, found by it, and harms nothing."""
    given = record(
        record_id=text,
        subject=text,
        purposes=(text,),
        services=(text,),
        language=text,
        controller=text,
        idempotency=text,
    )
    receipt = run(records.consent_log.append(given))
    run(records.consent_log.append(record()))
    found = [
        run(records.consent_log.query(ConsentFilter(**wanted))).items
        for wanted in ({"subject": text}, {"purpose": text})
    ]

    assert receipt.record_id == text
    assert found[0] == found[1]
    assert [entry.record for entry in found[0]] == [dataclasses.replace(given, idempotency=None)]


def test_filters(records: Records, record: Make, run: Run) -> None:
    """Each filter keeps its own rows: since is inclusive, until is not."""
    start = datetime(2026, 8, 31, 12, tzinfo=UTC)
    for number in range(6):
        refused = number % 2 == 1
        run(
            records.consent_log.append(
                record(
                    record_id=str(number),
                    subject=f"s{number % 3}",
                    time=start - timedelta(hours=number),
                    state=ChoiceState.REFUSED if refused else ChoiceState.GIVEN,
                    purposes=() if refused else ("analytics", "media") if number == 2 else ("analytics",),
                )
            )
        )

    def ids(**wanted: Any) -> list[str]:
        return [entry.record.record_id for entry in run(records.consent_log.query(ConsentFilter(**wanted))).items]

    assert ids() == list("012345")
    assert ids(subject="s1") == list("14")
    assert ids(state=ChoiceState.REFUSED) == list("135")
    assert ids(purpose="analytics") == list("024")
    assert ids(purpose="media") == ["2"]
    assert ids(since=start - timedelta(hours=3), until=start - timedelta(hours=1)) == list("23")
    assert ids(subject="s1", state=ChoiceState.GIVEN, purpose="analytics", until=start) == ["4"]
    assert ids(subject="nobody") == []


def test_pages(records: Records, record: Make, run: Run) -> None:
    """Cursors lead through every row once, even at one time and while new rows arrive."""
    for number in range(7):
        run(records.consent_log.append(record(record_id=str(number))))
    seen, cursor = [], None
    while True:
        page = run(records.consent_log.query(ConsentFilter(limit=3, cursor=cursor)))
        seen += [entry.record.record_id for entry in page.items]
        run(records.consent_log.append(record()))
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == list("6543210")


def test_a_forged_cursor_is_refused(records: Records, run: Run) -> None:
    """A listing doesn't go on from a place we didn't name."""
    with pytest.raises(CursorError):
        run(records.consent_log.query(ConsentFilter(cursor="WzFd.x")))


@pytest.mark.parametrize(("limit", "rows"), [(-5, 1), (0, 1), (2, 2), (10**9, 3)])
def test_limit_is_held(records: Records, record: Make, run: Run, limit: int, rows: int) -> None:
    """A limit is never below one row nor without bound."""
    for _ in range(3):
        run(records.consent_log.append(record()))

    assert len(run(records.consent_log.query(ConsentFilter(limit=limit))).items) == rows


def test_group_commit(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """What arrives while one transaction runs is committed by the next one together."""

    async def send() -> list[Receipt]:
        store.go.clear()
        first = asyncio.create_task(log.append(record()))
        await asyncio.to_thread(store.reached.wait, 30)
        rest = [asyncio.create_task(log.append(record())) for _ in range(15)]
        await asyncio.sleep(0)
        store.go.set()
        return [await first, *await asyncio.gather(*rest)]

    receipts = run(send())

    assert store.transactions == [1, 15]
    assert [receipt.index for receipt in receipts] == list(range(16))


def test_cancelled_caller_keeps_the_record(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """Cancelling the waiting request neither stops the commit nor disturbs the writer."""

    async def cancel() -> Receipt:
        store.go.clear()
        waiting = asyncio.create_task(log.append(record(record_id="cancelled")))
        await asyncio.to_thread(store.reached.wait, 30)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        store.go.set()
        return await log.append(record())

    assert run(cancel()).index == 1
    assert [entry.record.record_id for entry in run(log.query(ConsentFilter())).items][-1] == "cancelled"


def test_cancelled_caller_leaves_no_complaint(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """When the commit fails after its request has gone, the loop doesn't report an exception that nobody retrieved."""
    complaints: list[object] = []

    async def cancel() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        store.go.clear()
        store.before = StoreUnavailableError("down")
        waiting = asyncio.create_task(log.append(record()))
        await asyncio.to_thread(store.reached.wait, 30)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        store.go.set()
        with pytest.raises(StoreUnavailableError):
            await log.append(record())
        # The error and the writer's thread hold on to what failed until the next commit.
        store.before = None
        await log.append(record())
        del waiting
        gc.collect()

    run(cancel())

    assert complaints == []


def test_a_loop_that_ended_keeps_the_record(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """A record handed over from an event loop that is gone is committed all the same."""

    async def leave() -> None:
        store.go.clear()
        _ = asyncio.create_task(log.append(record(record_id="left")))  # noqa: RUF006
        await asyncio.sleep(0)

    run(leave())
    store.go.set()
    run(log.append(record()))

    assert run(log.count()) == 2


def test_whoever_waits_hears_of_the_end(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """When something ends the writer's thread, nobody waits for ever, and the next choice is kept."""
    store.before = SystemExit()
    with pytest.raises(StoreUnavailableError, match="SystemExit"):
        run(asyncio.wait_for(log.append(record()), 30))
    store.before = None
    run(log.append(record()))

    assert run(log.count()) == 1


def test_too_many_waiting(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """A backlog that doesn't move refuses more, at once."""

    async def flood() -> None:
        store.go.clear()
        first = asyncio.create_task(log.append(record()))
        await asyncio.to_thread(store.reached.wait, 30)
        rest = [asyncio.create_task(log.append(record())) for _ in range(20)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailableError, match="20 records wait"):
            await log.append(record())
        store.go.set()
        await asyncio.gather(first, *rest)

    run(flood())
    assert run(log.count()) == 21


def test_failed_and_not_kept(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """A commit that fails isn't acknowledged, health says so, and the log goes on once the store is back."""
    store.before = StoreUnavailableError("disk full")
    with pytest.raises(StoreUnavailableError, match="disk full"):
        run(log.append(record()))
    assert log.health() == {"state": "degraded", "waiting": 0, "replay_due": False, "error": "StoreUnavailableError"}

    store.before = None
    assert run(log.append(record())).index == 0
    assert log.health()["state"] == "ok"


def test_failed_but_kept(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """When the answer to a commit is lost, sending the record again doubles nothing."""
    choice = record()
    store.after = StoreUnavailableError("connection reset")
    with pytest.raises(StoreUnavailableError):
        run(log.append(choice))
    store.after = None

    assert run(log.append(choice)).index == 0
    assert run(log.count()) == 1


def test_one_bad_record_fails_alone(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """A record that the store can't take doesn't cost those committed with it."""
    poison = dataclasses.replace(new_entry(record(), b"s" * 32), time=1 << 70)

    async def send() -> list[Any]:
        store.go.clear()
        first = asyncio.create_task(log.append(record()))
        await asyncio.to_thread(store.reached.wait, 30)
        rest: list[Any] = [asyncio.create_task(log.append(record()))]
        await asyncio.sleep(0)
        # SQLite's integers end at 2**63: the driver raises OverflowError, which is no store error.
        rest += [asyncio.wrap_future(log._hand_over(poison)), asyncio.create_task(log.append(record()))]
        await asyncio.sleep(0)
        store.go.set()
        return [await first, *await asyncio.gather(*rest, return_exceptions=True)]

    kept = run(send())

    assert [type(result) for result in kept] == [Receipt, Receipt, StoreUnavailableError, Receipt]
    assert "refused the record: OverflowError" in str(kept[2])
    assert run(log.count()) == 3


def test_closed_log(log: ConsentLog, record: Make, run: Run) -> None:
    """A closed log refuses, and can be started again."""
    run(log.append(record()))
    log.close()
    with pytest.raises(StoreUnavailableError, match="closed; start it again"):
        run(log.append(record()))

    log.start()
    assert run(log.append(record())).index == 1


def test_close_commits_what_waits(log: ConsentLog, store: HeldStore, record: Make, run: Run) -> None:
    """Closing commits everything handed over before it."""

    async def close() -> list[Receipt]:
        store.go.clear()
        waiting = [asyncio.create_task(log.append(record())) for _ in range(10)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(log.close))
        store.go.set()
        await closing
        return await asyncio.gather(*waiting)

    assert len(run(close())) == 10


def test_expired_records_are_hidden(records: Records, record: Make, run: Run, clock: Any) -> None:
    """A record is readable for five years and not a second longer, in lists, pages and counts."""
    run(records.consent_log.append(record(time=clock())))
    clock.now = datetime(2031, 8, 31, 11, 59, 59, tzinfo=UTC)
    assert run(records.consent_log.count()) == 1
    clock.advance(seconds=1)

    assert run(records.consent_log.count()) == 0
    assert run(records.consent_log.query(ConsentFilter(subject=record().subject))).items == ()


def test_years_are_trees_of_their_own(store: HeldStore, log: ConsentLog, record: Make, run: Run, clock: Any) -> None:
    """With a new year a new tree begins; the indexes go on, and a clock that went back reopens none."""
    for year in (2026, 2026, 2027, 2026, 2029):
        clock.now = clock.now.replace(year=year)
        run(log.append(record()))

    assert [(epoch.year, epoch.start, epoch.size) for epoch in store.epochs()] == [
        (2026, 0, 2),
        (2027, 2, 2),
        (2029, 4, 1),
    ]


def test_proofs_from_the_store(store: HeldStore, log: ConsentLog, record: Make, run: Run, database: Path) -> None:
    """Proofs computed with the kept nodes are those of the whole list of leaves, beyond the first tile."""

    async def fill() -> None:
        for _ in range(27):
            await asyncio.gather(*(log.append(record()) for _ in range(20)))

    run(fill())
    (epoch,) = store.epochs()
    with sqlite3.connect(f"file:{database.with_name('held.db')}?mode=ro", uri=True) as db:
        leaves = [leaf for (leaf,) in db.execute('SELECT hash FROM leaf ORDER BY "index"')]
        kept = db.execute("SELECT level, position FROM node ORDER BY position").fetchall()
    db.close()

    def subtree(level: int, position: int) -> bytes:
        return store.subtrees(2026, [(level, position)])[0]

    assert kept == [(8, 0), (8, 1)]
    assert merkle.range_root(0, epoch.size, subtree) == merkle.root(leaves)
    for index in (0, 255, 256, 511, 512, 539):
        proof = merkle.inclusion_proof(index, epoch.size, subtree)
        assert merkle.verify_inclusion(leaves[index], index, epoch.size, proof, merkle.root(leaves))


def test_a_record_without_time_zone_is_refused(records: Records, record: Make, run: Run) -> None:
    """A wall clock's reading is refused before it is handed over."""
    with pytest.raises(ValueError, match="no time zone"):
        run(records.consent_log.append(record(time=datetime(2026, 1, 1))))  # noqa: DTZ001
