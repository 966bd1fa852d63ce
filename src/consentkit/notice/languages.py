"""Every text a visitor reads, one JSON catalogue per language.

A value is a text, or a mapping of plural forms (``zero``, ``one``, ``other``) picked by the value ``count``.
A language without a catalogue is answered in its primary subtag, then in English, and :func:`resolve` says
which, so that the markup's ``lang`` is that of the words shown (WCAG 3.1.2).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_FOLDER = Path(__file__).parent / "catalogues"

FALLBACK = "en"
AVAILABLE: frozenset[str] = frozenset(path.stem for path in _FOLDER.glob("*.json"))

_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

# CLDR 46 plural rules: French takes the singular for 0 and 1, English for 1 only.
_SINGULAR_BELOW_TWO = frozenset({"fr"})


@lru_cache(maxsize=256)
def resolve(language: str) -> str:
    """Return the catalogue that answers a BCP 47 language tag: itself, its primary subtag, or English."""
    tag = language.strip().replace("_", "-").lower()
    for candidate in (tag, tag.partition("-")[0]):
        if candidate in AVAILABLE:
            return candidate
    return FALLBACK


def direction(language: str) -> str:
    """Return ``ltr`` or ``rtl``, the value of the ``dir`` attribute for a language's texts."""
    return "rtl" if resolve(language).partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def text(language: str, key: str, **values: object) -> str:
    """Return one text in a language, as plain text (the templates escape it).

    Args:
        language: A BCP 47 tag; see :func:`resolve`.
        key: A key of the catalogues, such as ``banner.title``.
        **values: What the text's ``{names}`` stand for; ``count`` also picks the plural form.

    Raises:
        KeyError: No catalogue has the key, or the text needs a value that was not given.
    """
    resolved = resolve(language)
    entry = _catalogue(resolved)[key]
    if isinstance(entry, dict):
        entry = entry[_plural_form(resolved, values["count"], entry)]
    return entry.format_map(values)


def has(key: str) -> bool:
    """Tell whether the catalogues have a key; they all have the same ones."""
    return key in _catalogue(FALLBACK)


def country(language: str, code: str | None) -> str | None:
    """Return the name of a country by its ISO 3166-1 code; a code without a name here stands for itself."""
    key = f"country.{code}"
    return text(language, key) if has(key) else code


def written_date(language: str, day: date) -> str:
    """Return a date in words, such as "4 May 2022" or "1er mai 2022"."""
    month = text(language, "date.months").split()[day.month - 1]
    key = "date.first" if day.day == 1 else "date.day"
    return text(language, key, day=day.day, month=month, year=day.year)


@lru_cache(maxsize=64)
def _catalogue(language: str) -> Mapping[str, str | dict[str, str]]:
    loaded: dict[str, str | dict[str, str]] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def _plural_form(language: str, count: object, forms: Mapping[str, str]) -> str:
    if not isinstance(count, int):
        message = f"count is {count!r}; a plural text needs a whole number"
        raise TypeError(message)
    if count == 0 and "zero" in forms:
        return "zero"
    singular = count < 2 if language in _SINGULAR_BELOW_TWO else count == 1
    return "one" if singular else "other"
