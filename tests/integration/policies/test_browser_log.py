"""The browser log: what four policies say that servers note of a visit, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from policies import FIREFOX, FRENCH, FROM_SEARCH, Pages, visits


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        pytest.param(
            "dokos",
            {"language", "country", "address", "time", "browser_version", "platform", "referrer"},
            id="dokos: language, geolocation, IP, date and time, browser version and platform, referring page",
        ),
        pytest.param(
            "alpiasoft",
            {"referrer", "country", "browser", "browser_version"},
            id="alpiasoft: origin of the connection, browser type and version",
        ),
        pytest.param(
            "hootis",
            {"address", "time", "browser_version", "platform", "referrer"},
            id="hootis: IP, date and time, browser version and platform, referrer",
        ),
        pytest.param(
            "iabako",
            {"address", "time", "path", "browser"},
            id="iabako: IP address, date and time of access, pages viewed, browser",
        ),
    ],
)
def test_the_browser_log_holds_what_the_policy_names(
    name: str, stated: set[str], govern: Any, countries: str, pages: Pages
) -> None:
    """A summary of what the browser says: each field the policy names is there, and the address is shortened."""
    driver = govern(name, geoip_database=countries)
    path = pages[name][1]
    driver.page(path, FRENCH, FIREFOX, FROM_SEARCH)
    (visit,) = visits(driver)
    visit["browser_version"] = visit["browser_version"].partition(".")[0]
    expected = {
        "language": "fr",
        "country": "FR",
        "address": "203.0.0.0/16",
        "time": "2026-08-31T12:00:00.000000Z",
        "browser": "Firefox",
        "browser_version": "153",
        "platform": "Linux",
        "referrer": "https://recherche.example/resultats",
        "path": path,
    }
    assert {field: visit[field] for field in stated} == {field: expected[field] for field in stated}


@pytest.mark.requirement("R41")
@pytest.mark.parametrize("name", ["dokos", "hootis"])
def test_browser_data_are_kept_two_months(name: str, govern: Any, clock: Any) -> None:
    """In general 2 months: readable the day before they end, gone the day they do, and gone from the file."""
    driver = govern(name)
    driver.page("/")
    assert len(visits(driver)) == 1
    clock.now = datetime(2026, 10, 30, 12, tzinfo=UTC)
    assert len(visits(driver)) == 1
    clock.now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert visits(driver) == []
    assert driver.loop.run_until_complete(driver.app.site.records.sweep()) == 1
    assert "Supprimé après 2 mois" in driver.page("/_consent/notice", FRENCH).text


@pytest.mark.parametrize("name", ["dokos", "hootis"])
def test_another_period_in_the_manifest_is_another_expiry(name: str, govern: Any, clock: Any) -> None:
    """The line of the manifest is what expires: with 3 months the visit is still there after 2."""
    driver = govern(name, edit=lambda document: document["retention"].update(browser_log="3 months"))
    driver.page("/")
    assert len(visits(driver)) == 1
    clock.now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert len(visits(driver)) == 1


@pytest.mark.parametrize("name", ["dokos", "hootis"])
def test_browser_data_stay_longer_for_a_stated_reason_until_a_stated_day(name: str, govern: Any, clock: Any) -> None:
    """Longer for a legitimate problem or by law: a slice stays, with reason, author and end, and nothing beside it."""
    driver = govern(name)
    driver.page("/", ("referer", "https://recherche.example/avant"))
    clock.now = datetime(2026, 9, 1, 12, tzinfo=UTC)
    driver.page("/", ("referer", "https://recherche.example/pendant"))
    assert len(visits(driver)) == 2
    records, ends = driver.app.site.records, datetime(2026, 12, 1, tzinfo=UTC)
    slice_ = {"since": datetime(2026, 9, 1, tzinfo=UTC), "until": datetime(2026, 9, 2, tzinfo=UTC)}
    driver.loop.run_until_complete(records.hold("browser", reason="attaque", author="RSSI", ends=ends, **slice_))
    (hold,) = driver.loop.run_until_complete(records.holds())
    assert (hold.reason, hold.author, hold.ends) == ("attaque", "RSSI", ends)
    clock.now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    driver.loop.run_until_complete(records.sweep())
    assert [visit["referrer"] for visit in visits(driver)] == ["https://recherche.example/pendant"]
    clock.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert visits(driver) == []
    assert driver.loop.run_until_complete(records.sweep()) == 1
