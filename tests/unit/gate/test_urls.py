"""Where a URL in markup would go."""

from __future__ import annotations

import pytest

from consentkit.gate.urls import Base, Target, normal_host, scheme_of, target

BASE = Base("https", "www.shop.example")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://tracker.example/x.js", "tracker.example"),
        ("//tracker.example/x.js", "tracker.example"),
        (r"\\tracker.example/x.js", "tracker.example"),
        (r"/\tracker.example", "tracker.example"),
        ("/\t/tracker.example", "tracker.example"),
        ("\n//tracker.example", "tracker.example"),
        ("ht\ntps://tracker.example", "tracker.example"),
        (" \x01https://tracker.example", "tracker.example"),
        ("HTTPS://TRACKER.Example", "tracker.example"),
        ("https:tracker.example/x", "tracker.example"),
        ("https:/tracker.example/x", "tracker.example"),
        ("https:////tracker.example/x", "tracker.example"),
        ("https://user:pass@tracker.example:8443/x", "tracker.example"),
        ("https://www.shop.example@tracker.example/", "tracker.example"),
        ("https://tracker.example./x", "tracker.example"),
        ("https://track%65r.example/x", "tracker.example"),
        ("https://tracker\u3002example/x", "tracker.example"),
        ("https://bücher.example/x", "xn--bcher-kva.example"),
        ("wss://tracker.example/s", "tracker.example"),
        ("https://[2001:db8::1]:8080/x", "[2001:db8::1]"),
        ("https://tracker.example?x", "tracker.example"),
        ("https://tracker.example#x", "tracker.example"),
    ],
)
def test_every_way_to_name_another_host_is_read(url: str, host: str) -> None:
    """As browsers read them, tabs, backslashes, credentials and all."""
    goal = target(url, BASE)
    assert goal is not None
    assert goal.host == host


@pytest.mark.parametrize(
    "url", ["", "x.js", "/x.js", "?q=//tracker.example", "#//tracker.example", "./a//b", "a:b@c/x"[3:]]
)
def test_relative_urls_stay_on_the_page_s_host(url: str) -> None:
    """A relative URL contacts the host the page came from."""
    assert target(url, BASE) == Target("www.shop.example", (target(url, BASE) or Target("", "")).path)


@pytest.mark.parametrize(
    "url", ["data:,x", "blob:https://x/y", "javascript:void(0)", "mailto:a@b", "about:blank", "tel:1"]
)
def test_some_schemes_contact_nobody(url: str) -> None:
    """Their content may matter; their address does not."""
    assert target(url, BASE) is None


def test_the_path_is_given_without_query_and_fragment() -> None:
    """Host patterns may name paths."""
    assert target("https://h.example/gtag/js?id=G-1#x", BASE) == Target("h.example", "/gtag/js")
    assert target("https://h.example", BASE) == Target("h.example", "/")


def test_schemes_are_told_apart() -> None:
    """Case, controls and newlines don't hide a scheme."""
    assert scheme_of(" Java\nScript:alert(1)") == "javascript"
    assert scheme_of("/path:with-colon") == ""


def test_a_host_that_is_none_is_empty() -> None:
    """What IDNA refuses can't be matched, so it can't be first party either."""
    assert normal_host("a" * 70 + "é.example") == ""


def test_relative_urls_of_a_request_without_a_host() -> None:
    """HTTP/1.0 needs no Host: what is relative still stays on the site, what names a host still leaves it."""
    nowhere = Base("http", "")
    assert target("/style.css", nowhere) is None
    assert target("//tracker.example/x", nowhere) is not None
