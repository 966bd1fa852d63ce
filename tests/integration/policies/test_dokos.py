"""Dokos: languages and countries, signals, cookies by purpose, browsers' help, revisions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from policies import AMERICA, DAY, ENGLISH, FIREFOX, FORM, FRENCH, chosen, cookie_table, lifetimes, without

SAFARI = (
    "user-agent",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
)


def _one_rule(document: dict[str, Any]) -> None:
    document["regions"] = {"US": "opt-in"}


def test_dokos_speaks_the_visitor_s_language_and_follows_the_country_s_rule(govern: Any, countries: str) -> None:
    """Language and geolocation adapt the site: its banner's language, and what silence means where the visitor is."""
    french = govern("dokos", geoip_database=countries).page("/", FRENCH)
    assert ("Tout refuser" in french.text, "pages_seen" in french.cookies) == (True, False)
    american = govern("dokos", geoip_database=countries, client=AMERICA).page("/", ENGLISH)
    assert ("Reject all" in american.text, "pages_seen" in american.cookies) == (True, True)
    unknown = govern("dokos", client=AMERICA).page("/", ENGLISH)
    assert "pages_seen" not in unknown.cookies
    strict = govern("dokos", edit=_one_rule, geoip_database=countries, client=AMERICA)
    assert "pages_seen" not in strict.page("/", ENGLISH).cookies


@pytest.mark.requirement("R51 R53")
def test_dokos_honours_global_privacy_control_and_not_do_not_track(govern: Any, countries: str) -> None:
    """No Do Not Track for want of a standard; Global Privacy Control is one: only it changes what silence allows."""
    driver = govern("dokos", geoip_database=countries, client=AMERICA)
    assert "pages_seen" in driver.page("/", ENGLISH, ("dnt", "1")).cookies
    assert "pages_seen" not in driver.page("/", ENGLISH, ("sec-gpc", "1")).cookies
    assert json.loads(driver.get("/.well-known/gpc.json").body)["gpc"] is True


def test_dokos_sets_session_basket_and_language_without_asking_and_the_rest_after(govern: Any) -> None:
    """Session, basket, preferences from earlier activity, language and country, aggregate traffic: each its purpose."""
    driver = govern("dokos")
    assert set(driver.page("/hebergement").cookies) == {"sid", "cart"}
    picked = driver.request("POST", "/langue", [FORM], b"lang=en&page=/contact")
    assert (picked.header("location"), lifetimes(picked)) == ("/contact", {"preferred_language": 180 * DAY})
    accepted = driver.page("/hebergement", chosen(driver, "action=accept"))
    assert set(accepted.cookies) == {"sid", "cart", "recently_read", "pages_seen"}
    one = driver.page("/hebergement", chosen(driver, "action=save&purposes=statistics"))
    assert set(one.cookies) == {"sid", "cart", "pages_seen"}


@pytest.mark.parametrize("cookie", ["sid", "cart", "recently_read", "pages_seen"])
def test_dokos_can_t_set_a_cookie_its_manifest_doesn_t_list(cookie: str, govern: Any) -> None:
    """Without its line, a cookie neither stands in the notice nor leaves the server."""
    driver = govern("dokos", edit=without("cookies", cookie))
    assert cookie not in driver.page("/hebergement", chosen(driver, "action=accept")).cookies
    assert cookie not in cookie_table(driver.page("/_consent/notice").text)


@pytest.mark.parametrize(
    ("agent", "own", "page"),
    [
        (FIREFOX, "Firefox", "https://support.mozilla.org/kb/clear-cookies-and-site-data-firefox"),
        (SAFARI, "Safari (Mac)", "https://support.apple.com/guide/safari/sfri11471/mac"),
    ],
)
def test_dokos_links_each_browser_s_page_the_visitor_s_own_first(
    agent: tuple[str, str], own: str, page: str, govern: Any
) -> None:
    """Links to each browser's page on managing cookies: all makers are there, the visitor's first and marked."""
    links = govern("dokos").page("/_consent/notice", FRENCH, agent).text.partition("Dans votre navigateur")[2]
    assert re.findall(r"<li><a href=\"([^\"]+)\"[^>]*>([^<]+)", links)[0] == (page, own)
    assert links.count("votre navigateur") == 1
    assert all(maker in links for maker in ("Chrome", "Edge", "Safari", "Firefox", "Opera"))


def test_dokos_tells_when_its_text_was_last_updated(govern: Any) -> None:
    """The "last update" date: 1 January 2024, from the manifest."""
    assert "1er janvier 2024" in govern("dokos").page("/_consent/notice", FRENCH).text


def _new_service(document: dict[str, Any]) -> None:
    vendor = {"name": "Compteur SAS", "country": "FR"}
    document["services"].append({"id": "compteur", "vendor": vendor, "purposes": ["statistics"]})


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(
    ("edit", "asked_again"),
    [
        (lambda document: document["notice"].update(revision="2026-09-01"), False),
        (lambda document: document["purposes"][4]["description"].update(fr="Compter les pages, en totaux."), False),
        (lambda document: document["notice"].update(revision="2026-09-01", material=True), True),
        (_new_service, True),
        (lambda document: document["cookies"][4].update(lifetime="12 months"), True),
    ],
    ids=["new date", "clearer text", "material revision", "new vendor", "longer life"],
)
def test_dokos_asks_again_when_a_revision_widens_and_else_informs(edit: Any, asked_again: bool, govern: Any) -> None:
    """A revised policy: what widens a purpose asks again, what only words it anew informs. Staying is no consent."""
    choice = chosen(govern("dokos"), "action=accept")
    page = govern("dokos", edit=edit).page("/", choice)
    assert ('data-consentkit="banner"' in page.text) is asked_again
    assert ("pages_seen" in page.cookies) is not asked_again
