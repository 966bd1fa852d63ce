"""Names a page's scripts may store under."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.storage import guard_rules
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest


def rules(
    manifest: Manifest, *services: str, purposes: frozenset[str] = frozenset({"necessary"})
) -> dict[str, list[str]]:
    return json.loads(guard_rules(manifest, Decision(ChoiceState.GIVEN, purposes, frozenset(services), "k")))


@pytest.mark.requirement("R2")
def test_only_exempt_names_are_allowed_before_a_choice(manifest: Manifest) -> None:
    """Each kind of storage has its own list."""
    assert rules(manifest) == {
        "cookie": ["csrf", "session"],
        "local": [],
        "session": ["consentkit-focus"],
        "indexeddb": [],
        "hosts": ["*.shop.example", "www.shop.example"],
    }


def test_a_service_brings_its_names_and_their_patterns(manifest: Manifest) -> None:
    """Aliases too; a placeholder stands for any text."""
    assert {"_ga", "_ga_*", "_gat", "_dc_gtm_*"} <= set(rules(manifest, "google-analytics")["cookie"])


def test_hosts_are_those_of_allowed_services(manifest_text: str) -> None:
    """Without ports and paths."""
    manifest = loads(manifest_text.replace("i.ytimg.com]", '"i.ytimg.com:8443", "[::1]:8443/x"]'))
    assert rules(manifest, "google-analytics", "youtube")["hosts"] == [
        "*.google-analytics.com", "*.shop.example", "[::1]", "i.ytimg.com",
        "www.googletagmanager.com", "www.shop.example", "www.youtube-nocookie.com", "www.youtube.com",
    ]  # fmt: skip


def test_an_item_s_own_purpose_decides_before_its_service_s(manifest_text: str) -> None:
    """An exempt item of a service that isn't allowed stays; one of a refused purpose goes though its service came."""
    items = (
        "      - {name: __cf, purpose: necessary, lifetime: 30 minutes}\n"
        "      - {name: _fbp, purpose: media, lifetime: 90 days}"
    )
    manifest = loads(manifest_text.replace("      - {name: _fbp, lifetime: 90 days}", items))
    assert "__cf" in rules(manifest)["cookie"]
    assert "_fbp" not in rules(manifest, "meta-pixel")["cookie"]


@pytest.mark.requirement("R30")
def test_exempt_measurement_is_written_once(manifest_text: str) -> None:
    """Its cookies that outlive a visit are named, with their other names; nobody else's page hears of any."""
    assert "once" not in rules(loads(manifest_text), "google-analytics")
    measuring = "exempt: audience-measurement\n    title: {fr: Mesure"
    manifest = loads(manifest_text.replace("title: {fr: Mesure", measuring, 1))
    once = rules(manifest, "google-analytics")["once"]
    assert {"_ga", "_ga_*"} <= set(once)
    assert not {"_gat", "session"} & set(once)
