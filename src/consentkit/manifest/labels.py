"""Titles for purposes and services that declare none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from consentkit.manifest.localised import primary_subtag

# By language, then by exempt class or by the id that most sites give a purpose.
_TITLES: Final[dict[str, dict[str, str]]] = json.loads((Path(__file__).parent / "labels.json").read_text("utf-8"))
_EXEMPT: Final = frozenset(
    "choice-storage authentication basket personalisation load-balancing paywall audience-measurement".split()
)
_SPELLED: Final[dict[str, str]] = {
    **{
        word: word.upper()
        for word in ("ab", "api", "cdn", "cms", "crm", "faq", "rtb", "sdk", "seo", "uet", "ui", "url")
    },
    "adroll": "AdRoll",
    "hubspot": "HubSpot",
    "linkedin": "LinkedIn",
    "livechat": "LiveChat",
    "openstreetmap": "OpenStreetMap",
    "paypal": "PayPal",
    "recaptcha": "reCAPTCHA",
    "sharethis": "ShareThis",
    "soundcloud": "SoundCloud",
    "tiktok": "TikTok",
    "whatsapp": "WhatsApp",
    "youtube": "YouTube",
}


def purpose(identifier: str, exempt: str | None, language: str) -> str:
    """Return a purpose's title in a language, or in English where there is none built in."""
    key = _key(identifier, exempt)
    if key is None:
        return titled(identifier, every_word=False)
    return _TITLES.get(primary_subtag(language), _TITLES["en"])[key]


def has_title(identifier: str, exempt: str | None, language: str) -> bool:
    """Tell whether a purpose has a title of its own built in for a language."""
    return _key(identifier, exempt) is not None and primary_subtag(language) in _TITLES


def _key(identifier: str, exempt: str | None) -> str | None:
    if identifier in _TITLES["en"] and identifier not in _EXEMPT:
        return identifier
    return exempt or (identifier if identifier in _EXEMPT else None)


def titled(identifier: str, *, every_word: bool = True) -> str:
    """Return an id in words, with the spelling of brands that spell themselves oddly."""
    words = identifier.replace("_", "-").split("-")
    return " ".join(
        _SPELLED.get(word) or (word.capitalize() if every_word or index == 0 else word)
        for index, word in enumerate(words)
    )
