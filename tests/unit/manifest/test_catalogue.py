"""Common services by id."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import Any, get_args

import pytest
import yaml

from consentkit.errors import ManifestError
from consentkit.manifest import catalogue
from consentkit.manifest.load import loads
from consentkit.manifest.match import CookieIndex, HostIndex
from consentkit.manifest.model import Manifest
from consentkit.manifest.vocabulary import ConsentSignal

START = """\
version: 1
site: {name: Example, controller: {name: Example Ltd}}
notice: {revision: 2026-01-01}
purposes:
  - {id: necessary, exempt: authentication}
  - {id: analytics}
  - {id: advertising}
  - {id: functional}
  - {id: media}
services:
"""


@pytest.fixture(scope="module")
def everything() -> Manifest:
    """A manifest that uses every entry."""
    return loads(START + "".join(f"  - use: {identifier}\n" for identifier in catalogue.ids()))


def test_has_the_common_services() -> None:
    """There are at least 120, the best known among them."""
    assert len(catalogue.ids()) >= 120
    assert {"google-analytics", "meta-pixel", "hotjar", "youtube", "stripe", "matomo-cloud"} <= set(catalogue.ids())


def test_no_entry_is_lost_by_cutting_the_file_up() -> None:
    """The file read whole has the same entries as the file cut into blocks."""
    text = files("consentkit.manifest").joinpath(catalogue.FILE).read_text(encoding="utf-8")
    whole: dict[str, Any] = yaml.safe_load(text)
    assert tuple(whole) == catalogue.ids()
    assert text.count("\n  checked: ") == len(whole)


def test_all_entries_go_together(everything: Manifest) -> None:
    """Every entry is a valid service, and no two claim one host or one first-party name."""
    assert tuple(service.id for service in everything.services) == catalogue.ids()


@pytest.mark.parametrize("identifier", catalogue.ids())
def test_every_entry_says_where_it_is_from(identifier: str) -> None:
    """Sources and a date are given, signals are real, and the vendor has a country."""
    entry = catalogue.entry(identifier)
    assert entry.sources
    assert date.fromisoformat(entry.checked) >= date(2026, 11, 22)
    assert set(entry.consent_mode) <= set(get_args(ConsentSignal))
    assert entry.service["vendor"]["country"]


def test_google_s_tags_carry_the_v2_signals() -> None:
    """An advertising tag of Google reads the three advertising signals, analytics the one for storage."""
    assert catalogue.entry("google-ads").consent_mode == ("ad_storage", "ad_user_data", "ad_personalization")
    assert catalogue.entry("google-analytics").consent_mode == ("analytics_storage",)


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("www.googletagmanager.com", "/gtag/js", "google-analytics"),
        ("www.googletagmanager.com", "/gtm.js", "google-tag-manager"),
        ("1234567.fls.doubleclick.net", "/activityi", "google-floodlight"),
        ("www.google.com", "/recaptcha/api.js", "google-recaptcha"),
        ("www.google.com", "/maps/embed", "google-maps"),
        ("www.google.com", "/search", None),
        ("connect.facebook.net", "/en_US/fbevents.js", "meta-pixel"),
        ("www.facebook.com", "/tr", "meta-pixel"),
        ("www.facebook.com", "/plugins/post.php", "facebook-embed"),
        ("static.hotjar.com", "/c/hotjar-1.js", "hotjar"),
        ("js.stripe.com", "/v3/", "stripe"),
    ],
)
def test_hosts_lead_to_their_service(everything: Manifest, host: str, path: str, service: str | None) -> None:
    """With every entry in use, the tags' own addresses still find the right one."""
    found = HostIndex(everything).service(host, path)
    assert (found.id if found else None) == service


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("_ga_ABC", "google-analytics"),
        ("_fbp", "meta-pixel"),
        ("_hjSession_1", "hotjar"),
        ("_clck", "microsoft-clarity"),
    ],
)
def test_cookies_lead_to_their_service(everything: Manifest, name: str, service: str) -> None:
    """With every entry in use, the tags' cookies still find the right one."""
    found = CookieIndex(everything).find(name)
    assert found is not None
    assert found.service is not None
    assert found.service.id == service


def test_any_field_can_be_overridden() -> None:
    """What the manifest writes replaces what the catalogue says; of the vendor, field by field."""
    used = "  - {use: google-analytics, id: ga, purposes: [advertising], vendor: {role: joint}, title: Audience}\n"
    service = loads(START + used).service("ga")
    assert service.purposes == ("advertising",)
    assert (service.vendor.name, service.vendor.role) == ("Google Ireland Ltd", "joint")
    assert service.label("en") == "Audience"
    assert service.hosts == tuple(catalogue.entry("google-analytics").service["hosts"])


def test_an_entry_written_out_is_the_same_manifest() -> None:
    """``use`` is a shorthand and leaves no trace."""
    short = loads(START + "  - use: plausible\n")
    assert Manifest.model_validate(short.model_dump(mode="json")) == short


@pytest.mark.parametrize(
    ("services", "problem"),
    [
        ("  - use: hotjarr", "c.yaml:11:10: services.0.use: 'hotjarr' is not in the catalogue; write 'hotjar'"),
        (
            "  - use: 3",
            "c.yaml:11:10: services.0.use: 3 is not in the catalogue; describe the service with 'id', 'vendor'",
        ),
        ("  - {use: vimeo, hots: []}", "c.yaml:11:18: services.0.hots: unknown key 'hots'; write 'hosts'"),
        (
            "  - {use: vimeo, purposes: [x]}",
            "c.yaml:11:29: services.0.purposes.0: 'x' is not a purpose of this manifest",
        ),
        ("  - use: vimeo\n  - use: vimeo", "c.yaml:12:5: services.1.id: 'vimeo' is already the id of services.0"),
    ],
)
def test_a_mistake_is_reported_at_its_line(services: str, problem: str) -> None:
    """Unknown entries, wrong overrides and purposes the site lacks are found like any other problem."""
    with pytest.raises(ManifestError) as caught:
        loads(START + services, file="c.yaml")
    assert str(caught.value.problems[0]).startswith(problem)


def test_a_purpose_the_site_lacks_is_named() -> None:
    """An entry whose purpose the site does not declare is reported at the line that uses it."""
    with pytest.raises(ManifestError, match=r"c\.yaml:10:5: services\.0\.purposes\.0: 'media' is not"):
        loads(START.replace("  - {id: media}\n", "") + "  - use: vimeo\n", file="c.yaml")


def test_an_unknown_entry_is_one_problem() -> None:
    """What an unknown entry would have said is not called missing besides."""
    with pytest.raises(ManifestError) as caught:
        loads(START + "  - use: hotjarr\n")
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("script.hotjar.com", ("hotjar",)),
        ("hotjar.com.evil.example", ()),
        ("nothotjar.com", ()),
        ("localhost", ()),
        ("", ()),
    ],
)
def test_services_are_found_by_host(host: str, known: tuple[str, ...]) -> None:
    """A host that was met names the entries that have it."""
    assert catalogue.knowing(host) == known
