"""What was seen on a site: the parts the rules' table of cases has no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consentkit.manifest.check import check
from consentkit.manifest.lint.observed import ConsentDefault, Observed, SeenItem
from consentkit.manifest.lint.rules import Severity
from consentkit.manifest.model import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable


def messages(data: dict[str, Any], observed: Observed, rule: str) -> list[str]:
    return [finding.message for finding in check(Manifest.model_validate(data), observed) if finding.rule == rule]


def test_a_shared_cookie_needs_one_of_its_services(flawless: dict[str, Any]) -> None:
    """A third party's cookie that two services declare may be there once either is allowed, and not before."""
    shared = {"name": "IDE", "lifetime": "1 year", "party": "third"}
    flawless["services"][1]["cookies"].append(shared)
    for allowed in ("analytics", "advertising"):
        seen = SeenItem("IDE", lifetime=86_400 * 365, granted=frozenset({allowed}))
        assert messages(flawless, Observed(items=(seen,)), "L2") == []
    before = SeenItem("IDE", lifetime=86_400 * 365)
    assert len(messages(flawless, Observed(items=(before,)), "L2")) == 1


def test_an_item_seen_often_is_reported_once(flawless: dict[str, Any]) -> None:
    """A crawl sees an undeclared cookie on every page; the report names it once."""
    assert len(messages(flawless, Observed(items=(SeenItem("x"),) * 3), "L3")) == 1


def test_the_choice_cookie_by_its_own_name(flawless: dict[str, Any]) -> None:
    """The choice cookie need not be declared, under the name the manifest gives it and no other."""
    flawless["choice"] = {"cookie": "rgpd"}
    assert messages(flawless, Observed(items=(SeenItem("rgpd"),)), "L3") == []
    assert len(messages(flawless, Observed(items=(SeenItem("consentkit"),)), "L3")) == 1


def test_never_seen_is_a_warning(flawless: dict[str, Any]) -> None:
    """A declaration too many misleads nobody about what is stored, so it is no error."""
    found = check(Manifest.model_validate(flawless), Observed(complete=True))
    assert {finding.severity for finding in found if finding.rule == "L3"} == {Severity.WARNING}


@pytest.mark.parametrize("signal", ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"])
def test_each_signal_is_refused_by_default(flawless: dict[str, Any], signal: str) -> None:
    """A default that leaves one of the four signals out leaves it granted."""
    signals = dict.fromkeys(("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"), "denied")
    del signals[signal]
    observed = Observed(consent_default=ConsentDefault(signals, before_tag=True))
    assert messages(flawless, observed, "L27") == [f"the default of Consent Mode says nothing for '{signal}'"]


@pytest.mark.requirement("L29")
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"segments": (3, 1, 2)}, []),
        ({"cmp_id": 0}, ["the TC string has no CMP id"]),
        (
            {"segments": (2, 3)},
            ["the TC string has no segment of disclosed vendors, which version 2.3 asks for"],
        ),
        ({"version": 1}, ["the TC string is not of version 2"]),
    ],
)
def test_tc_strings_are_read(
    flawless: dict[str, Any], tc_string: Callable[..., str], parts: dict[str, Any], expected: list[str]
) -> None:
    """The CMP id and the types of the segments, in any order, are read from the string's bits."""
    assert messages(flawless, Observed(tc_string=tc_string(**parts)), "L29") == expected


@pytest.mark.parametrize("text", ["", "C", "CP", "....", "é", "CPXxRfAPXxRfA!", "C" * 7, "CPX.."])
def test_any_text_is_judged(flawless: dict[str, Any], text: str) -> None:
    """What is no TC string is a finding and no exception."""
    assert len(messages(flawless, Observed(tc_string=text), "L29")) == 1
