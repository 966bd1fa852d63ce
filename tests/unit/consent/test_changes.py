"""What visitors are asked about again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.consent.changes import Change, Changes, Reason, changes
from consentkit.manifest.load import loads
from consentkit.manifest.question import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

GA, PIXEL = "google-analytics", "meta-pixel"


def between(before: str, after: str) -> Changes:
    return changes(asked(loads(before)), asked(loads(after)))


WIDER: Mapping[str, tuple[str, str, set[Change]]] = {
    "a new purpose": (
        "  - id: media\n",
        "  - {id: chat}\n  - id: media\n",
        {Change("chat", Reason.PURPOSE)},
    ),
    "a purpose that is no longer exempt": (
        "{id: necessary, exempt: authentication}",
        "{id: necessary}",
        {Change("necessary", Reason.PURPOSE)},
    ),
    "a new vendor": (
        "cookies:\n  - {name: session,",
        "  - {id: hotjar, vendor: {name: Hotjar}, purposes: [analytics]}\ncookies:\n  - {name: session,",
        {Change("analytics", Reason.VENDOR, "hotjar")},
    ),
    "a vendor in other hands": (
        "name: Meta Platforms,",
        "name: Other Platforms,",
        {Change("advertising", Reason.VENDOR, PIXEL)},
    ),
    "a vendor that decides more": (
        "role: processor",
        "role: controller",
        {Change("analytics", Reason.VENDOR, GA)},
    ),
    "a further purpose of a service": (
        "purposes: [advertising]",
        "purposes: [advertising, analytics]",
        {Change("analytics", Reason.VENDOR, PIXEL)},
    ),
    "a new recipient": (
        "purposes: [advertising]",
        "purposes: [advertising]\n    recipients: [{name: Broker Inc.}]",
        {Change("advertising", Reason.VENDOR, PIXEL)},
    ),
    "a longer lifetime": (
        "{name: _fbp, lifetime: 90 days}",
        "{name: _fbp, lifetime: 91 days}",
        {Change("advertising", Reason.LIFETIME, PIXEL)},
    ),
    "one that never ends": (
        "{name: _ga, lifetime: 2 years}",
        "{name: _ga, lifetime: persistent until cleared}",
        {Change("analytics", Reason.LIFETIME, GA)},
    ),
    "another kind of storage": (
        "{name: _fbp, lifetime: 90 days}",
        "{name: _fbp, lifetime: 90 days}\n      - {name: _fbp, kind: local, lifetime: session}",
        {Change("advertising", Reason.LIFETIME, PIXEL)},
    ),
    "the first item of a service": (
        "i.ytimg.com]",
        "i.ytimg.com]\n    cookies: [{name: YSC, lifetime: session, party: third}]",
        {Change("media", Reason.LIFETIME, "youtube")},
    ),
    "a longer lifetime of the site's own": (
        "{name: stats, purpose: analytics, lifetime: 13 months}",
        "{name: stats, purpose: analytics, lifetime: 14 months}",
        {Change("analytics", Reason.LIFETIME)},
    ),
    "a material revision": (
        "notice: {revision: 2026-05-04}",
        "notice: {revision: 2026-08-01, material: true}",
        {Change(purpose, Reason.NOTICE) for purpose in ("analytics", "advertising", "media")},
    ),
}

NO_WIDER = {
    "a shorter lifetime": ("{name: _fbp, lifetime: 90 days}", "{name: _fbp, lifetime: 30 days}"),
    "a session instead": ("{name: _fbp, lifetime: 90 days}", "{name: _fbp, lifetime: session}"),
    "one more item, no longer than the others": (
        "{name: _fbp, lifetime: 90 days}",
        "{name: _fbp, lifetime: 90 days}\n      - {name: _fbc, lifetime: 90 days}",
    ),
    "an item less": ("    cookies:\n      - {name: _fbp, lifetime: 90 days}\n", ""),
    "another host": ("connect.facebook.net, ", "connect.facebook.net, graph.facebook.com, "),
    "other words": ("Counting visits.", "We count visits."),
    "a textual revision": ("revision: 2026-05-04", "revision: 2026-08-01"),
}


@pytest.mark.requirement("R24")
@pytest.mark.parametrize("name", WIDER)
def test_what_widens_is_asked_about_alone(manifest_text: str, name: str) -> None:
    """Only the purposes concerned are asked about again, each with its reason (délib. 2020-092 §38)."""
    old, new, expected = WIDER[name]
    assert old in manifest_text
    assert set(between(manifest_text, manifest_text.replace(old, new, 1))) == expected


@pytest.mark.requirement("R24")
@pytest.mark.parametrize("name", NO_WIDER)
def test_what_widens_nothing_asks_nobody(manifest_text: str, name: str) -> None:
    """Less, shorter, or said otherwise is no reason to ask."""
    old, new = NO_WIDER[name]
    assert old in manifest_text
    assert between(manifest_text, manifest_text.replace(old, new, 1)) == ()


def test_a_material_revision_counts_once(manifest_text: str) -> None:
    """What was answered under it needs no second answer, also once a later textual revision stands."""
    material = manifest_text.replace("notice: {revision: 2026-05-04}", "notice: {revision: 2026-08-01, material: true}")
    textual = manifest_text.replace("notice: {revision: 2026-05-04}", "notice: {revision: 2026-09-01}")
    assert between(material, material) == ()
    assert between(material, textual) == ()
