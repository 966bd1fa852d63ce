"""Every text a visitor reads, one JSON catalogue per language, and a site's own texts over them.

A value is a text, a list (the months), or a mapping of the plural forms the language has (see
:mod:`consentkit.notice.plurals`) picked by the value ``count``; the form ``=0`` goes before them where nothing is
counted. A language without a catalogue is answered in its primary subtag, then in English, and :meth:`Texts.resolve`
says which, so that the markup's ``lang`` is that of the words shown (WCAG 3.1.2).
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, TypeAlias

from consentkit.duration import Period
from consentkit.errors import ConfigurationError
from consentkit.manifest.localised import primary_subtag
from consentkit.notice import plurals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from consentkit.duration import Duration

Entry: TypeAlias = "str | list[str] | dict[str, str]"
Catalogue: TypeAlias = "Mapping[str, Entry]"

FALLBACK = "en"
SITE_FOLDER = "texts"
"""Where a site's templates folder holds texts of its own: ``texts/fr.json`` and so on."""

_FOLDER = Path(__file__).parent / "catalogues"
_UNITS = tuple(field.name for field in fields(Period))
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

# A code without a name stands for itself, so a site's own language may do without the names of countries.
_OPTIONAL = "country."


class Texts:
    """The texts of all languages. Made once at start-up; every method may be called from any thread.

    Args:
        own: A site's folder of templates; catalogues in its ``texts/`` replace single texts of a language, or add a
            language, which must be complete but for the countries' names.

    Attributes:
        available: The languages there is a catalogue for, in lower case.

    Raises:
        ConfigurationError: A catalogue of the site cannot be read, has an unknown key, lacks one, or has a text whose
            ``{names}`` are not those of the English one; the message names file and key.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = dict(_own_catalogues(own / SITE_FOLDER)) if own else {}
        self.available: frozenset[str] = frozenset(self._own) | _shipped_languages()

    def resolve(self, language: str) -> str:
        """Return the catalogue that answers a BCP 47 language tag: itself, its primary subtag, or English."""
        return next((tag for tag in (_normal(language), _primary(language)) if tag in self.available), FALLBACK)

    def speaks(self, language: str) -> bool:
        """Tell whether a language, or its primary subtag, has a catalogue."""
        return _primary(self.resolve(language)) == _primary(language)

    def direction(self, language: str) -> str:
        """Return ``ltr`` or ``rtl``, the value of the ``dir`` attribute for a language's texts."""
        return "rtl" if _primary(self.resolve(language)) in _RIGHT_TO_LEFT else "ltr"

    def text(self, language: str, key: str, **values: object) -> str:
        """Return one text in a language, as plain text (the templates escape it).

        Args:
            language: A BCP 47 tag; see :meth:`resolve`.
            key: A key of the catalogues, such as ``banner.title``.
            **values: What the text's ``{names}`` stand for; ``count`` also picks the plural form.

        Raises:
            KeyError: No catalogue has the key, or the text needs a value that was not given.
        """
        resolved = self.resolve(language)
        entry = self._catalogue(resolved)[key]
        if isinstance(entry, dict):
            entry = entry[_plural_form(resolved, values["count"], entry)]
        return str(entry).format_map(values)

    def has(self, key: str) -> bool:
        """Tell whether the catalogues have a key; the shipped ones all have the same."""
        return key in _shipped(FALLBACK)

    def country(self, language: str, code: str | None) -> str | None:
        """Return the name of a country by its ISO 3166-1 code; a code without a name here stands for itself."""
        key = f"{_OPTIONAL}{code}"
        return self.text(language, key) if key in self._catalogue(self.resolve(language)) else code

    def written_date(self, language: str, day: date) -> str:
        """Return a date in words, such as "4 May 2022" or "1er mai 2022"."""
        month = self._catalogue(self.resolve(language))["date.months"][day.month - 1]  # type: ignore[index]
        key = "date.first" if day.day == 1 else "date.day"
        return self.text(language, key, day=day.day, month=month, year=day.year)

    def duration(self, language: str, duration: Duration) -> str:
        """Return how long something is kept, such as "13 months", "2 mois" or "30 seconds to 1 year"."""
        if duration.shortest is None or duration.longest is None:
            return self.text(language, f"duration.{duration.kind}")
        longest = self._period(language, duration.longest)
        if duration.kind == "fixed":
            return longest
        return self.text(
            language, "duration.range", shortest=self._period(language, duration.shortest), longest=longest
        )

    def _period(self, language: str, period: Period) -> str:
        amounts = ((unit, getattr(period, unit)) for unit in _UNITS)
        return " ".join(self.text(language, f"unit.{unit}", count=amount) for unit, amount in amounts if amount)

    def _catalogue(self, language: str) -> Catalogue:
        return self._own.get(language) or _shipped(language)


def _normal(language: str) -> str:
    return language.strip().replace("_", "-").lower()


def _primary(language: str) -> str:
    return primary_subtag(_normal(language))


def _plural_form(language: str, count: object, entry: Mapping[str, str]) -> str:
    if not isinstance(count, int):
        message = f"count is {count!r}; a plural text needs a whole number"
        raise TypeError(message)
    return "=0" if count == 0 and "=0" in entry else plurals.form(language, count)


@lru_cache(maxsize=1)
def _shipped_languages() -> frozenset[str]:
    return frozenset(path.stem for path in _FOLDER.glob("*.json"))


@lru_cache(maxsize=64)
def _shipped(language: str) -> Catalogue:
    loaded: Catalogue = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def _own_catalogues(folder: Path) -> Iterator[tuple[str, Catalogue]]:
    for path in sorted(folder.glob("*.json")):
        language = _normal(path.stem)
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            message = f"{path} is not JSON: {error}"
            raise ConfigurationError(message) from None
        base = next((tag for tag in (language, _primary(language)) if tag in _shipped_languages()), None)
        complaint = "; ".join(_complaints(language, given, complete=base is None))
        if complaint:
            message = f"{path}: {complaint}"
            raise ConfigurationError(message)
        yield language, {**(_shipped(base) if base else {}), **given}


def _complaints(language: str, given: object, *, complete: bool) -> Iterator[str]:
    """Yield what is wrong with a site's catalogue."""
    english = _shipped(FALLBACK)
    if not isinstance(given, dict):
        yield "an object of texts by key was expected"
        return
    if complete and (missing := [key for key in english if key not in given and not key.startswith(_OPTIONAL)]):
        yield f"lacks {', '.join(missing)}"
    for key, entry in given.items():
        if key not in english:
            if not key.startswith(_OPTIONAL):
                yield f"'{key}' is no key of the texts"
        elif _kind(entry) != _kind(english[key]):
            yield f"'{key}' is no {_kind(english[key])}"
        elif isinstance(entry, dict) and (lacking := plurals.forms(language) - entry.keys()):
            yield f"'{key}' lacks the plural form {', '.join(sorted(lacking))}"
        elif not key.startswith("date.") and (wrong := names(entry) ^ names(english[key])):
            yield f"'{key}' differs from the English text in {', '.join(f'{{{name}}}' for name in sorted(wrong))}"


def _kind(entry: object) -> str:
    if isinstance(entry, dict):
        return "set of plural forms"
    return "list" if isinstance(entry, list) else "text" if isinstance(entry, str) else "text at all"


def names(entry: Entry) -> frozenset[str]:
    """Return the ``{names}`` a text needs values for; ``count`` may be left out of a form that says it in words."""
    texts = entry.values() if isinstance(entry, dict) else [entry] if isinstance(entry, str) else []
    found = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    return frozenset(found | {"count"} if isinstance(entry, dict) else found)


SHIPPED = Texts()
"""The texts without those of any site."""
