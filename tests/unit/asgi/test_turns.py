"""A large page lets others run while it is gated, and the first one waits for nothing that could be done before."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from consentkit.asgi import body
from consentkit.gate import passages
from consentkit.markup import skipping

_PAGE = b"<!doctype html><title>x</title><body>" + b"<p>text</p>" * 20_000


@pytest.mark.parametrize("pieces", [1, 4])
def test_others_run_between_the_steps_of_a_page(governed: Any, monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    """When every step takes as long as a turn, another task runs after each of them."""
    others = 0

    async def site(scope: Any, receive: Any, send: Any) -> None:
        other = asyncio.create_task(counting())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        size = -(-len(_PAGE) // pieces)
        for start in range(0, len(_PAGE), size):
            more = start + size < len(_PAGE)
            await send({"type": "http.response.body", "body": _PAGE[start : start + size], "more_body": more})
        other.cancel()

    async def counting() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(body, "monotonic", itertools.count().__next__)
    answer = governed(site).get("/")
    assert answer.body.replace(b"<p>text</p>", b"").startswith(b"<!doctype html>")
    assert answer.body.count(b"<p>text</p>") == 20_000
    assert others >= len(_PAGE) // passages._MOST


def test_the_first_page_finds_its_patterns_compiled(governed: Any) -> None:
    """They take a tenth of a second, so the site makes them when it starts."""
    skipping.patterns.cache_clear()
    governed(None)
    assert skipping.patterns.cache_info().currsize == 1
