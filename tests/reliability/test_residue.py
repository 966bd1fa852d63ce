"""What was erased or has expired leaves no byte in any file of the store, and every proof stays valid (T12, T13)."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from figures import figure, scale
from tests.reliability.ledger import choice
from tests.reliability.test_outages import ask

from consentkit.manifest.model import Retention
from consentkit.records import Records, open_records
from consentkit.records.browserlog import BrowserEntry, BrowserFilter
from consentkit.records.note import Ed25519Verifier, InclusionProof, text_of

if TYPE_CHECKING:
    from postgresql import Cluster

SUBJECTS = scale(1_000, 40)
START = datetime(2026, 2, 28, 23, tzinfo=UTC)


class Clock:
    """A clock that is moved."""

    now = START

    def __call__(self) -> datetime:
        return self.now


def bytes_of(url: str, request: pytest.FixtureRequest) -> bytes:
    """Return all bytes of all files of the store; the server's write-ahead log is the server's own affair."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return b"".join(path.read_bytes() for path in folder.iterdir())
    cluster: Cluster = request.getfixturevalue("cluster")
    ask(url, "CHECKPOINT")
    ((oid,),) = ask(url, "SELECT oid FROM pg_database WHERE datname = current_database()")
    return b"".join(path.read_bytes() for path in (cluster.folder / "data" / "base" / str(oid)).iterdir())


def left(url: str, request: pytest.FixtureRequest, markers: list[str]) -> int:
    """Count the bytes of markers that are left."""
    content = bytes_of(url, request)
    return sum(content.count(marker.encode()) * len(marker) for marker in markers)


async def fill(records: Records, subjects: list[str], pages: list[str]) -> list[Any]:
    """Keep two choices of each subject and a view of each page."""
    receipts = [records.consent_log.append(choice(subject)) for subject in subjects * 2]
    for page in pages:
        records.browser_log.write(
            BrowserEntry(time=START, address="203.0.0.0/16", method="GET", path=f"/{page}", status=200, referrer=page)
        )
    kept = await asyncio.gather(*receipts)
    await records.browser_log.flush()
    return kept


@pytest.mark.slow
def test_nothing_is_left(kind: str, url: str, request: pytest.FixtureRequest) -> None:
    """A marker planted in each row is in no file after erasure, and after expiry; proofs are as they were."""
    clock = Clock()
    # The choices' own time is the system's, so all that expires is dated before it.
    clock.now = datetime.now(UTC)
    records = open_records(url, retention=Retention(), clock=clock, keys=["k" * 32], site="shop.example")
    subjects = [f"marker{secrets.token_hex(12)}" for _ in range(SUBJECTS)]
    pages = [f"marker{secrets.token_hex(12)}" for _ in range(SUBJECTS)]
    receipts = asyncio.run(fill(records, subjects, pages))
    planted = left(url, request, subjects)
    if url.startswith("postgresql"):
        # As autovacuum does by itself: it keeps samples of what it finds.
        ask(url, "ANALYZE")
    key = secrets.token_hex(16)
    records.statistics._store.day_key(int(clock.now.timestamp()) // 86_400, key.encode())
    assert left(url, request, [key]) > 0
    some = range(0, len(receipts), max(1, len(receipts) // 20))
    old = {place: asyncio.run(records.proofs.inclusion(receipts[place].index)) for place in some}
    erased, kept = subjects[: SUBJECTS // 2], subjects[SUBJECTS // 2 :]

    async def erase() -> None:
        for subject in erased:
            await records.erase(subject, reason="request", author="dpo")

    asyncio.run(erase())
    after_erasure = left(url, request, erased)
    assert left(url, request, kept) > 0
    asyncio.run(records.sweep())
    visits_left = left(url, request, pages)
    clock.now += timedelta(days=366 * 6)
    asyncio.run(records.sweep())
    after_expiry, key_left = left(url, request, subjects), left(url, request, [key])
    origin = text_of(asyncio.run(records.proofs.checkpoint())).split("\n")[0].rpartition("/")[0]
    keys = [Ed25519Verifier.parse(key) for key in asyncio.run(records.proofs.verifier_keys())]
    valid = 0
    for place, proof in old.items():
        new = asyncio.run(records.proofs.inclusion(receipts[place].index))
        for one in (proof, new):
            InclusionProof.parse(one.text()).check(bytes.fromhex(receipts[place].leaf), keys, origin=origin)
            valid += 1
    asyncio.run(records.close())

    figure(
        "T12",
        f"{kind}: of {planted:,} bytes of markers, left after {len(erased)} erasures {after_erasure}, after expiry "
        f"{after_expiry}, of the day's key that told visits apart {key_left}; {valid} of {2 * len(old)} old and new "
        "proofs of them verify",
        bar="0, 0, 0, all",
    )
    figure("T13", f"{kind}: bytes of {len(pages):,} expired page views left after the sweep {visits_left}", bar="0")
    assert planted > 0
    assert (after_erasure, after_expiry, visits_left, key_left) == (0, 0, 0, 0)


@pytest.mark.slow
def test_no_late_reading(tmp_path: Path) -> None:
    """With the clock anywhere, leap days and changes of summer time among it, nothing older than its deadline shows."""
    clock, dice = Clock(), secrets.SystemRandom()
    retention = Retention.model_validate({"consent_log": "6 months", "browser_log": "2 months"})
    records = open_records(f"sqlite:///{tmp_path}/c.db", retention=retention, clock=clock)
    begin = datetime(2027, 10, 1, tzinfo=UTC)
    times = [begin + timedelta(hours=5 * number) for number in range(1_000)]

    async def keep() -> None:
        for time in times:
            records.browser_log.write(
                BrowserEntry(time=time, address="203.0.0.0/16", method="GET", path="/", status=200)
            )
        await records.browser_log.flush()

    async def seen() -> list[datetime]:

        return [entry.time for entry in (await records.browser_log.query(BrowserFilter(limit=1_000))).items]

    asyncio.run(keep())
    positions, late = scale(2_000, 40), 0
    for _ in range(positions):
        # Nothing is ever swept, and the clock jumps forwards and back.
        clock.now = begin + timedelta(seconds=dice.randrange(300 * 86_400))
        ends = [retention.browser_log.after(time) for time in asyncio.run(seen())]
        late += sum(end is not None and end <= clock.now for end in ends)
    asyncio.run(records.close())

    figure(
        "T13",
        f"{positions:,} positions of the clock without a sweep: rows visible after their deadline {late}",
        bar="0",
    )
    assert late == 0
