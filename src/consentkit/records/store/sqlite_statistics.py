"""The statistics in a SQLite file of their own.

The file is small, so after something was forgotten it is written anew (VACUUM): the one sure way to leave nothing of it
in a table whose rows are not only appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.records.store.counting import Cell, OpenVisit
from consentkit.records.store.sqlite import LOSSY, SqliteFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from pathlib import Path

    from consentkit.records.store.counting import Step

_SCHEMA = (
    "CREATE TABLE day_key (day INTEGER PRIMARY KEY, key BLOB NOT NULL)",
    """CREATE TABLE open_visit (
        token BLOB PRIMARY KEY, started INTEGER NOT NULL, last INTEGER NOT NULL, views INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE statistic (
        period TEXT NOT NULL, measure TEXT NOT NULL, dimension TEXT NOT NULL, value TEXT NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (period, measure, dimension, value)
    ) WITHOUT ROWID""",
)

_KEEP_VISIT = "INSERT OR REPLACE INTO open_visit VALUES (?, ?, ?, ?)"
_ADD = """
INSERT INTO statistic VALUES (?, ?, ?, ?, ?)
ON CONFLICT (period, measure, dimension, value) DO UPDATE SET count = count + excluded.count
"""
_FOLD = """
INSERT INTO statistic SELECT period, measure, dimension, :rest, sum(count) FROM statistic
WHERE substr(period, 1, 7) <= :last AND dimension <> 'total' AND value <> :rest AND count < :least
GROUP BY period, measure, dimension
ON CONFLICT (period, measure, dimension, value) DO UPDATE SET count = count + excluded.count
"""
_FORGET_FOLDED = """
DELETE FROM statistic
WHERE substr(period, 1, 7) <= :last AND dimension <> 'total' AND value <> :rest AND count < :least
"""


class SqliteStatisticsStore:
    """A :class:`~consentkit.records.store.counting.StatisticsStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = SqliteFile(path, what="the statistics", durability=LOSSY, migrations=(_SCHEMA,))

    def prepare(self) -> None:
        """See :meth:`StatisticsStore.prepare`."""
        self._file.prepare()

    def day_key(self, day: int, fresh: bytes) -> bytes | None:
        """See :meth:`StatisticsStore.day_key`."""
        with self._file.writing() as db:
            newest = db.execute("SELECT day, key FROM day_key").fetchone()
            if newest is not None and newest[0] >= day:
                return bytes(newest[1]) if newest[0] == day else None
            _forget_day(db)
            db.execute("INSERT INTO day_key VALUES (?, ?)", (day, fresh))
            return fresh

    def forget_before(self, day: int) -> bool:
        """See :meth:`StatisticsStore.forget_before`."""
        with self._file.writing() as db:
            old = db.execute("SELECT 1 FROM day_key WHERE day < ?", (day,)).fetchone()
            if old is not None:
                _forget_day(db)
            return old is not None

    def update(self, tokens: Collection[bytes], step: Step) -> None:
        """See :meth:`StatisticsStore.update`."""
        with self._file.writing() as db:
            found = {}
            for token in tokens:
                row = db.execute("SELECT started, last, views FROM open_visit WHERE token = ?", (token,)).fetchone()
                if row is not None:
                    found[token] = OpenVisit(*row)
            visits, counts = step(found)
            db.executemany(
                _KEEP_VISIT, ((token, visit.started, visit.last, visit.views) for token, visit in visits.items())
            )
            db.executemany(
                _ADD, ((cell.period, cell.measure, cell.dimension, cell.value, count) for cell, count in counts.items())
            )

    def counts(self, first: str, last: str) -> dict[Cell, int]:
        """See :meth:`StatisticsStore.counts`."""
        with self._file.reading() as db:
            rows = db.execute(
                """SELECT period, measure, dimension, value, count FROM statistic
                WHERE substr(period, 1, 7) BETWEEN ? AND ?""",
                (first, last),
            ).fetchall()
        return {Cell(*cell): count for *cell, count in rows}

    def fold(self, last: str, *, least: int, rest: str) -> bool:
        """See :meth:`StatisticsStore.fold`."""
        values = {"last": last, "least": least, "rest": rest}
        with self._file.writing() as db:
            db.execute(_FOLD, values)
            return db.execute(_FORGET_FOLDED, values).rowcount > 0

    def drop_before(self, month: str) -> bool:
        """See :meth:`StatisticsStore.drop_before`."""
        with self._file.writing() as db:
            return db.execute("DELETE FROM statistic WHERE period < ?", (month,)).rowcount > 0

    def finish_sweep(self) -> None:
        """See :meth:`StatisticsStore.finish_sweep`."""
        self._file.rewrite()
        self._file.empty_journal()

    def close(self) -> None:
        """See :meth:`StatisticsStore.close`."""
        self._file.close()


def _forget_day(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM day_key")
    db.execute("DELETE FROM open_visit")
