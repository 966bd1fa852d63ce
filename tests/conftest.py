"""What every test may use: a manifest with one of everything, and a clock that only moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

MANIFEST = """\
version: 1
site:
  name: Boutique
  hosts: [www.shop.example, "*.shop.example"]
  controller:
    name: Boutique SAS
    address: "1 rue de la Paix, Paris"
    country: FR
    contact: "mailto:dpo@shop.example"
    policy: /confidentialite
  languages: [fr, en]
notice: {revision: 2026-05-04}
choice: {lifetime: 6 months, refusal_lifetime: 6 months}
purposes:
  - {id: necessary, exempt: authentication}
  - id: analytics
    title: {fr: Mesure d'audience, en: Audience measurement}
    description: {fr: Compter les visites., en: Counting visits.}
    consent_mode: [analytics_storage]
  - id: advertising
    title: {fr: Publicité, en: Advertising}
    description: {fr: Montrer des annonces., en: Showing ads.}
  - id: media
    title: {fr: Contenus externes, en: External content}
    description: {fr: Vidéos et cartes., en: Videos and maps.}
services:
  - id: google-analytics
    vendor: {name: Google Ireland Ltd, country: IE, policy: "https://policies.google.com/privacy", role: processor}
    purposes: [analytics]
    hosts: [www.googletagmanager.com/gtag/js, "*.google-analytics.com"]
    cookies:
      - {name: _ga, lifetime: 2 years}
      - {name: "_ga_<container-id>", lifetime: 2 years}
      - {name: _gat, aliases: ["_dc_gtm_<property-id>"], lifetime: 1 minute}
  - id: meta-pixel
    vendor: {name: Meta Platforms, country: IE, policy: "https://www.facebook.com/privacy", role: controller}
    purposes: [advertising]
    hosts: [connect.facebook.net, www.facebook.com]
    cookies:
      - {name: _fbp, lifetime: 90 days}
  - id: youtube
    vendor: {name: Google Ireland Ltd, country: IE, policy: "https://policies.google.com/privacy", role: controller}
    purposes: [media]
    hosts: [www.youtube.com, www.youtube-nocookie.com, i.ytimg.com]
cookies:
  - {name: session, purpose: necessary, lifetime: 2 hours}
  - {name: csrf, purpose: necessary, lifetime: session}
  - {name: stats, purpose: analytics, lifetime: 13 months}
retention: {browser_log: 2 months, consent_log: 5 years}
anonymise: {ipv4: 16, ipv6: 32}
"""

KEY = "0123456789abcdef0123456789abcdef-one"


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 31, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture(scope="session")
def manifest_text() -> str:
    """The manifest's text, to change a line of."""
    return MANIFEST


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """A shop's manifest."""
    return loads(MANIFEST)


@pytest.fixture(scope="session")
def secret_key() -> str:
    """A key long enough."""
    return KEY


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon on 31 August 2026."""
    return Clock()
