"""The plural forms are those of CLDR, in every language of the European Union and some more."""

from __future__ import annotations

import pytest

from consentkit.notice import plurals

# Samples of the CLDR 47 plural rules, whole numbers only.
SAMPLES = {
    "en": {"one": [1], "other": [0, 2, 11, 21, 101]},
    "de": {"one": [1], "other": [0, 2, 21]},
    "fr": {"one": [0, 1], "other": [2, 17, 101]},
    "pt": {"one": [1], "other": [0, 2, 101]},
    "cs": {"one": [1], "few": [2, 4], "other": [0, 5, 11, 22, 101]},
    "sk": {"one": [1], "few": [2, 3, 4], "other": [0, 5, 21]},
    "pl": {"one": [1], "few": [2, 4, 22, 34, 102], "many": [0, 5, 12, 14, 21, 25, 112]},
    "hr": {"one": [1, 21, 101], "few": [2, 4, 22, 102], "other": [0, 5, 11, 12, 14, 25, 111]},
    "sl": {"one": [1, 101], "two": [2, 102], "few": [3, 4, 103], "other": [0, 5, 11, 100]},
    "lt": {"one": [1, 21, 101], "few": [2, 9, 22, 102], "other": [0, 10, 11, 19, 20, 30]},
    "lv": {"zero": [0, 10, 11, 19, 20, 30, 111], "one": [1, 21, 101], "other": [2, 9, 22, 102]},
    "ro": {"one": [1], "few": [0, 2, 19, 101, 119], "other": [20, 35, 100, 120]},
    "ga": {"one": [1], "two": [2], "few": [3, 6], "many": [7, 10], "other": [0, 11, 25]},
    "mt": {"one": [1], "two": [2], "few": [0, 3, 10, 103, 109], "many": [11, 19, 111], "other": [20, 35, 100]},
    "ar": {"zero": [0], "one": [1], "two": [2], "few": [3, 10, 103], "many": [11, 26, 111], "other": [100, 102]},
    "he": {"one": [1], "two": [2], "other": [0, 3, 10, 20]},
    "uk": {"one": [1, 21, 101], "few": [2, 4, 22], "many": [0, 5, 11, 14, 25, 111]},
    "ja": {"other": [0, 1, 2]},
}


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_numbers_take_the_form_cldr_gives_them(language: str) -> None:
    """Each sample of each form, and a regional variety speaks as its language does."""
    for form, counts in SAMPLES[language].items():
        for count in counts:
            assert plurals.form(language, count) == form, count
            assert plurals.form(f"{language.upper()}-XX", count) == form, count


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_a_language_needs_the_forms_it_uses(language: str) -> None:
    """And ``other``, which CLDR requires of all: fractions take it in Polish and Ukrainian."""
    assert plurals.forms(language) == SAMPLES[language].keys() | {"other"}


def test_an_unknown_language_has_one_and_other() -> None:
    """The commonest rule stands for those that are not listed."""
    assert [plurals.form("tlh", count) for count in (0, 1, 2)] == ["other", "one", "other"]
