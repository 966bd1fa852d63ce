"""Declared against observed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from consentkit.records.export import columns, encode
from consentkit.records.inventory import InventoryEntry, Standing, compare
from consentkit.records.store.base import Page, SightingRow

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
DAY = 86_400
MICROS = 1_000_000


def seen(kind: str, name: str, **changes: Any) -> SightingRow:
    """Make a row; keywords change it."""
    fields = {"source": "html", "reported": False, "page": "/p", "lifetime": None, "first": 0, "last": 0, "count": 1}
    return SightingRow(kind=kind, name=name, **(fields | changes))


def entries(manifest: Manifest, *rows: SightingRow) -> dict[tuple[str, str], InventoryEntry]:
    """Return the comparison by kind and name."""
    return {(entry.kind, entry.name): entry for entry in compare(manifest, rows, now=NOW)}


def test_an_undeclared_host(manifest: Manifest) -> None:
    """It is listed first, with when, how often, on which page, and what the catalogue says to write."""
    rows = [
        seen("host", "script.hotjar.com", source="img-src", reported=True, first=1 * MICROS, last=9 * MICROS, count=2),
        seen("host", "script.hotjar.com", page="/last", first=3 * MICROS, last=11 * MICROS, count=5),
    ]
    entry = compare(manifest, rows, now=NOW)[0]
    assert (entry.name, entry.standing) == ("script.hotjar.com", Standing.UNDECLARED)
    assert entry.suggestion == "add - use: hotjar"
    assert entry.as_dict() == {
        "kind": "host",
        "name": "script.hotjar.com",
        "standing": "undeclared",
        "services": [],
        "purposes": [],
        "declared_lifetime": None,
        "observed_lifetime": None,
        "first_seen": "1970-01-01T00:00:01.000000Z",
        "last_seen": "1970-01-01T00:00:11.000000Z",
        "count": 7,
        "sources": ["html", "img-src"],
        "reported": False,
        "page": "/last",
        "suggestion": "add - use: hotjar",
    }


def test_a_host_nobody_knows(manifest: Manifest) -> None:
    """Without an entry of the catalogue the suggestion is to describe it."""
    entry = entries(manifest, seen("host", "t.unknown.example", reported=True))["host", "t.unknown.example"]
    assert entry.suggestion is not None
    assert "hosts: [t.unknown.example]" in entry.suggestion
    assert entry.reported


def test_several_services_may_have_a_host(manifest: Manifest) -> None:
    """All that the catalogue knows are named, because a report names no path."""
    entry = entries(manifest, seen("host", "www.googleadservices.com"))["host", "www.googleadservices.com"]
    assert "- use: google-ads" in (entry.suggestion or "")


def test_declared_hosts(manifest: Manifest) -> None:
    """A seen host stands with its service, one that wasn't seen with its patterns."""
    found = entries(manifest, seen("host", "region1.google-analytics.com"), seen("host", "www.googletagmanager.com"))
    entry = found["host", "region1.google-analytics.com"]
    assert (entry.standing, entry.services, entry.purposes) == ("declared", ("google-analytics",), ("analytics",))
    assert found["host", "www.googletagmanager.com"].standing == "declared"
    unseen = found["host", "connect.facebook.net www.facebook.com"]
    assert (unseen.standing, unseen.services, unseen.count) == ("unseen", ("meta-pixel",), 0)


def test_cookies(manifest: Manifest) -> None:
    """Names are found by their patterns; lifetimes are compared; what wasn't seen says so."""
    found = entries(
        manifest,
        seen("cookie", "_ga_<container-id>", source="set-cookie", lifetime=400 * DAY),
        seen("cookie", "_ga_ABC", source="cookie", reported=True),
        seen("cookie", "session", source="set-cookie", lifetime=3 * 3600),
        seen("cookie", "csrf", source="set-cookie", lifetime=60),
        seen("cookie", "stats", source="set-cookie", lifetime=None),
        seen("cookie", "PHPSESSID", source="set-cookie"),
    )
    assert (found["cookie", "_ga_<container-id>"].standing, found["cookie", "_ga_<container-id>"].count) == (
        "declared",
        2,
    )
    assert (found["cookie", "session"].standing, found["cookie", "session"].observed_lifetime) == ("longer", 10800)
    assert found["cookie", "session"].declared_lifetime == "PT2H"
    assert found["cookie", "csrf"].standing == "longer"
    assert found["cookie", "stats"].standing == "declared"
    assert found["cookie", "_fbp"].standing == "unseen"
    assert found["cookie", "PHPSESSID"].standing == "undeclared"
    assert "name: PHPSESSID" in (found["cookie", "PHPSESSID"].suggestion or "")


def test_order(manifest: Manifest) -> None:
    """What needs attention comes first."""
    rows = [
        seen("cookie", "csrf", lifetime=60),
        seen("cookie", "x"),
        seen("cookie", "stats"),
        seen("host", "x.example"),
    ]
    standings = [entry.standing for entry in compare(manifest, rows, now=NOW)]
    assert standings[:4] == ["undeclared", "undeclared", "longer", "declared"]
    assert set(standings[4:]) == {"unseen"}


def test_exports(manifest: Manifest) -> None:
    """CSV has a header and keeps a name from being run as a formula."""
    page = Page("inventory", (entries(manifest, seen("cookie", "=1+1"))["cookie", "=1+1"],), None)
    header, row = b"".join(encode(page, "csv")).decode().splitlines()
    assert header == ",".join(columns("inventory"))
    assert row.startswith("cookie,'=1+1,undeclared,")
