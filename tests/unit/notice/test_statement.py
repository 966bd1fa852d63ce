"""The notice as a document and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.manifest.load import loads
from consentkit.notice import inventory
from consentkit.notice.facts import Teller
from consentkit.notice.statement import statement

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

STATED = """\
version: 1
site:
  name: S
  controller: {name: C, country: FR, contact: "mailto:c@example.com", officer: "mailto:dpo@example.com", policy: /p}
  languages: [fr, en]
notice: {revision: 2026-01-01}
purposes: [{id: analytics, title: {fr: Mesure, en: Counting}, data_retention: 25 months}]
services:
  - id: counter
    vendor: {name: V, country: US, policy: "https://v.example/p", cookie_policy: "https://v.example/c", role: joint}
    purposes: [analytics]
    data: {fr: Pages, en: Pages seen}
    data_retention: 14 months
    recipients: [{name: R, country: JP}]
retention: {data: [{data: {fr: Données des clients, en: Customers}, period: 3 years, after: {fr: après la clôture}}]}
"""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_document_has_every_item(manifest: Manifest, language: str) -> None:
    """Name, lifetime and who sets it: nothing of the table on the page is missing."""
    text = statement(Teller(manifest, language)).markdown()
    for row in inventory.rows(manifest, language):
        (line,) = (line for line in text.splitlines() if line.startswith((f"| `{row.name}`", f"| `{row.name}, ")))
        assert row.lifetime in line
        assert row.vendor in line


def test_the_document_says_all_that_is_declared() -> None:
    """Officer, cookie policy, recipients, retention of data: what the page shows is there too."""
    manifest = loads(STATED)
    told = statement(Teller(manifest, "en")).html()
    for part in (
        "mailto:dpo@example.com", "https://v.example/c", "R (Japan)", "25 months", "14 months", "V (United States)",
        "joint controller", "Customers: 3 years après la clôture", "Last revised on 1 January 2026",
    ):  # fmt: skip
        assert part in told
    assert "Données des clients\u00a0: 3 ans après la clôture" in statement(Teller(manifest, "fr")).html()


def test_as_data_periods_and_countries_can_be_compared() -> None:
    """Programs get ISO 8601 and ISO 3166-1 beside the words."""
    told = Teller(loads(STATED), "en").notice()
    assert told["purposes"][0]["data_retention"] == {"words": "25 months", "iso": "P25M"}
    assert told["services"][0]["vendor"]["country"] == {"code": "US", "name": "United States"}
    assert told["choice"]["lifetime"]["iso"] == "P6M"
    assert told["retention"]["data"] == [
        {"data": "Customers", "period": {"words": "3 years", "iso": "P3Y"}, "after": "après la clôture"}
    ]
    assert [item["name"] for item in told["items"]] == ["consentkit"]
