"""Whose host, path or cookie something is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consentkit.manifest.match import CookieIndex, HostIndex
from consentkit.manifest.model import Manifest
from consentkit.manifest.vocabulary import StorageKind

if TYPE_CHECKING:
    from collections.abc import Callable


def index(minimal: dict[str, Any], **hosts: list[str]) -> HostIndex:
    services = [
        {"id": name, "vendor": {"name": name}, "purposes": ["analytics"], "hosts": patterns}
        for name, patterns in hosts.items()
    ]
    return HostIndex(Manifest.model_validate(minimal | {"services": services}))


def owner(hosts: HostIndex, host: str, path: str = "/") -> str | None:
    service = hosts.service(host, path)
    return service.id if service else None


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("www.googletagmanager.com", "/gtag/js", "google-analytics"),
        ("www.googletagmanager.com", "/gtag/js?id=G-1#x", "google-analytics"),
        ("WWW.GoogleTagManager.com.", "/gtag/js", "google-analytics"),
        ("www.googletagmanager.com:443", "/gtag/js", "google-analytics"),
        ("www.googletagmanager.com", "/gtag/destination", "google-ads"),
        ("www.googletagmanager.com", "/gtag/js/more", None),
        ("www.googletagmanager.com", "/gtm.js", None),
        ("www.googletagmanager.com", "/GTAG/js", None),
        ("region1.google-analytics.com", "/collect", "google-analytics"),
        ("a.b.google-analytics.com", "/", "google-analytics"),
        ("google-analytics.com", "/", None),
        ("evilgoogle-analytics.com", "/", None),
        ("www.google-analytics.com.evil.example", "/", None),
        ("www.youtube.com", "/embed/abc", "youtube"),
        ("www.youtube.com", "/embed/", "youtube"),
        ("www.youtube.com", "/embed", None),
        ("www.youtube.com", "/embedded/abc", None),
        ("www.youtube.com", "/watch/../embed/x", "youtube"),
        ("www.youtube.com", "/embed/../watch", None),
        ("www.youtube.com", "/embed/%2e%2e/watch", None),
        ("www.youtube.com", "\\embed\\abc", "youtube"),
        ("www.youtube.com", "/%65mbed/abc", "youtube"),
        ("", "/", None),
        ("unknown.example", "/", None),
    ],
)
def test_finds_the_service_of_a_url(manifest: Manifest, host: str, path: str, service: str | None) -> None:
    """Host and path belong to the service whose pattern matches them as a browser's CSP would."""
    assert owner(HostIndex(manifest), host, path) == service


def test_the_most_specific_pattern_wins(minimal: dict[str, Any]) -> None:
    """A host beats a wildcard, a longer wildcard a shorter one, a longer path a shorter one, in any order."""
    hosts = index(
        minimal,
        wide=["*.example.com"],
        narrow=["*.a.example.com"],
        whole=["b.example.com"],
        below=["b.example.com/x/"],
        file=["b.example.com/x/y.js"],
    )
    assert owner(hosts, "c.example.com") == "wide"
    assert owner(hosts, "c.a.example.com") == "narrow"
    assert owner(hosts, "a.example.com") == "wide"
    assert owner(hosts, "b.example.com", "/z") == "whole"
    assert owner(hosts, "b.example.com", "/x/z") == "below"
    assert owner(hosts, "b.example.com", "/x/y.js") == "file"


def test_a_path_that_does_not_match_falls_to_the_wildcard(minimal: dict[str, Any]) -> None:
    """A host's own pattern for one path leaves its other paths to the wildcard above it."""
    hosts = index(minimal, one=["www.example.com/x/"], rest=["*.example.com"])
    assert owner(hosts, "www.example.com", "/x/a") == "one"
    assert owner(hosts, "www.example.com", "/y") == "rest"


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("a.example", "a.example:8443", True),
        ("a.example:8443", "a.example:8443", True),
        ("a.example:8443", "a.example", False),
        ("a.example:8443", "a.example:443", False),
        ("a.example:443", "a.example", True),
        ("a.example:443", "a.example:443", True),
        ("[::1]:8000", "[::1]:8000", True),
        ("[::1]", "[::1]:8000", True),
    ],
)
def test_ports_are_optional(minimal: dict[str, Any], pattern: str, host: str, matches: bool) -> None:
    """A pattern without port takes all; one with a default port takes a URL that leaves it out."""
    assert (owner(index(minimal, one=[pattern]), host) == "one") is matches


@pytest.mark.parametrize(
    "spelling", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "b%C3%BCcher。example"]
)
def test_one_host_in_all_its_spellings(minimal: dict[str, Any], spelling: str) -> None:
    """International names are compared in A-label form, whatever form the manifest or the page has."""
    assert owner(index(minimal, one=["bücher.example"]), spelling) == "one"
    assert owner(index(minimal, one=["xn--bcher-kva.example"]), spelling) == "one"


@pytest.mark.parametrize(
    ("host", "first"),
    [
        ("www.hootis.fr", True),
        ("WWW.HOOTIS.FR.:8000", True),
        ("x.hootis.fr", True),
        ("hootis.fr", False),
        ("nothootis.fr", False),
        ("www.hootis.fr.evil.example", False),
    ],
)
def test_knows_the_site_s_own_hosts(manifest: Manifest, host: str, first: bool) -> None:
    """First party is what ``site.hosts`` names; ``*.host`` does not stand for the host itself."""
    assert HostIndex(manifest).is_first_party(host) is first


def test_literals_are_the_text_a_script_must_contain(minimal: dict[str, Any]) -> None:
    """Each pattern gives the text that mentions it, in both spellings of an international host."""
    hosts = index(
        minimal, ga=["www.googletagmanager.com/gtag/js", "*.google-analytics.com"], other=["Bücher.example:444"]
    )
    assert hosts.literals() == {
        "www.googletagmanager.com/gtag/js": "ga",
        ".google-analytics.com": "ga",
        "xn--bcher-kva.example:444": "other",
        "bücher.example:444": "other",
    }


@pytest.mark.parametrize("host", ["a" * 100_000, "." * 1000, "%" * 500, "\ud800", "[", "a:b:c", "é" * 1000])
def test_hostile_hosts_are_simply_unknown(manifest: Manifest, host: str) -> None:
    """Whatever stands in a page is looked up without an error."""
    assert HostIndex(manifest).service(host, "/" * 1000) is None


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("_ga", "_ga"),
        ("_ga_ABC", "_ga_<container-id>"),
        ("_ga_", None),
        ("_gax", None),
        ("_GA", None),
        ("_gac_UA-1", "_gac_<property-id>"),
        ("_gat", "_gat"),
        ("_dc_gtm_UA-1", "_gat"),
        ("wp-settings-", "wp-settings-*"),
        ("wp-settings-1", "wp-settings-*"),
        ("hootis_session", "hootis_session"),
        ("cart", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_finds_what_a_cookie_was_declared_as(manifest: Manifest, name: str, declared: str | None) -> None:
    """Names, aliases and patterns are found; ``<word>`` is never empty and ``*`` may be."""
    found = CookieIndex(manifest).find(name)
    assert (found.item.name if found else None) == declared


def test_other_kinds_have_an_index_of_their_own(manifest: Manifest) -> None:
    """A key of local storage is no cookie, and the other way round."""
    local = CookieIndex(manifest, StorageKind.LOCAL)
    assert local.find("_ga") is None
    found = local.find("cart")
    assert found is not None
    assert found.purposes == ("basket",)


def test_purposes_are_the_item_s_or_its_service_s(manifest: Manifest) -> None:
    """An item's own purpose wins over its service's; the site's own has no service."""
    cookies = CookieIndex(manifest)
    analytics, own, shared = (cookies.find(name) for name in ("_gid", "rgpd", "VISITOR_INFO1_LIVE"))
    assert analytics is not None
    assert analytics.service is manifest.service("google-analytics")
    assert analytics.purposes == ("analytics",)
    assert own is not None
    assert own.service is None
    assert own.purposes == ("necessary",)
    assert shared is not None
    assert shared.purposes == ("media", "advertising")
    player = CookieIndex(manifest, StorageKind.LOCAL).find("yt-player-volume")
    assert player is not None
    assert player.purposes == ("media",)


@pytest.fixture
def patterns(minimal: dict[str, Any]) -> Callable[..., CookieIndex]:
    """Make an index of cookies of the given names."""

    def make(*names: str) -> CookieIndex:
        cookies = [{"name": name, "purpose": "analytics", "lifetime": "1 day"} for name in names]
        return CookieIndex(Manifest.model_validate(minimal | {"cookies": cookies}))

    return make


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*_id", "a_id", True),
        ("*_id", "_id", True),
        ("<x>_id", "_id", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "axbxbxc", True),
        ("a*b*c", "acb", False),
        ("a<x>b<y>c", "abc", False),
        ("a<x>b<y>c", "a1b2c", True),
        ("a<x>b<y>c", "abbbc", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a<x>a", "aa", False),
        ("a.*", "a.1", True),
        ("a.*", "ab1", False),
    ],
)
def test_patterns_are_literal_but_for_their_gaps(
    patterns: Callable[..., CookieIndex], pattern: str, name: str, matches: bool
) -> None:
    """Only ``*`` and ``<word>`` vary; every other character stands for itself."""
    assert (patterns(pattern).find(name) is not None) is matches


def test_exact_beats_pattern_and_longer_beats_shorter(patterns: Callable[..., CookieIndex]) -> None:
    """The declaration that says most about a name is the one found, in any order of the file."""
    cookies = patterns("a*", "abc*", "ab*", "abcd")
    found = [cookies.find(name) for name in ("abcd", "abcde", "abx", "ax")]
    assert [entry.item.name for entry in found if entry] == ["abcd", "abc*", "ab*", "a*"]


def test_matching_never_backtracks(patterns: Callable[..., CookieIndex]) -> None:
    """A pattern of 60 gaps against a name made to mislead ends at once; trying every division would never end."""
    assert patterns("*".join("a" * 60) + "*b").find("a" * 4000) is None


def test_a_name_longer_than_any_cookie_is_unknown(patterns: Callable[..., CookieIndex]) -> None:
    """Browsers store no such cookie, so nothing declares it."""
    assert patterns("a*").find("a" * 5000) is None
