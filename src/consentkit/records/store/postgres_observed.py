"""The observed inventory in PostgreSQL: one small table, merged into by every worker of every host."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from consentkit.records.store.base import SightingRow
from consentkit.records.store.postgres import Database

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCK = 0x6F627365727665
"""The advisory lock of whoever merges, "observe" in ASCII: two that merge rows in two orders would deadlock."""

_SCHEMA = (
    """CREATE TABLE consentkit.sighting (
        kind TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, reported BOOLEAN NOT NULL, page TEXT NOT NULL,
        lifetime BIGINT, first BIGINT NOT NULL, last BIGINT NOT NULL, count BIGINT NOT NULL,
        PRIMARY KEY (kind, name, source)
    )""",
    "CREATE INDEX sighting_last ON consentkit.sighting (reported, last)",
)
_NAMES = tuple(field.name for field in fields(SightingRow))
_COLUMNS = ", ".join(_NAMES)
_MERGE = f"""
INSERT INTO consentkit.sighting AS seen ({_COLUMNS})
VALUES ({", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))})
ON CONFLICT (kind, name, source) DO UPDATE SET
    page = CASE WHEN excluded.last >= seen.last THEN excluded.page ELSE seen.page END,
    lifetime = greatest(seen.lifetime, excluded.lifetime), first = least(seen.first, excluded.first),
    last = greatest(seen.last, excluded.last), count = seen.count + excluded.count
"""  # noqa: S608 - constants
_TRIM = """
DELETE FROM consentkit.sighting WHERE reported = $1 AND (kind, name, source) NOT IN (
    SELECT kind, name, source FROM consentkit.sighting WHERE reported = $1 ORDER BY last DESC LIMIT $2
)
"""


class PostgresObservedStore:
    """An :class:`~consentkit.records.store.base.ObservedStore` for any number of hosts."""

    def __init__(self, url: str) -> None:
        """Name the database.

        Raises:
            ConfigurationError: The extra ``postgres`` isn't installed.
        """
        self._database = Database(url, part="observed inventory", migrations=(_SCHEMA,), lock=LOCK)

    def prepare(self) -> None:
        """See :meth:`ObservedStore.prepare`."""
        self._database.run(_nothing)

    def add(self, rows: Sequence[SightingRow], *, most: int) -> None:
        """See :meth:`ObservedStore.add`."""

        async def merge(db: Any) -> None:
            await db.executemany(_MERGE, map(astuple, rows))
            for reported in (True, False):
                count = await db.fetchval("SELECT count(*) FROM consentkit.sighting WHERE reported = $1", reported)
                if count > most:
                    await db.execute(_TRIM, reported, most)

        self._database.transaction(merge)

    def select(self, *, horizon: int) -> list[SightingRow]:
        """See :meth:`ObservedStore.select`."""
        order = 'kind COLLATE "C", name COLLATE "C", source COLLATE "C"'
        statement = f"SELECT {_COLUMNS} FROM consentkit.sighting WHERE last > $1 ORDER BY {order}"  # noqa: S608
        rows = self._database.run(lambda db: db.fetch(statement, horizon))
        return [SightingRow(**dict(zip(_NAMES, row, strict=True))) for row in rows]

    def sweep(self, *, horizon: int) -> int:
        """See :meth:`ObservedStore.sweep`."""
        statement = "DELETE FROM consentkit.sighting WHERE last <= $1"
        done = self._database.run(lambda db: db.execute(statement, horizon))
        return int(done.rpartition(" ")[2])

    def finish_sweep(self) -> None:
        """See :meth:`ObservedStore.finish_sweep`: vacuum is the server's."""

    def close(self) -> None:
        """See :meth:`ObservedStore.close`."""
        self._database.close()


async def _nothing(_connection: Any) -> None:
    """Do nothing but be connected, which migrates."""
