"""The table of every cookie and storage item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.notice import inventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.manifest.model import Manifest


def by_name(manifest: Manifest, language: str = "en") -> dict[str, inventory.Row]:
    return {row.name: row for row in inventory.rows(manifest, language)}


def test_items_of_a_service_have_its_vendor_and_purposes(manifest: Manifest) -> None:
    """A row tells who stores the item and what for, in the language asked."""
    row = by_name(manifest, "fr")["IDE"]
    assert (row.service, row.service_name, row.vendor) == ("google-ads", "Google Ads", "Google Ireland Ltd")
    assert row.purposes == ("Publicité", "Mesure d’audience")
    assert (row.lifetime, row.kind, row.party, row.exempt) == ("13 mois", "cookie", "third", None)


def test_items_of_the_site_have_its_controller(manifest: Manifest) -> None:
    """The site's own items name the controller and the class that frees them from consent."""
    row = by_name(manifest)["cart"]
    assert (row.service, row.service_name, row.vendor) == (None, None, "Hootis SAS")
    assert (row.kind, row.exempt) == ("local", "basket")


def test_names_that_vary_are_shown_as_declared(manifest: Manifest) -> None:
    """Patterns and other names of the same item stay readable."""
    rows = by_name(manifest)
    assert rows["_gac_<property-id>"].lifetime == "90 days"
    assert rows["_gat"].aliases == ("_dc_gtm_<property-id>",)


@pytest.mark.requirement("R27")
def test_choice_cookie_is_listed_though_nobody_declared_it(manifest: Manifest) -> None:
    """It is exempt, and exempt trackers are listed too."""
    row = by_name(manifest)["rgpd"]
    assert (row.lifetime, row.exempt, row.aliases) == ("6 months", "choice-storage", ())


def test_choice_cookie_that_is_declared_is_listed_once(with_line: Callable[[str, str], Manifest]) -> None:
    """The site's own words about it are kept."""
    declared = "{name: rgpd, purpose: necessary, lifetime: 1 year}\n  - {name: hootis_session, "
    manifest = with_line("{name: hootis_session, ", declared)
    names = [row.name for row in inventory.rows(manifest, "en")]
    assert names.count("rgpd") == 1
    assert by_name(manifest)["rgpd"].lifetime == "1 year"


def test_choice_cookie_without_a_name_shows_both_it_can_have(with_line: Callable[[str, str], Manifest]) -> None:
    """On https the name has a prefix."""
    manifest = with_line(
        "choice: {cookie: rgpd, lifetime: 6 months}", "choice: {lifetime: session, refusal_lifetime: 1 year}"
    )
    row = by_name(manifest)["consentkit"]
    assert row.aliases == ("__Host-consentkit",)
    assert row.lifetime == "1 year"


def test_item_with_its_own_purpose_overrides_the_services(with_line: Callable[[str, str], Manifest]) -> None:
    """A necessary item of a service that needs consent is shown as what it is."""
    manifest = with_line("{name: _gcl_au, ", "{name: _gcl_au, purpose: necessary, ")
    row = by_name(manifest)["_gcl_au"]
    assert row.purposes == ("Strictly necessary",)
    assert row.exempt == "authentication"
