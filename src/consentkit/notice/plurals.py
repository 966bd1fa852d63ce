"""Which plural form a whole number takes in a language: the cardinal rules of CLDR 47.

Only the integer parts of the rules stand here, for nothing is counted in fractions; the ``many`` of French, Italian,
Portuguese and Spanish, for whole millions, is left out for the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = Callable[[int], str]


def form(language: str, count: int) -> str:
    """Return ``zero``, ``one``, ``two``, ``few``, ``many`` or ``other``.

    Args:
        language: A BCP 47 tag; only its primary subtag counts. A language that is not known here takes ``one`` for 1.
        count: How many, 0 or more.
    """
    return _rule(language)(count)


def forms(language: str) -> frozenset[str]:
    """Return every form a text of a language needs."""
    rule = _rule(language)
    # The rules look at the last two digits and at the numbers below 11; 200 numbers meet every case.
    return frozenset(rule(count) for count in range(200)) | {"other"}


def _rule(language: str) -> Rule:
    return _RULES.get(language.lower().partition("-")[0], _one)


def _one(n: int) -> str:
    return "one" if n == 1 else "other"


def _below_two(n: int) -> str:
    return "one" if n < 2 else "other"


def _always_other(_: int) -> str:
    return "other"


def _czech(n: int) -> str:
    return "one" if n == 1 else "few" if 2 <= n <= 4 else "other"


def _croatian(n: int) -> str:
    return {"many": "other"}.get(_russian(n), _russian(n))


def _russian(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else "many"


def _polish(n: int) -> str:
    return "one" if n == 1 else "few" if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else "many"


def _slovene(n: int) -> str:
    return {1: "one", 2: "two", 3: "few", 4: "few"}.get(n % 100, "other")


def _lithuanian(n: int) -> str:
    if 11 <= n % 100 <= 19 or n % 10 == 0:
        return "other"
    return "one" if n % 10 == 1 else "few"


def _latvian(n: int) -> str:
    if n % 10 == 0 or 11 <= n % 100 <= 19:
        return "zero"
    return "one" if n % 10 == 1 else "other"


def _romanian(n: int) -> str:
    return "one" if n == 1 else "few" if n == 0 or 1 <= n % 100 <= 19 else "other"


def _irish(n: int) -> str:
    if n in {1, 2}:
        return {1: "one", 2: "two"}[n]
    return "few" if 3 <= n <= 6 else "many" if 7 <= n <= 10 else "other"


def _maltese(n: int) -> str:
    if n in {1, 2}:
        return {1: "one", 2: "two"}[n]
    return "few" if n == 0 or 3 <= n % 100 <= 10 else "many" if 11 <= n % 100 <= 19 else "other"


def _arabic(n: int) -> str:
    if n < 3:
        return ("zero", "one", "two")[n]
    return "few" if 3 <= n % 100 <= 10 else "many" if n % 100 >= 11 else "other"


def _hebrew(n: int) -> str:
    return {1: "one", 2: "two"}.get(n, "other")


# The languages whose rule is not "one for 1": those of the European Union, then others that sites often speak.
_RULES: Final[dict[str, Rule]] = {
    "cs": _czech,
    "sk": _czech,
    "fr": _below_two,
    "ga": _irish,
    "hr": _croatian,
    "lt": _lithuanian,
    "lv": _latvian,
    "mt": _maltese,
    "pl": _polish,
    "ro": _romanian,
    "sl": _slovene,
    "ar": _arabic,
    "be": _russian,
    "bs": _croatian,
    "fa": _below_two,
    "he": _hebrew,
    "hi": _below_two,
    "id": _always_other,
    "ja": _always_other,
    "ko": _always_other,
    "ru": _russian,
    "sr": _croatian,
    "th": _always_other,
    "uk": _russian,
    "vi": _always_other,
    "zh": _always_other,
}
