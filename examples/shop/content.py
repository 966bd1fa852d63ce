"""The shop's words and wares: products, and every text in French and English."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONTENT = Path(__file__).with_name("content")

LANGUAGES = ("fr", "en")
THEMES = ("auto", "light", "dark")

# (hour, °C, key of the note): what the kiln's probe sent during firing no. 41.
READINGS = (
    ("05:10", 94, "firing.n1"),
    ("07:40", 310, "firing.n2"),
    ("09:05", 573, "firing.n3"),
    ("11:30", 760, "firing.n4"),
    ("13:20", 960, "firing.n5"),
    ("16:45", 1210, "firing.n6"),
    ("19:05", 1280, "firing.n7"),
)


@dataclass(frozen=True, slots=True)
class Product:
    """One piece of the range, in one language.

    Attributes:
        slug: Its name in addresses.
        picture: Name of its drawing in ``static/pieces``.
        price: In whole euros, tax included.
        glaze: Names the tint behind the picture.
        stock: Pieces ready to ship.
        video: Id of the film on YouTube.
    """

    slug: str
    picture: str
    price: int
    glaze: str
    stock: int
    video: str
    name: str
    line: str
    text: str
    size: str


def _read(name: str) -> Any:
    return json.loads((_CONTENT / name).read_text(encoding="utf-8"))


def _products(language: str) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for row in _read("products.json"):
        fields = {key: value[language] if isinstance(value, dict) else value for key, value in row.items()}
        found[fields["slug"]] = Product(**fields)
    return found


PRODUCTS = {language: _products(language) for language in LANGUAGES}
TEXTS: dict[str, dict[str, str]] = {language: _read(f"{language}.json") for language in LANGUAGES}


def price(amount: int, language: str) -> str:
    """Write an amount of euros the way the language does."""
    return f"{amount},00\u00a0€" if language == "fr" else f"€{amount}.00"


def preferred(accept_language: str) -> str:
    """Return the first of our languages an ``Accept-Language`` header names, or French."""
    for part in accept_language.split(","):
        primary = part.split(";")[0].strip().split("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]
