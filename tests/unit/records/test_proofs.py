"""The log signs only what continues what it signed, and an archive shows any alteration by its place."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import EvidenceError
from consentkit.records import merkle, open_records
from consentkit.records.note import Checkpoint, Ed25519Verifier, InclusionProof, text_of
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.manifest.model import Retention
    from consentkit.records import Records

Make = Callable[..., Any]
Run = Callable[[Any], Any]


def append(records: Records, record: Make, count: int) -> list[Any]:
    """Append as many choices and return their receipts."""

    async def every() -> list[Any]:
        return list(await asyncio.gather(*(records.consent_log.append(record(subject=f"s{n}")) for n in range(count))))

    return asyncio.run(every())


def archive(records: Records) -> list[bytes]:
    """Return the archive's lines."""

    async def every() -> list[bytes]:
        return [line async for line in records.archive()]

    return asyncio.run(every())


def keys(records: Records) -> list[Ed25519Verifier]:
    """Return the log's published keys."""
    return [Ed25519Verifier.parse(key) for key in asyncio.run(records.proofs.verifier_keys())]


@pytest.fixture
def origin(records: Records) -> Callable[[], str]:
    """Return the log's own name."""
    return lambda: text_of(asyncio.run(records.proofs.checkpoint())).split("\n")[0].rpartition("/")[0]


def test_checkpoints_grow(records: Records, record: Make, run: Run) -> None:
    """Checkpoints name the log, its size and root, and any two are consistent."""
    append(records, record, 3)
    old = Checkpoint.parse(text_of(run(records.proofs.checkpoint())))
    append(records, record, 300)
    new = Checkpoint.parse(text_of(run(records.proofs.checkpoint())))
    proof = run(records.proofs.consistency(old.size))

    assert (old.origin, old.size, new.size) == (new.origin, 3, 303)
    assert old.origin.startswith("shop.example/consent-log/")
    assert old.origin.endswith("/2026")
    assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof.path)


def test_a_receipt_can_be_proved(records: Records, record: Make, run: Run, origin: Callable[[], str]) -> None:
    """With receipt, proof text and published key, and nothing else, anyone sees that the choice is in the log."""
    receipts = append(records, record, 260)
    for receipt in (receipts[0], receipts[255], receipts[259]):
        text = run(records.proofs.inclusion(receipt.index)).text()
        checkpoint = InclusionProof.parse(text).check(bytes.fromhex(receipt.leaf), keys(records), origin=origin())

        assert checkpoint.size == 260


def test_proofs_over_the_years(records: Records, record: Make, run: Run, clock: Any, origin: Callable[[], str]) -> None:
    """Each year is a tree of its own with its own name; an entry is proved in its year."""
    append(records, record, 3)
    clock.now = datetime(2027, 3, 1, tzinfo=UTC)
    (receipt,) = append(records, record, 1)
    proof = run(records.proofs.inclusion(receipt.index))
    checkpoint = proof.check(bytes.fromhex(receipt.leaf), keys(records), origin=origin())

    assert (receipt.index, proof.index, checkpoint.size) == (3, 0, 1)
    assert checkpoint.origin.endswith("/2027")
    assert Checkpoint.parse(text_of(run(records.proofs.checkpoint(2026)))).size == 3


def test_proofs_survive_erasure(
    records: Records, record: Make, run: Run, clock: Any, origin: Callable[[], str]
) -> None:
    """When contents have expired and are gone, every old proof still verifies and new ones can be made."""
    receipts = append(records, record, 10)
    old = run(records.proofs.inclusion(4))
    clock.now = datetime(2032, 1, 1, tzinfo=UTC)
    assert run(records.sweep()) == 10
    new = run(records.proofs.inclusion(4))

    for proof in (old, new):
        proof.check(bytes.fromhex(receipts[4].leaf), keys(records), origin=origin())


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 2), (0, 4), (4, None)])
def test_sizes_the_tree_never_had(records: Records, record: Make, run: Run, old: int, new: int | None) -> None:
    """A consistency proof is refused for sizes the tree never had."""
    append(records, record, 3)
    with pytest.raises(EvidenceError, match="has 3 leaves; it never grew"):
        run(records.proofs.consistency(old, new))


def test_nothing_to_prove(records: Records, record: Make, run: Run) -> None:
    """An empty log has no checkpoint; a log has no proof of what it doesn't have."""
    with pytest.raises(EvidenceError, match="the consent log is empty"):
        run(records.proofs.checkpoint())
    append(records, record, 1)
    with pytest.raises(EvidenceError, match="no entries of 2020"):
        run(records.proofs.checkpoint(2020))
    for index in (-1, 1):
        with pytest.raises(EvidenceError, match=f"has no entry {index}"):
            run(records.proofs.inclusion(index))


def test_an_old_copy_is_found_out(records: Records, record: Make, run: Run, database: Path) -> None:
    """When an old copy of the log is put back nothing is signed, even once it has grown beyond what was signed."""
    append(records, record, 5)
    run(records.close())
    copy = database.with_suffix(".copy")
    shutil.copy(database, copy)
    run(records.start())
    append(records, record, 5)
    run(records.proofs.checkpoint())
    run(records.close())
    shutil.copy(copy, database)
    run(records.start())

    with pytest.raises(EvidenceError, match=r"has 5 entries, but 10 were signed for: some are gone"):
        run(records.proofs.checkpoint())
    append(records, record, 20)
    with pytest.raises(EvidenceError, match=r"the first 10 entries .* are not those that were signed for"):
        run(records.proofs.checkpoint())


def test_another_worker_may_sign_more(
    records: Records, record: Make, run: Run, retention: Retention, database: Path
) -> None:
    """Two workers that sign in turn don't take each other's larger tree for tampering."""
    other = open_records(f"sqlite:///{database}", retention=retention, clock=records._clock, site="shop.example")
    for _ in range(3):
        append(records, record, 1)
        run(records.proofs.checkpoint())
        append(other, record, 1)
        run(other.proofs.checkpoint())
    run(other.close())


def test_unsigned_without_keys(record: Make, run: Run, retention: Retention, tmp_path: Path) -> None:
    """Without keys a checkpoint has no signature, and its archive can be checked for what it is worth."""
    records = open_records(f"sqlite:///{tmp_path}/c.db", retention=retention)
    append(records, record, 2)
    note = run(records.proofs.checkpoint())
    report = verify(archive(records))
    run(records.close())

    assert note.endswith("=\n\n")
    assert report.ok
    assert report.signed == 0


# --- archives ---


@pytest.fixture
def filled(records: Records, record: Make, clock: Any, run: Run) -> Records:
    """A log of two years in which the first entries have expired."""
    append(records, record, 4)
    clock.now = datetime(2031, 8, 31, 13, tzinfo=UTC)
    for day in (1, 2, 3):
        run(records.consent_log.append(record(time=datetime(2031, 8, day, tzinfo=UTC), language=f"é{day}")))
    return records


def test_an_archive_in_order(filled: Records) -> None:
    """An archive of an untouched log is in order: read, counted, signed."""
    report = verify(archive(filled), verifiers=keys(filled))

    assert report.findings == []
    assert (report.entries, report.consents, report.erased, report.signed) == (8, 3, 4, 2)
    assert report.origin.startswith("shop.example/consent-log/")


def test_archives_agree_with_kept_checkpoints(filled: Records, record: Make, run: Run) -> None:
    """Checkpoints that an auditor kept are found in a later archive, and missed in one that was cut short."""
    early = archive(filled)
    kept = run(filled.proofs.checkpoint())
    append(filled, record, 3)
    later = archive(filled)
    last = run(filled.proofs.checkpoint())
    trusted = keys(filled)

    assert verify(later, verifiers=trusted, known=[kept, last]).known == 2
    (finding,) = verify(early, verifiers=trusted, known=[last]).findings
    assert "is not a beginning of this log" in finding.message


def test_a_log_written_anew_is_found_out(
    filled: Records, record: Make, run: Run, retention: Retention, tmp_path: Path
) -> None:
    """A log forged with the site's own keys and name is in order by itself, and not with a checkpoint kept before."""
    kept = run(filled.proofs.checkpoint(2026))
    lines = [json.loads(line) for line in archive(filled)]
    forged = open_records(f"sqlite:///{tmp_path}/f.db", retention=retention, clock=filled._clock, keys=["k" * 32])
    append(forged, record, 8)
    run(forged.close())
    with sqlite3.connect(tmp_path / "f.db") as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'origin'", (lines[0]["origin"],))
        db.execute("UPDATE epoch SET year = 2026")
    db.close()
    report = verify(archive(forged))
    run(forged.close())

    assert report.ok
    (finding,) = verify(archive(forged), known=[kept]).findings
    assert "the first 4 entries of 2026 are not those of the checkpoint" in finding.message


def test_a_kept_checkpoint_must_be_signed(filled: Records) -> None:
    """A checkpoint to compare with that no trusted key signed is refused, not compared."""
    with pytest.raises(EvidenceError, match="no trusted key"):
        verify(archive(filled), verifiers=keys(filled), known=["a\n1\n" + "A" * 43 + "=\n\n\u2014 other AAAAAAAA\n"])


def test_every_flipped_byte_is_found(filled: Records) -> None:
    """No byte that means something can be changed without a finding, and the finding is at or after its line."""
    lines = archive(filled)
    trusted = keys(filled)
    for number, line in enumerate(lines):
        value = json.loads(line)
        for place in range(0, len(line) - 1, 3):
            flipped = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
            try:
                # When an archive was written is for people; nothing rests on it.
                if json.loads(flipped) | {"time": ""} == value | {"time": ""}:
                    continue
            except ValueError:
                pass
            report = verify([*lines[:number], flipped, *lines[number + 1 :]], verifiers=trusted)
            assert not report.ok, (number, flipped)


def test_every_removed_doubled_and_exchanged_line_is_found(filled: Records) -> None:
    """Lines can't be removed, doubled or exchanged, nor the end cut off anywhere; the first finding names the place."""
    lines = archive(filled)
    trusted = keys(filled)
    for number in range(len(lines)):
        removed = [*lines[:number], *lines[number + 1 :]]
        doubled = [*lines[: number + 1], *lines[number:]]
        for altered in (removed, doubled, lines[:number]):
            # An archive that ends after a whole year is that of the log as it was then.
            if altered == lines[: 1 + lines.index(next(line for line in lines if b"checkpoint" in line))]:
                continue
            if altered == lines[:1]:
                continue
            assert not verify(altered, verifiers=trusted).ok, (number, len(altered))
    for number in range(len(lines) - 1):
        exchanged = lines.copy()
        exchanged[number], exchanged[number + 1] = lines[number + 1], lines[number]
        assert not verify(exchanged, verifiers=trusted).ok


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("state", "refused", "entry 5 does not match its leaf"),
        ("time", "2031-08-01T00:00:00.000001Z", "entry 5 does not match its leaf"),
        ("language", "fr", "entry 5 does not match its leaf"),
        ("extra", 1, "entry 5 does not match its leaf"),
    ],
)
def test_altered_contents_are_named(filled: Records, field: str, value: Any, message: str) -> None:
    """Changed contents are named by their entry."""
    lines = archive(filled)
    place = next(n for n, line in enumerate(lines) if json.loads(line).get("index") == 5)
    entry = json.loads(lines[place])
    entry["payload"][field] = value
    lines[place] = json.dumps(entry).encode()
    report = verify(lines, verifiers=keys(filled))

    assert [(finding.line, finding.message.partition(":")[0]) for finding in report.findings] == [(place + 1, message)]


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        ("content", "payload = replace(payload, 'given', 'grant')", "entry 6 does not match its leaf"),
        ("content", "payload = substr(payload, 2)", "entry 6 does not match its leaf"),
        ("content", "salt = zeroblob(32)", "entry 6 does not match its leaf"),
        ("leaf", "hash = zeroblob(32)", "entry 6 does not match its leaf"),
    ],
)
def test_an_altered_database_is_found_out(
    filled: Records, run: Run, database: Path, table: str, column: str, message: str
) -> None:
    """What somebody changes in the file behind our back is named by its entry."""
    run(filled.close())
    with sqlite3.connect(database) as db:
        db.execute(f'UPDATE {table} SET {column} WHERE "index" = 6')
    db.close()
    report = verify(archive(filled), verifiers=keys(filled))

    assert message in report.findings[0].message


def test_contents_removed_without_a_word(filled: Records, run: Run, database: Path) -> None:
    """Contents that somebody removed from the file, with no entry that says so, are named."""
    run(filled.close())
    with sqlite3.connect(database) as db:
        db.execute('DELETE FROM record WHERE "index" = 6')
        db.execute('DELETE FROM content WHERE "index" = 6')
    db.close()
    (finding,) = verify(archive(filled), verifiers=keys(filled)).findings

    assert finding.message == "entry 6 has no contents, and no entry says that it was erased"


def test_an_altered_leaf_of_erased_contents(filled: Records, run: Run, database: Path) -> None:
    """A leaf whose contents are gone can't be altered either: the signed root says so."""
    archive(filled)
    run(filled.proofs.checkpoint(2026))
    lines = archive(filled)
    place = next(n for n, line in enumerate(lines) if json.loads(line).get("index") == 2)
    lines[place] = lines[place].replace(json.loads(lines[place])["leaf"].encode(), b"00" * 32)
    (finding,) = verify(lines, verifiers=keys(filled)).findings

    assert "entries of 2026 don't make the root that was signed" in finding.message


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"[]"],
        [b"{}"],
        [b'{"log": "x"}'],
        [b'{"log": "consentkit consent log", "version": 2, "origin": "o"}'],
        [b"\xff\xfe"],
        [b'{"log": "consentkit consent log", "version": 1, "origin": "o"}', b'{"year": "x"}'],
        [b'{"log": "consentkit consent log", "version": 1, "origin": "o"}', b'{"index": 0, "leaf": 5}'],
        [b'{"log": "consentkit consent log", "version": 1, "origin": "o"}', b'{"checkpoint": 5}'],
    ],
)
def test_other_files(lines: list[bytes]) -> None:
    """A file that isn't an archive is said to be wrong, and never breaks the check."""
    assert not verify(lines).ok


def test_it_stops_when_all_is_wrong() -> None:
    """A hopeless file isn't listed to its end."""
    report = verify([b"nonsense"] * 100_000)

    assert len(report.findings) == 101
    assert "not checked" in report.findings[-1].message
