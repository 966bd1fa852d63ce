"""The statistics in PostgreSQL.

What is forgotten leaves no dead rows behind: whole tables are truncated, and the counts are written anew (VACUUM FULL)
after some were folded, once a month. The server's own write-ahead log and backups keep what they copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consentkit.records.store.counting import Cell, OpenVisit
from consentkit.records.store.postgres import Database, unsampled

if TYPE_CHECKING:
    from collections.abc import Collection

    from consentkit.records.store.counting import Step

LOCK = 0x636F756E7473
"""The advisory lock of whoever counts: "counts" in ASCII."""

_SCHEMA = (
    "CREATE TABLE consentkit.day_key (day BIGINT PRIMARY KEY, key BYTEA NOT NULL)",
    """CREATE TABLE consentkit.open_visit (
        token BYTEA PRIMARY KEY, started BIGINT NOT NULL, last BIGINT NOT NULL, views BIGINT NOT NULL
    )""",
    """CREATE TABLE consentkit.statistic (
        period TEXT NOT NULL, measure TEXT NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL,
        count BIGINT NOT NULL, PRIMARY KEY (period, measure, dimension, value)
    )""",
)

_UNSAMPLED = (unsampled("day_key", ["key"]), unsampled("open_visit", ["token"]))

_KEEP_VISITS = """
INSERT INTO consentkit.open_visit SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[])
ON CONFLICT (token) DO UPDATE SET started = excluded.started, last = excluded.last, views = excluded.views
"""
_ADD = """
INSERT INTO consentkit.statistic SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
ON CONFLICT (period, measure, dimension, value) DO UPDATE SET count = statistic.count + excluded.count
"""
_RARE = "left(period, 7) <= $1 AND dimension <> 'total' AND value <> $2 AND count < $3"
_FOLD = f"""
INSERT INTO consentkit.statistic SELECT period, measure, dimension, $2, sum(count) FROM consentkit.statistic
WHERE {_RARE} GROUP BY period, measure, dimension
ON CONFLICT (period, measure, dimension, value) DO UPDATE SET count = statistic.count + excluded.count
"""  # noqa: S608 - constants
_FORGET_FOLDED = f"DELETE FROM consentkit.statistic WHERE {_RARE}"  # noqa: S608 - constants


class PostgresStatisticsStore:
    """A :class:`~consentkit.records.store.counting.StatisticsStore` for any number of hosts."""

    def __init__(self, url: str) -> None:
        """Name the database.

        Raises:
            ConfigurationError: The extra ``postgres`` isn't installed.
        """
        self._database = Database(url, part="statistics", migrations=(_SCHEMA, _UNSAMPLED), lock=LOCK)
        self._forgot = False

    def prepare(self) -> None:
        """See :meth:`StatisticsStore.prepare`."""
        self._database.run(lambda db: db.fetchval("SELECT 1"))

    def day_key(self, day: int, fresh: bytes) -> bytes | None:
        """See :meth:`StatisticsStore.day_key`."""

        async def work(db: Any) -> bytes | None:
            newest = await db.fetchrow("SELECT day, key FROM consentkit.day_key")
            if newest is not None and newest["day"] >= day:
                return bytes(newest["key"]) if newest["day"] == day else None
            await db.execute("TRUNCATE consentkit.day_key, consentkit.open_visit")
            await db.execute("INSERT INTO consentkit.day_key VALUES ($1, $2)", day, fresh)
            return fresh

        return self._database.transaction(work)

    def forget_before(self, day: int) -> bool:
        """See :meth:`StatisticsStore.forget_before`."""

        async def work(db: Any) -> bool:
            old = await db.fetchval("SELECT EXISTS (SELECT 1 FROM consentkit.day_key WHERE day < $1)", day)
            if old:
                await db.execute("TRUNCATE consentkit.day_key, consentkit.open_visit")
            return bool(old)

        return self._database.transaction(work)

    def update(self, tokens: Collection[bytes], step: Step) -> None:
        """See :meth:`StatisticsStore.update`."""

        async def work(db: Any) -> None:
            statement = "SELECT token, started, last, views FROM consentkit.open_visit WHERE token = ANY($1::bytea[])"
            rows = await db.fetch(statement, list(tokens)) if tokens else ()
            visits, counts = step({bytes(token): OpenVisit(*rest) for token, *rest in map(tuple, rows)})
            if visits:
                values = [(token, visit.started, visit.last, visit.views) for token, visit in visits.items()]
                await db.execute(_KEEP_VISITS, *map(list, zip(*values, strict=True)))
            if counts:
                added = [(cell.period, cell.measure, cell.dimension, cell.value, n) for cell, n in counts.items()]
                await db.execute(_ADD, *map(list, zip(*added, strict=True)))

        self._database.transaction(work)

    def counts(self, first: str, last: str) -> dict[Cell, int]:
        """See :meth:`StatisticsStore.counts`."""
        statement = """SELECT period, measure, dimension, value, count FROM consentkit.statistic
            WHERE left(period, 7) BETWEEN $1 AND $2"""
        rows = self._database.run(lambda db: db.fetch(statement, first, last))
        return {Cell(*cell): int(count) for *cell, count in map(tuple, rows)}

    def fold(self, last: str, *, least: int, rest: str) -> bool:
        """See :meth:`StatisticsStore.fold`."""

        async def work(db: Any) -> bool:
            await db.execute(_FOLD, last, rest, least)
            return bool(await db.execute(_FORGET_FOLDED, last, rest, least) != "DELETE 0")

        folded = self._database.transaction(work)
        self._forgot = self._forgot or folded
        return folded

    def drop_before(self, month: str) -> bool:
        """See :meth:`StatisticsStore.drop_before`."""
        statement = "DELETE FROM consentkit.statistic WHERE period < $1"
        dropped = bool(self._database.run(lambda db: db.execute(statement, month)) != "DELETE 0")
        self._forgot = self._forgot or dropped
        return dropped

    def finish_sweep(self) -> None:
        """See :meth:`StatisticsStore.finish_sweep`."""
        if self._forgot:
            self._database.run(lambda db: db.execute("VACUUM (FULL) consentkit.statistic"))
            self._forgot = False

    def close(self) -> None:
        """See :meth:`StatisticsStore.close`."""
        self._database.close()
