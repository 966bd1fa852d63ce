"""The rule of the visitor's place, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from driving import PAGE, responder

from consentkit.asgi.settings import read_settings
from consentkit.errors import ConfigurationError
from consentkit.manifest.load import loads
from consentkit.records.consentlog import ConsentFilter

if TYPE_CHECKING:
    from driving import Driver

PROXY = ("10.0.0.1", 5000)
ENGLISH = ("accept-language", "en")
CALIFORNIA = (ENGLISH, ("cf-ipcountry", "US"), ("cf-region-code", "CA"))
VIRGINIA = (ENGLISH, ("cf-ipcountry", "US"), ("cf-region-code", "VA"))
FRANCE = (ENGLISH, ("cf-ipcountry", "FR"))
GPC = ("sec-gpc", "1")


@pytest.fixture
def shop(governed: Any) -> Driver:
    """A shop behind a network that tells where visitors are."""
    driver: Driver = governed(
        responder(PAGE, headers=[("etag", '"v1"')]),
        client=PROXY,
        trusted_proxies=["10.0.0.0/8"],
        place_headers=["CF-IPCountry", "CF-Region-Code"],
    )
    return driver


def live(page: Any) -> bool:
    return '<script async src="https://www.googletagmanager.com' in page.text


def test_the_page_follows_the_rule_of_the_place(shop: Driver) -> None:
    """Gated in France, live in Virginia, each with a banner that says what silence means there."""
    france, virginia = shop.page("/", *FRANCE), shop.page("/", *VIRGINIA)
    assert (live(france), live(virginia)) == (False, True)
    assert "Where you are, this is in use until you reject it." in virginia.text
    assert "Where you are" not in france.text
    assert "googletagmanager" in (virginia.header("content-security-policy") or "")


def test_only_the_proxy_tells_the_place(governed: Any) -> None:
    """The same headers from anybody else leave the visitor where nobody knows: opt-in."""
    driver = governed(responder(PAGE), trusted_proxies=["10.0.0.0/8"], place_headers=["CF-IPCountry", "CF-Region-Code"])
    assert not live(driver.page("/", *VIRGINIA))


@pytest.mark.requirement("R54")
def test_pages_of_different_rules_are_never_taken_for_each_other(shop: Driver) -> None:
    """Private, varying on what the place is read from, and with validators of their own."""
    pages = [
        shop.page("/", *place) for place in (FRANCE, VIRGINIA, (*CALIFORNIA, GPC), (ENGLISH, ("cf-ipcountry", "US")))
    ]
    assert len({page.header("etag") for page in pages}) == len(pages)
    for page in pages:
        assert page.header("cache-control") == "private, no-cache"
        assert page.header("vary") == "Cookie, Sec-GPC, Accept-Language, cf-ipcountry, cf-region-code"
    # Twice, so that what was remembered of one visitor's page is asked for on behalf of another's.
    assert [live(shop.page("/", *place)) for place in (VIRGINIA, FRANCE, VIRGINIA)] == [True, False, True]


@pytest.mark.requirement("R34")
def test_a_record_names_the_rule_and_the_place(shop: Driver) -> None:
    """An opt-out in Virginia is kept with its regime, for a year."""
    answer = shop.choose("action=refuse&collected=banner", *VIRGINIA)
    assert f"Max-Age={365 * 86400}" in answer.all("set-cookie")[0]
    page = shop.loop.run_until_complete(shop.app.site.records.consent_log.query(ConsentFilter()))
    (record,) = (entry.record for entry in page.items)
    assert (record.state, record.regime, record.jurisdiction, record.validity) == (
        "refused",
        "opt-out",
        "US-VA",
        "P12M",
    )
    shown = shop.app.site.records.consent_log.document(record.notice_digest)
    assert "Where you are" in shop.loop.run_until_complete(shown).body
    refused = ("cookie", f"consentkit={answer.cookies['consentkit']}")
    assert not live(shop.page("/", *VIRGINIA, refused))


@pytest.mark.requirement("R51")
def test_the_signal_is_shown_to_be_honoured_where_it_binds_and_nowhere_else(shop: Driver) -> None:
    """California: no tag, no banner, the status on the preferences page. France: a banner, and no such claim."""
    page = shop.page("/", *CALIFORNIA, GPC)
    assert (live(page), 'data-consentkit="banner"' in page.text) == (False, False)
    assert "Opt-Out Request Honored" in shop.get("/_consent/preferences", *CALIFORNIA, GPC).text
    assert "Opt-Out Request Honored" not in shop.get("/_consent/preferences", *CALIFORNIA).text
    assert 'data-consentkit="banner"' in shop.page("/", *FRANCE, GPC).text
    assert "Opt-Out Request Honored" not in shop.get("/_consent/preferences", *FRANCE, GPC).text


@pytest.mark.requirement("R51")
def test_a_choice_made_knowing_of_the_signal_outweighs_it(shop: Driver) -> None:
    """One made before does not: the signal was turned on since."""
    before = ("cookie", f"consentkit={shop.choose('action=accept', *CALIFORNIA).cookies['consentkit']}")
    assert live(shop.page("/", *CALIFORNIA, before))
    assert not live(shop.page("/", *CALIFORNIA, GPC, before))
    knowing = ("cookie", f"consentkit={shop.choose('action=accept', *CALIFORNIA, GPC).cookies['consentkit']}")
    assert live(shop.page("/", *CALIFORNIA, GPC, knowing))


def test_boxes_show_what_is_in_use_and_say_so(shop: Driver) -> None:
    """Where silence allows, the preferences page does not claim that nothing is ticked in advance."""
    virginia = shop.get("/_consent/preferences", *VIRGINIA).text
    assert "What is ticked is in use." in virginia
    assert 'value="analytics" checked' in virginia
    france = shop.get("/_consent/preferences", *FRANCE).text
    assert " checked" not in france
    assert "Nothing is ticked in advance" in france


@pytest.mark.requirement("R53")
def test_do_not_track_refuses_where_the_site_says_so(governed: Any, manifest_text: str) -> None:
    """And then pages vary on it."""
    heeding = loads(manifest_text + "signals: {dnt: refuse}\nregions: {default: opt-out}\n")
    driver = governed(responder(PAGE), manifest=heeding)
    assert live(driver.page("/"))
    refused = driver.page("/", ("dnt", "1"))
    assert not live(refused)
    assert refused.header("vary") == "Cookie, Sec-GPC, Accept-Language, DNT"


@pytest.mark.parametrize(("names", "words"), [(["a b"], "'a b' is not the name"), (["a", "b", "c"], "3 are too many")])
def test_wrong_names_stop_the_start(manifest: Any, secret_key: str, names: list[str], words: str) -> None:
    """A keyword that can't be meant is told at once."""
    with pytest.raises(ConfigurationError, match="place_headers") as caught:
        read_settings({"manifest": manifest, "secret_key": secret_key, "place_headers": names}, {})
    assert words in str(caught.value)
