"""The whole visitor."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.visitor.address import Truncation, TrustedProxies
from consentkit.visitor.place import NOWHERE, PlaceLookup
from consentkit.visitor.visitor import Visitor, VisitorReader

HEADERS = [
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
    (b"accept-language", b"de"),
    (b"accept-language", b"en;q=0.5"),
    (b"sec-gpc", b"1"),
    (b"x-forwarded-for", b"203.0.113.77"),
]


def test_a_request_is_read_whole(build_database: Any) -> None:
    """Address, country, language, signals and browser come from one request behind one proxy."""
    countries = PlaceLookup(build_database({"203.0.113.0/24": {"country_code": "FR"}}))
    reader = VisitorReader(("fr", "en"), TrustedProxies.parse(["10.0.0.0/8"]), Truncation(), countries)
    visitor = reader.read("10.0.0.1", HEADERS)
    countries.close()
    agent = visitor.agent
    assert (visitor.address, visitor.country, visitor.language) == ("203.0.0.0/16", "FR", "en")
    assert (visitor.gpc, visitor.dnt) == (True, False)
    assert (agent.browser, agent.platform, agent.device) == ("Firefox", "Linux", "desktop")


def test_a_bare_request_is_read_too() -> None:
    """A client that sends nothing is a visitor about whom nothing is known."""
    visitor = VisitorReader(("fr",)).read(None, [])
    assert visitor == Visitor("-", NOWHERE, "fr", gpc=False, dnt=False, user_agent="")
    assert visitor.agent.browser == "Other"


def test_the_full_address_is_nowhere_in_the_value() -> None:
    """Neither the peer nor a forwarded address can be read back from a visitor."""
    visitor = VisitorReader(("fr",)).read("203.0.113.77", [(b"x-forwarded-for", b"198.51.100.9")])
    assert "113.77" not in repr(visitor)
    assert visitor.address == "203.0.0.0/16"


def test_the_header_is_cut_before_it_is_kept() -> None:
    """A long header costs neither memory nor parsing time."""
    visitor = VisitorReader(("fr",)).read(None, [(b"user-agent", b"\xe9" * 10_000)])
    assert len(visitor.user_agent) == 512
    assert "é" not in repr(visitor)


@pytest.mark.parametrize(("peer", "place"), [("10.0.0.1", "US-CA"), ("203.0.113.77", None), (None, None)])
def test_only_a_trusted_proxy_tells_the_place(peer: str | None, place: str | None) -> None:
    """A visitor who writes the header themselves does not choose the law that applies."""
    reader = VisitorReader(
        ("fr",), TrustedProxies.parse(["10.0.0.0/8"]), place_headers=(b"cf-ipcountry", b"cf-region-code")
    )
    headers = [(b"cf-ipcountry", b"US"), (b"cf-region-code", b"CA"), (b"x-forwarded-for", b"198.51.100.9")]
    assert reader.read(peer, headers).place.code == place


def test_a_proxy_that_does_not_know_leaves_it_to_the_database(build_database: Any) -> None:
    """Where the header says nothing, the address is looked up."""
    places = PlaceLookup(build_database({"203.0.113.0/24": {"country_code": "FR"}}))
    reader = VisitorReader(
        ("fr",), TrustedProxies.parse(["10.0.0.0/8"]), places=places, place_headers=(b"cf-ipcountry",)
    )
    assert reader.read("10.0.0.1", [(b"cf-ipcountry", b"XX"), (b"x-forwarded-for", b"203.0.113.77")]).country == "FR"
    places.close()
