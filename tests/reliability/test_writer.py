"""The store fails before or after the commit, a record is poison, the writer's thread dies (T17)."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
from figures import figure, scale
from tests.reliability.ledger import choice
from tests.reliability.site import Acknowledged, compare

from consentkit.errors import StoreUnavailableError
from consentkit.manifest.model import Retention
from consentkit.records import open_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consentkit.records.store.base import ConsentStore, NewEntry, Placed

FAULTS = ("failed and not kept", "failed and kept all the same", "poison", "the thread dies", "none")


class Fallible:
    """Stands before a store and lets calls fail, as the dice say."""

    def __init__(self, store: ConsentStore, dice: random.Random) -> None:
        self._store = store
        self._dice = dice
        self.faults = dict.fromkeys(FAULTS, 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        """Append, or fail in one of the ways."""
        if any(entry.subject == "poison" for entry in entries):
            self.faults["poison"] += 1
            message = "a record that no store takes"
            raise TypeError(message)
        fault = self._dice.choice([fault for fault in FAULTS if fault != "poison"])
        self.faults[fault] += 1
        if fault == "the thread dies":
            raise SystemExit
        if fault == "failed and not kept":
            raise StoreUnavailableError(fault)
        places = self._store.append(entries, year=year)
        if fault == "failed and kept all the same":
            raise StoreUnavailableError(fault)
        return places


@pytest.mark.slow
def test_fallible_store(kind: str, url: str) -> None:
    """Visitors repeat what failed until it is acknowledged: each choice is in the log once."""
    choices, failures, poisoned = scale(2_000, 60), 0, 0
    records = open_records(url, retention=Retention())
    records.consent_log.start()
    fallible = Fallible(records.consent_log._store, random.Random(17))
    records.consent_log._store = fallible  # type: ignore[assignment]

    async def insist(number: int) -> Acknowledged | None:
        nonlocal failures, poisoned
        record = choice("poison" if number % 50 == 7 else f"s{number}")
        while True:
            try:
                receipt = await asyncio.wait_for(records.consent_log.append(record), 30)
            except StoreUnavailableError:
                failures += 1
                if record.subject == "poison":
                    poisoned += 1
                    return None
            else:
                return Acknowledged(receipt.index, receipt.record_id, receipt.leaf)

    async def visitors() -> list[Acknowledged]:
        found: list[Acknowledged] = []
        for start in range(0, choices, 8):
            answers = await asyncio.gather(*map(insist, range(start, min(start + 8, choices))))
            found += [answer for answer in answers if answer]
        return found

    acknowledged = asyncio.run(visitors())
    state = records.consent_log.health()["state"]
    records.consent_log._store = fallible._store
    asyncio.run(records.close())
    found = compare(url, acknowledged)

    told = ", ".join(f"{fault} {count:,}" for fault, count in fallible.faults.items() if fault != "none")
    figure(
        "T17",
        f"{kind}: {len(acknowledged):,} choices through a store that fails ({told}): lost {found.lost}, duplicates "
        f"{found.duplicates}, entries never asked for {found.stored - len(acknowledged)}",
        bar="0, 0, 0",
    )
    assert len(acknowledged) + poisoned == choices == found.stored + poisoned
    assert (found.lost, found.gaps, found.duplicates, found.findings) == (0, 0, 0, [])
    assert state in {"ok", "degraded"}
