"""The browser log in PostgreSQL: a partition for each day, made ahead and dropped when the whole day has expired.

A dropped partition gives its space and its bytes back at once, in some ten milliseconds whatever its size. A row is
hidden at its deadline like everywhere, and gone with the last of its day.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from consentkit.records.store.base import VisitRow
from consentkit.records.store.postgres import Database, Parameters, make_partition, unsampled
from consentkit.records.store.postgres_holds import HOLD_TABLE, PostgresHolds, held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consentkit.records.store.base import BrowserQuery

LOCK = 0x62726F77736572
"""The advisory lock of what changes partitions: "browser" in ASCII."""

DAY = 86_400_000_000
"""Microseconds."""

_AHEAD = 2
"""Days whose partitions are made before their first row comes."""

_SCHEMA = (
    "CREATE SEQUENCE consentkit.visit_number",
    """CREATE TABLE consentkit.visit (
        number BIGINT NOT NULL DEFAULT nextval('consentkit.visit_number'), time BIGINT NOT NULL, address TEXT NOT NULL,
        method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, referrer TEXT, language TEXT, country TEXT,
        browser TEXT, browser_version TEXT, platform TEXT, device TEXT, bot BOOLEAN NOT NULL
    ) PARTITION BY RANGE (time)""",
    "CREATE INDEX visit_time ON consentkit.visit (time, number)",
    """CREATE TABLE consentkit.lease (
        name TEXT PRIMARY KEY, holder TEXT, until BIGINT NOT NULL, due BIGINT NOT NULL, last BIGINT
    )""",
    "INSERT INTO consentkit.lease VALUES ('sweep', NULL, 0, 0, NULL)",
    HOLD_TABLE.format(name="browser_hold"),
)

_COLUMNS = VisitRow._fields
_TEXTS = [name for name in _COLUMNS if name not in {"time", "status", "bot"}]
_UNSAMPLED = (unsampled("visit", _TEXTS),)


class PostgresBrowserStore(PostgresHolds):
    """A :class:`~consentkit.records.store.base.BrowserStore` for any number of hosts."""

    _holds = "browser_hold"

    def __init__(self, url: str) -> None:
        """Name the database.

        Raises:
            ConfigurationError: The extra ``postgres`` isn't installed.
        """
        self._database = Database(url, part="browser log", migrations=(_SCHEMA, _UNSAMPLED), lock=LOCK)
        self._days: frozenset[int] = frozenset()

    def prepare(self) -> None:
        """See :meth:`BrowserStore.prepare`."""
        self._database.run(_nothing)

    def insert(self, rows: Sequence[VisitRow]) -> None:
        """See :meth:`BrowserStore.insert`."""
        days = {row.time // DAY for row in rows}
        if missing := days - self._days:
            self._make(missing | {max(days) + ahead for ahead in range(_AHEAD + 1)})
        try:
            self._copy(rows)
        except BaseException:
            # A partition may have been dropped since; the next batch looks again.
            self._days = frozenset()
            raise

    def select(self, query: BrowserQuery) -> list[tuple[int, VisitRow]]:
        """See :meth:`BrowserStore.select`."""
        values = Parameters()
        kept = held("browser_hold", "visit", values.add(query.now), subject=False)
        conditions = [f"(visit.time > {values.add(query.horizon)} OR {kept})"]
        equal = {name: getattr(query, name) for name in ("path", "country", "browser", "status")}
        conditions += [f"visit.{name} = {values.add(value)}" for name, value in equal.items() if value is not None]
        if query.since is not None:
            conditions.append(f"visit.time >= {values.add(query.since)}")
        if query.until is not None:
            conditions.append(f"visit.time < {values.add(query.until)}")
        if query.before is not None:
            time, number = map(values.add, query.before)
            conditions.append(f"(visit.time, visit.number) < ({time}::bigint, {number}::bigint)")
        statement = f"""
            SELECT number, {", ".join(_COLUMNS)} FROM consentkit.visit visit WHERE {" AND ".join(conditions)}
            ORDER BY time DESC, number DESC LIMIT {values.add(query.limit)}
        """  # noqa: S608 - names are constants, values are numbered
        rows = self._database.run(lambda db: db.fetch(statement, *values.values))
        return [(row[0], VisitRow(*tuple(row)[1:])) for row in rows]

    def sweep(self, *, horizon: int, now: int, limit: int) -> int:
        """Drop every day that has expired whole; `limit` is for stores that delete row by row."""
        del limit
        removed = 0
        for day in self._database.run(_days):
            if (day + 1) * DAY - 1 <= horizon:
                removed += self._database.courteous_transaction(partial(_drop, day=day, horizon=horizon, now=now))
        self._days = frozenset()
        return removed

    def finish_sweep(self) -> None:
        """See :meth:`BrowserStore.finish_sweep`: dropping left nothing."""

    def claim(self, *, holder: str, now: int, until: int) -> bool:
        """See :meth:`BrowserStore.claim`."""
        statement = """UPDATE consentkit.lease SET holder = $1, until = $2
            WHERE name = 'sweep' AND due <= $3 AND (until <= $3 OR holder = $1)"""
        return bool(self._database.run(lambda db: db.execute(statement, holder, until, now)) == "UPDATE 1")

    def release(self, *, holder: str, now: int, due: int) -> None:
        """See :meth:`BrowserStore.release`."""
        statement = """UPDATE consentkit.lease SET holder = NULL, until = 0, last = $2, due = $3
            WHERE name = 'sweep' AND holder = $1"""
        self._database.run(lambda db: db.execute(statement, holder, now, due))

    def last_sweep(self) -> int | None:
        """See :meth:`BrowserStore.last_sweep`."""
        last = self._database.run(lambda db: db.fetchval("SELECT last FROM consentkit.lease WHERE name = 'sweep'"))
        return None if last is None else int(last)

    def close(self) -> None:
        """See :meth:`BrowserStore.close`."""
        self._database.close()

    def _copy(self, rows: Sequence[VisitRow]) -> None:
        async def copy(db: Any) -> None:
            async with db.transaction():
                # Lossy by contract: a server that crashes may lose the last batches, and nobody waits for its disk.
                await db.execute("SET LOCAL synchronous_commit TO off")
                await db.copy_records_to_table("visit", schema_name="consentkit", records=rows, columns=_COLUMNS)

        self._database.run(copy)

    def _make(self, days: set[int]) -> None:
        async def make(db: Any) -> None:
            for day in sorted(days):
                await make_partition(
                    db, _partition(day), of="visit", first=day * DAY, end=(day + 1) * DAY, personal=_TEXTS
                )

        self._database.transaction(make)
        self._days |= days


async def _nothing(_connection: Any) -> None:
    """Do nothing but be connected, which migrates."""


def _partition(day: int) -> str:
    """Return the name of a day's table; days count from 1970, before it with a minus that a name can't have."""
    return f"visit_{day}" if day >= 0 else f"visit_before_{-day}"


async def _days(db: Any) -> list[int]:
    rows = await db.fetch(
        """SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = 'consentkit.visit'::regclass"""
    )
    names = [str(row[0]).removeprefix("visit_") for row in rows]
    return sorted(-int(name.removeprefix("before_")) if name.startswith("before_") else int(name) for name in names)


async def _drop(db: Any, *, day: int, horizon: int, now: int) -> int:
    """Drop a day whose rows have all expired; one with rows under a hold loses the others."""
    name = _partition(day)
    kept = held("browser_hold", "visit", "$1", subject=False)
    # Without a hold in force, which is nearly always, no row needs to be looked at.
    on_hold = await db.fetchval("SELECT EXISTS (SELECT 1 FROM consentkit.browser_hold WHERE ends > $1)", now)
    if on_hold and await db.fetchval(f"SELECT EXISTS (SELECT 1 FROM consentkit.{name} visit WHERE {kept})", now):  # noqa: S608
        statement = f"DELETE FROM consentkit.{name} visit WHERE visit.time <= $2 AND NOT {kept}"  # noqa: S608
        return int((await db.execute(statement, now, horizon)).rpartition(" ")[2])
    # The server counted a day of two months ago long since; to count it again would read all of it.
    rows = await db.fetchval(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = $1::text::regclass", f"consentkit.{name}"
    )
    if rows < 0:
        rows = await db.fetchval(f"SELECT count(*) FROM consentkit.{name}")  # noqa: S608 - the name is ours
    await db.execute(f"DROP TABLE IF EXISTS consentkit.{name}")
    return int(rows)
