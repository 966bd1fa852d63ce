"""PowerBoutique: a choice for the session, the shop's own pages, no gateway that is not switched on."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from driving import HOST
from policies import BEARER, EXAMPLES, FIREFOX, HALF_YEAR_OF_THE_CLOCK, Pages, chosen, lifetimes, live, statistics

from consentkit.records.verify import verify


@pytest.mark.parametrize("action", ["accept", "refuse"])
def test_powerboutique_s_banner_is_gone_for_the_session(action: str, govern: Any, pages: Pages) -> None:
    """A banner on every page, gone for the session after the answer; refusing is a button beside accepting."""
    driver = govern("powerboutique")
    for path in pages["powerboutique"]:
        banner = driver.page(path).text.partition('data-consentkit="banner"')[2].partition("</section>")[0]
        assert re.findall(r'<button name="action" value="(\w+)"', banner) == ["refuse", "accept"]
        assert 'href="/_consent/notice"' in banner
    answer = driver.choose(f"action={action}")
    assert lifetimes(answer) == {"consentkit": None}
    assert "expires" not in answer.all("set-cookie")[0].lower()
    for path in pages["powerboutique"]:
        kept = driver.page(path, ("cookie", f"consentkit={answer.cookies['consentkit']}"))
        assert 'data-consentkit="banner"' not in kept.text
    default = govern("powerboutique", edit=lambda document: document.pop("choice"))
    assert lifetimes(default.choose(f"action={action}")) == {"consentkit": HALF_YEAR_OF_THE_CLOCK}


def test_powerboutique_s_privacy_page_is_linked_where_the_policy_says(govern: Any) -> None:
    """An editable page, linked from the banner's notice, account creation and "my account", with the shop's words."""
    driver = govern("powerboutique", templates=EXAMPLES / "powerboutique" / "notice")
    plain = govern("powerboutique")
    for each, path in ((driver, "/creation-compte"), (driver, "/mon-compte"), (plain, "/_consent/notice")):
        assert 'href="/confidentialite"' in each.page(path).text.partition("<main")[2].partition("</main>")[0]
    own = "écrivez au vendeur depuis"
    assert own in driver.page("/_consent/notice").text
    assert own not in plain.page("/_consent/notice").text


def test_powerboutique_s_wrapped_site_takes_its_own_notice(shipped: Any) -> None:
    """The application a server runs shows the trader's words, and a way to the choices from "my account"."""
    driver = shipped("powerboutique")
    assert "écrivez au vendeur depuis" in driver.page("/_consent/notice").text
    assert 'href="/_consent/preferences?return_to=%2Fmon-compte"' in driver.page("/mon-compte").text


def test_powerboutique_opens_no_gateway_that_is_not_switched_on(govern: Any) -> None:
    """No gateway to a third party is active by default: not even after "accept all", until the manifest declares it."""
    gateway = "avis.passerelle.example"

    def switch_on(document: dict[str, Any]) -> None:
        vendor = {"name": "Passerelle SAS", "country": "FR"}
        document["services"] = [{"id": "avis", "vendor": vendor, "purposes": ["statistics"], "hosts": [gateway]}]

    closed, opened = govern("powerboutique"), govern("powerboutique", edit=switch_on)
    for driver, active in ((closed, False), (opened, True)):
        page = driver.page("/", chosen(driver, "action=accept"))
        assert live(page.text, gateway) is active
        assert (gateway in (page.header("content-security-policy") or "")) is active
        assert not live(page.text, "prix.comparateur.example")
    assert not live(opened.page("/", chosen(opened, "action=refuse")).text, gateway)


async def _archive(records: Any) -> list[bytes]:
    return [line async for line in records.archive()]


def test_powerboutique_s_visitors_take_their_choices_along_and_erase_them(govern: Any) -> None:
    """Exportable in standard formats, deleted on request: JSON and CSV, then nothing, and the log is still whole."""
    driver = govern("powerboutique")
    mine = chosen(driver, "action=accept")
    (entry,) = json.loads(driver.get("/_consent/mine.json", mine).body)["items"]
    (row,) = csv.DictReader(io.StringIO(driver.get("/_consent/mine.csv", mine).text))
    assert (entry["state"], row["state"], row["purposes"]) == ("given", "given", "statistics")
    erased = driver.request("POST", "/_consent/mine/erase", [mine, ("origin", f"http://{HOST}")])
    assert (erased.status, json.loads(driver.get("/_consent/mine.json", mine).body)["items"]) == (303, [])
    kept = json.loads(driver.get("/_consent/log", BEARER).body)["items"]
    assert entry["subject"] not in {item["subject"] for item in kept}
    records = driver.app.site.records
    assert verify(driver.loop.run_until_complete(_archive(records))).ok


def test_powerboutique_s_figures_are_about_nobody(govern: Any) -> None:
    """Only global, non-nominative figures are shared: nine visits are none, ten are a number."""
    driver = govern("powerboutique", trusted_proxies=["203.0.113.0/24"])
    for network in range(10):
        assert not [row for row in statistics(driver, "measure=visits&dimension=country") if row["count"]]
        driver.page("/", FIREFOX, ("x-forwarded-for", f"10.{network}.1.1"))
    (row,) = statistics(driver, "measure=visits&dimension=country")
    assert (row["value"], row["count"]) == ("unknown", 10)
    assert row.keys() == {"period", "measure", "dimension", "value", "count"}
