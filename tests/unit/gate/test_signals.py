"""What vendors' tags are told, in each state of a visitor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest

from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.decide import Circumstances, Decision, decide
from consentkit.consent.regime import rule_at
from consentkit.gate import signals
from consentkit.manifest import catalogue
from consentkit.manifest.load import loads
from consentkit.manifest.vocabulary import ConsentApi, ConsentSignal

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
TEXT = """\
version: 1
site: {name: Tags, controller: {name: Tags SAS}}
notice: {revision: 2026-11-22}
purposes:
  - {id: analytics, consent_mode: [analytics_storage]}
  - {id: advertising, consent_mode: [ad_storage, ad_user_data, ad_personalization]}
  - {id: measured, exempt: audience-measurement, data_retention: 25 months}
services:
  - {use: google-analytics}
  - {use: google-ads}
"""


@pytest.fixture
def tags() -> Manifest:
    """A site with Google's tags."""
    return loads(TEXT)


def decided(
    manifest: Manifest, *purposes: str, chose: bool = True, place: str | None = "FR", gpc: bool = False, **more: Any
) -> Decision:
    choice = None
    if chose:
        state = ChoiceState.GIVEN if purposes or more else ChoiceState.REFUSED
        choice = Choice(
            "s" * 22, state, frozenset(purposes), more.get("services", frozenset()), "q", 1, int(NOW.timestamp())
        )
    circumstances = Circumstances(rule_at(place, {}), gpc=gpc)
    return decide(manifest, choice, changes=(), circumstances=circumstances, now=NOW)


def google(manifest: Manifest, decision: Decision) -> list[Any]:
    return signals.calls(manifest, decision)["dataLayer"]


def granted(states: dict[str, str]) -> set[str]:
    return {signal for signal, state in states.items() if state == "granted"} - {"security_storage"}


@pytest.mark.requirement("L27")
@pytest.mark.parametrize("place", ["FR", "US-VA", "US-WY", None])
@pytest.mark.parametrize("chose", [True, False])
def test_google_is_told_a_default_with_every_signal_first(tags: Manifest, place: str | None, chose: bool) -> None:
    """All seven, since nothing is set by default; denied for everybody, before a place's own default."""
    first = google(tags, decided(tags, chose=chose, place=place))[0]
    assert first[:2] == ("consent", "default")
    assert first[2].keys() == set(get_args(ConsentSignal))
    assert granted(first[2]) == set()


def test_a_purpose_grants_its_signals_and_no_others(tags: Manifest) -> None:
    """One update, with what the purposes allowed name."""
    updates = [call for call in google(tags, decided(tags, "analytics")) if call[1] == "update"]
    assert [granted(call[2]) for call in updates] == [{"analytics_storage"}]


def test_a_signal_of_two_purposes_needs_both() -> None:
    """What one purpose of two refuses is denied."""
    manifest = loads(TEXT.replace("[analytics_storage]", "[analytics_storage, ad_user_data]"))
    assert granted(google(manifest, decided(manifest, "advertising"))[-1][2]) == {"ad_storage", "ad_personalization"}


def test_a_tag_allowed_by_itself_is_told_so(tags: Manifest) -> None:
    """Google Analytics alone is granted its signal; once it shares it with another tag, both must be allowed."""
    alone = {"services": frozenset({"google-analytics"})}
    assert granted(google(tags, decided(tags, **alone))[-1][2]) == {"analytics_storage"}
    both = loads(TEXT.replace("{use: google-ads}", "{use: google-tag-manager}"))
    assert granted(google(both, decided(both, **alone))[-1][2]) == set()


def test_a_default_is_granted_only_for_a_place_where_silence_allows(tags: Manifest) -> None:
    """Google applies a default with a region only to visitors it sees there."""
    calls = google(tags, decided(tags, chose=False, place="US-WY"))
    assert calls[1][2]["region"] == ["US-WY"]
    assert granted({**calls[1][2], "region": ""}) == {
        "analytics_storage",
        "ad_storage",
        "ad_user_data",
        "ad_personalization",
    }
    assert not [call for call in calls if call[1] == "update"]
    assert not [call for call in google(tags, decided(tags, chose=False)) if "region" in call[-1:]]


@pytest.mark.requirement("R51")
def test_an_opt_out_by_signal_is_an_answer(tags: Manifest) -> None:
    """Global Privacy Control in California denies by update, and grants no region."""
    calls = google(tags, decided(tags, chose=False, place="US-CA", gpc=True))
    assert (calls[-1][:2], granted(calls[-1][2])) == (("consent", "update"), set())
    assert not [call for call in calls if isinstance(call[-1], dict) and "region" in call[-1]]


def test_links_carry_no_ad_clicks_where_consent_comes_first(tags: Manifest) -> None:
    """The settings follow the manifest; url_passthrough stays off in the EEA whatever it says."""
    asks_for_all = loads(TEXT + "signals: {ads_data_redaction: false, url_passthrough: true}\n")
    settings = {
        (manifest is tags, place): [
            call[1:] for call in google(manifest, decided(manifest, place=place)) if call[0] == "set"
        ]
        for manifest in (tags, asks_for_all)
        for place in ("FR", "US-VA")
    }
    assert settings == {
        (True, "FR"): [("ads_data_redaction", True)],
        (True, "US-VA"): [("ads_data_redaction", True)],
        (False, "FR"): [],
        (False, "US-VA"): [("url_passthrough", True)],
    }


def test_a_tag_is_known_by_its_host_unless_the_site_says_otherwise(manifest_text: str) -> None:
    """A service written by hand is told like one of the catalogue; ``none`` leaves it alone."""
    by_host = loads(manifest_text)
    assert signals.calls(by_host, decided(by_host)).keys() == {"dataLayer", "fbq"}
    silent = loads(manifest_text.replace("purposes: [advertising]", "purposes: [advertising]\n    consent_api: none"))
    assert signals.calls(silent, decided(silent)).keys() == {"dataLayer"}


def test_an_exempt_tag_is_told_nothing() -> None:
    """Matomo under the exemption needs no consent, so none is required of it; neither is a script sent for it."""
    exempt = loads(TEXT[: TEXT.index("services:")] + "services: [{use: matomo-cloud, purposes: [measured]}]\n")
    assert not signals.speaks(exempt)
    assert signals.calls(exempt, decided(exempt)) == {}


@pytest.mark.parametrize("api", get_args(ConsentApi))
def test_an_answer_is_one_call_to_the_tags_that_are_there(api: str) -> None:
    """Once a visitor answers, each vendor is told once: allowed or not."""
    manifest = loads(
        TEXT.replace(
            "  - {use: google-analytics}\n  - {use: google-ads}\n",
            f"""\
  - {{id: tag, vendor: {{name: V}}, purposes: [analytics], consent_api: {api}}}
""",
        )
    )
    for purposes in (("analytics",), ()):
        (calls,) = signals.updates(manifest, decided(manifest, *purposes)).values()
        assert len(calls) == 1
        assert ("grant" in repr(calls).lower() or "given" in repr(calls).lower()) or not purposes
    accepted, refused = (signals.updates(manifest, decided(manifest, *p)) for p in (("analytics",), ()))
    assert accepted != refused


def test_the_catalogue_names_who_is_told_how() -> None:
    """Each entry with Consent Mode signals has an interface, and each interface an entry."""
    entries = [catalogue.entry(identifier) for identifier in catalogue.ids()]
    apis = {entry.id: entry.service.get("consent_api") for entry in entries}
    assert {entry.id for entry in entries if entry.consent_mode and not apis[entry.id]} == set()
    # An entry on a tag's host says itself whether it is that tag: Meta's also serves its embedded posts.
    hosts = {entry.id: {host.partition("/")[0] for host in entry.service["hosts"]} for entry in entries}
    assert {name for name, found in hosts.items() if not apis[name] and found & signals._TAG_HOSTS.keys()} == set()
    assert set(get_args(ConsentApi)) == set(filter(None, apis.values()))
    assert (apis["microsoft-advertising"], apis["meta-pixel"]) == ("microsoft-uet", "meta")
