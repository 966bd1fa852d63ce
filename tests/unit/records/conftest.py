"""Records on real SQLite files, and choices to put in them."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.manifest.model import Retention
from consentkit.records import Records, open_records
from consentkit.records.browserlog import BrowserEntry
from consentkit.records.consentlog import ConsentRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

RETENTION = Retention.model_validate({"browser_log": "2 months", "consent_log": "5 years"})
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def retention() -> Retention:
    """The usual retention: visits for 2 months, proofs for 5 years."""
    return RETENTION


@pytest.fixture(scope="session")
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end, in a loop of its own."""
    return asyncio.run


@pytest.fixture(scope="session")
def record() -> Callable[..., ConsentRecord]:
    """Make a choice; keywords change it."""

    def make(**changes: Any) -> ConsentRecord:
        fields: dict[str, Any] = {
            "record_id": str(uuid.uuid4()),
            "subject": "b7Jd0mVxTnq2uPzY1aKcRw",
            "time": datetime(2026, 8, 31, 12, 0, 0, 123456, tzinfo=UTC),
            "state": ChoiceState.GIVEN,
            "purposes": ("analytics",),
            "services": ("youtube",),
            "purposes_offered": ("analytics", "advertising"),
            "services_offered": ("google-analytics", "youtube"),
            "notice_digest": "a" * 64,
            "manifest_digest": "b" * 64,
            "language": "fr",
            "regime": "opt-in",
            "jurisdiction": "FR",
            "gpc": False,
            "dnt": True,
            "collected": "banner",
            "validity": "P6M",
            "withdrawal": "/_consent/preferences",
            "controller": "Hôtel Été",
            "sequence": 1,
        }
        return ConsentRecord(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def visit() -> Callable[..., BrowserEntry]:
    """Make a page view; keywords change it."""

    def make(**changes: Any) -> BrowserEntry:
        fields: dict[str, Any] = {
            "time": datetime(2026, 8, 31, 12, tzinfo=UTC),
            "address": "203.0.0.0/16",
            "method": "GET",
            "path": "/café",
            "status": 200,
            "referrer": "https://www.example.org/",
            "language": "fr",
            "country": "FR",
            "browser": "Firefox",
            "browser_version": "153",
            "platform": "Linux",
            "device": "desktop",
            "bot": False,
        }
        return BrowserEntry(**(fields | changes))

    return make


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the consent log is kept."""
    return tmp_path / "consentkit.db"


@pytest.fixture
def records(database: Path, clock: Callable[[], datetime]) -> Iterator[Records]:
    """Records on a file, with a clock that stands still."""
    opened = open_records(f"sqlite:///{database}", retention=RETENTION, clock=clock, keys=[KEY], site="shop.example")
    yield opened
    asyncio.run(opened.close())
