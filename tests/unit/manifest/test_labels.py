"""Titles for what declares none."""

from __future__ import annotations

import pytest

from consentkit.manifest import labels
from consentkit.manifest.vocabulary import ExemptClass

LANGUAGES = "bg cs da de el es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split()


@pytest.mark.parametrize(
    ("identifier", "title"),
    [
        ("google-analytics", "Google Analytics"),
        ("youtube", "YouTube"),
        ("google-recaptcha", "Google reCAPTCHA"),
        ("linkedin_insight-tag", "LinkedIn Insight Tag"),
        ("acme-cdn", "Acme CDN"),
        ("x", "X"),
    ],
)
def test_an_id_in_words(identifier: str, title: str) -> None:
    """Words are capitalised, and brands keep their own spelling."""
    assert labels.titled(identifier) == title


@pytest.mark.parametrize("exempt", ExemptClass)
def test_every_exempt_class_has_a_title(exempt: ExemptClass) -> None:
    """Each of the seven is titled in French and English, and not by its id."""
    english, french = (labels.purpose("own-id", exempt, language) for language in ("en", "fr"))
    assert english != french
    assert "Own" not in english + french


def test_an_unusual_purpose_is_its_id_in_words() -> None:
    """A purpose nobody knows reads as a sentence would begin."""
    assert labels.purpose("personalised-prices", None, "fr") == "Personalised prices"


def test_a_usual_id_says_more_than_its_class() -> None:
    """``necessary`` is called what visitors know it as, whatever class it names."""
    assert labels.purpose("necessary", "authentication", "en-GB") == "Strictly necessary"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_title(language: str) -> None:
    """None is left in English, a region speaks its language, and English answers for unknown ones."""
    for identifier in ("necessary", "analytics", "advertising", "functional", "media", "maps", "social", "support"):
        title = labels.purpose(identifier, None, f"{language}-XX")
        assert labels.has_title(identifier, None, language)
        assert title != labels.purpose(identifier, None, "tlh")
    assert not labels.has_title("necessary", None, "tlh")
