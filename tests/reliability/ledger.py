"""A worker whose disk is watched: choices in groups, and now and then an erasure, each printed once acknowledged.

Usage: ledger.py DATABASE JOURNAL SYNCHRONOUS GROUPS

It prints `choice INDEX RECORD LEAF` and `erased INDEX...`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import uuid
from datetime import UTC, datetime

from consentkit.consent.choice import ChoiceState
from consentkit.errors import StoreUnavailableError
from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.consentlog import ConsentRecord, Receipt
from consentkit.records.store import sqlite_consent
from consentkit.records.store.sqlite import Durability


def choice(subject: str) -> ConsentRecord:
    """Make a choice."""
    return ConsentRecord(
        record_id=str(uuid.uuid4()),
        subject=subject,
        time=datetime.now(UTC),
        state=ChoiceState.GIVEN,
        purposes=("analytics",),
        services=(),
        purposes_offered=("analytics", "advertising"),
        services_offered=("google-analytics",),
        notice_digest="a" * 64,
        manifest_digest="b" * 64,
        language="fr",
        regime="opt-in",
        jurisdiction="FR",
        gpc=False,
        dnt=False,
        collected="banner",
        validity="P6M",
        withdrawal="/_consent/preferences",
        controller="Shop",
        sequence=1,
    )


def say(*words: object) -> None:
    """Print a line in one call, so that it is one moment."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def main(database: str, groups: int) -> None:
    """Append groups of one to five choices; after every eighth, erase a subject of an earlier one."""
    records = open_records(f"sqlite:///{database}", retention=Retention())
    run = uuid.uuid4().hex
    for number in range(groups):
        group = [choice(f"{run}-{number}") for _ in range(number % 5 + 1)]
        for receipt in await asyncio.gather(*map(records.consent_log.append, group), return_exceptions=True):
            if isinstance(receipt, Receipt):
                say("choice", receipt.index, receipt.record_id, receipt.leaf)
            elif not isinstance(receipt, StoreUnavailableError):
                raise receipt
        if number % 8 == 7:
            with contextlib.suppress(StoreUnavailableError):
                gone = await records.erase(f"{run}-{number - 3}", reason="request", author="dpo")
                say("erased", *gone.indexes)
    await records.close()


def keep(journal: str, synchronous: str) -> None:
    """Keep the log with these settings, whatever this SQLite's version asks for."""
    sqlite_consent.durable = lambda: Durability(journal, synchronous)  # type: ignore[assignment]


if __name__ == "__main__":
    keep(*sys.argv[2:4])
    asyncio.run(main(sys.argv[1], int(sys.argv[4])))
