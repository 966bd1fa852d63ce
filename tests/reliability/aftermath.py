"""What is in a log that was left by a fault, beside what its worker (`ledger.py`) had said."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


def look(database: Path) -> tuple[set[str], list[str]]:
    """Open what the power left; return what is in the log, as it was acknowledged, and what is wrong with it."""
    records = open_records(f"sqlite:///{database}", retention=Retention())

    async def archive() -> list[bytes]:
        lines = [line async for line in records.archive()]
        await records.close()
        return lines

    lines = asyncio.run(archive())
    with sqlite3.connect(database) as db:
        (checked,) = db.execute("PRAGMA integrity_check").fetchone()
        entries = db.execute("""SELECT "index", record_id, lower(hex(hash)), record.kind FROM leaf
            JOIN record USING ("index") JOIN content USING ("index")""").fetchall()
    db.close()
    findings = [str(finding) for finding in verify(lines).findings] + ([] if checked == "ok" else [checked])
    stored = {
        f"erased {index}" if kind == "(blank)" else f"choice {index} {record} {leaf}"
        for index, record, leaf, kind in entries
    }
    return stored, findings


def missing(said: set[str], stored: set[str]) -> set[str]:
    """Return what was said and isn't so.

    A choice whose erasure was not acknowledged may be gone all the same; one that was erased must not be back.
    """
    gone = {line.split()[1] for line in stored if line.startswith("erased")}
    erased = {index for line in said if line.startswith("erased") for index in line.split()[1:]}
    given = {line for line in said if line.startswith("choice") and line.split()[1] not in gone}
    return {f"erased {index}" for index in erased - gone} | (given - stored)
