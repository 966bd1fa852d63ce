"""A request that looks like one before is known again, and nothing that was decided is kept too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

HEADERS = [(b"host", b"www.shop.example"), (b"accept", b"text/html"), (b"cookie", b"_ga=1; session=2")]


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing."""


def scope(headers: Any = HEADERS, **changes: Any) -> dict[str, Any]:
    return {"type": "http", "scheme": "https", "client": ("203.0.113.7", 1), "headers": headers, **changes}


def test_the_same_request_is_known_again_whatever_its_port(governed: Any) -> None:
    """It is known by all that was sent; another address, scheme or header makes it another."""
    arrivals = governed(silent).app.site.arrivals
    first = arrivals.of(scope())

    assert arrivals.of(scope(client=["203.0.113.7", 2])) is first
    others = (
        scope(client=("203.0.113.8", 1)),
        scope(client=None),
        scope(scheme="http"),
        scope(type="websocket"),
        scope([*HEADERS, (b"sec-gpc", b"1")]),
    )
    for other in others:
        assert arrivals.of(other) is not first
    assert arrivals.of(scope([*HEADERS, (b"x-request-id", b"7")])).sender is first.sender


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_headers_in_other_containers(governed: Any, kind: Any) -> None:
    """Lists of lists, and of byte arrays, are what some servers give; they are read alike."""
    arrivals = governed(silent).app.site.arrivals
    odd = [[kind(name), kind(value)] for name, value in HEADERS]

    assert arrivals.of(scope(odd)).headers == tuple(HEADERS)
    assert arrivals.of(scope(odd)) is arrivals.of(scope())


def test_the_site_gets_what_it_may_see(governed: Any) -> None:
    """A page comes without codings, and with the cookies that are allowed; a WebSocket's headers stay otherwise."""
    arrivals = governed(silent).app.site.arrivals
    headers = [*HEADERS, (b"accept-encoding", b"br"), (b"range", b"bytes=0-1")]

    inner = dict(arrivals.of(scope(headers)).inner)
    assert inner[b"accept-encoding"] == b"identity"
    assert b"range" not in inner
    assert b"_ga" not in inner.get(b"cookie", b"")
    assert dict(arrivals.of(scope(headers, type="websocket")).inner)[b"range"] == b"bytes=0-1"


def test_long_headers_are_not_remembered(governed: Any) -> None:
    """So that nobody fills the memory."""
    arrivals = governed(silent).app.site.arrivals
    long = [*HEADERS, (b"user-agent", b"x" * 5000)]
    assert arrivals.of(scope(long)) is not arrivals.of(scope(long))


def test_a_choice_that_ended_is_asked_about_again(governed: Any, clock: Any) -> None:
    """What is remembered of a request ends with the choice it carries."""
    shop = governed(silent)
    accepted = shop.choose("action=accept")
    cookie = "; ".join(f"{name}={value}" for name, value in accepted.cookies.items())
    request = scope([(b"host", b"www.shop.example"), (b"cookie", cookie.encode())], scheme="http")
    arrivals = shop.app.site.arrivals

    assert not arrivals.of(request).sender.decision.asks
    assert arrivals.of(request) is arrivals.of(request)
    clock.now += timedelta(days=400)
    assert arrivals.of(request).sender.decision.asks
