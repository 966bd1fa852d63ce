"""Who chose again is remembered, by the worker that took it and by the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consentkit.consent.choice import ChoiceState
from consentkit.records import latest, open_records

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from consentkit.records import Records

Make = Callable[..., Any]


def test_an_older_choice_is_outdated(records: Records) -> None:
    """The newest one isn't, nor the only one; what comes late takes nothing back."""
    records.latest.note("once", 1)
    records.latest.note("twice", 2)
    records.latest.note("twice", 1)

    assert not records.latest.outdated("once", 1)
    assert not records.latest.outdated("unknown", 1)
    assert records.latest.outdated("twice", 1)
    assert not records.latest.outdated("twice", 2)


def test_other_workers_learn_it_from_the_log(
    records: Records, database: Path, clock: Any, record: Make, retention: Any
) -> None:
    """What a worker took after another one's last look, it knows after the next."""
    other = open_records(f"sqlite:///{database}", retention=retention, clock=clock)
    asyncio.run(records.consent_log.append(record(subject="someone", time=clock())))
    other.latest.look()
    asyncio.run(records.consent_log.append(record(subject="someone", sequence=2, time=clock())))
    assert not other.latest.outdated("someone", 1)

    changes = other.latest.changes
    other.latest.look()
    assert other.latest.outdated("someone", 1)
    assert other.latest.changes > changes
    other.latest.look()
    assert other.latest.changes == changes + 1


def test_withdrawals_are_known_after_a_restart(
    records: Records, database: Path, clock: Any, record: Make, retention: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several pages of the log, however long ago."""
    monkeypatch.setattr(latest, "_PAGE", 2)

    async def withdraw() -> None:
        for number in range(5):
            state, time = ChoiceState.WITHDRAWN, clock() - timedelta(days=30 * number)
            await records.consent_log.append(record(subject=f"s{number}", sequence=2, state=state, time=time))

    asyncio.run(withdraw())
    restarted = open_records(f"sqlite:///{database}", retention=retention, clock=clock)
    restarted.latest.look()
    assert [restarted.latest.outdated(f"s{number}", 1) for number in range(5)] == [True] * 5


def test_the_memory_is_bounded(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changed longest ago is forgotten first."""
    monkeypatch.setattr(latest, "MOST", 3)
    for number in range(5):
        records.latest.note(f"s{number}", 2)
    assert [records.latest.outdated(f"s{number}", 1) for number in range(5)] == [False, False, True, True, True]
