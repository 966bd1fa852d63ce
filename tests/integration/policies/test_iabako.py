"""Iabako: the shortened address, the language, and three trackers that wait for their purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from policies import DAY, FORM, FRENCH, chosen, lifetimes, live, visits, without

from consentkit.notice.register import register

if TYPE_CHECKING:
    from pathlib import Path


def test_iabako_shortens_the_address_before_it_is_stored(govern: Any, tmp_path: Path) -> None:
    """Anonymous data, the IP address among them: 16 bits of it are kept, and no file holds more."""
    driver = govern("iabako")
    driver.page("/facturation")
    chosen(driver, "action=accept")
    assert [visit["address"] for visit in visits(driver)] == ["203.0.0.0/16"]
    files = [file for file in tmp_path.iterdir() if file.name.startswith("0.")]
    assert files
    assert [file.name for file in files if b"203.0.113.77" in file.read_bytes()] == []


def test_the_manifest_s_line_decides_how_much_of_the_address_stays(govern: Any) -> None:
    """With 24 bits in the manifest, 24 are stored and told."""
    driver = govern("iabako", edit=lambda document: document["anonymise"].update(ipv4=24))
    driver.page("/")
    assert [visit["address"] for visit in visits(driver)] == ["203.0.113.0/24"]
    assert "seuls les 24 premiers bits" in driver.page("/_consent/notice", FRENCH).text


def test_iabako_remembers_the_language_without_asking(govern: Any) -> None:
    """A cookie for the choice of language: set when it is chosen, consent or not."""
    driver = govern("iabako")
    form = [FORM, chosen(driver, "action=refuse")]
    assert lifetimes(driver.request("POST", "/langue", form, b"lang=en&page=/")) == {"langue": 180 * DAY}
    assert "On to the next customer" in driver.page("/", FRENCH, ("cookie", "langue=en")).text


@pytest.mark.parametrize(
    ("purpose", "address", "service"),
    [
        pytest.param("analytics", "www.googletagmanager.com/gtag/js", "google-analytics", id="Google Analytics"),
        pytest.param("advertising", "www.googletagmanager.com/gtag/destination", "google-ads", id="Google Ads"),
        pytest.param("advertising", "connect.facebook.net/", "meta-pixel", id="Facebook's script"),
        pytest.param("advertising", "www.facebook.com/tr", "meta-pixel", id="Facebook's image"),
    ],
)
def test_iabako_s_trackers_wait_for_their_purpose(purpose: str, address: str, service: str, govern: Any) -> None:
    """Cookies for Google Analytics, for advertising with Google Ads and Facebook: each waits for its purpose."""
    driver = govern("iabako")
    other = {"analytics": "advertising", "advertising": "analytics"}[purpose]
    assert not live(driver.page("/").text, address)
    assert not live(driver.page("/", chosen(driver, f"action=save&purposes={other}")).text, address)
    assert live(driver.page("/", chosen(driver, f"action=save&purposes={purpose}")).text, address)
    removed = govern("iabako", edit=without("services", service))
    assert not live(removed.page("/", chosen(removed, "action=accept")).text, address)


def test_iabako_hands_over_its_register_of_processing(govern: Any) -> None:
    """A register of processing, given on request: what is declared is in it, with recipients and time limits."""
    told = register(govern("iabako").app.site.manifest, "fr")
    activities = {activity["id"]: activity for activity in told["activities"]}
    assert {"language", "trial", "account", "analytics", "advertising"} <= activities.keys()
    assert [line.partition("\u00a0")[0] for line in activities["advertising"]["recipients"]] == [
        "Google Ads",
        "Facebook",
    ]
    assert activities["analytics"]["basis"][0].startswith("Consentement")
    assert told["controller"]["officer"] == "mailto:dpo@iabako.com"


@pytest.mark.parametrize(
    "line", ["Données des prospects : 3 ans", "Données des clients : 6 ans après la fin du contrat"]
)
def test_iabako_tells_how_long_prospects_and_clients_are_kept(line: str, govern: Any) -> None:
    """Prospects 3 years, clients 6 years after the end: in the notice, and its purposes say it too."""
    page = govern("iabako").page("/_consent/notice", FRENCH).text.replace("\u00a0", " ")
    assert f"<li>{line}</li>" in page
    assert page.count("Données conservées ") == 2
