"""Pages that were gated are kept by their exact bytes, and come with the banner of where they are asked for."""

from __future__ import annotations

from typing import Any

from consentkit.asgi.cache import BodyCache, GatedBody
from consentkit.markup.charset import Charset
from consentkit.records.observed import Sightings

PAGE = b"<!doctype html><title>x</title><body><p>" + b"text " * 200


def gated(page: bytes) -> GatedBody:
    return GatedBody(page, None, (b"/", b""), None, Charset("utf-8", True), Sightings())


def test_a_page_is_known_by_all_its_bytes() -> None:
    """Not only by the samples that find it."""
    cache, kept = BodyCache(1 << 20), gated(b"gated")
    cache.put("variant", PAGE, kept)

    assert cache.get("variant", bytes(bytearray(PAGE))) is kept
    assert cache.get("other", PAGE) is None
    for place in range(0, len(PAGE), 7):
        assert cache.get("variant", PAGE[:place] + b"#" + PAGE[place + 1 :]) is None


def test_the_capacity_counts_sources_and_results() -> None:
    """Those not asked for longest go first; what is too large for a quarter of it is not kept."""
    cache, pages = BodyCache(16_000), [b"%d" % number * 1000 for number in range(10)]
    for page in pages:
        cache.put("variant", page, gated(page))
        cache.get("variant", pages[0])
    kept = [number for number, page in enumerate(pages) if cache.get("variant", page)]
    assert kept == [0, 3, 4, 5, 6, 7, 8, 9]

    large = b"x" * 5000
    cache.put("variant", large, gated(large))
    assert cache.get("variant", large) is None


def test_the_banner_comes_back_to_where_it_was_asked_for(governed: Any) -> None:
    """One page at two addresses is gated once, and each visitor returns to their own."""

    async def site(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html; charset=utf-8")]}
        )
        await send({"type": "http.response.body", "body": PAGE})

    shop = governed(site)
    first, other, again = (shop.page(path).text for path in ("/a", "/b", "/a"))
    assert 'value="/a"' in first
    assert 'value="/b"' in other
    assert again == first == other.replace('"/b"', '"/a"').replace("return_to=/b", "return_to=/a")
