"""The catalogues are complete, agree with each other and are well written."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from consentkit import resources
from consentkit.consent.choice import ChoiceState
from consentkit.duration import Duration
from consentkit.errors import ConfigurationError
from consentkit.manifest.vocabulary import ExemptClass
from consentkit.notice import languages, plurals
from consentkit.notice.languages import Texts

CATALOGUES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(languages.__file__).parent / "catalogues").glob("*.json")
}


def forms(entry: languages.Entry) -> list[str]:
    """A text's plural forms; a plain text has one."""
    return list(entry.values()) if isinstance(entry, dict) else entry if isinstance(entry, list) else [entry]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_catalogue_has_the_same_keys_in_the_same_order(language: str) -> None:
    """A text missing in one language, or left over, is found."""
    assert list(CATALOGUES[language]) == list(CATALOGUES["en"])


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_text_needs_the_values_the_english_one_needs(language: str) -> None:
    """A translation can neither drop a name nor invent one; dates may leave the day out on the first."""
    for key, entry in CATALOGUES[language].items():
        assert type(entry) is type(CATALOGUES["en"][key]), key
        if not key.startswith("date."):
            assert languages.names(entry) == languages.names(CATALOGUES["en"][key]), key
        assert all(form.strip() == form for form in forms(entry)) or key.startswith("list."), key
        assert all(forms(entry)), key


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_plural_text_has_the_forms_its_language_needs(language: str) -> None:
    """Each form CLDR gives the language is there and none it never uses, but for nothing at all, said apart."""
    for key, entry in CATALOGUES[language].items():
        if isinstance(entry, dict):
            assert entry.keys() - {"=0"} == plurals.forms(language), key
            assert ("=0" in entry) == ("=0" in CATALOGUES["en"][key]), key


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_months_are_twelve_and_differ(language: str) -> None:
    """No month is left out or written twice."""
    months = CATALOGUES[language]["date.months"]
    assert len(months) == len(set(months)) == 12


@pytest.mark.parametrize("language", sorted(CATALOGUES.keys() - {"en"}))
def test_nothing_is_left_in_english(language: str) -> None:
    """But for words both languages share and names: no sentence is the same."""
    english = CATALOGUES["en"]
    for key, entry in CATALOGUES[language].items():
        if not key.startswith(
            ("country.", "kind.", "list.", "date.", "duration.", "unit.", "notice.con", "notice.name")
        ):
            assert not set(forms(entry)) & set(forms(english[key])), key


def test_every_text_is_shown_somewhere() -> None:
    """A text that no template and no module names is not left to translators; families are named by their stem."""
    families = ("changed.", "country.", "duration.", "error.", "exempt.", "kind.", "party.", "role.", "unit.")
    states = {f"preferences.{state.value}" for state in ChoiceState} | {"mine.given", "mine.refused", "mine.withdrawn"}
    folders = (resources.directory("templates"), Path(languages.__file__).parent)
    source = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.[hp][ty]*"))
    unused = [key for key in CATALOGUES["en"] if not key.startswith(families) and f'"{key}"' not in source]
    assert set(unused) == states


@pytest.mark.requirement("R18")
@pytest.mark.parametrize("exempt", ExemptClass)
def test_every_exempt_class_has_its_reason(exempt: ExemptClass) -> None:
    """An item that needs no consent says why, for each of the seven classes."""
    assert languages.SHIPPED.text("en", f"exempt.{exempt}").startswith("No consent needed: it")


def test_french_keeps_its_punctuation_on_the_line() -> None:
    """Before : ; ? ! » and after « stands a space that doesn't break."""
    for key, entry in CATALOGUES["fr"].items():
        for form in forms(entry):
            assert not re.search(r" [:;?!»]|« |[^\s\u00a0][;!»]|«[^\u00a0]|'", form), key


@pytest.mark.parametrize(
    ("language", "resolved"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("en-GB", "en"), ("xx", "en"), ("", "en")],
)
def test_language_without_a_catalogue_falls_back(language: str, resolved: str) -> None:
    """The tag itself, then its primary subtag, then English."""
    assert languages.SHIPPED.resolve(language) == resolved


@pytest.mark.parametrize(
    ("language", "count", "part"),
    [
        ("en", 0, "Hootis would like"),
        ("en", 1, "and one third party would"),
        ("en", 2, "and 2 third parties would"),
        ("fr", 0, "Hootis souhaite"),
        ("fr", 1, "et un tiers souhaitent"),
        ("fr", 7, "et 7 tiers souhaitent"),
        ("pl", 3, "i 3 podmioty trzecie chcą"),
        ("pl", 12, "i 12 podmiotów trzecich chcą"),
        ("sl", 2, "in 2 tretji osebi"),
        ("lt", 21, "ir 21 trečioji šalis"),
    ],
)
def test_plural_form_follows_the_count(language: str, count: int, part: str) -> None:
    """Numbers and verbs agree in each language."""
    assert part in languages.SHIPPED.text(language, "banner.lead", controller="Hootis", count=count)


def test_plural_text_refuses_what_is_no_number() -> None:
    """The message names the value."""
    with pytest.raises(TypeError, match="'two'"):
        languages.SHIPPED.text("en", "banner.lead", controller="Hootis", count="two")


def test_values_are_put_in_once_and_never_read_as_a_format() -> None:
    """A name with braces comes out as it is."""
    assert (
        languages.SHIPPED.text("en", "banner.title", site="{controller.__class__}")
        == "Cookies and trackers on {controller.__class__}"
    )


def test_unknown_key_is_an_error() -> None:
    """A typing mistake in a template is found by the first test that renders it."""
    with pytest.raises(KeyError):
        languages.SHIPPED.text("en", "banner.titel")


@pytest.mark.parametrize(
    ("language", "day", "words"),
    [
        ("en", date(2022, 5, 4), "4 May 2022"),
        ("fr", date(2022, 5, 4), "4 mai 2022"),
        ("fr", date(2026, 8, 1), "1er août 2026"),
        ("de", date(2026, 8, 1), "1. August 2026"),
        ("pl", date(2026, 8, 1), "1 sierpnia 2026"),
        ("hu", date(2026, 8, 1), "2026. augusztus 1."),
        ("lt", date(2026, 8, 31), "2026 m. rugpjūčio 31 d."),
        ("en", date(2026, 12, 31), "31 December 2026"),
    ],
)
def test_dates_are_written_in_words(language: str, day: date, words: str) -> None:
    """No reader has to guess which number is the month; French has its own first day."""
    assert languages.SHIPPED.written_date(language, day) == words


def test_countries_have_names_and_unknown_codes_stand_for_themselves() -> None:
    """A code without a name is shown rather than dropped."""
    assert languages.SHIPPED.country("fr", "IE") == "Irlande"
    assert languages.SHIPPED.country("en", "BT") == "BT"
    assert languages.SHIPPED.country("en", None) is None


def test_direction_is_that_of_the_words_shown() -> None:
    """Arabic without a catalogue is answered in English, which is read from the left."""
    assert "ar" not in CATALOGUES
    assert languages.SHIPPED.direction("ar") == "ltr"
    assert languages.SHIPPED.direction("fr") == "ltr"


@pytest.mark.parametrize(
    ("language", "lifetime", "expected"),
    [
        ("en", "13 months", "13 months"),
        ("en", "1 year 1 day", "1 year 1 day"),
        ("fr", "2 months", "2 mois"),
        ("de", "13 months", "13 Monate"),
        ("pl", "2 years", "2 lata"),
        ("pl", "5 years", "5 lat"),
        ("pl", "22 months", "22 miesiące"),
        ("cs", "5 years", "5 let"),
        ("sl", "2 months", "2 meseca"),
        ("sl", "3 years", "3 leta"),
        ("ga", "7 years", "7 mbliana"),
        ("mt", "11 months", "11-il xahar"),
        ("mt", "20 days", "20 jum"),
        ("lv", "21 days", "21 diena"),
        ("lt", "10 years", "10 metų"),
        ("ro", "20 years", "20 de ani"),
        ("hr", "22 months", "22 mjeseca"),
        ("fr", "30 seconds .. 1 year", "30 secondes à 1 an"),
        ("en", "session", "session"),
        ("fr", "persistent", "persistant jusqu’à effacement"),
    ],
)
def test_lifetimes_are_said_in_words(language: str, lifetime: str, expected: str) -> None:
    """A period, a range, a session and what stays, each with the plural its language has."""
    assert languages.SHIPPED.duration(language, Duration.parse(lifetime)) == expected


def own_texts(folder: Path, name: str, texts: object) -> Path:
    """A site's folder of templates with one catalogue in it."""
    (folder / "texts").mkdir()
    (folder / "texts" / name).write_text(json.dumps(texts), encoding="utf-8")
    return folder


def test_a_site_replaces_single_texts(tmp_path: Path) -> None:
    """The rest of the language stays, other languages too."""
    texts = Texts(own_texts(tmp_path, "fr.json", {"banner.more": "Notre politique", "country.BT": "Bhoutan"}))
    assert texts.text("fr", "banner.more") == "Notre politique"
    assert texts.country("fr", "BT") == "Bhoutan"
    assert texts.text("fr", "accept") == "Tout accepter"
    assert texts.text("en", "banner.more") == "Learn more"


def test_a_site_adds_a_language_of_its_own(tmp_path: Path) -> None:
    """It is spoken, in its direction and with its plural forms; countries it does not name stand as codes."""
    arabic = {
        key: dict.fromkeys(plurals.forms("ar"), "{count} " + key) if isinstance(entry, dict) else entry
        for key, entry in CATALOGUES["en"].items()
        if not key.startswith("country.")
    }
    arabic["banner.lead"] = dict.fromkeys(plurals.forms("ar"), "{controller} {count}")
    arabic["unit.months"]["two"] = "شهران"
    texts = Texts(own_texts(tmp_path, "ar.json", arabic))
    assert texts.speaks("ar-EG")
    assert texts.direction("ar") == "rtl"
    assert texts.duration("ar", Duration.parse("2 months")) == "شهران"
    assert texts.country("ar", "FR") == "FR"
    assert texts.country("en", "FR") == "France"


def test_a_variety_rests_on_its_language(tmp_path: Path) -> None:
    """Swiss French changes a word and keeps the others."""
    texts = Texts(own_texts(tmp_path, "fr-CH.json", {"banner.more": "Davantage"}))
    assert [texts.text(tag, "banner.more") for tag in ("fr-CH", "fr_ch", "fr")] == ["Davantage"] * 2 + [
        "En savoir plus"
    ]
    assert texts.text("fr-CH", "refuse") == "Tout refuser"


@pytest.mark.parametrize(
    ("name", "texts", "complaint"),
    [
        ("fr.json", {"banner.titel": "x"}, "'banner.titel' is no key of the texts"),
        ("fr.json", {"banner.title": "Sans nom"}, "'banner.title' differs from the English text in {site}"),
        ("fr.json", {"banner.title": "{site} {secret}"}, "in {secret}"),
        ("fr.json", {"accept": ["Oui"]}, "'accept' is no text"),
        ("pl.json", {"unit.days": {"one": "{count} x", "other": "{count} y"}}, "lacks the plural form few, many"),
        ("ar.json", {"accept": "x"}, "lacks refuse, manage"),
        ("fr.json", ["Oui"], "an object of texts by key was expected"),
    ],
)
def test_wrong_texts_of_a_site_are_refused_at_the_start(
    tmp_path: Path, name: str, texts: object, complaint: str
) -> None:
    """The message names the file and the key."""
    with pytest.raises(ConfigurationError, match=re.escape(complaint)) as refused:
        Texts(own_texts(tmp_path, name, texts))
    assert name in str(refused.value)
