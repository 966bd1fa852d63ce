"""The catalogues are complete, agree with each other and are well written."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from consentkit import resources
from consentkit.consent.choice import ChoiceState
from consentkit.manifest.model import ExemptClass
from consentkit.notice import languages

CATALOGUES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(languages.__file__).parent / "catalogues").glob("*.json")
}


def forms(entry: str | dict[str, str]) -> dict[str, str]:
    """A text's plural forms; a plain text has one."""
    return entry if isinstance(entry, dict) else {"": entry}


def fields(entry: str | dict[str, str]) -> set[str]:
    """The names a text's forms need values for."""
    return {name for form in forms(entry).values() for _, name, _, _ in Formatter().parse(form) if name}


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_catalogue_has_the_same_keys_in_the_same_order(language: str) -> None:
    """A text missing in one language, or left over, is found."""
    assert list(CATALOGUES[language]) == list(CATALOGUES["en"])


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_text_needs_the_values_the_english_one_needs(language: str) -> None:
    """A translation can neither drop a name nor invent one; dates may leave the day out on the first."""
    for key, entry in CATALOGUES[language].items():
        if not key.startswith("date."):
            assert fields(entry) == fields(CATALOGUES["en"][key]), key
        assert all(form.strip() == form for form in forms(entry).values()) or key.startswith("list."), key


def test_every_text_is_shown_somewhere() -> None:
    """A text that no template and no module names is not left to translators; families are named by their stem."""
    families = ("country.", "error.", "exempt.", "kind.", "party.", "role.")
    states = {f"preferences.{state.value}" for state in ChoiceState} | {"mine.given", "mine.refused", "mine.withdrawn"}
    folders = (resources.directory("templates"), Path(languages.__file__).parent)
    source = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.[hp][ty]*"))
    unused = [key for key in CATALOGUES["en"] if not key.startswith(families) and f'"{key}"' not in source]
    assert set(unused) == states


@pytest.mark.parametrize("exempt", ExemptClass)
def test_every_exempt_class_has_its_reason(exempt: ExemptClass) -> None:
    """An item that needs no consent says why, for each of the seven classes."""
    assert languages.text("en", f"exempt.{exempt}").startswith("No consent needed: it")


def test_french_keeps_its_punctuation_on_the_line() -> None:
    """Before : ; ? ! » and after « stands a space that doesn't break."""
    for key, entry in CATALOGUES["fr"].items():
        for form in forms(entry).values():
            assert not re.search(r" [:;?!»]|« |[^\s\u00a0][;!»]|«[^\u00a0]|'", form), key


@pytest.mark.parametrize(
    ("language", "resolved"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("en-GB", "en"), ("xx", "en"), ("", "en")],
)
def test_language_without_a_catalogue_falls_back(language: str, resolved: str) -> None:
    """The tag itself, then its primary subtag, then English."""
    assert languages.resolve(language) == resolved


@pytest.mark.parametrize(
    ("language", "count", "part"),
    [
        ("en", 0, "Hootis would like"),
        ("en", 1, "and one third party would"),
        ("en", 2, "and 2 third parties would"),
        ("fr", 0, "Hootis souhaite"),
        ("fr", 1, "et un tiers souhaitent"),
        ("fr", 7, "et 7 tiers souhaitent"),
    ],
)
def test_plural_form_follows_the_count(language: str, count: int, part: str) -> None:
    """Numbers and verbs agree in each language."""
    assert part in languages.text(language, "banner.lead", controller="Hootis", count=count)


def test_plural_text_refuses_what_is_no_number() -> None:
    """The message names the value."""
    with pytest.raises(TypeError, match="'two'"):
        languages.text("en", "banner.lead", controller="Hootis", count="two")


def test_values_are_put_in_once_and_never_read_as_a_format() -> None:
    """A name with braces comes out as it is."""
    assert (
        languages.text("en", "banner.title", site="{controller.__class__}")
        == "Cookies and trackers on {controller.__class__}"
    )


def test_unknown_key_is_an_error() -> None:
    """A typing mistake in a template is found by the first test that renders it."""
    with pytest.raises(KeyError):
        languages.text("en", "banner.titel")


@pytest.mark.parametrize(
    ("language", "day", "words"),
    [
        ("en", date(2022, 5, 4), "4 May 2022"),
        ("fr", date(2022, 5, 4), "4 mai 2022"),
        ("fr", date(2026, 8, 1), "1er août 2026"),
        ("en", date(2026, 12, 31), "31 December 2026"),
    ],
)
def test_dates_are_written_in_words(language: str, day: date, words: str) -> None:
    """No reader has to guess which number is the month; French has its own first day."""
    assert languages.written_date(language, day) == words


def test_countries_have_names_and_unknown_codes_stand_for_themselves() -> None:
    """A code without a name is shown rather than dropped."""
    assert languages.country("fr", "IE") == "Irlande"
    assert languages.country("en", "BT") == "BT"
    assert languages.country("en", None) is None


def test_direction_is_that_of_the_words_shown() -> None:
    """Arabic without a catalogue is answered in English, which is read from the left."""
    assert "ar" not in CATALOGUES
    assert languages.direction("ar") == "ltr"
    assert languages.direction("fr") == "ltr"
