"""Hootis: the table of 18 cookies, the choice kept a year, the way out of analytics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from driving import responder
from policies import (
    DAY,
    EXAMPLES,
    FRENCH,
    HALF_YEAR_OF_THE_CLOCK,
    HOUR,
    YEAR,
    Pages,
    chosen,
    cookie_table,
    lifetimes,
    live,
    visits,
)

if TYPE_CHECKING:
    from pathlib import Path

HOOTIS_COOKIES = {
    "__cfduid": "1 mois",
    "XSRF-TOKEN": "2 heures",
    "hootis_session": "2 heures",
    "pbyvvsof8r": "7 jours",
    "rgpd": "1 an",
    "_ga": "2 ans",
    "_gid": "24 heures",
    "_gat": "1 minute",
    "AMP_TOKEN": "30 secondes à 1 an",
    "_gac_<property-id>": "90 jours",
    "portal-domain": "1 an",
    "_csrf-backend": "session",
    "_csrf-frontend": "session",
    "hootis-frontend": "session",
    "hootis-backend": "session",
    "_identity-frontend": "session",
    "_identity-backend": "session",
    "default-values": "1 an",
}


@pytest.mark.requirement("R16")
def test_hootis_s_notice_lists_its_18_cookies(govern: Any) -> None:
    """A table of 18 cookies: the same names and lifetimes, and `_gat` with the name Tag Manager gives it."""
    page = govern("hootis").page("/_consent/notice", FRENCH).text
    assert cookie_table(page) == HOOTIS_COOKIES
    assert "aussi _dc_gtm_&lt;property-id&gt;" in page


@pytest.mark.parametrize("cookie", sorted(set(HOOTIS_COOKIES) - {"rgpd"}))
def test_what_hootis_sets_is_compared_with_its_table(cookie: str, govern: Any) -> None:
    """What the site sets is compared with the table: a listed name leaves, one whose row is missing doesn't."""
    name = cookie.replace("<property-id>", "UA-100000-1")

    def remove(document: dict[str, Any]) -> None:
        for owner in (document, *document["services"]):
            owner["cookies"] = [item for item in owner.get("cookies", []) if item["name"] != cookie]

    sent = responder(b"<p>", headers=[("set-cookie", f"{name}=1; Path=/")])
    listed, unlisted = govern("hootis", app=sent), govern("hootis", app=sent, edit=remove)
    assert name in listed.page("/", chosen(listed, "action=accept")).cookies
    assert name not in unlisted.page("/", chosen(unlisted, "action=accept")).cookies
    assert set(cookie_table(unlisted.page("/_consent/notice").text)) == set(HOOTIS_COOKIES) - {cookie}


def test_hootis_s_sign_in_page_sets_cookies_for_as_long_as_the_table_says(govern: Any) -> None:
    """2 hours, 7 days, 1 year, session: the lifetimes that leave the server are those of the table."""
    assert lifetimes(govern("hootis").page("/connexion")) == {
        "XSRF-TOKEN": 2 * HOUR,
        "hootis_session": 2 * HOUR,
        "_csrf-frontend": None,
        "pbyvvsof8r": 7 * DAY,
        "portal-domain": YEAR,
        "default-values": YEAR,
    }


def test_tag_manager_s_name_of_a_cookie_is_the_same_cookie(govern: Any) -> None:
    """`_dc_gtm_<property-id>` is `_gat`: it waits for the same consent and lives the same minute."""
    sent = responder(b"<p>", headers=[("set-cookie", "_dc_gtm_UA-1=1; Max-Age=3600; Path=/")])
    driver = govern("hootis", app=sent)
    assert driver.page("/").cookies == {}
    assert lifetimes(driver.page("/", chosen(driver, "action=accept"))) == {"_dc_gtm_UA-1": 60}


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("action", ["accept", "refuse"])
def test_hootis_keeps_the_choice_a_year_in_a_cookie_of_its_own_name(action: str, govern: Any) -> None:
    """`rgpd`, 1 year: the site's name and lifetime; without the line, ours and the advised 6 months."""
    assert lifetimes(govern("hootis").choose(f"action={action}")) == {"rgpd": YEAR}
    default = govern("hootis", edit=lambda document: document.pop("choice"))
    assert lifetimes(default.choose(f"action={action}")) == {"consentkit": HALF_YEAR_OF_THE_CLOCK}


@pytest.mark.requirement("R19")
def test_hootis_offers_the_way_out_of_analytics_on_every_page(govern: Any, pages: Pages) -> None:
    """Google Analytics with an opt-out: before consent nothing, after it on every page a link, after that nothing."""
    driver = govern("hootis")
    accepted = chosen(driver, "action=accept")
    for path in pages["hootis"]:
        assert not live(driver.page(path).text, "www.googletagmanager.com/gtag/js")
        page = driver.page(path, accepted).text
        assert live(page, "www.googletagmanager.com/gtag/js")
        assert 'data-consentkit="preferences"' in page
    held = ("cookie", f"{accepted[1]}; _ga=GA1.1; _gid=GA1.2")
    withdrawn = driver.choose("action=withdraw", held)
    assert {"_ga", "_gid"} <= {name for name, age in lifetimes(withdrawn).items() if age == 0}
    page = driver.page("/", ("cookie", f"rgpd={withdrawn.cookies['rgpd']}"))
    assert not live(page.text, "www.googletagmanager.com")
    assert "googletagmanager" not in (page.header("content-security-policy") or "")


def test_hootis_has_google_cut_the_address(govern: Any) -> None:
    """Anonymised IP: the site's own code says so to Google, and consentkit leaves that code as it is."""
    sent = govern("hootis").get("/static/mesure.js").body
    assert b"anonymize_ip: true" in sent
    assert sent == (EXAMPLES / "hootis" / "static" / "mesure.js").read_bytes()


@pytest.mark.parametrize(
    ("service", "page"),
    [
        ("Google Analytics", "https://policies.google.com/technologies/types"),
        ("Cloudflare", "https://www.cloudflare.com/cookie-policy/"),
    ],
)
def test_hootis_links_the_cookie_types_of_its_third_parties(service: str, page: str, govern: Any) -> None:
    """Third parties, each with links to policy and cookie types."""
    text = govern("hootis").page("/_consent/notice", FRENCH).text
    card = text.partition(f"<h3>{service}</h3>")[2].partition("</section>")[0]
    assert f'<a href="{page}" rel="noreferrer">Ses cookies' in card


def test_hootis_says_how_what_is_stored_is_protected(govern: Any, tmp_path: Path) -> None:
    """Which stored columns are protected, and how: the address is cut, a choice has a number; the store does it."""
    driver = govern("hootis")
    driver.page("/")
    chosen(driver, "action=accept")
    text = driver.page("/_consent/notice", FRENCH).text
    assert "seuls les 16 premiers bits sur 32 sont gardés" in text
    assert "sous un numéro tiré au hasard" in text
    assert [visit["address"] for visit in visits(driver)] == ["203.0.0.0/16"]
    assert not [file for file in tmp_path.iterdir() if file.is_file() and b"203.0.113.77" in file.read_bytes()]
