"""What is counted: page views, visits and choices, never a person.

Rules of operation:

1. Counts are by one thing at a time: visits by country, visits by browser, never visits by country and browser.
2. Totals are kept for each day, everything else for each month. Months don't overlap, so that no count under ten comes
   out by taking one period from another; :mod:`consentkit.records.disclosure` says what is told of each.
3. What was counted less than ten times in a month is folded into "other" when the browser log's first lines of that
   month expire. What is kept longer than that log is therefore never about a few people. After 25 months the rest goes
   as well (CNIL délib. 2020-092 art. 5).
4. Counting is lossy by contract, as the browser log is, and happens in that log's thread.
"""

from __future__ import annotations

import calendar
import logging
import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from consentkit.errors import StoreError
from consentkit.records.disclosure import LEAST, told, told_share
from consentkit.records.moments import from_micros, to_micros
from consentkit.records.retention import NOTHING
from consentkit.records.store.counting import Cell
from consentkit.records.visits import KEY_SIZE, UNKNOWN, View, follow, kind, token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from consentkit.records.browserlog import BrowserEntry
    from consentkit.records.store.counting import OpenVisit, StatisticsStore
    from consentkit.records.visits import Kind

logger = logging.getLogger("consentkit.records")

OTHER: Final = "other"
"""The value that stands for all that is counted too rarely to be told apart."""

CHOICES: Final = ("accepted", "refused", "saved", "withdrawn")
"""What visitors do when they are asked, in the order of the form's buttons."""

MEASURES: Final = ("views", "visits", "seconds", "shown", *CHOICES, "allowed")
"""What is counted: all but the last for each day too."""

DIMENSIONS: Final = (
    *("total", "page", "entry", "referrer", "country", "language", "browser", "platform", "device"),
    *("pages", "duration", "purpose"),
)

KEPT_MONTHS: Final = 25

_MOST_VALUES = 1_000
"""Values of one dimension in a month that a worker tells apart: addresses that don't exist can't fill the disk."""
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Statistic:
    """One count as it is told.

    Attributes:
        period: A month such as "2026-11", or a day of it.
        measure: One of :data:`MEASURES`.
        dimension: One of :data:`DIMENSIONS`.
        value: Which of them; "other" for those that aren't told apart.
        count: None where it isn't told.
    """

    period: str
    measure: str
    dimension: str
    value: str
    count: int | None

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported."""
        return asdict(self)


class Statistics:
    """Counts what it is shown and tells what may be told.

    Only the browser log's thread calls :meth:`view`, :meth:`choice` and :meth:`flush`.
    """

    def __init__(self, store: StatisticsStore, *, clock: Callable[[], datetime]) -> None:
        """Take the store; nothing is opened yet."""
        self._store = store
        self._clock = clock
        self._views: list[tuple[BrowserEntry, str | None]] = []
        self._shown: Counter[tuple[date, str | None, str | None]] = Counter()
        self._counts: Counter[Cell] = Counter()
        self._key: tuple[int, bytes | None] = (-1, None)
        self._values: tuple[str, dict[tuple[str, str], set[str]]] = ("", {})

    def view(self, entry: BrowserEntry, *, source: str | None, asked: bool) -> None:
        """Count a page view.

        Args:
            entry: The line of the browser log, as it is stored.
            source: The host of another site that the visitor came from.
            asked: Whether the page asked for consent.
        """
        if entry.bot or entry.status >= 400:
            return
        self._views.append((entry, source))
        if asked:
            self._shown[entry.time.date(), entry.language, entry.country] += 1

    def choice(
        self, action: str, *, time: datetime, language: str | None, country: str | None, allowed: Iterable[str]
    ) -> None:
        """Count a choice.

        Args:
            action: One of :data:`CHOICES`.
            time: When.
            language: That the visitor was asked in.
            country: Of the visitor.
            allowed: Ids of the purposes allowed.
        """
        day = _day(time)
        self._funnel(action, day, language, country)
        month = day[:7]
        self._counts.update(Cell(month, "allowed", "purpose", purpose) for purpose in allowed)

    def flush(self) -> None:
        """Write what was counted; what can't be written now is lost, but for choices, which wait."""
        views, self._views = self._views, []
        shown, self._shown = self._shown, Counter()
        for (date, language, country), count in shown.items():
            self._funnel("shown", date.isoformat(), language, country, count)
        if not (views or self._counts):
            return
        try:
            seen = list(self._seen(views))
            waiting, self._counts = self._counts, Counter()
            try:
                self._store.update(
                    {view.token for view in seen if view.token}, lambda visits: self._step(visits, seen, waiting)
                )
            except StoreError:
                self._counts = waiting
                raise
        except StoreError as error:
            logger.warning("%d page views were not counted: %s", len(views), error)

    def forget(self) -> None:
        """Destroy the key of a day that has gone, here and in the store; blocks.

        Raises:
            StoreUnavailableError: The store can't be written now.
        """
        today = to_micros(self._clock()) // _DAY
        if self._key[0] < today:
            self._key = (-1, None)
        self._store.forget_before(today)

    def sweep(self, horizon: int) -> None:
        """Fold what was counted rarely in months that the browser log begins to forget, and drop old months; blocks.

        Args:
            horizon: The last moment that has expired from the browser log.

        Raises:
            StoreUnavailableError: The store can't be written now.
        """
        if horizon > NOTHING:
            self._store.fold(_day(from_micros(horizon))[:7], least=LEAST, rest=OTHER)
        self._store.drop_before(_months_before(self._clock(), KEPT_MONTHS))
        self._store.finish_sweep()

    def report(self, first: str, last: str) -> Iterator[Statistic]:
        """Tell what may be told of the months from `first` to `last`, such as "2026-11", month by month; blocks.

        Raises:
            StoreUnavailableError: The store can't be read now.
        """
        months: dict[str, dict[tuple[str, str], dict[str, int]]] = {}
        for cell, count in self._store.counts(first, last).items():
            name = cell.period if cell.dimension == "total" else cell.value
            table = months.setdefault(cell.period[:7], {}).setdefault((cell.measure, cell.dimension), {})
            table[name] = max(0, count)
        today = _day(self._clock())
        for month, tables in sorted(months.items()):
            for day in _days_of(month, today):
                for (_, dimension), cells in tables.items():
                    if dimension == "total":
                        cells.setdefault(day, 0)
            yield from _month(month, tables)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def prepare(self) -> None:
        """Open the store, or take note that it is down now.

        Raises:
            StoreVersionError: A newer consentkit wrote the database.
        """
        self._store.prepare()

    def _funnel(self, measure: str, day: str, language: str | None, country: str | None, count: int = 1) -> None:
        self._counts[Cell(day, measure)] += count
        self._counts[Cell(day[:7], measure, "language", language or UNKNOWN)] += count
        self._counts[Cell(day[:7], measure, "country", country or UNKNOWN)] += count

    def _seen(self, views: Iterable[tuple[BrowserEntry, str | None]]) -> Iterator[View]:
        tokens: dict[tuple[bytes, Kind], bytes] = {}
        for entry, source in views:
            time = to_micros(entry.time)
            key, whose = self._key_of(time // _DAY), kind(entry)
            if key and (key, whose) not in tokens:
                tokens[key, whose] = token(key, whose)
            yield View(time, _written(entry.time.date()), tokens[key, whose] if key else None, source, entry)

    def _key_of(self, day: int) -> bytes | None:
        if self._key[0] != day:
            self._key = (day, self._store.day_key(day, secrets.token_bytes(KEY_SIZE)))
        return self._key[1]

    def _step(
        self, visits: Mapping[bytes, OpenVisit], seen: Collection[View], waiting: Counter[Cell]
    ) -> tuple[Mapping[bytes, OpenVisit], Mapping[Cell, int]]:
        after, counts = dict(visits), Counter(waiting)
        for (day, page), count in Counter((view.day, view.entry.path) for view in seen).items():
            counts[Cell(day, "views")] += count
            counts[Cell(day[:7], "views", "page", page)] += count
        of_visits: dict[bytes, list[View]] = {}
        for view in seen:
            if view.token is not None:
                of_visits.setdefault(view.token, []).append(view)
        for known, views in of_visits.items():
            after[known], changes = follow(after.get(known), views)
            counts.update(changes)
        return after, self._bounded(counts)

    def _bounded(self, counts: Counter[Cell]) -> Mapping[Cell, int]:
        bounded: Counter[Cell] = Counter()
        for cell, count in counts.items():
            told_apart = count == 0 or self._distinct(cell)
            bounded[cell if told_apart else Cell(cell.period, cell.measure, cell.dimension, OTHER)] += count
        return {cell: count for cell, count in bounded.items() if count}

    def _distinct(self, cell: Cell) -> bool:
        """Tell whether a value is among those told apart this month."""
        if cell.dimension == "total":
            return True
        if self._values[0] != cell.period:
            self._values = (cell.period, {})
        known = self._values[1].setdefault((cell.measure, cell.dimension), set())
        if len(known) < _MOST_VALUES:
            known.add(cell.value)
        return cell.value in known


def _month(month: str, tables: Mapping[tuple[str, str], Mapping[str, int]]) -> Iterator[Statistic]:
    choices = sum(sum(tables.get((measure, "total"), {}).values()) for measure in CHOICES)
    visits = tables.get(("visits", "total"), {})
    for (measure, dimension), cells in sorted(tables.items()):
        if dimension == "total":
            # A sum of seconds says nothing of how many people's they are; the visits do.
            yield from _days(month, measure, cells, visits if measure == "seconds" else cells)
        elif measure == "allowed":
            for purpose, count in sorted(cells.items()):
                yield Statistic(month, measure, dimension, purpose, told_share(count, choices))
        else:
            yield from _table(month, measure, dimension, cells)


def _days(month: str, measure: str, days: Mapping[str, int], people: Mapping[str, int]) -> Iterator[Statistic]:
    """Tell the totals of one measure; how many people they are about decides what is told."""
    answer = told(people, named=True)
    yield Statistic(month, measure, "total", "", None if answer.total is None else sum(days.values()))
    for day in sorted(days):
        yield Statistic(day, measure, "total", "", days[day] if day in answer.cells else None)


def _table(month: str, measure: str, dimension: str, cells: Mapping[str, int]) -> Iterator[Statistic]:
    named = {value: count for value, count in cells.items() if value != OTHER and count}
    answer = told(named, rest=cells.get(OTHER, 0))
    for value, count in sorted(answer.cells.items(), key=lambda cell: (-cell[1], cell[0])):
        if count:
            yield Statistic(month, measure, dimension, value, count)
    if answer.rest != 0:
        yield Statistic(month, measure, dimension, OTHER, answer.rest)


def _days_of(month: str, today: str) -> list[str]:
    """Return the days of a month that have begun; one on which nothing was counted is a zero, not a gap."""
    year, number = map(int, month.split("-"))
    days = (f"{month}-{day:02}" for day in range(1, calendar.monthrange(year, number)[1] + 1))
    return [day for day in days if day <= today]


def _day(time: datetime) -> str:
    return _written(time.astimezone(UTC).date())


@lru_cache(maxsize=8)
def _written(day: date) -> str:
    return day.isoformat()


def _months_before(now: datetime, months: int) -> str:
    number = now.year * 12 + now.month - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"
