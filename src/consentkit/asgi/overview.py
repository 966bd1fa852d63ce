"""What the audit page tells at a glance: a month of choices and visits, the state of the records, and the holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consentkit.asgi.charts import Chart, Series, number, share
from consentkit.errors import EvidenceError, StoreError
from consentkit.records.inventory import Standing
from consentkit.records.note import Checkpoint, text_of
from consentkit.records.statistics import CHOICES, OTHER
from consentkit.records.visits import SPANS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from markupsafe import Markup

    from consentkit.manifest.model import Manifest
    from consentkit.records import Records
    from consentkit.records.expiry import Hold
    from consentkit.records.inventory import InventoryEntry
    from consentkit.records.statistics import Statistic

_ROWS = 12
"""Of a table at a glance; the exports have them all."""
_FUNNEL = ("shown", *CHOICES)
_VISITS_BY = {
    "entry": "First pages",
    "referrer": "Where visits came from",
    "country": "Countries",
    "language": "Languages",
    "browser": "Browsers",
    "platform": "Platforms",
    "device": "Devices",
    "pages": "Pages a visit",
    "duration": "How long visits lasted",
}
_ORDERED = frozenset({"pages", "duration"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of shares."""

    name: str
    count: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by one thing, largest first.

    Attributes:
        measure: For the export.
        dimension: For the export.
        title: What by.
        rows: Some of them.
        left: How many more there are.
    """

    measure: str
    dimension: str
    title: str
    rows: Sequence[Row]
    left: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the consent log continues what was signed before.

    Attributes:
        entries: How many it has this year.
        origin: Its name.
        root: The root of its tree, in hex.
        by: What checkpoints are signed with.
        problem: What is wrong, None when nothing is.
    """

    entries: int = 0
    origin: str = ""
    root: str = ""
    by: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it; what couldn't be read is None, and the page says so."""

    month: str
    rows: Sequence[Statistic] | None
    verification: Verification
    holds: Sequence[Hold] | None
    inventory: Sequence[InventoryEntry] | None
    health: Mapping[str, Any]
    manifest: Manifest

    def count(self, measure: str) -> int | None:
        """Return the month's total, None where it isn't told."""
        found = [row for row in self._of(measure, "total") if row.period == self.month]
        return found[0].count if found else 0

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        """Name, number and explanation of what matters most."""
        visits, seconds, views = self.count("visits"), self.count("seconds"), self.count("views")
        minutes = f"{seconds // visits // 60} min {seconds // visits % 60:02} s each" if visits and seconds else ""
        rate, asked = _rate(self.count("accepted"), self.count("refused"))
        of_all = f"of {number(asked)} who accepted or refused all" if asked else "not told for so few"
        return [
            ("Visits", _told(visits), minutes),
            ("Page views", _told(views), f"{views / visits:.1f} a visit" if visits and views else ""),
            ("Accepted all", "—" if rate is None else f"{rate:.0%}", of_all),
            ("Withdrawn", _told(self.count("withdrawn")), "after they had allowed something"),
        ]

    @property
    def charts(self) -> list[Chart]:
        """The month day by day."""
        days = [row.period for row in self._of("views", "total") if row.period != self.month]
        if not days:
            return []
        labels = [day[8:] + "/" + day[5:7] for day in days]
        values = {measure: self._by_day(measure, days) for measure in ("visits", *CHOICES)}
        rates = [_rate(*counts)[0] for counts in zip(values["accepted"], values["refused"], strict=True)]
        visits, said = self.count("visits"), [rate for rate in rates if rate is not None]
        between = f"between {min(said):.0%} and {max(said):.0%}" if said else "not told for any day"
        choices = [Series(name.capitalize(), values[name]) for name in CHOICES]
        return [
            Chart(
                "rate",
                "Consent rate: accepted all, of those who accepted or refused all",
                f"On each day of {self.month}: {between}.",
                labels,
                [Series("Rate", rates)],
                percent=True,
            ),
            Chart(
                "visits",
                "Visits a day",
                f"Visits on each day of {self.month}: {_told(visits)} in all.",
                labels,
                [Series("Visits", values["visits"])],
            ),
            Chart("choices", "Choices a day", f"What visitors chose on each day of {self.month}.", labels, choices),
        ]

    @property
    def purposes(self) -> list[Row]:
        """How many of the choices allow each purpose."""
        counts = {row.value: row.count for row in self._of("allowed", "purpose")}
        made = sum(self.count(name) or 0 for name in CHOICES)
        rows = []
        for purpose in self.manifest.purposes:
            if purpose.exempt is None:
                count = counts.get(purpose.id, 0)
                share_of = f" ({count / made:.0%})" if count and made else ""
                rows.append(Row(purpose.label("en"), _told(count) + share_of, share(count or 0, made)))
        return rows

    @property
    def funnels(self) -> list[tuple[str, str, list[tuple[str, list[str]]]]]:
        """For languages and for countries: the dimension, its title, and what was chosen in each."""
        found = []
        for dimension, title in (("language", "Language"), ("country", "Country")):
            counts = {name: {row.value: row.count for row in self._of(name, dimension)} for name in _FUNNEL}
            values = dict.fromkeys(value for name in _FUNNEL for value in counts[name])
            in_order = sorted(values, key=lambda value: (value == OTHER, -(counts["shown"].get(value) or 0), value))
            lines = [(value, [_cell(counts[name], value) for name in _FUNNEL]) for value in in_order]
            found.append((dimension, title, lines[:_ROWS]))
        return found

    @property
    def tables(self) -> list[Table]:
        """Pages, and visits by one thing at a time."""
        by = [("views", "page", "Pages"), *(("visits", dimension, title) for dimension, title in _VISITS_BY.items())]
        return [self._table(measure, dimension, title) for measure, dimension, title in by]

    @property
    def attention(self) -> list[InventoryEntry]:
        """What was observed and isn't declared so."""
        wrong = (Standing.UNDECLARED, Standing.LONGER)
        return [entry for entry in self.inventory or () if entry.standing in wrong]

    @property
    def standings(self) -> list[tuple[str, int]]:
        """How many hosts and cookies there are of each standing."""
        entries = self.inventory or ()
        return [(str(standing), sum(entry.standing is standing for entry in entries)) for standing in Standing]

    def _table(self, measure: str, dimension: str, title: str) -> Table:
        rows = list(self._of(measure, dimension))
        largest = max((row.count or 0 for row in rows), default=0)
        if dimension in _ORDERED:
            rows.sort(key=lambda row: _place(row.value))
        shown = [Row(row.value, _told(row.count), share(row.count or 0, largest)) for row in rows[:_ROWS]]
        return Table(measure, dimension, title, shown, len(rows) - len(shown))

    def _of(self, measure: str, dimension: str) -> Iterable[Statistic]:
        return (row for row in self.rows or () if (row.measure, row.dimension) == (measure, dimension))

    def _by_day(self, measure: str, days: Sequence[str]) -> list[int | None]:
        counts = {row.period: row.count for row in self._of(measure, "total")}
        return [counts.get(day, 0) for day in days]


async def overview(
    records: Records, manifest: Manifest, month: str, inventory: Callable[[], Awaitable[Sequence[InventoryEntry]]]
) -> Overview:
    """Read everything; a store that is down costs its part of the page and no other."""

    async def rows() -> Sequence[Statistic]:
        return await asyncio.to_thread(lambda: tuple(records.statistics.report(month, month)))

    return Overview(
        month=month,
        rows=await _or_none(rows),
        verification=await _verification(records),
        holds=await _or_none(records.holds),
        inventory=await _or_none(inventory),
        health=records.health(),
        manifest=manifest,
    )


async def _or_none(read: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await read()
    except StoreError:
        return None


async def _verification(records: Records) -> Verification:
    try:
        if not await records.proofs.size():
            return Verification()
        signed_by = "Ed25519" if await records.proofs.verifier_keys() else "HMAC, which proves nothing to others"
        checkpoint = Checkpoint.parse(text_of(await records.proofs.checkpoint()))
    except (EvidenceError, StoreError) as problem:
        return Verification(problem=str(problem))
    return Verification(checkpoint.size, checkpoint.origin, checkpoint.root.hex(), signed_by)


def _rate(accepted: int | None, refused: int | None) -> tuple[float | None, int]:
    """Return the part of those who accepted all among those who accepted or refused all, and how many those are."""
    if accepted is None or refused is None or not accepted + refused:
        return None, 0
    return accepted / (accepted + refused), accepted + refused


def _told(count: int | None) -> str:
    return "under 10" if count is None else number(count)


def _cell(counts: Mapping[str, int | None], value: str) -> str:
    """Return a count; one that was too small to be told apart stands in the last line."""
    return "in other" if value not in counts and OTHER in counts else _told(counts.get(value, 0))


def _place(value: str) -> int:
    return SPANS.index(value) if value in SPANS else len(SPANS)
