"""The manifest as a value."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from consentkit.duration import Duration
from consentkit.manifest.model import Manifest
from consentkit.manifest.vocabulary import ExemptClass, Party, Role, StorageKind


@pytest.mark.requirement("R23 R47")
def test_defaults_are_the_careful_ones(minimal: dict[str, Any]) -> None:
    """What a manifest leaves out is as CNIL advises: 6 months, hosts blocked, addresses cut to /16 and /32."""
    manifest = Manifest.model_validate(minimal)
    assert manifest.unlisted == "block"
    assert manifest.choice.cookie is None
    assert manifest.choice.lifetime == manifest.choice.refusal_lifetime == Duration.parse("6 months")
    assert manifest.retention.browser_log == Duration.parse("2 months")
    assert manifest.retention.consent_log == Duration.parse("5 years")
    assert (manifest.anonymise.ipv4, manifest.anonymise.ipv6) == (16, 32)
    assert manifest.notice.material is False
    assert manifest.notice.revision == date(2026, 1, 1)
    assert manifest.site.languages == ("en",)


@pytest.mark.requirement("R22")
def test_a_refusal_lasts_as_long_as_a_consent_unless_said(minimal: dict[str, Any]) -> None:
    """The refusal's lifetime follows the consent's, and can be set apart."""
    session = Manifest.model_validate(minimal | {"choice": {"lifetime": "session"}}).choice
    assert session.refusal_lifetime.is_session
    apart = Manifest.model_validate(minimal | {"choice": {"lifetime": "6 mois", "refusal_lifetime": "12 mois"}}).choice
    assert apart.refusal_lifetime == Duration.parse("12 months")


@pytest.mark.requirement("R6")
def test_exempt_classes_are_the_seven() -> None:
    """No eighth reason to skip consent exists (délib. 2020-091 §49)."""
    assert {str(each) for each in ExemptClass} == {
        "choice-storage",
        "authentication",
        "basket",
        "personalisation",
        "load-balancing",
        "paywall",
        "audience-measurement",
    }


def test_purposes_are_split_by_need_of_consent(manifest: Manifest) -> None:
    """Exempt purposes are a set; those asked about keep the order of the file."""
    assert manifest.exempt_purposes == {"necessary", "basket"}
    assert manifest.consent_purposes == ("analytics", "advertising", "media")


def test_parts_are_found_by_id(manifest: Manifest) -> None:
    """Services and purposes are found by id; an unknown one is a KeyError."""
    assert manifest.service("youtube").vendor.role is Role.CONTROLLER
    assert manifest.purpose("basket").exempt is ExemptClass.BASKET
    with pytest.raises(KeyError):
        manifest.service("nobody")
    with pytest.raises(KeyError):
        manifest.purpose("nothing")


def test_labels_fall_back_on_what_is_known(manifest: Manifest) -> None:
    """A title is taken as written; without one, usual purposes have titles built in and ids are put in words."""
    assert manifest.purpose("analytics").label("fr") == "Mesure d’audience"
    assert manifest.purpose("media").label("fr-FR") == "Vidéos et autres médias"
    assert manifest.purpose("media").label("en") == "Videos and other media"
    assert manifest.service("google-analytics").label("fr") == "Google Analytics"
    assert manifest.service("google-ads").label("fr") == "Google Ads"


def test_texts_fall_back_on_the_site_s_language(manifest: Manifest) -> None:
    """The site speaks French first, so a third language reads the French text though English is written first."""
    assert manifest.purpose("analytics").label("de") == "Mesure d’audience"
    assert next(item for item in manifest.cookies if item.name == "rgpd").description.pick("de") == "Vos choix."


def test_items_have_careful_defaults(manifest: Manifest) -> None:
    """An item is a first-party cookie unless it says otherwise."""
    item = manifest.service("google-analytics").cookies[0]
    assert (item.party, item.kind, item.aliases) == (Party.FIRST, StorageKind.COOKIE, ())


def test_hosts_are_kept_in_canonical_form(minimal: dict[str, Any]) -> None:
    """Capitals, trailing dots and international letters are gone once a manifest is loaded."""
    service = {"id": "s", "vendor": {"name": "S"}, "purposes": ["analytics"], "hosts": ["Bücher.Example./x/"]}
    assert Manifest.model_validate(minimal | {"services": [service]}).services[0].hosts == ("xn--bcher-kva.example/x/",)


def test_survives_a_round_trip(manifest: Manifest) -> None:
    """What is dumped as JSON is read back as the same manifest."""
    assert Manifest.model_validate(manifest.model_dump(mode="json")) == manifest
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_is_frozen(manifest: Manifest) -> None:
    """A manifest is shared by every request, so nothing can change it."""
    with pytest.raises(ValidationError, match="frozen"):
        manifest.unlisted = "report"


def test_a_manifest_made_in_code_is_checked_too(minimal: dict[str, Any]) -> None:
    """References are checked however a manifest is made."""
    service = {"id": "s", "vendor": {"name": "S"}, "purposes": ["nothing"]}
    with pytest.raises(ValidationError, match="'nothing' is not a purpose of this manifest"):
        Manifest.model_validate(minimal | {"services": [service]})


@pytest.mark.requirement("R17")
def test_legitimate_interest_is_no_ground(minimal: dict[str, Any]) -> None:
    """Storage rests on consent or an exemption; a manifest can't name another ground (EDPB taskforce, practice H)."""
    minimal["purposes"][1]["legal_basis"] = "legitimate_interest"
    with pytest.raises(ValidationError, match="Extra inputs"):
        Manifest.model_validate(minimal)
