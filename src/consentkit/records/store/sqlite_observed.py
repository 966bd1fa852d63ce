"""The observed inventory in a SQLite file of its own.

It is a few thousand rows at most, so what expired is removed by writing the file anew.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from consentkit.records.store.base import SightingRow
from consentkit.records.store.sqlite import LOSSY, SqliteFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SCHEMA = (
    """CREATE TABLE sighting (
        kind TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, reported INTEGER NOT NULL, page TEXT NOT NULL,
        lifetime INTEGER, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (kind, name, source)
    ) WITHOUT ROWID""",
    "CREATE INDEX sighting_last ON sighting (reported, last)",
)
_NAMES = tuple(field.name for field in fields(SightingRow))
_COLUMNS = ", ".join(_NAMES)
_MERGE = f"""
INSERT INTO sighting ({_COLUMNS}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT (kind, name, source) DO UPDATE SET
    page = CASE WHEN excluded.last >= last THEN excluded.page ELSE page END,
    lifetime = max(coalesce(lifetime, excluded.lifetime), coalesce(excluded.lifetime, lifetime)),
    first = min(first, excluded.first), last = max(last, excluded.last), count = count + excluded.count
"""  # noqa: S608 - constants
_TRIM = """
DELETE FROM sighting WHERE reported = :reported AND (kind, name, source) NOT IN (
    SELECT kind, name, source FROM sighting WHERE reported = :reported ORDER BY last DESC LIMIT :most
)
"""


class SqliteObservedStore:
    """An :class:`~consentkit.records.store.base.ObservedStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = SqliteFile(path, what="the observed inventory", durability=LOSSY, migrations=(_SCHEMA,))

    def prepare(self) -> None:
        """See :meth:`ObservedStore.prepare`."""
        self._file.prepare()

    def add(self, rows: Sequence[SightingRow], *, most: int) -> None:
        """See :meth:`ObservedStore.add`."""
        with self._file.writing() as db:
            db.executemany(_MERGE, map(asdict, rows))
            for reported, count in db.execute("SELECT reported, count(*) FROM sighting GROUP BY reported").fetchall():
                if count > most:
                    db.execute(_TRIM, {"reported": reported, "most": most})

    def select(self, *, horizon: int) -> list[SightingRow]:
        """See :meth:`ObservedStore.select`."""
        statement = f"SELECT {_COLUMNS} FROM sighting WHERE last > ? ORDER BY kind, name, source"  # noqa: S608
        with self._file.reading() as db:
            rows = db.execute(statement, (horizon,)).fetchall()
        return [SightingRow(**dict(zip(_NAMES, row, strict=True)) | {"reported": bool(row[3])}) for row in rows]

    def sweep(self, *, horizon: int) -> int:
        """See :meth:`ObservedStore.sweep`."""
        with self._file.sweeping() as db:
            return db.execute("DELETE FROM sighting WHERE last <= ?", (horizon,)).rowcount

    def finish_sweep(self) -> None:
        """See :meth:`ObservedStore.finish_sweep`."""
        self._file.rewrite()
        self._file.empty_journal()

    def close(self) -> None:
        """See :meth:`ObservedStore.close`."""
        self._file.close()
