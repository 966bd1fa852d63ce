"""The language to speak to the visitor: RFC 9110 section 12.5.4 by the lookup of RFC 4647 section 3.4."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Browsers send under 100 bytes; what is longer is read up to the last comma before this.
_MAX_LENGTH = 512

_RANGE = re.compile(
    rb"[ \t]*(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)[ \t]*"
    rb"(?:;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)


def negotiate(accept_language: bytes | None, offered: Sequence[str]) -> str:
    """Choose among the offered languages the one a visitor likes best.

    A range is shortened from the right until it names an offered language (``de-CH`` takes ``de``); failing that it
    takes an offered variety of the same language (``en-GB`` takes ``en-US``), which is nearer than any other.

    Args:
        accept_language: The header's value, several lines joined by commas.
        offered: BCP 47 tags, at least one, the default first.

    Returns:
        One of ``offered``, as it is written there; the first when nothing matches.
    """
    return _negotiate((accept_language or b"")[: _MAX_LENGTH + 1], tuple(offered))


@functools.lru_cache(maxsize=1000)
def _negotiate(header: bytes, offered: tuple[str, ...]) -> str:
    weights = _weights(header)
    for tag in sorted((tag for tag in weights if weights[tag]), key=lambda tag: -weights[tag]):
        for choice in _matches(tag, offered, weights):
            if _weight(choice, weights) != 0:
                return choice
    return next((tag for tag in offered if _weight(tag, weights) != 0), offered[0])


def _weights(header: bytes) -> dict[str, float]:
    """Map each range, in lower case and in header order, to its weight; malformed elements are left out."""
    if len(header) > _MAX_LENGTH:
        header = header[: header.rfind(b",") + 1]
    weights: dict[str, float] = {}
    for element in header.split(b","):
        if match := _RANGE.fullmatch(element):
            weights.setdefault(match["tag"].decode("ascii").lower(), float(match["weight"] or 1))
    return weights


def _matches(tag: str, offered: tuple[str, ...], weights: dict[str, float]) -> Iterator[str]:
    """Yield the offered languages a range asks for, nearest first."""
    if tag == "*":
        # RFC 9110: every language that no other range names.
        yield from (choice for choice in offered if _weight(choice, weights) is None)
        return
    for shorter in _prefixes(tag):
        yield from (choice for choice in offered if choice.lower() == shorter)
    primary = tag.partition("-")[0]
    yield from (choice for choice in offered if choice.lower().startswith(f"{primary}-"))


def _weight(choice: str, weights: dict[str, float]) -> float | None:
    """Return the weight of the nearest range that names an offered language; ``None`` when none does."""
    return next((weights[prefix] for prefix in _prefixes(choice.lower()) if prefix in weights), None)


def _prefixes(tag: str) -> Iterator[str]:
    """Yield ``zh-hant-tw``, ``zh-hant``, ``zh``."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
