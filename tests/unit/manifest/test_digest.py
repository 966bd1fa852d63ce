"""Which changes of a manifest ask visitors again."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.manifest import digest
from consentkit.manifest.model import Manifest


def question(data: dict[str, Any]) -> str:
    return digest.question(Manifest.model_validate(data))


def test_is_sha_256_in_hex(manifest: Manifest) -> None:
    """Both digests are 64 hexadecimal digits, and differ."""
    assert len(bytes.fromhex(digest.question(manifest))) == 32
    assert len(bytes.fromhex(digest.document(manifest))) == 32
    assert digest.question(manifest) != digest.document(manifest)


def test_the_order_of_keys_and_entries_does_not_count(data: dict[str, Any], manifest: Manifest) -> None:
    """The same declarations in another order ask the same question."""
    turned = dict(reversed(data.items()))
    turned["purposes"] = data["purposes"][::-1]
    turned["services"] = data["services"][::-1]
    for service in turned["services"]:
        service["hosts"].reverse()
        service["cookies"].reverse()
    assert question(turned) == digest.question(manifest)


CHANGES_OF_TEXT = {
    "title": lambda data: data["purposes"][2].update(title="Audience"),
    "description": lambda data: data["purposes"][2].update(description="Other words."),
    "data received": lambda data: data["services"][0].update(data="Other words."),
    "revision of the text": lambda data: data["notice"].update(revision="2026-11-22"),
    "vendor's policy address": lambda data: data["services"][0]["vendor"].update(policy="https://example.com"),
    "site's name": lambda data: data["site"].update(name="Other"),
    "exempt purpose": lambda data: data["purposes"].append({"id": "language", "exempt": "personalisation"}),
    "exempt cookie": lambda data: data["cookies"].append({"name": "x", "purpose": "necessary", "lifetime": "1 day"}),
    "transfer ground": lambda data: data["services"][0]["vendor"].update(transfer="standard-clauses"),
    "day of review": lambda data: data.update(reviewed="2026-11-22"),
    "another host of the same vendor": lambda data: data["services"][0]["hosts"].append("new.example"),
    "retention": lambda data: data.update(retention={"browser_log": "1 month"}),
    "same lifetime in other words": lambda data: data["services"][0]["cookies"][0].update(lifetime="P2Y"),
    "same host in capitals": lambda data: data["services"][0]["hosts"].__setitem__(1, "*.Google-Analytics.com"),
}

CHANGES_OF_SUBSTANCE = {
    "new purpose": lambda data: data["purposes"].append({"id": "personalised-prices"}),
    "purpose no longer exempt": lambda data: data["purposes"][1].pop("exempt"),
    "new service": lambda data: data["services"].append(
        {"id": "new", "vendor": {"name": "New"}, "purposes": ["analytics"], "hosts": ["new.example"]}
    ),
    "vendor": lambda data: data["services"][0]["vendor"].update(name="Google LLC"),
    "vendor's country": lambda data: data["services"][0]["vendor"].update(country="US"),
    "vendor's role": lambda data: data["services"][0]["vendor"].update(role="controller"),
    "service's purposes": lambda data: data["services"][0]["purposes"].append("advertising"),
    "recipient": lambda data: data["services"][0].update(recipients=[{"name": "Example Inc."}]),
    "lifetime": lambda data: data["services"][0]["cookies"][0].update(lifetime="3 years"),
    "cookie": lambda data: data["services"][0]["cookies"].append({"name": "new", "lifetime": "1 day"}),
    "own cookie": lambda data: data["cookies"].append({"name": "new", "purpose": "analytics", "lifetime": "1 day"}),
    "material revision": lambda data: data["notice"].update(material=True),
}


@pytest.mark.requirement("R24")
@pytest.mark.parametrize("change", CHANGES_OF_TEXT)
def test_texts_and_exempt_things_are_not_asked_about(data: dict[str, Any], change: str) -> None:
    """A change that widens nothing a visitor agreed to leaves the question as it was."""
    before = question(data)
    CHANGES_OF_TEXT[change](data)
    assert question(data) == before


@pytest.mark.requirement("R24")
@pytest.mark.parametrize("change", CHANGES_OF_SUBSTANCE)
def test_what_widens_the_consent_is_asked_about(data: dict[str, Any], change: str) -> None:
    """A new purpose, vendor, item or lifetime makes another question."""
    before = question(data)
    CHANGES_OF_SUBSTANCE[change](data)
    assert question(data) != before


def test_a_second_material_revision_asks_again(data: dict[str, Any]) -> None:
    """While revisions are material, each new date is a new question."""
    data["notice"]["material"] = True
    first = question(data)
    data["notice"]["revision"] = "2026-11-22"
    assert question(data) != first


def test_the_document_s_digest_sees_every_change(data: dict[str, Any]) -> None:
    """A changed text changes the digest of the document, though not the question."""
    before = digest.document(Manifest.model_validate(data))
    data["purposes"][2]["title"] = "Audience"
    assert digest.document(Manifest.model_validate(data)) != before


def test_defaults_written_out_are_the_same_document(minimal: dict[str, Any]) -> None:
    """Writing a default down changes nothing."""
    assert digest.document(Manifest.model_validate(minimal)) == digest.document(
        Manifest.model_validate(minimal | {"unlisted": "block", "choice": {"lifetime": "6 months"}})
    )
