"""What a store of statistics must do; it blocks and fails as the other stores do (:mod:`.base`).

It keeps counts, and nothing of anybody but for what tells one of a day's visits from another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol


class OpenVisit(NamedTuple):
    """A visit that may still go on; nothing in it tells who makes it or what of.

    Attributes:
        started: When its first page was asked for.
        last: When its last page so far was.
        views: How many pages that were.
    """

    started: int
    last: int
    views: int


class Cell(NamedTuple):
    """What is counted.

    Attributes:
        period: A month such as "2026-11", or a day of it such as "2026-11-22".
        measure: What of, such as "visits" or "accepted".
        dimension: What by, such as "country"; "total" for all.
        value: Which of them, such as "FR"; empty for all.
    """

    period: str
    measure: str
    dimension: str = "total"
    value: str = ""


Step = Callable[[Mapping[bytes, OpenVisit]], tuple[Mapping[bytes, OpenVisit], Mapping[Cell, int]]]
"""Takes the visits that are open and returns what becomes of them, and what to add to the counts."""


class StatisticsStore(Protocol):
    """Keeps the counts, and for a day what is needed to tell one visit from another."""

    def prepare(self) -> None:
        """Create or migrate the tables; safe to repeat, and from several processes at once."""

    def day_key(self, day: int, fresh: bytes) -> bytes | None:
        """Return the key of a day, counted from 1970; it becomes `fresh` when it has none.

        The first that asks for a new day destroys the key of the one before, and its open visits. None is the answer
        for a day that has gone.
        """

    def forget_before(self, day: int) -> bool:
        """Destroy key and open visits of any earlier day; tell whether there were some."""

    def update(self, tokens: Collection[bytes], step: Step) -> None:
        """Take a step with the open visits of these tokens, as the only one to do so, and commit."""

    def counts(self, first: str, last: str) -> dict[Cell, int]:
        """Return the counts of the months from `first` to `last` and of their days."""

    def fold(self, last: str, *, least: int, rest: str) -> bool:
        """Add the values counted less than `least` times in months up to `last` to the value `rest`, and forget them.

        Totals stay. It tells whether there were some.
        """

    def drop_before(self, month: str) -> bool:
        """Forget all that was counted before a month; tell whether there was something."""

    def finish_sweep(self) -> None:
        """Leave no copy of what was forgotten in any file of the store."""

    def close(self) -> None:
        """Let go of the writer's connection."""
