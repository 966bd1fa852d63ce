"""A manifest that no rule has anything to say about, to be spoilt at one place at a time."""

from __future__ import annotations

import base64
import copy
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from consentkit.manifest.lint.observed import Attributes, ConsentDefault, Observed, SeenHost, SeenItem

if TYPE_CHECKING:
    from collections.abc import Callable

FLAWLESS = """\
version: 1
site:
  name: Example
  hosts: [www.example.com, "*.example.com"]
  controller: {name: Example SAS, country: FR, policy: /privacy}
  languages: [fr, en]
notice: {revision: 2026-11-01}
purposes:
  - id: necessary
    exempt: authentication
    description: {fr: Garde votre connexion., en: Keeps you signed in.}
  - id: audience
    exempt: audience-measurement
    title: {fr: Comptage, en: Counting}
    description: {fr: Compte les visites., en: Counts visits.}
    data_retention: 25 months
  - id: analytics
    description: {fr: Montre comment les pages sont lues., en: Shows how pages are read.}
    consent_mode: [analytics_storage]
  - id: advertising
    description: {fr: Mesure nos annonces., en: Measures our advertisements.}
    consent_mode: [ad_storage, ad_user_data, ad_personalization]
services:
  - id: counter
    vendor: {name: Counter SAS, country: FR}
    purposes: [audience]
    hosts: [counter.example]
    cookies:
      - {name: "_pk_id.<site>", lifetime: 13 months, renew_on_visit: false}
  - id: google-analytics
    vendor: {name: Google Ireland Ltd, country: IE}
    purposes: [analytics]
    hosts: [www.googletagmanager.com/gtag/js, "*.google-analytics.com"]
    cookies:
      - {name: _ga, lifetime: 13 months}
      - {name: _ga_<container-id>, lifetime: 13 months}
  - id: meta-pixel
    vendor: {name: Meta Platforms Ireland Ltd, country: IE, policy: "https://www.facebook.com/policy", role: joint}
    purposes: [advertising]
    hosts: [connect.facebook.net]
    cookies:
      - {name: _fbp, lifetime: 90 days}
      - {name: IDE, lifetime: 1 year, party: third}
cookies:
  - {name: session, purpose: necessary, lifetime: 2 hours}
  - {name: visit, purpose: necessary, lifetime: session}
"""
TODAY = date(2026, 11, 22)
SAFE = Attributes(secure=True, http_only=True, same_site="Lax", path="/", octets=60, longest_attribute=10)


def _tc_string(*, version: int = 2, cmp_id: int = 300, segments: tuple[int, ...] = (1,)) -> str:
    """Build the parts of a TC string that rules read: a core segment's head, and the types of the others."""
    core = f"{version:06b}{1:036b}{1:036b}{cmp_id:012b}"
    bits = [core, *(f"{kind:03b}00000" for kind in segments)]
    octets = (bytes(int(part[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(part), 8)) for part in bits)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in octets)


@pytest.fixture(scope="session")
def parsed() -> dict[str, Any]:
    """The flawless manifest, parsed once."""
    return dict(yaml.safe_load(FLAWLESS))


@pytest.fixture
def flawless(parsed: dict[str, Any]) -> dict[str, Any]:
    """Plain data of a manifest without findings, to change at will."""
    return copy.deepcopy(parsed)


@pytest.fixture
def today() -> date:
    """Three weeks after the flawless manifest's revision."""
    return TODAY


@pytest.fixture
def tc_string() -> Callable[..., str]:
    """Return a function that builds a TC string."""
    return _tc_string


@pytest.fixture
def as_declared() -> Observed:
    """What is seen where everything is as the flawless manifest says, before a choice and after."""
    day = 86_400.0
    return Observed(
        items=(
            SeenItem("session", lifetime=7200, attributes=SAFE),
            SeenItem("visit", attributes=SAFE),
            SeenItem("_pk_id.7", lifetime=395 * day),
            SeenItem("_ga", lifetime=395 * day, granted=frozenset({"analytics"})),
            SeenItem("_ga_X1", lifetime=395 * day, granted=frozenset({"analytics"})),
            SeenItem("_fbp", lifetime=90 * day, granted=frozenset({"advertising"})),
            SeenItem("IDE", lifetime=365 * day, granted=frozenset({"advertising"})),
            SeenItem("__Host-consentkit", lifetime=180 * day, attributes=SAFE),
        ),
        hosts=(
            SeenHost("counter.example"),
            SeenHost("www.googletagmanager.com", "/gtag/js", frozenset({"analytics"})),
            SeenHost("unknown.example"),
        ),
        cnames={"shop.example.com": "web.hosting.example.", "elsewhere.example": "x.eulerian.net"},
        complete=True,
        consent_default=ConsentDefault(
            dict.fromkeys(("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"), "denied"),
            before_tag=True,
        ),
        tc_string=_tc_string(),
    )
