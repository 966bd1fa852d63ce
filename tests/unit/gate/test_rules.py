"""Import maps and speculation rules: whom they would contact."""

from __future__ import annotations

import pytest

from consentkit.gate.policy import Blocked
from consentkit.gate.rules import blocked_rules

IN_DOUBT = Blocked("", None)


def judged(source: str) -> str | None:
    """Return the host that is blocked, an empty string in doubt, None when nobody is."""
    found = blocked_rules(
        source, lambda url: Blocked("t", None) if url.startswith("https://t.example") else None, IN_DOUBT
    )
    return found.host if found else None


@pytest.mark.parametrize(
    "source",
    [
        '{"imports": {"a": "https://t.example/a.js"}}',
        '{"scopes": {"/x": {"a": "https://t.example/a.js"}}}',
        '{"prefetch": [{"urls": ["/own", "https://t.example/"]}]}',
        r'{"prefetch": [{"urls": ["https:\/\/t.example/"]}]}',
        r'{"prefetch": [{"urls": ["https:\u002f\u002ft.example/"]}]}',
        '\ufeff{"prerender": [{"where": {"href_matches": "https://t.example/*"}}]}',
    ],
)
def test_every_address_is_seen(source: str) -> None:
    """However deep it stands and however JSON writes it."""
    assert judged(source) == "t"


@pytest.mark.parametrize(
    "where",
    [
        '{"selector_matches": "a"}',
        '{"not": {"href_matches": "/logout"}}',
        '{"href_matches": ["/*", "*"]}',
        '{"href_matches": "//t.example/*"}',
        '{"href_matches": {"hostname": "t.example"}}',
        '{"or": [{"href_matches": "/*"}, {"selector_matches": "a"}]}',
        '{"and": []}',
        "{}",
    ],
)
def test_rules_that_may_follow_any_link_are_in_doubt(where: str) -> None:
    """A page's links lead anywhere."""
    assert judged(f'{{"prefetch": [{{"where": {where}}}]}}') == ""
    assert judged('{"prefetch": [{"source": "document"}]}') == ""


@pytest.mark.parametrize(
    "source",
    [
        '{"prefetch": [{"source": "list", "urls": ["/a", "b"], "eagerness": "eager"}]}',
        '{"prefetch": [{"where": {"and": [{"href_matches": "/*"}, {"not": {"href_matches": ["/*\\\\?(.+)"]}}]}}]}',
        '{"prefetch": [{"where": {"or": [{"href_matches": "/a/*"}, {"href_matches": "/b"}]}}]}',
        '{"imports": {"https://t.example/a.js": "/own.js"}}',
        "[]",
        '{"prefetch": "https"}',
        "not JSON: https://t.example/",
    ],
)
def test_what_stays_on_the_site_is_left_alone(source: str) -> None:
    """Its own pages, as content management systems have them fetched, and what no browser reads."""
    assert judged(source) is None


def test_what_cannot_be_read_is_in_doubt() -> None:
    """Nests too deep, or holds a number too long."""
    assert judged("[" * 100_000 + "]" * 100_000) == ""
    assert judged(f"[{'9' * 5000}]") == ""
