"""Lifetimes as people write them, kept in calendar units.

"13 months" is not 395 days: the unit a site declares is the unit its visitors read, and the deadline is computed on the
calendar (31 August + 6 months is the last day of February, as GDPR deadlines are counted). Nothing here reads a clock.

Read: English and French words with the articles and abbreviations of cookie tables, ISO 8601 durations, ranges of two
of them, ``session`` and ``persistent``. A bare ``m`` is refused, for it means minutes to some readers and months to
others; so are fractions, which no calendar can add.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import astuple, dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final, Literal, Self

from consentkit.errors import DurationError

_MAX_TEXT: Final = 120
_MAX_YEARS: Final = 1000
"""Above any lifetime in the Open Cookie Database (100 years), far below where ``datetime`` ends (year 9999)."""

_UNITS: Final[dict[str, frozenset[str]]] = {
    "years": frozenset({"y", "yr", "yrs", "year", "years", "an", "ans", "année", "années", "annee", "annees"}),
    "months": frozenset({"mo", "mos", "mth", "mths", "month", "months", "mois"}),
    "weeks": frozenset({"w", "wk", "wks", "week", "weeks", "sem", "semaine", "semaines"}),
    "days": frozenset({"d", "day", "days", "j", "jr", "jrs", "jour", "jours"}),
    "hours": frozenset({"h", "hr", "hrs", "hour", "hours", "heure", "heures"}),
    "minutes": frozenset({"min", "mins", "mn", "minute", "minutes"}),
    "seconds": frozenset({"s", "sec", "secs", "second", "seconds", "seconde", "secondes"}),
}
_UNIT_OF: Final = {word: unit for unit, words in _UNITS.items() for word in words}

_NUMBER_WORDS: Final = {
    1: ("a", "an", "one", "un", "une"),
    2: ("two", "deux"),
    3: ("three", "trois"),
    4: ("four", "quatre"),
    5: ("five", "cinq"),
    6: ("six",),
    7: ("seven", "sept"),
    8: ("eight", "huit"),
    9: ("nine", "neuf"),
    10: ("ten", "dix"),
    11: ("eleven", "onze"),
    12: ("twelve", "douze"),
}
_NUMBERS: Final[dict[str, int]] = {word: amount for amount, words in _NUMBER_WORDS.items() for word in words}

_SESSION: Final = frozenset(
    {
        *("session", "sessions", "session only", "session cookie", "session (browser)", "browser session"),
        *("end of session", "end of session (browser)", "until the browser is closed", "until browser is closed"),
        *("session uniquement", "fin de session", "fin de la session", "durée de la session", "la session"),
        *("jusqu'à la fermeture du navigateur", "fermeture du navigateur", "cookie de session"),
    }
)
_PERSISTENT: Final = frozenset(
    {
        *("persistent", "persistent until cleared", "persistent until deleted", "until cleared", "until deleted"),
        *("permanent", "forever", "unlimited", "never expires", "no expiry", "no expiration"),
        *("persistant", "persistante", "permanente", "illimité", "illimitée", "jusqu'à effacement"),
        *("persistant jusqu'à effacement", "jusqu'à suppression", "sans expiration"),
    }
)

_RANGE_WORDS: Final = frozenset({"..", "…", "to", "till", "until", "à", "-", "–", "—"})
_RANGE_OPENERS: Final = {"between": "and", "entre": "et"}
_FILLERS: Final = frozenset({"and", "et", ",", "&", "."})

_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+|\.{2,3}|\S")
_ISO: Final = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)

_WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": {unit: (unit.removesuffix("s"), unit) for unit in _UNITS},
    "fr": {
        "years": ("an", "ans"),
        "months": ("mois", "mois"),
        "weeks": ("semaine", "semaines"),
        "days": ("jour", "jours"),
        "hours": ("heure", "heures"),
        "minutes": ("minute", "minutes"),
        "seconds": ("seconde", "secondes"),
    },
}
_PHRASES: Final[dict[str, tuple[str, str, str]]] = {
    "en": ("session", "persistent until cleared", "{} to {}"),
    "fr": ("session", "persistant jusqu’à effacement", "{} à {}"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in the units it was declared in; 24 hours and 1 day are different periods of equal length.

    Attributes:
        years: Calendar years.
        months: Calendar months.
        weeks: Weeks of 7 days.
        days: Days of 24 hours, in UTC.
        hours: Hours.
        minutes: Minutes.
        seconds: Seconds.
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    def after(self, moment: datetime) -> datetime:
        """Return the moment this period ends, in UTC.

        Years and months are added first; a day the month lacks becomes its last day. Then the rest is added.

        Raises:
            ValueError: The moment has no time zone.
            OverflowError: The end lies beyond the year 9999.
        """
        if moment.tzinfo is None:
            message = f"{moment.isoformat()} has no time zone; use e.g. datetime.now(UTC)"
            raise ValueError(message)
        start = moment.astimezone(UTC)
        year, month = divmod(start.year * 12 + start.month - 1 + self.years * 12 + self.months, 12)
        if year > MAXYEAR:
            message = f"{self} after {moment.isoformat()} lies beyond the year {MAXYEAR}"
            raise OverflowError(message)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + timedelta(
            weeks=self.weeks, days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds
        )

    def isoformat(self) -> str:
        """Return the ISO 8601 duration, such as ``P13M`` or ``PT24H``.

        Weeks beside other units become days, for ISO 8601-1 lets ``W`` stand only alone.
        """
        if astuple(self) == (0, 0, self.weeks, 0, 0, 0, 0):
            return f"P{self.weeks}W"
        date = ((self.years, "Y"), (self.months, "M"), (self.weeks * 7 + self.days, "D"))
        time = ((self.hours, "H"), (self.minutes, "M"), (self.seconds, "S"))
        tail = "".join(f"{amount}{letter}" for amount, letter in time if amount)
        head = "".join(f"{amount}{letter}" for amount, letter in date if amount)
        return f"P{head}T{tail}" if tail else f"P{head}"

    def in_words(self, language: str) -> str:
        """Return the period in French or, for any other language, in English: ``1 an 1 mois``."""
        words = _WORDS[_language(language)]
        parts = zip(_UNITS, astuple(self), strict=True)
        # CLDR: English "one" is 1, French "one" is 0 and 1; an amount of 0 is never shown.
        return " ".join(f"{amount} {words[unit][amount != 1]}" for unit, amount in parts if amount)

    def __str__(self) -> str:
        return self.in_words("en")

    @property
    def mean_days(self) -> float:
        """The length in mean Gregorian days: for comparing periods, never for a deadline."""
        days = self.years * 365.2425 + self.months * 30.436875 + self.weeks * 7 + self.days
        return days + (self.hours * 3600 + self.minutes * 60 + self.seconds) / 86400


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something is kept: a fixed period, a range, a browser session, or until someone clears it.

    Attributes:
        kind: Which of the four.
        shortest: The period, or the shorter end of a range; ``None`` for session and persistent.
        longest: The period, or the longer end of a range; ``None`` for session and persistent.
    """

    kind: Literal["fixed", "range", "session", "persistent"]
    shortest: Period | None = None
    longest: Period | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a duration: ``13 months``, ``2 ans``, ``PT30S``, ``30 seconds .. 1 year``, ``session``, ``persistent``.

        Raises:
            DurationError: The text is none of these; the message repeats it and shows one that is.
        """
        plain = " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())
        folded = plain.lower() if plain.endswith("..") else plain.lower().removesuffix(".")
        if folded in _SESSION:
            return cls("session")
        if folded in _PERSISTENT:
            return cls("persistent")
        if not plain or len(plain) > _MAX_TEXT:
            raise _refused(text)
        periods = [_iso(part, text) for part in plain.split("/", 1)] if plain[0] == "P" else _words(folded, text)
        shortest, longest = periods[0], periods[-1]
        if shortest == longest:
            return cls("fixed", shortest, longest)
        if shortest.mean_days > longest.mean_days:
            message = f"'{text}' ends before it begins; write '{longest} .. {shortest}'"
            raise DurationError(message)
        return cls("range", shortest, longest)

    @property
    def is_session(self) -> bool:
        """Tell whether it ends with the browser session."""
        return self.kind == "session"

    @property
    def is_persistent(self) -> bool:
        """Tell whether it lasts until someone clears it."""
        return self.kind == "persistent"

    def after(self, moment: datetime) -> datetime | None:
        """Return the moment the longest period ends, in UTC; ``None`` where no date can be told.

        Raises:
            ValueError: The moment has no time zone.
        """
        return self.longest.after(moment) if self.longest else None

    def seconds(self, start: datetime) -> int | None:
        """Return the whole seconds from a start to the end of the longest period, such as a cookie's ``Max-Age``."""
        end = self.after(start)
        return None if end is None else int((end - start).total_seconds())

    def isoformat(self) -> str:
        """Return ``P13M``, ``PT30S/P1Y`` for a range, ``session`` or ``persistent``."""
        if self.shortest is None or self.longest is None:
            return self.kind
        longest = self.longest.isoformat()
        return longest if self.kind == "fixed" else f"{self.shortest.isoformat()}/{longest}"

    def in_words(self, language: str) -> str:
        """Return it in French or, for any other language, in English: ``13 mois``, ``30 secondes à 1 an``."""
        session, persistent, span = _PHRASES[_language(language)]
        if self.shortest is None or self.longest is None:
            return session if self.is_session else persistent
        if self.kind == "fixed":
            return self.longest.in_words(language)
        return span.format(self.shortest.in_words(language), self.longest.in_words(language))

    def __str__(self) -> str:
        return f"{self.shortest} .. {self.longest}" if self.kind == "range" else self.in_words("en")


def _language(tag: str) -> str:
    primary = tag.lower().replace("_", "-").split("-")[0]
    return primary if primary in _WORDS else "en"


def _refused(text: str) -> DurationError:
    shown = text if len(text) <= _MAX_TEXT else f"{text[:40]}…"
    return DurationError(f"'{shown}' is not a duration; write e.g. '13 months'")


def _period(units: dict[str, int], text: str) -> Period:
    period = Period(**units)
    if period.mean_days > _MAX_YEARS * 365.2425:
        message = f"'{text}' is longer than {_MAX_YEARS} years; write 'persistent until cleared'"
        raise DurationError(message)
    if not any(units.values()):
        message = f"'{text}' lasts no time at all; write e.g. '1 minute', or 'session'"
        raise DurationError(message)
    return period


def _iso(part: str, text: str) -> Period:
    match = _ISO.fullmatch(part.strip())
    if match is None:
        raise _refused(text)
    return _period({unit: int(digits) for unit, digits in zip(_UNITS, match.groups(), strict=True) if digits}, text)


def _words(folded: str, text: str) -> list[Period]:
    """Read one period, or two with a range word between them."""
    tokens = _TOKEN.findall(folded)
    separators = _RANGE_WORDS
    if tokens[0] in _RANGE_OPENERS:
        separators = frozenset({_RANGE_OPENERS[tokens[0]]})
        tokens = tokens[1:]
    elif tokens[0] in {"from", "de"}:
        tokens = tokens[1:]
    cuts = [index for index, token in enumerate(tokens) if token in separators]
    if not cuts:
        if separators is not _RANGE_WORDS:
            raise _refused(text)
        return [_period(_units(tokens, text), text)]
    if len(cuts) > 1:
        raise _refused(text)
    left, right = tokens[: cuts[0]], tokens[cuts[0] + 1 :]
    if len(left) == 1 and len(right) == 2:
        left = [*left, right[1]]  # "1 to 2 years"
    return [_period(_units(side, text), text) for side in (left, right)]


def _units(tokens: list[str], text: str) -> dict[str, int]:
    units: dict[str, int] = {}
    words = [word for word in tokens if word not in _FILLERS]
    if not words or len(words) % 2:
        raise _refused(text)
    for number, word in zip(words[::2], words[1::2], strict=True):
        amount = int(number) if number.isascii() and number.isdigit() and len(number) <= 12 else _NUMBERS.get(number)
        if word == "m" and amount is not None:
            message = f"'{text}' could be minutes or months; write '{number} minutes' or '{number} months'"
            raise DurationError(message)
        unit = _UNIT_OF.get(word)
        if amount is None or unit is None or unit in units:
            raise _refused(text)
        units[unit] = amount
    return units
