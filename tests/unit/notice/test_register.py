"""The register of processing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consentkit.manifest.load import loads
from consentkit.notice import register as module
from consentkit.notice.register import document, register

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

ASKED = {"purpose", "subjects", "data", "recipients", "transfers", "time_limits", "security"}
"""GDPR art. 30(1)(b) to (g); (a), the controller, stands once for all."""
ABROAD = """\
version: 1
site: {name: S, controller: {name: C, country: FR}}
notice: {revision: 2026-01-01}
purposes: [{id: analytics, data_retention: 2 years}]
services:
  - id: counter
    vendor: {name: V, country: US, transfer: standard-clauses}
    purposes: [analytics]
    recipients: [{name: R, country: CN}, {name: Q, country: GB}, {name: P, country: DE}]
"""


@pytest.mark.requirement("R40")
@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_each_activity_tells_what_the_law_asks(manifest: Manifest, language: str) -> None:
    """Controller; and for each purpose, the proofs and the visits, the six things more of art. 30(1)."""
    told = register(manifest, language)
    assert told["controller"]["name"] == "Hootis SAS"
    assert told["controller"]["contact"]
    activities = {activity["id"]: activity for activity in told["activities"]}
    purposes = [purpose.id for purpose in manifest.purposes]
    assert list(activities) == [*purposes, "consentkit-proof", "consentkit-visits"]
    for activity in activities.values():
        assert activity.keys() >= ASKED
        assert all(activity[part] for part in ASKED - {"purpose", "data"})
    assert all(activities[purpose]["data"] for purpose in purposes if purpose != "basket")


@pytest.mark.requirement("R40")
def test_recipients_transfers_and_time_limits_are_those_declared() -> None:
    """Beyond the EEA a ground is named, or that there is none; an adequate country has its decision."""
    (activity, *_) = register(loads(ABROAD), "en")["activities"]
    assert activity["recipients"] == [
        "Counter: V (United States), processor → R (China), Q (United Kingdom), P (Germany)"
    ]
    assert activity["transfers"] == [
        "V (United States): standard contractual clauses (GDPR art. 46(2)(c))",
        "R (China): no ground stated",
        "Q (United Kingdom): adequacy decision (GDPR art. 45)",
    ]
    assert activity["time_limits"] == ["Data collected: 2 years"]


def test_the_basis_is_consent_or_an_exemption(manifest: Manifest) -> None:
    """An exempt purpose claims no more than that nothing need be asked."""
    bases = {activity["id"]: activity["basis"][0] for activity in register(manifest, "en")["activities"]}
    assert bases["analytics"].startswith("Consent (ePrivacy directive art. 5(3)")
    assert bases["necessary"].startswith("No consent needed")
    assert "GDPR art. 7(1)" in bases["consentkit-proof"]


def test_the_document_holds_all_of_the_data(manifest: Manifest) -> None:
    """What programs are told, people read."""
    page = document(manifest, "fr").html()
    for activity in register(manifest, "fr")["activities"]:
        for part in ("basis", "recipients", "transfers", "time_limits", "security"):
            for value in activity[part]:
                assert value.replace("<", "&lt;").replace(">", "&gt;") in page


def test_both_languages_say_the_same() -> None:
    """Neither language lacks a text, or a value in one."""
    words = json.loads(Path(module.__file__).with_name("register.json").read_text("utf-8"))
    assert list(words["fr"]) == list(words["en"])
    assert [text.count("{") for text in words["fr"].values()] == [text.count("{") for text in words["en"].values()]
