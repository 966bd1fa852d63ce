"""A finding, and the stored items of a manifest."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.manifest.check import check
from consentkit.manifest.lint.finding import Finding, found, on_domain, subjects
from consentkit.manifest.lint.observed import Observed, SeenItem
from consentkit.manifest.lint.rules import Severity
from consentkit.manifest.model import Manifest


def test_a_finding_takes_what_its_rule_says() -> None:
    """Severity and remedy are the rule's unless the finding has its own; the remedy is no Markdown."""
    usual = found("L12", ("choice", "lifetime"), "m")
    assert usual == Finding("L12", Severity.WARNING, ("choice", "lifetime"), "m", "write 'lifetime: 6 months'")
    assert (usual.where, usual.source) == ("choice.lifetime", "CNIL délib. 2020-092 §39")
    other = found("L12", (), "m", remedy="r", severity=Severity.ERROR)
    assert (other.where, other.remedy, other.severity) == ("", "r", Severity.ERROR)


def test_hostile_texts_are_quoted_harmlessly(flawless: dict[str, Any]) -> None:
    """Neither a name of the manifest nor one a site sets can forge a line of the report or colour a terminal."""
    flawless["services"][2]["vendor"] |= {"name": "X\nc.yaml:1:1: forged", "country": "US"}
    seen = SeenItem("\x1b[31m\nc.yaml:1:1: forged" + "x" * 4000)
    messages = [found.message for found in check(Manifest.model_validate(flawless), Observed(items=(seen,)))]
    assert len(messages) == 2
    assert all(message.isprintable() and len(message) < 200 for message in messages)


def test_items_come_with_what_decides_about_them(flawless: dict[str, Any]) -> None:
    """Own items first; a service's item has the service's purposes unless it names its own."""
    flawless["services"][2]["cookies"][1]["purpose"] = "necessary"
    items = {subject.item.name: subject for subject in subjects(Manifest.model_validate(flawless))}
    assert list(items)[:2] == ["session", "visit"]
    assert items["_fbp"].path == ("services", 2, "cookies", 0)
    assert [purpose.id for purpose in items["_fbp"].purposes] == ["advertising"]
    assert (items["_fbp"].exempt, items["IDE"].exempt, items["session"].service) == (False, True, None)
    assert [name for name, subject in items.items() if subject.audience] == ["_pk_id.<site>"]


@pytest.mark.parametrize(
    ("host", "domain"),
    [("a.example", "a.example"), ("b.a.example", "a.example"), ("ba.example", None), ("example", None)],
)
def test_a_domain_is_matched_by_whole_labels(host: str, domain: str | None) -> None:
    """A host lies below a domain only across a dot."""
    assert on_domain(host, ("x.example", "a.example")) == domain
