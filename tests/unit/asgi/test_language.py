"""The banner speaks the page's language: what the markup says, else the header, else what the visitor asks for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from driving import responder


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    ("html", "header", "asked", "spoken"),
    [
        ("<html lang=fr>", "", "en", "fr"),
        ("<html lang=en-GB>", "fr", "fr", "en"),
        ("<html>", "fr-CA", "en", "fr"),
        ("<html>", "en", "fr", "en"),
        ("<html>", "", "en", "en"),
        ("<html>", "", "", "fr"),
        ("<html lang=tlh>", "", "en", "en"),
        ("<html>", "fr, en", "en", "en"),
        ("<html>", "\xff", "en", "en"),
    ],
)
def test_banner_and_placeholder_speak_the_page_s_language(
    governed: Any, html: str, header: str, asked: str, spoken: str
) -> None:
    """A language we lack, or a header that names several, leaves it to the visitor, then to the manifest."""
    headers = [("content-language", header)] if header else []
    page = f"<!DOCTYPE html>{html}<body><iframe src=https://www.youtube.com/embed/x></iframe>".encode()
    text = governed(responder(page, headers=headers)).page("/", ("accept-language", asked)).text
    banner = re.search(r'data-consentkit="banner"[^>]* lang="(\w+)"', text)
    placeholder = re.search(r'data-consentkit="placeholder"[^>]* lang="(\w+)"', text)
    assert banner is not None
    assert placeholder is not None
    assert banner[1] == placeholder[1] == spoken


def test_one_page_in_two_languages_is_remembered_apart(governed: Any) -> None:
    """The same bytes under another header are not answered from the first one's memory."""
    page = b"<!DOCTYPE html><body><iframe src=https://www.youtube.com/embed/x></iframe>"
    spoken = iter([b"fr", b"en"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-language", next(spoken))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    driver = governed(app)
    assert "Autoriser" in driver.page("/", ("accept-language", "en")).text
    assert "Autoriser" not in driver.page("/", ("accept-language", "en")).text
