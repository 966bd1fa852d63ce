"""Visiting a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.errors import ScanError
from consentkit.scan.site import visit

if TYPE_CHECKING:
    from .conftest import Pages

GTAG = '<script src="https://www.googletagmanager.com/gtag/js"></script>'


def test_links_are_followed_up_to_a_number(pages: Pages) -> None:
    """Breadth first, each once, and no page more than asked for."""
    pages.page("/", '<a href="/a">a</a><a href="/b">b</a><a href="/">home</a>')
    pages.page("/a", f'{GTAG}<a href="/c">c</a>')
    pages.page("/b", "<p>")
    pages.page("/c", "<p>")
    tried: list[str] = []
    found = visit([f"{pages.url}/"], most=3, fetched=tried.append)
    assert list(found.pages) == [f"{pages.url}{path}" for path in ("/", "/a", "/b")]
    assert tried == list(found.pages)
    assert found.services == ("google-analytics",)
    assert list(found.contacts.values()) == [[f"{pages.url}/a"]]


def test_the_site_s_own_scripts_are_read_once(pages: Pages) -> None:
    """A tag in a file that every page loads is found, on each of them."""
    pages.page("/", '<script src="/s.js"></script><a href="/a">a</a>')
    pages.page("/a", '<script src="/s.js"></script>')
    pages.page("/s.js", "load('https://static.hotjar.com/c')", ("Content-Type", "text/javascript"))
    found = visit([f"{pages.url}/"], most=5)
    assert found.services == ("hotjar",)
    assert pages.asked.count("/s.js") == 1
    assert list(found.pages) == [f"{pages.url}/", f"{pages.url}/a"]


def test_cookies_are_kept_with_what_their_header_says(pages: Pages) -> None:
    """Lifetime, attributes and the service whose cookie has this name; a deletion is none."""
    pages.page(
        "/", "<p>", ("Set-Cookie", "_ga=1; Max-Age=60; Secure; Domain=example.com"),
        ("Set-Cookie", "sid=x; HttpOnly; SameSite=Lax"), ("Set-Cookie", "old=; Max-Age=0"),
    )  # fmt: skip
    found = visit([f"{pages.url}/"])
    assert list(found.cookies) == ["_ga", "sid"]
    analytics, session = found.cookies["_ga"], found.cookies["sid"]
    assert (analytics.service, analytics.item.lifetime) == ("google-analytics", 60)
    assert analytics.item.attributes is not None
    assert (analytics.item.attributes.secure, analytics.item.attributes.domain) == (True, "example.com")
    assert analytics.item.attributes.octets == 4
    assert (session.service, session.item.lifetime) == (None, None)


def test_hosts_of_the_site_are_no_third_parties(pages: Pages) -> None:
    """The visited host, and those named as the site's."""
    pages.page("/", '<img src="https://img.example.com/a"><img src="https://cdn.example.net/b"><img src="/c">')
    assert set(visit([f"{pages.url}/"]).unknown) == {"img.example.com", "cdn.example.net"}
    assert set(visit([f"{pages.url}/"], own_hosts=["*.example.com", "cdn.example.net"]).unknown) == set()


def test_a_page_that_fails_is_told(pages: Pages) -> None:
    """One of two addresses is no page: the other is visited; with none at all there is nothing to report."""
    pages.page("/", "<p>")
    found = visit([f"{pages.url}/", "http://127.0.0.1:9/"])
    assert list(found.failed) == ["http://127.0.0.1:9/"]
    with pytest.raises(ScanError, match="can't be fetched"):
        visit(["http://127.0.0.1:9/"])


@pytest.mark.requirement("R2")
def test_scripts_of_the_site_that_tell_devices_apart_are_named(pages: Pages) -> None:
    """By their own address, or that of the page they stand in."""
    device = "x.fillText(1); c.toDataURL(); new OfflineAudioContext(1, 1, 1); navigator.deviceMemory"
    pages.page("/", f'<script src="/s.js"></script><a href="/a">a</a><script>{device}</script>')
    pages.page("/a", '<script src="/s.js"></script>')
    pages.page("/s.js", device, ("Content-Type", "text/javascript"))
    read = ("canvas", "audio", "processor and memory")
    assert visit([f"{pages.url}/"], most=5).fingerprinting == {f"{pages.url}/": read, f"{pages.url}/s.js": read}
