"""Every site made after a published policy: it loads, speaks French first and names whom it works with."""

from __future__ import annotations

import html
from typing import Any

import pytest
from policies import ENGLISH, EXAMPLES, FRENCH, SITES, Pages, without

from consentkit.manifest.check import check
from consentkit.manifest.load import load


@pytest.mark.parametrize("name", SITES)
def test_every_manifest_loads_without_problems(name: str) -> None:
    """The loader has nothing to say, and no rule finds an error: what is left is what the policy itself says."""
    manifest = load(EXAMPLES / name / "consent.yaml")
    assert [finding for finding in check(manifest) if finding.severity == "error"] == []


@pytest.mark.parametrize("name", SITES)
def test_every_page_answers_with_the_banner_in_french(name: str, pages: Pages, shipped: Any) -> None:
    """French first: a visitor whose language is not known is asked in French, on every page of the wrapped site."""
    driver = shipped(name)
    for path in pages[name]:
        page = driver.page(path)
        assert (page.status, '<html lang="fr">' in page.text) == (200, True), path
        for words in ("Tout accepter", "Tout refuser", "Gérer mes choix"):
            assert words in page.text, path


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("path", ["/_consent/notice", "/_consent/preferences"])
def test_the_visitor_s_pages_are_french_first_and_english_too(name: str, path: str, govern: Any) -> None:
    """French first: French where nothing else is asked for, English where it is, purposes and all."""
    driver = govern(name)
    french, english = driver.page(path).text, driver.page(path, ENGLISH).text
    assert '<html lang="fr"' in french
    assert '<html lang="en"' in english
    for purpose in driver.app.site.manifest.purposes:
        assert purpose.description.pick("fr") in french
        assert purpose.description.pick("en") in english


@pytest.mark.parametrize("name", SITES)
def test_a_bare_site_knows_nothing_of_consent(name: str, pages: Pages, shipped: Any) -> None:
    """The pages alone hold no banner and no link of ours: the one line brings them."""
    driver = shipped(name, bare=True)
    for path in pages[name]:
        page = driver.page(path)
        assert (page.status, "/_consent" in page.text, "data-consentkit" in page.text) == (200, False, False)


@pytest.mark.requirement("R15")
@pytest.mark.parametrize(
    ("name", "service", "reason", "data", "policy"),
    [
        ("dokos", "Stripe", "Panier et paiement", "Montant, description et référence", "https://stripe.com/"),
        ("dokos", "GoCardless", "Panier et paiement", "mandat SEPA", "https://gocardless.com/"),
        ("dokos", "Hetzner", "Session", "Hébergement des données", "https://www.hetzner.com/"),
        ("dokos", "OVHcloud", "Session", "Hébergement des données", "https://www.ovhcloud.com/"),
        (
            "hootis",
            "Google Analytics",
            "Mesure d’audience",
            "adresse IP anonymisée",
            "https://policies.google.com/privacy",
        ),
        ("hootis", "Authy", "Connexion et sécurité", "numéro de téléphone", "https://www.twilio.com/"),
        (
            "hootis",
            "Cloudflare",
            "Connexion et sécurité",
            "Caractéristiques du navigateur",
            "https://www.cloudflare.com/privacypolicy/",
        ),
        ("hootis", "Dolibarr", "Confort", "Aucune donnée transmise", "https://www.dolistore.com/"),
    ],
)
def test_third_parties_are_named_with_reason_data_and_policy(
    name: str, service: str, reason: str, data: str, policy: str, govern: Any
) -> None:
    """The list of providers: who, why, which data are shared, where their own policy is; without its line, no trace."""
    page = govern(name).page("/_consent/notice", FRENCH).text
    card = next(part for part in page.split('<section class="kit-card">') if f"<h3>{service}</h3>" in part)
    card = html.unescape(card.partition("</section>")[0])
    assert all(words in card for words in (f"Finalité\u00a0: {reason}", data, f'href="{policy}'))
    removed = govern(name, edit=without("services", service.lower().replace(" ", "-")))
    assert f"<h3>{service}</h3>" not in removed.page("/_consent/notice", FRENCH).text


@pytest.mark.parametrize(
    ("name", "rule", "place"),
    [
        ("hootis", "L12", "choice.lifetime"),
        ("alpiasoft", "L12", "choice.lifetime"),
        ("hootis", "L11", "services.0.cookies.0.lifetime"),
    ],
)
def test_where_a_policy_says_less_than_is_advised_the_check_tells(name: str, rule: str, place: str) -> None:
    """A choice kept for a year, a 2-year `_ga`: declared as the company says, and reported with the rule."""
    found = check(load(EXAMPLES / name / "consent.yaml"))
    assert place in {".".join(map(str, finding.path)) for finding in found if finding.rule == rule}
