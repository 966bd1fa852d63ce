"""Pages that are made anew for each request come as they would if nothing of them were remembered."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from driving import PAGE

SHELL = PAGE.replace(b"</h1>", b"</h1>" + b"<div>" + b"words of the shop " * 20 + b"</div>" * 30)
VISITORS = {
    "not asked": [],
    "french": [("accept-language", "fr")],
    "german": [("accept-language", "de")],
    "fragment": [("hx-request", "true")],
    "frame": [("sec-fetch-dest", "iframe")],
    "fetched": [("sec-fetch-dest", "empty")],
    "signal": [("sec-gpc", "1")],
}


def changing(charset: str, pieces: int, headers: list[tuple[bytes, bytes]]) -> Any:
    """Return a site whose page differs in one place each time; it is told which, so that two sites agree."""
    numbers = itertools.count()

    async def site(scope: Any, receive: Any, send: Any) -> None:
        number, text = next(numbers), SHELL.decode()
        nonce = f"n{number}" if b"nonce" in scope["query_string"] else ""
        text = text.replace("<h1>", f"<h1>{number}").replace(
            "<script", f'<script nonce="{nonce}"' if nonce else "<script"
        )
        if b"lang" in scope["query_string"]:
            text = text.replace('<html lang="en">', f'<html lang="{("de", "fr")[number % 2]}">')
        if b"base" in scope["query_string"]:
            text = text.replace("<head>", f'<head><base href="//{("x.example", "www.shop.example")[number % 2]}/">')
        if b"meta" in scope["query_string"]:
            policy = f"script-src 'nonce-m{number % 3}'"
            text = text.replace("<head>", f'<head><meta http-equiv=Content-Security-Policy content="{policy}">')
        body = text.encode(charset)
        size = -(-len(body) // pieces)
        told = [(b"content-type", f"text/html; charset={charset}".encode()), *headers]
        if nonce:
            told.append((b"content-security-policy", f"script-src 'nonce-{nonce}'".encode()))
        await send({"type": "http.response.start", "status": 200, "headers": told})
        for start in range(0, len(body), size):
            more = start + size < len(body)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": more})

    return site


def test_crumbs_are_not_remembered(governed: Any) -> None:
    """A page that trickles in would drive out all else; it comes as it would at once."""
    shop = governed(changing("utf-8", 500, []))
    assert shop.page("/").body == governed(changing("utf-8", 1, [])).page("/").body
    assert len(shop.app.site.passages) == 0


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("headers", [[], [(b"content-language", b"de")]], ids=["", "german"])
def test_all_visitors_get_what_they_would_without(
    governed: Any, charset: str, pieces: int, headers: list[tuple[bytes, bytes]]
) -> None:
    """In any order, and again: for each visitor, choice, language, base, nonce and policy in the page."""
    remembering, forgetting = (
        governed(changing(charset, pieces, headers), body_cache=capacity) for capacity in (1 << 24, 0)
    )
    cookie = remembering.choose("action=accept").cookies["consentkit"]
    visitors = [*VISITORS.values(), [("cookie", f"consentkit={cookie}")]]
    for path in ["/", "/a", "/?lang", "/?base", "/?nonce", "/?meta", "/?lang&base&meta"] * 2:
        for fields in visitors:
            answers = [
                shop.request("GET", path, [("accept", "text/html"), *fields]) for shop in (remembering, forgetting)
            ]
            assert answers[0].body == answers[1].body
            assert answers[0].headers == answers[1].headers
    # A page in UTF-16 is cut before it is decoded, where it has no ends of blocks.
    assert bool(len(remembering.app.site.passages)) is (charset != "utf-16-le")
    assert len(forgetting.app.site.passages) == 0
