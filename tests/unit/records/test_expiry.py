"""A person's records can be erased, a hold keeps them, and the log tells of both without telling whose they were."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.records import expiry
from consentkit.records.browserlog import BrowserFilter
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.entry import new_entry
from consentkit.records.expiry import Erasure
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.records import Records

Make = Callable[..., Any]
Run = Callable[[Any], Any]
LATER = datetime(2040, 1, 1, tzinfo=UTC)


def subjects(records: Records) -> list[str]:
    """Return whose records are readable, newest first."""
    return [entry.record.subject for entry in asyncio.run(records.consent_log.query(ConsentFilter())).items]


def about_the_log(database: Path) -> list[dict[str, Any]]:
    """Return the entries that aren't choices."""
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "SELECT payload FROM content JOIN record USING (\"index\") WHERE kind IN ('erasure', 'hold') ORDER BY 1"
        ).fetchall()
    db.close()
    return [json.loads(payload) for (payload,) in rows]


def archive(records: Records) -> list[bytes]:
    """Return the archive's lines."""

    async def every() -> list[bytes]:
        return [line async for line in records.archive()]

    return asyncio.run(every())


@pytest.mark.requirement("R39")
def test_erase_a_subject(records: Records, record: Make, run: Run, database: Path) -> None:
    """All of one subject's choices go, nobody else's, and the log says so without naming anybody."""
    for subject in ("one", "two", "one"):
        run(records.consent_log.append(record(subject=subject)))

    assert run(records.erase("one", reason="request of the person", author="dpo")) == Erasure((0, 2), 0)
    assert run(records.erase("one", reason="request of the person", author="dpo")) == Erasure((), 0)
    assert subjects(records) == ["two"]
    (entry,) = about_the_log(database)
    assert (entry["indexes"], entry["reason"], entry["author"]) == ([0, 2], "request of the person", "dpo")
    assert verify(archive(records)).ok
    run(records.close())
    assert b'"one"' not in database.read_bytes()


def test_erasing_takes_what_waits_in_the_spool(records: Records, record: Make, run: Run) -> None:
    """A choice that was deferred while the log was down is erased with the others."""
    records.consent_log._spool.put(new_entry(record(subject="one"), b"s" * 32))  # type: ignore[union-attr]

    assert run(records.erase("one", reason="request", author="dpo")) == Erasure((0,), 0)
    assert subjects(records) == []


def test_a_hold_keeps_from_erasure_and_expiry(records: Records, record: Make, run: Run, clock: Any) -> None:
    """What a hold covers is neither erased nor expired until the hold is lifted; what it doesn't cover is."""
    for subject in ("one", "two"):
        run(records.consent_log.append(record(subject=subject)))
    hold = run(records.hold("consent", reason="dispute 7", author="counsel", ends=LATER, subject="one"))

    assert run(records.holds()) == [hold]
    assert run(records.erase("one", reason="request", author="dpo")) == Erasure((), 1)
    clock.now = datetime(2032, 1, 1, tzinfo=UTC)
    assert subjects(records) == ["one"]
    assert run(records.sweep()) == 1

    assert run(records.lift(hold.hold_id, author="counsel")) == hold
    assert run(records.holds()) == []
    assert subjects(records) == []
    assert run(records.sweep()) == 1


def test_a_hold_ends_by_itself(records: Records, record: Make, run: Run, clock: Any) -> None:
    """At its end date a hold is over, without anybody doing anything."""
    run(records.consent_log.append(record()))
    run(records.hold("consent", reason="dispute", author="counsel", ends=datetime(2032, 1, 1, tzinfo=UTC)))
    clock.now = datetime(2031, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert len(subjects(records)) == 1
    clock.advance(seconds=1)

    assert subjects(records) == []
    assert run(records.holds()) == []


def test_a_hold_on_the_browser_log(records: Records, visit: Make, run: Run, clock: Any) -> None:
    """A span of page views can be kept, and what had expired before isn't brought back."""
    for hours in range(3):
        records.browser_log.write(visit(time=clock() - timedelta(days=70 * hours), path=f"/{hours}"))
    run(records.browser_log.flush())
    run(records.hold("browser", reason="an authority's request", author="counsel", ends=LATER))
    clock.advance(days=100)

    assert [entry.path for entry in run(records.browser_log.query(BrowserFilter())).items] == ["/0"]
    assert run(records.sweep()) == 2


def test_holds_are_told_in_the_log(records: Records, record: Make, run: Run, database: Path) -> None:
    """Placing and lifting a hold are entries, with reason and author, without the subject, which the file forgets."""
    run(records.consent_log.append(record(subject="other")))
    hold = run(records.hold("consent", reason="dispute", author="counsel", ends=LATER, subject="held-subject"))
    run(records.lift(hold.hold_id, author="judge"))
    told = sorted(about_the_log(database), key=lambda entry: entry["hold"], reverse=True)

    assert [(entry["hold"], entry["author"], entry["of_one_subject"]) for entry in told] == [
        ("placed", "counsel", True),
        ("lifted", "judge", True),
    ]
    report = verify(archive(records))
    assert (report.ok, report.entries, report.consents) == (True, 3, 1)
    run(records.close())
    assert b"held-subject" not in database.read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ends": datetime(2026, 8, 31, 12, tzinfo=UTC)}, "has ended; give a time to come"),
        ({"reason": " "}, "needs a reason and an author"),
        ({"author": ""}, "needs a reason and an author"),
        ({"log": "browser", "subject": "x"}, "knows no subjects"),
    ],
)
def test_holds_that_make_no_sense(records: Records, run: Run, changes: dict[str, Any], message: str) -> None:
    """A hold without an answer to who, why and until when is refused."""
    fields = {"log": "consent", "reason": "dispute", "author": "counsel", "ends": LATER} | changes
    with pytest.raises(ValueError, match=message):
        run(records.hold(fields.pop("log"), **fields))


def test_no_such_hold(records: Records, run: Run) -> None:
    """Only a hold in force can be lifted."""
    with pytest.raises(KeyError):
        run(records.lift("none", author="x"))


def test_documents(records: Records, record: Make, run: Run) -> None:
    """The text that a visitor saw is found again by the digest in the record."""
    digest = run(records.consent_log.keep_document("notice", "<p>Mesure d'audience…</p>", language="fr"))
    run(records.consent_log.append(record(notice_digest=digest)))
    (entry,) = run(records.consent_log.query(ConsentFilter())).items
    document = run(records.consent_log.document(entry.record.notice_digest))

    assert (document.kind, document.language, document.body) == ("notice", "fr", "<p>Mesure d'audience…</p>")
    assert run(records.consent_log.document("0" * 64)) is None


def test_health_tells_of_a_late_sweep(records: Records, run: Run, clock: Any) -> None:
    """When a sweep is overdue health says by how much."""
    run(records.start())
    records._sweeper.stop()
    assert records.health()["sweep"]["overdue_seconds"] == 0  # type: ignore[index]
    clock.advance(hours=3)

    assert records.health()["sweep"]["overdue_seconds"] == 2 * 3600  # type: ignore[index]
    assert records.health()["status"] == "degraded"


def test_health_tells_of_an_altered_log(records: Records, record: Make, run: Run, database: Path, clock: Any) -> None:
    """The hourly work compares the log with what was signed, and health says when it isn't the same."""
    for _ in range(3):
        run(records.consent_log.append(record()))
    run(records.start())
    records._sweeper.stop()
    with sqlite3.connect(database) as db:
        db.execute('UPDATE leaf SET hash = zeroblob(32) WHERE "index" = 1')
    db.close()
    clock.advance(hours=1)
    records._sweeper.start()
    records._sweeper.stop()

    assert records.health()["sweep"]["error"] == "EvidenceError"  # type: ignore[index]
    assert records.health()["status"] == "degraded"


def test_steps_follow_what_they_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep takes fewer rows at a time once a step held the lock for long, and more while it doesn't."""
    now, sizes, left = [0.0], [], [10_000]
    monkeypatch.setattr(expiry.time, "monotonic", lambda: now[0])

    def step(rows: int) -> int:
        sizes.append(rows)
        now[0] += rows / 40_000
        left[0] -= min(rows, left[0])
        return rows if left[0] else rows - 1

    expiry._in_chunks(step, lambda _took: None)

    assert sizes[:4] == [250, 500, 250, 500]
    assert set(sizes[3:]) == {250, 500}
