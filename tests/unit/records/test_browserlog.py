"""The browser log never stands in a request's way, counts what it drops and forgets in time."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.duration import Duration
from consentkit.errors import CursorError, StoreUnavailableError
from consentkit.records.browserlog import BrowserEntry, BrowserFilter, BrowserLog
from consentkit.records.store.sqlite_browser import SqliteBrowserStore

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.records import Records
    from consentkit.records.store.base import VisitRow

Make = Callable[..., BrowserEntry]
Run = Callable[[Any], Any]


class HeldStore(SqliteBrowserStore):
    """A real store whose writer can be held back or made to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.go.set()
        self.reached = threading.Event()
        self.down = False

    def insert(self, rows: Sequence[VisitRow]) -> None:
        self.reached.set()
        assert self.go.wait(30)
        if self.down:
            message = "down"
            raise StoreUnavailableError(message)
        super().insert(rows)


@pytest.fixture
def store(tmp_path: Path) -> HeldStore:
    """A store on a file."""
    return HeldStore(tmp_path / "held.browser.db")


@pytest.fixture
def log(store: HeldStore, clock: Callable[[], datetime]) -> Any:
    """A log on that store with room for ten lines."""
    opened = BrowserLog(store, retention=Duration.parse("2 months"), clock=clock, queue=10)
    yield opened
    store.go.set()
    opened.close()


def test_round_trip(records: Records, visit: Make, run: Run) -> None:
    """A page view reads back as it was."""
    log = records.browser_log
    log.write(visit())
    log.write(visit(referrer=None, language=None, country=None, bot=True, device=None))
    run(log.flush())

    assert run(log.query(BrowserFilter())).items == (
        visit(referrer=None, language=None, country=None, bot=True, device=None),
        visit(),
    )
    assert (log.written, log.dropped) == (2, 0)


def test_queries_are_cut_off(records: Records, visit: Make, run: Run) -> None:
    """A query never reaches the file, of the path or of the referrer, should the edge ever pass one."""
    records.browser_log.write(visit(path="/a?token=s3cret", referrer="https://x.example/b?q=s3cret#s3cret"))
    run(records.browser_log.flush())
    (entry,) = run(records.browser_log.query(BrowserFilter())).items

    assert (entry.path, entry.referrer) == ("/a", "https://x.example/b")


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/\x00a\r\nb\x1b[31m\x7f", "/\ufffda\ufffd\ufffdb\ufffd[31m\ufffd"),
        ("/\ud83d", "/\ufffd"),
        ("/'; DROP TABLE visit;--", "/'; DROP TABLE visit;--"),
        ("/" + "x" * 9_000, "/" + "x" * 2_047),
        ("", ""),
    ],
)
def test_hostile_paths(records: Records, visit: Make, run: Run, path: str, kept: str) -> None:
    """No path forges lines, breaks the store or grows without bound; it can still be searched for."""
    records.browser_log.write(visit(path=path))
    records.browser_log.write(visit(path="/other"))
    run(records.browser_log.flush())

    assert [entry.path for entry in run(records.browser_log.query(BrowserFilter(path=path))).items] == [kept]


def test_a_full_queue_drops_and_counts(log: BrowserLog, store: HeldStore, visit: Make, run: Run) -> None:
    """Lines beyond the queue are dropped at once and counted; those before are written."""
    store.go.clear()
    log.write(visit(path="/first"))
    assert store.reached.wait(30)
    for number in range(15):
        log.write(visit(path=f"/{number}"))
    assert log.dropped == 5
    store.go.set()
    run(log.flush())

    assert (log.written, log.dropped) == (11, 5)
    assert run(log.query(BrowserFilter(path="/9"))).items
    assert not run(log.query(BrowserFilter(path="/10"))).items


def test_a_store_that_is_down_costs_lines_only(
    log: BrowserLog, store: HeldStore, visit: Make, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """While the store is down lines are counted as dropped, it is said once, and writing resumes by itself."""
    store.down = True
    with caplog.at_level(logging.WARNING, "consentkit.records"):
        for _ in range(2):
            log.write(visit())
            run(log.flush())
    assert caplog.text.count("drops lines") == 1
    assert log.health() == {
        "state": "degraded",
        "queued": 0,
        "written": 0,
        "dropped": 2,
        "error": "StoreUnavailableError",
    }

    store.down = False
    log.write(visit())
    run(log.flush())
    assert (log.written, log.health()["state"]) == (1, "ok")


def test_lines_made_later(log: BrowserLog, visit: Make, run: Run) -> None:
    """A line may be made in the writer thread; one that can't be made costs itself only, None costs nothing."""
    threads = []

    def make() -> BrowserEntry:
        threads.append(threading.current_thread().name)
        return visit(path="/made")

    def fail() -> BrowserEntry:
        message = "no such agent"
        raise LookupError(message)

    for item in (fail, make, lambda: None):
        log.write_later(item)
    run(log.flush())

    assert threads == ["consentkit-browser-log"]
    assert (log.written, log.dropped) == (1, 1)
    assert run(log.query(BrowserFilter())).items == (visit(path="/made"),)


def test_lines_from_many_threads_are_written_or_counted(log: BrowserLog, visit: Make, run: Run) -> None:
    """Writing takes no lock, and loses none uncounted: neither while the writer falls asleep nor when it is full."""
    entry, each = visit(), 3_000

    def write() -> None:
        for number in range(each):
            log.write(entry)
            if number % 500 == 0:
                time.sleep(0.001)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(log.flush())

    assert log.written + log.dropped == 4 * each
    assert log.written > 0


def test_no_thread_to_give(log: BrowserLog, visit: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system out of threads costs lines, never a request."""

    def refuse(_thread: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    log.write(visit())

    assert (log.dropped, log.health()["error"]) == (1, "RuntimeError")


def test_filters(records: Records, visit: Make, run: Run) -> None:
    """Each filter keeps its own rows: since is inclusive, until is not."""
    start = datetime(2026, 8, 31, 12, tzinfo=UTC)
    rows = [
        ("/a", "FR", "Firefox", 200),
        ("/b", "DE", "Chrome", 200),
        ("/a", "DE", "Firefox", 404),
        ("/c", None, None, 500),
    ]
    for number, (path, country, browser, status) in enumerate(rows):
        records.browser_log.write(
            visit(
                time=start - timedelta(hours=number),
                path=path,
                country=country,
                browser=browser,
                status=status,
                method=str(number),
            )
        )
    run(records.browser_log.flush())

    def numbers(**wanted: Any) -> str:
        items = run(records.browser_log.query(BrowserFilter(**wanted))).items
        return "".join(entry.method for entry in items)

    assert numbers() == "0123"
    assert numbers(path="/a") == "02"
    assert numbers(country="DE") == "12"
    assert numbers(browser="Firefox", status=404) == "2"
    assert numbers(since=start - timedelta(hours=2), until=start) == "12"


def test_pages(records: Records, visit: Make, run: Run) -> None:
    """Cursors lead through rows of one time without skipping or repeating any, and not to another listing."""
    for number in range(7):
        records.browser_log.write(visit(method=str(number)))
    run(records.browser_log.flush())
    seen, cursor, pages = "", None, 0
    while pages == 0 or cursor:
        page = run(records.browser_log.query(BrowserFilter(limit=3, cursor=cursor)))
        seen += "".join(entry.method for entry in page.items)
        cursor, pages = page.cursor, pages + 1
        if cursor:
            with pytest.raises(CursorError):
                run(records.browser_log.query(BrowserFilter(cursor=cursor, country="FR")))

    assert (seen, pages) == ("6543210", 3)


@pytest.mark.requirement("R41 R48")
def test_hidden_at_the_deadline_and_gone_after_the_sweep(
    records: Records, visit: Make, run: Run, clock: Any, database: Path
) -> None:
    """At two months a line can't be read, though no sweep has run; the sweep then takes it out of the file."""
    records.browser_log.write(visit(time=clock()))
    records.browser_log.write(visit(time=clock() + timedelta(days=1)))
    run(records.browser_log.flush())
    clock.now = datetime(2026, 10, 31, 12, tzinfo=UTC)

    assert len(run(records.browser_log.query(BrowserFilter())).items) == 1
    assert run(records.sweep()) == 1
    with sqlite3.connect(database.with_name("consentkit.browser.db")) as db:
        assert db.execute("SELECT count(*) FROM visit WHERE path = '/café'").fetchone() == (1,)
    db.close()


def test_closed_log(log: BrowserLog, visit: Make, run: Run) -> None:
    """Closing writes what waits; after it lines are counted as dropped, until it is started again."""
    log.write(visit())
    log.close()
    log.write(visit())
    assert (log.written, log.dropped) == (1, 1)

    log.start()
    log.write(visit())
    run(log.flush())
    assert log.written == 2
