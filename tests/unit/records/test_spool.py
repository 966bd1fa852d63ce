"""A refusal has effect and leaves its entry, whatever becomes of the log meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.duration import Duration
from consentkit.errors import StoreUnavailableError
from consentkit.records.consentlog import ConsentFilter, ConsentLog
from consentkit.records.entry import new_entry
from consentkit.records.store.spool import Spool, place_on_host
from consentkit.records.store.sqlite_consent import SqliteConsentStore

if TYPE_CHECKING:
    from datetime import datetime

    from consentkit.records.store.base import NewEntry, Placed

Make = Callable[..., Any]
Run = Callable[[Any], Any]


class FallibleStore(SqliteConsentStore):
    """A real store that can be down."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, site="shop.example")
        self.down = False
        self.appended = threading.Event()

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        if self.down:
            message = "down"
            raise StoreUnavailableError(message)
        places = super().append(entries, year=year)
        self.appended.set()
        return places


@pytest.fixture
def store(tmp_path: Path) -> FallibleStore:
    """A store that can be down."""
    return FallibleStore(tmp_path / "c.db")


@pytest.fixture
def spool(tmp_path: Path) -> Any:
    """A spool on a file."""
    opened = Spool(tmp_path / "c.spool.db")
    yield opened
    opened.close()


@pytest.fixture
def log(store: FallibleStore, spool: Spool, clock: Callable[[], datetime]) -> Any:
    """A log with a spool, and room for three records in memory."""
    opened = ConsentLog(store, spool=spool, retention=Duration.parse("5 years"), clock=clock, backlog=3)
    yield opened
    opened.close()


@pytest.fixture
def refusal(record: Make) -> Make:
    """Make a refusal."""
    return lambda **changes: record(**({"state": ChoiceState.REFUSED, "purposes": (), "services": ()} | changes))


def ids(log: ConsentLog) -> list[str]:
    """Return the record ids in the log, newest first."""
    return [entry.record.record_id for entry in asyncio.run(log.query(ConsentFilter())).items]


def test_entries_survive_the_file(spool: Spool, record: Make) -> None:
    """An entry comes out of the spool as it went in, in order, with every odd character."""
    given = [new_entry(record(subject="\udfff\x00é", idempotency=key), b"s" * 32) for key in (None, "k", None)]
    for entry in given:
        spool.put(entry)

    assert [entry for _, entry in spool.peek(9)] == given
    assert [entry for _, entry in spool.peek(2)] == given[:2]


def test_nothing_is_left_in_the_spool(spool: Spool, record: Make, tmp_path: Path) -> None:
    """What was brought in leaves no byte in the spool's files, even while others still wait."""
    for number in range(5):
        spool.put(new_entry(record(subject=f"marker-{number}"), b"s" * 32))
    numbers = [number for number, _ in spool.peek(9)]

    spool.remove(numbers[:2])
    assert len(spool.peek(9)) == 3
    spool.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("c.spool.db*"))
    assert [f"marker-{number}".encode() in content for number in range(5)] == [False, False, True, True, True]

    spool.remove(numbers[2:])
    spool.close()
    assert b"marker" not in b"".join(path.read_bytes() for path in tmp_path.glob("c.spool.db*"))


def test_no_file_without_need(spool: Spool, tmp_path: Path) -> None:
    """A spool that never held anything makes no file."""
    assert spool.peek(1) == []
    assert list(tmp_path.glob("*.spool.db")) == []


def test_a_refusal_is_brought_in(log: ConsentLog, store: FallibleStore, refusal: Make, run: Run) -> None:
    """Deferred refusals are in the log with the next choice that it takes."""
    store.down = True
    run(log.defer(refusal(record_id="1")))
    run(log.defer(refusal(record_id="2")))
    assert log.health()["replay_due"]

    store.down = False
    run(log.append(refusal(record_id="3")))
    log.close()
    assert sorted(ids(log)) == ["1", "2", "3"]
    assert log.health()["state"] == "ok"


def test_it_is_brought_in_without_another_choice(
    log: ConsentLog, store: FallibleStore, refusal: Make, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer tries again by itself."""
    monkeypatch.setattr("consentkit.records.consentlog._REPLAY_INTERVAL", 0.01)
    store.down = True
    run(log.defer(refusal(record_id="1")))
    store.down = False

    assert store.appended.wait(30)
    log.close()
    assert ids(log) == ["1"]


def test_the_next_run_brings_it_in(
    store: FallibleStore, spool: Spool, refusal: Make, run: Run, clock: Callable[[], datetime]
) -> None:
    """What a process that was killed had spooled is brought in by the next."""
    spool.put(new_entry(refusal(record_id="left"), b"s" * 32))
    heir = ConsentLog(store, spool=spool, retention=Duration.parse("5 years"), clock=clock)
    heir.start()
    assert store.appended.wait(30)
    heir.close()

    assert ids(heir) == ["left"]
    assert spool.peek(1) == []


def test_twice_is_once(log: ConsentLog, store: FallibleStore, spool: Spool, refusal: Make, run: Run) -> None:
    """A record that two workers bring in, or that was kept after all, has one row."""
    choice = refusal(record_id="1")
    run(log.append(choice))
    spool.put(new_entry(choice, b"s" * 32))
    log.replay()
    spool.put(new_entry(choice, b"s" * 32))
    log.replay()

    assert ids(log) == ["1"]


def test_no_disk_at_all(
    log: ConsentLog,
    store: FallibleStore,
    spool: Spool,
    refusal: Make,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When the spool can't be written either, refusals wait in memory, up to a bound, and deferring never fails."""

    def refuse(_entry: NewEntry) -> None:
        message = "disk full"
        raise StoreUnavailableError(message)

    store.down = True
    with monkeypatch.context() as patch:
        patch.setattr(spool, "put", refuse)
        for number in range(4):
            run(log.defer(refusal(record_id=str(number))))
    assert caplog.text.count("waits in memory") == 3
    assert caplog.text.count("can't be recorded") == 1

    store.down = False
    log.replay()
    assert sorted(ids(log)) == ["0", "1", "2"]


def test_without_a_spool(store: FallibleStore, refusal: Make, run: Run, clock: Callable[[], datetime]) -> None:
    """A log without a spool keeps deferred refusals in memory."""
    bare = ConsentLog(store, retention=Duration.parse("5 years"), clock=clock)
    run(bare.defer(refusal(record_id="1")))
    bare.close()

    assert ids(bare) == ["1"]


def test_its_place_on_a_host(tmp_path: Path) -> None:
    """With a database elsewhere the spool is in the folder for state, one file a database, whoever logs in to it."""
    place = place_on_host("postgresql://site:secret@db/shop", {"STATE_DIRECTORY": f"{tmp_path}:/other"})

    assert place.parent == tmp_path
    assert place == place_on_host("postgresql://other:key@db/shop", {"STATE_DIRECTORY": str(tmp_path)})
    assert place.name != place_on_host("postgresql://site@db/other", {"STATE_DIRECTORY": str(tmp_path)}).name
    assert place_on_host("postgresql://db/shop", {"XDG_STATE_HOME": "/state"}).parent == Path("/state/consentkit")
    assert place_on_host("postgresql://db/shop", {}).parent.parts[-3:] == (".local", "state", "consentkit")


def test_its_folder_is_made(tmp_path: Path, record: Make) -> None:
    """The folder is made with the first entry; where it can't be, that is told."""
    spool = Spool(tmp_path / "a" / "b" / "s.spool.db")
    spool.put(new_entry(record(), b"s" * 32))
    spool.close()
    (tmp_path / "file").touch()

    assert len(spool.peek(5)) == 1
    with pytest.raises(StoreUnavailableError, match="can't be made"):
        Spool(tmp_path / "file" / "s.spool.db").put(new_entry(record(), b"s" * 32))
