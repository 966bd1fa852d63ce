"""Listings: what any log may be asked for, and the pages they come in, newest first."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from consentkit.records.moments import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consentkit.records.cursor import CursorCodec

LARGEST_PAGE = 1_000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which entries to list; None means any. `since` is inclusive, `until` is not, `limit` is held to 1..1,000."""

    since: datetime | None = None
    until: datetime | None = None
    cursor: str | None = None
    limit: int = 100

    @property
    def size(self) -> int:
        """The most entries of a page."""
        return max(1, min(self.limit, LARGEST_PAGE))

    def bound(self) -> Mapping[str, object]:
        """Return what a cursor is bound to: which log it is, and everything asked but for the place and the size."""
        asked = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del asked["cursor"], asked["limit"]
        return {"of": type(self).__name__} | {
            name: to_micros(value) if isinstance(value, datetime) else value for name, value in asked.items()
        }

    def after(self, cursors: CursorCodec) -> tuple[int, int] | None:
        """Return the time and number of the entry that the page before ended with; None for the first page.

        Raises:
            CursorError: The cursor isn't ours or belongs to other filters.
        """
        return cursors.read(self.bound(), self.cursor) if self.cursor else None

    def cut(
        self, rows: list[Row], cursors: CursorCodec, place: Callable[[Row], tuple[int, int]]
    ) -> tuple[list[Row], str | None]:
        """Return a page of rows, and the cursor to what follows.

        Args:
            rows: One more than :attr:`size`, if there are so many.
            cursors: Writes the cursor.
            place: Tells a row's time, in microseconds, and number.
        """
        page = rows[: self.size]
        return page, cursors.write(self.bound(), place(page[-1])) if len(rows) > len(page) else None
