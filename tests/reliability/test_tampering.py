"""Whatever is altered behind the log's back is found and named, and an old copy put back signs nothing (T9, T10)."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from figures import FULL, figure, scale
from tests.reliability.ledger import choice

from consentkit.errors import EvidenceError
from consentkit.manifest.model import Retention
from consentkit.records import Records, open_records
from consentkit.records.note import Ed25519Verifier
from consentkit.records.verify import Report, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postgresql import Cluster

KEY = "reliability-key-reliability-key-reliability"
ENTRIES = 64


def opened(url: str) -> Records:
    """Open a log."""
    return open_records(url, retention=Retention(), keys=[KEY], site="shop.example")


def append(records: Records, count: int) -> None:
    """Append choices."""

    async def every() -> None:
        records.consent_log.start()
        await asyncio.gather(*(records.consent_log.append(choice(f"s{number}")) for number in range(count)))

    asyncio.run(every())


def archived(records: Records) -> list[bytes]:
    """Return the archive's lines."""

    async def every() -> list[bytes]:
        return [line async for line in records.archive()]

    return asyncio.run(every())


class Auditor:
    """Somebody who kept the log's keys, and a checkpoint."""

    def __init__(self, records: Records) -> None:
        self.keys = [Ed25519Verifier.parse(key) for key in asyncio.run(records.proofs.verifier_keys())]
        self.checkpoint = asyncio.run(records.proofs.checkpoint())

    def check(self, lines: list[bytes]) -> Report:
        """Check an archive."""
        return verify(lines, verifiers=self.keys, known=[self.checkpoint])


@pytest.mark.slow
def test_every_byte_of_an_archive(tmp_path: Path) -> None:
    """No byte of an archive that means something can be changed, and the first finding is no later than its line."""
    records = opened(f"sqlite:///{tmp_path}/c.db")
    append(records, ENTRIES)
    lines, auditor = archived(records), Auditor(records)
    asyncio.run(records.close())
    clean = sum(auditor.check(lines).ok for _ in range(scale(1_000, 10)))
    flips = detected = named = 0
    for number, line in enumerate(lines):
        value = json.loads(line)
        for place in range(0, len(line) - 1, scale(1, 150)):
            flipped = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
            try:
                # When an archive was written is for people; nothing rests on it.
                if json.loads(flipped) | {"time": ""} == value | {"time": ""}:
                    continue
            except (ValueError, TypeError):
                pass
            report = auditor.check([*lines[:number], flipped, *lines[number + 1 :]])
            flips += 1
            detected += not report.ok
            named += any(finding.line == number + 1 or number in {0, 1} for finding in report.findings)

    figure(
        "T9",
        f"flipped bytes of an archive of {ENTRIES} entries: {detected:,} of {flips:,} detected, {named:,} named by "
        f"their line; false alarms {scale(1_000, 10) - clean} of {scale(1_000, 10):,}",
        bar="100 %, 0",
    )
    assert detected == named == flips
    assert clean == scale(1_000, 10)


class Tampering(NamedTuple):
    """Something that is done to a database, and a word that its finding must have."""

    name: str
    statements: tuple[str, ...]
    names: str


def tamperings(at: int) -> list[Tampering]:
    """Return what can be done to a log at an entry; `LEAF`, `RECORD` and `CONTENT` stand for its tables."""
    here, next_one = f'"index" = {at}', f'"index" = {at + 1}'
    return [
        Tampering("flip a leaf", (f"UPDATE LEAF SET hash = FLIP(hash) WHERE {here}",), f"entry {at}"),
        Tampering("flip a salt", (f"UPDATE CONTENT SET salt = FLIP(salt) WHERE {here}",), f"entry {at}"),
        Tampering(
            "alter a state",
            (f"UPDATE CONTENT SET payload = replace(payload, '\"given\"', '\"refused\"') WHERE {here}",),
            f"entry {at}",
        ),
        Tampering(
            "alter a time",
            (f'UPDATE CONTENT SET payload = replace(payload, \'"time":"2\', \'"time":"1\') WHERE {here}',),
            f"entry {at}",
        ),
        Tampering("break a payload", (f"UPDATE CONTENT SET payload = substr(payload, 2) WHERE {here}",), f"entry {at}"),
        Tampering("hide an entry", (f"UPDATE RECORD SET kind = 'none' WHERE {here}",), f"entry {at} has no contents"),
        Tampering(
            "delete a choice", (f"DELETE FROM CONTENT WHERE {here}", f"DELETE FROM RECORD WHERE {here}"), f"entry {at}"
        ),
        Tampering("delete a leaf", (f"DELETE FROM LEAF WHERE {here}",), ""),
        Tampering(
            "truncate", (f'DELETE FROM LEAF WHERE "index" >= {at}', f'DELETE FROM CONTENT WHERE "index" >= {at}'), ""
        ),
        Tampering(
            "swap two leaves",
            (
                f'UPDATE LEAF SET "index" = -1 WHERE {here}',
                f'UPDATE LEAF SET "index" = {at} WHERE {next_one}',
                f'UPDATE LEAF SET "index" = {at + 1} WHERE "index" = -1',
            ),
            f"entry {at}",
        ),
        Tampering(
            "duplicate a leaf",
            (f"INSERT INTO LEAF SELECT {ENTRIES}, hash FROM LEAF WHERE {here}",),
            "",
        ),
        Tampering(
            "insert a leaf",
            (
                f'UPDATE LEAF SET "index" = -"index" - 2 WHERE "index" >= {at}',
                f'INSERT INTO LEAF SELECT {at}, hash FROM LEAF WHERE "index" = 0',
                'UPDATE LEAF SET "index" = -"index" - 1 WHERE "index" < 0',
            ),
            f"entry {at}",
        ),
        Tampering("move the year", ("UPDATE EPOCH SET start = 1",), ""),
        Tampering("rename the log", ("UPDATE META SET value = 'other' WHERE key = 'origin'",), ""),
    ]


def tamper_sqlite(database: Path, statements: tuple[str, ...]) -> None:
    """Do it to a SQLite file; what was signed is deleted too, so that the archive has to tell it."""
    database.with_name(f"{database.stem}.checkpoints.db").unlink(missing_ok=True)
    with sqlite3.connect(database) as db:
        db.create_function("FLIP", 1, lambda data: bytes([data[0] ^ 1]) + data[1:])
        for statement in statements:
            for name in ("LEAF", "RECORD", "CONTENT", "EPOCH", "META"):
                statement = statement.replace(name, name.lower())
            db.execute(statement)
    db.close()


def tamper_postgresql(url: str, statements: tuple[str, ...]) -> None:
    """Do it to a database; the same."""
    import asyncpg

    async def work() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("DELETE FROM consentkit.mark")
        for statement in statements:
            changed = statement.replace("CONTENT", "RECORD")
            for name in ("LEAF", "RECORD", "EPOCH", "META"):
                changed = changed.replace(name, f"consentkit.{name.lower()}")
            for column in ("hash", "salt"):
                flipped = f"set_byte({column}, 0, get_byte({column}, 0) # 1)"
                changed = changed.replace(f"FLIP({column})", flipped)
            await connection.execute(changed)
        await connection.close()

    asyncio.run(work())


def outcome(url: str, auditor: Auditor) -> str:
    """Archive a log and check it; return all that is said about it, or nothing when all is well."""
    records = opened(url)
    try:
        return "; ".join(str(finding) for finding in auditor.check(archived(records)).findings)
    except EvidenceError as error:
        return str(error)
    finally:
        asyncio.run(records.close())


@pytest.mark.slow
def test_every_kind_of_tampering(kind: str, url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Everything that can be done to a log's rows is found in its archive, and named."""
    records = opened(url)
    append(records, ENTRIES)
    auditor = Auditor(records)
    asyncio.run(records.close())
    done = detected = named = 0
    for at in range(1, ENTRIES - 1) if FULL else (1, 40):
        for tampering in tamperings(at):
            if kind == "sqlite":
                (tmp_path / "copy.db").unlink(missing_ok=True)
                shutil.copy(tmp_path / "consent.db", tmp_path / "copy.db")
                tamper_sqlite(tmp_path / "copy.db", tampering.statements)
                said = outcome(f"sqlite:///{tmp_path}/copy.db", auditor)
            else:
                said = _on_postgresql(request.getfixturevalue("cluster"), url, tampering, auditor)
            done += 1
            detected += bool(said)
            named += bool(said) and tampering.names in said
            assert said, (at, tampering.name)
            assert tampering.names in said, (at, tampering.name, said[:300])
    kinds = len(tamperings(1))
    figure(
        "T9",
        f"{kind}: {kinds} kinds of tampering with the rows at {done // kinds} places: {detected} of {done} detected, "
        f"{named} of {done} named",
        bar="100 %",
    )


def _on_postgresql(cluster: Cluster, url: str, tampering: Tampering, auditor: Auditor) -> str:
    name = url.split("/")[3].partition("?")[0]
    host = ("-h", str(cluster.folder), "-U", "postgres")
    cluster.control("dropdb", *host, "--if-exists", "copied")
    cluster.control("createdb", *host, "--template", name, "copied")
    copied = url.replace(name, "copied")
    tamper_postgresql(copied, tampering.statements)
    return outcome(copied, auditor)


@pytest.mark.slow
def test_old_copies(tmp_path: Path) -> None:
    """Of a log that was put back from an old copy nothing is signed, even once it has grown beyond what was signed."""
    restores, found, dice = scale(100, 4), 0, random.Random(10)
    for number in range(restores):
        folder = tmp_path / str(number)
        folder.mkdir()
        database = folder / "c.db"
        records = opened(f"sqlite:///{database}")
        append(records, dice.randint(1, 20))
        asyncio.run(records.close())
        shutil.copy(database, folder / "old.db")
        append(records, dice.randint(1, 20))
        auditor = Auditor(records)
        asyncio.run(records.close())
        shutil.copy(folder / "old.db", database)
        append(records, dice.choice((0, 1, 50)))
        found += _refuses(records.proofs.sign_checkpoint) and not auditor.check(_without_marks(records, database)).ok
        asyncio.run(records.close())

    figure(
        "T10",
        f"SQLite: {found} of {restores} old copies put back: nothing is signed, and an auditor's checkpoint names it",
        bar="100 %",
    )
    assert found == restores


def _refuses(sign: Callable[[], Any]) -> bool:
    try:
        sign()
    except EvidenceError:
        return True
    return False


def _without_marks(records: Records, database: Path) -> list[bytes]:
    asyncio.run(records.close())
    database.with_name("c.checkpoints.db").unlink()
    return archived(records)


@pytest.mark.slow
def test_a_whole_database_put_back(cluster: Cluster) -> None:
    """On PostgreSQL the mark goes back with the rest, and a checkpoint that somebody kept tells it."""
    restores, found, dice = scale(20, 1), 0, random.Random(11)
    host = ("-h", str(cluster.folder), "-U", "postgres")
    for _ in range(restores):
        url = cluster.database()
        records = opened(url)
        append(records, dice.randint(1, 20))
        asyncio.run(records.close())
        cluster.control("dropdb", *host, "--if-exists", "older")
        cluster.control("createdb", *host, "--template", url.split("/")[3].partition("?")[0], "older")
        append(records, dice.randint(1, 20))
        auditor = Auditor(records)
        asyncio.run(records.close())
        older = opened(url.replace(url.split("/")[3].partition("?")[0], "older"))
        append(older, dice.choice((1, 50)))
        found += not auditor.check(archived(older)).ok
        asyncio.run(older.close())

    figure(
        "T10",
        f"PostgreSQL: {found} of {restores} databases put back whole are told by a checkpoint that was kept",
        bar="100 %",
    )
    assert found == restores
