"""Which rule binds where."""

from __future__ import annotations

import pytest

from consentkit.consent.regime import RULES, Regime, read_regions, rule_at
from consentkit.errors import ConfigurationError
from consentkit.manifest.grammar import region

IN, OUT, NOTICE = Regime.OPT_IN, Regime.OPT_OUT, Regime.NOTICE


@pytest.mark.parametrize(
    ("place", "regime", "gpc"),
    [
        (None, IN, True),
        ("FR", IN, False),
        ("GB", IN, False),
        ("CH", IN, False),
        ("BR", IN, False),
        ("RE", IN, False),
        ("CA", IN, False),
        ("CA-QC", IN, False),
        ("CA-ON", OUT, False),
        ("US", OUT, True),
        ("US-CA", OUT, True),
        ("US-TX", OUT, True),
        ("US-VA", OUT, False),
        ("US-WY", NOTICE, False),
    ],
)
def test_the_table(place: str | None, regime: Regime, gpc: bool) -> None:
    """Strictest where the state is unknown, opt-in where the place is, and wherever the table is silent."""
    rule = rule_at(place, {})
    assert (rule.regime, rule.gpc, rule.place) == (regime, gpc, place)


@pytest.mark.parametrize(
    ("place", "regime"),
    [("US-CA", IN), ("US-TX", NOTICE), ("US", NOTICE), ("FR", IN), (None, OUT), ("JP", OUT)],
)
def test_the_manifest_overrides_the_table(place: str | None, regime: Regime) -> None:
    """The state before its country, the country before `default`, that before the table."""
    regions = read_regions({"US": "notice", "US-CA": "opt-in", "FR": "opt-in", "default": "opt-out"})
    assert rule_at(place, regions).regime is regime


def test_an_override_leaves_the_signal_binding() -> None:
    """Stating another regime for California does not make its law on the signal go away."""
    assert rule_at("US-CA", {"US-CA": NOTICE}).gpc


def test_every_place_of_the_table_is_one() -> None:
    """Codes are ISO 3166, in the form that the manifest takes them."""
    assert [region(place.replace("*", "X")) for place in RULES] == [place.replace("*", "X") for place in RULES]


def test_what_is_no_regime_is_named() -> None:
    """The place and the remedy stand in the message."""
    with pytest.raises(ConfigurationError, match=r"regions\.US-CA: 'optout' is no regime; write one of opt-in"):
        read_regions({"US-CA": "optout"})
