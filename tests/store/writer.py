"""A worker: appends choices to a log and prints each one that was acknowledged, until it is done or killed.

Usage: writer.py DATABASE COUNT AT_ONCE
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import UTC, datetime

from consentkit.consent.choice import ChoiceState
from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.consentlog import ConsentRecord


def choice(number: int) -> ConsentRecord:
    """Make a choice."""
    return ConsentRecord(
        record_id=str(uuid.uuid4()),
        subject=f"subject-{number % 7}",
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


async def main(database: str, count: int, at_once: int) -> None:
    """Append, and print a line for each receipt."""
    records = open_records(database, retention=Retention())
    numbers = iter(range(count))

    async def visitor() -> None:
        for number in numbers:
            receipt = await records.consent_log.append(choice(number))
            print(receipt.index, receipt.record_id, receipt.leaf, flush=True)

    await asyncio.gather(*(visitor() for _ in range(at_once)))
    await records.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
