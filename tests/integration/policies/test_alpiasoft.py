"""Alpiasoft: three purposes, what is mandatory, twelve months, three years."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from policies import BEARER, DAY, FIREFOX, FRENCH, FROM_SEARCH, YEAR, Pages, chosen, lifetimes, statistics

from consentkit.notice.register import register

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
    assert [lifetimes(answer)["alpiasoft_choix"] for answer in answers[:2]] == [YEAR, YEAR]
    assert lifetimes(answers[2]) == {f"alpiasoft_{name}": YEAR for name in ("session", "origine", "preferences")}
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


@pytest.mark.parametrize(
    "line",
    [
        "Données que vous supprimez, sauvegardes comprises : 3 semaines après la suppression",
        "Données du compte : 3 ans après la suppression du compte ou sa dernière utilisation",
        "Factures : 10 ans après leur émission",
    ],
)
def test_alpiasoft_tells_how_long_each_kind_of_data_is_kept(line: str, govern: Any) -> None:
    """Deleted data stay three weeks, personal data at most 3 years: each in the notice and the register."""
    driver = govern("alpiasoft")
    assert f"<li>{line}</li>" in driver.page("/_consent/notice", FRENCH).text.replace("\u00a0", " ")
    told = register(driver.app.site.manifest, "fr")["other_time_limits"]
    assert line in [each.replace("\u00a0", " ") for each in told]


def test_alpiasoft_knows_how_long_visits_last_and_follows_nobody(govern: Any, clock: Any) -> None:
    """The duration of the connection, in totals; what tells one visit from another ends with the day."""
    driver = govern("alpiasoft", trusted_proxies=["203.0.113.0/24"])
    start = clock.now
    for path, minutes in (("/", 0), ("/logiciel", 2)):
        clock.now = start + timedelta(minutes=minutes)
        for network in range(10):
            driver.page(path, FIREFOX, ("x-forwarded-for", f"10.{network}.1.1"))
    counts = {row["value"]: row["count"] for row in statistics(driver, "measure=visits&dimension=duration")}
    assert counts == {"1–5 min": 10}
    assert not [name for name in driver.page("/").cookies if name != "alpiasoft_session" and "pref" not in name]
