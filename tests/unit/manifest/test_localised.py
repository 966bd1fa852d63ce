"""Texts in several languages."""

from __future__ import annotations

import pytest

from consentkit.manifest.localised import Localised, TextError


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("fr", "F"),
        ("FR", "F"),
        ("fr-CA", "C"),
        ("fr_ca", "C"),
        ("fr-BE", "F"),
        ("pt", "P"),
        ("pt-PT", "P"),
        ("de", "F"),
    ],
)
def test_picks_the_closest_text(wanted: str, text: str) -> None:
    """The exact tag comes first, then the language without region, then one of its regions, then the first of all."""
    assert Localised.of({"fr": "F", "fr-CA": "C", "pt-BR": "P"}).pick(wanted) == text


def test_falls_back_on_the_site_s_main_language() -> None:
    """Where a language is missing, the site's first language that has a text is shown."""
    text = Localised.of({"de": "D", "en": "E", "fr": "F"})
    assert text.preferring(["fr", "en"]).pick("it") == "F"
    assert text.preferring(["es", "en"]).pick("it") == "E"
    assert text.preferring(["fr"]).pick("en") == "E"


def test_one_text_serves_every_language() -> None:
    """A text without language is picked for any, and names none."""
    text = Localised.of(" Hello ")
    assert text.pick("fr") == "Hello"
    assert text.languages == ()
    assert text.plain() == "Hello"


def test_is_written_back_as_it_was_read() -> None:
    """The plain form of a mapping is that mapping, with tags in their usual case."""
    assert Localised.of({"FR": "F", "pt_br": "P"}).plain() == {"fr": "F", "pt-BR": "P"}


@pytest.mark.parametrize(
    ("value", "tag"),
    [({"klingon": "x"}, "klingon"), ({"fr": ""}, "fr"), ({"fr": 3}, "fr"), ({"fr": "a", "FR": "b"}, "FR")],
)
def test_says_which_text_is_wrong(value: object, tag: str) -> None:
    """An error of one text carries its tag as it was written."""
    with pytest.raises(TextError) as caught:
        Localised.of(value)
    assert caught.value.tag == tag


@pytest.mark.parametrize("value", [None, 3, [], {}, ""])
def test_refuses_what_is_no_text(value: object) -> None:
    """Neither a text nor a mapping of texts is refused."""
    with pytest.raises(ValueError, match=r"is not a text|is empty"):
        Localised.of(value)
