"""Alpiasoft: three purposes, what is mandatory, twelve months, three years."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from policies import BEARER, DAY, FRENCH, FROM_SEARCH, YEAR, Pages, chosen, lifetimes

if TYPE_CHECKING:
    from driving import Driver


def test_alpiasoft_declares_its_three_purposes(govern: Any) -> None:
    """Three purposes: authenticate, record visits and their origin, record preferences."""
    driver = govern("alpiasoft")
    page = driver.page("/_consent/notice", FRENCH).text
    titles = re.findall(r"<h3>([^<]+)</h3>", page.partition("Pour quoi faire")[2].partition("Quels services")[0])
    assert titles == ["Authentification", "Visites et leur origine", "Préférences"]
    accepted = driver.page("/", FROM_SEARCH, chosen(driver, "action=accept"))
    assert accepted.cookies["alpiasoft_origine"] == "recherche.example"


@pytest.mark.requirement("R25")
def test_alpiasoft_makes_only_the_necessary_cookies_mandatory(govern: Any, pages: Pages) -> None:
    """Cookies are mandatory: those for signing in and preferences are; the record of visits is refused in one click."""
    driver = govern("alpiasoft")
    refused = chosen(driver, "action=refuse")
    for path in pages["alpiasoft"]:
        page = driver.page(path, refused)
        assert (page.status, set(page.cookies)) == (200, {"alpiasoft_session", "alpiasoft_preferences"})
    preferences = driver.page("/_consent/preferences", FRENCH).text
    assert preferences.count("Toujours actif") == 2
    assert re.findall(r'name="purposes" value="([^"]+)"', preferences) == ["visits"]


def _longer_cookies(document: dict[str, Any]) -> None:
    for cookie in document["cookies"]:
        cookie["lifetime"] = "3 years"


def test_alpiasoft_s_cookies_live_12_months_at_most(govern: Any, pages: Pages) -> None:
    """Cookies are valid for 12 months: the site asks for 2 years and 12 months leave, the choice's own among them."""
    driver = govern("alpiasoft")
    answers = [driver.choose("action=accept"), driver.choose("action=refuse")]
    answers += [driver.page(path, chosen(driver, "action=accept")) for path in pages["alpiasoft"]]
    ages = [age for answer in answers for age in lifetimes(answer).values()]
    assert max(age or 0 for age in ages) == YEAR
    loose = govern("alpiasoft", edit=_longer_cookies)
    assert lifetimes(loose.page("/"))["alpiasoft_session"] == 400 * DAY


def test_alpiasoft_keeps_no_proof_longer_than_three_years(govern: Any, clock: Any) -> None:
    """Personal data at most 3 years: a choice's record is readable until then, and then erased."""

    def states(driver: Driver) -> list[str]:
        return [item["state"] for item in json.loads(driver.get("/_consent/log", BEARER).body)["items"]]

    driver, default = govern("alpiasoft"), govern("alpiasoft", edit=lambda document: document.pop("retention"))
    for each in (driver, default):
        each.choose("action=accept")
    clock.now = datetime(2029, 8, 30, 12, tzinfo=UTC)
    assert states(driver) == ["given"]
    clock.now = datetime(2029, 9, 1, 12, tzinfo=UTC)
    for each in (driver, default):
        each.loop.run_until_complete(each.app.site.records.sweep())
    assert "given" not in states(driver)
    assert states(default) == ["given"]
    assert "Conservé 3 ans" in driver.page("/_consent/notice", FRENCH).text
