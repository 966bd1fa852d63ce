"""The browser log in a SQLite file of its own: rows that come in batches and go after the retention.

How they go is told in :mod:`consentkit.records.store.sqlite`: blanked first, deleted once they lie deep
among blank rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.records.store import sqlite_holds
from consentkit.records.store.base import VisitRow
from consentkit.records.store.sqlite import BLANK_TIME, LOSSY, MARGIN, SqliteFile, blank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from consentkit.records.store.base import BrowserQuery, HoldRow

_SCHEMA = (
    """CREATE TABLE visit (
        number INTEGER PRIMARY KEY, time INTEGER NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL,
        path TEXT NOT NULL, status INTEGER NOT NULL, referrer TEXT, language TEXT, country TEXT,
        browser TEXT, browser_version TEXT, platform TEXT, device TEXT, bot INTEGER NOT NULL
    )""",
    "CREATE INDEX visit_time ON visit (time)",
    # One row: which worker sweeps, until when, when the next sweep is due, and when the last was.
    """CREATE TABLE lease (
        name TEXT PRIMARY KEY, holder TEXT, until INTEGER NOT NULL, due INTEGER NOT NULL, last INTEGER
    ) WITHOUT ROWID""",
    "INSERT INTO lease VALUES ('sweep', NULL, 0, 0, NULL)",
    sqlite_holds.HOLD_TABLE,
)

_COLUMNS = ", ".join(VisitRow._fields)
_INSERT = f"INSERT INTO visit ({_COLUMNS}) VALUES ({', '.join('?' for _ in VisitRow._fields)})"  # noqa: S608 - constants

_HELD = sqlite_holds.held("visit", subject=False)
_SELECT = f"""
SELECT number, {_COLUMNS} FROM visit WHERE time > {BLANK_TIME} AND (time > :horizon OR {_HELD})
"""  # noqa: S608 - constants
_ORDER = " ORDER BY time DESC, number DESC LIMIT :limit"
_FILTERS = {
    "since": " AND time >= :since",
    "until": " AND time < :until",
    "path": " AND path = :path",
    "country": " AND country = :country",
    "browser": " AND browser = :browser",
    "status": " AND status = :status",
    "before": " AND (time, number) < (:before_time, :before_number)",
}
_TEXTS = [name for name in VisitRow._fields if name not in {"time", "status", "bot"}]
_BLANK = f"""
UPDATE visit SET time = {BLANK_TIME}, {", ".join(f"{name} = {blank(name)}" for name in _TEXTS)} WHERE number IN (
    SELECT number FROM visit WHERE time > {BLANK_TIME} AND time <= :horizon AND NOT {_HELD} ORDER BY time LIMIT :limit
)
"""  # noqa: S608 - constants
# The unary plus keeps SQLite from reading the whole index over times to find the first number.
_DELETE = f"""
DELETE FROM visit WHERE number IN (
    SELECT number FROM visit WHERE number < {-MARGIN} + coalesce(
        (SELECT number FROM visit WHERE +time > {BLANK_TIME} ORDER BY number LIMIT 1), (SELECT max(number) FROM visit)
    ) ORDER BY number LIMIT :limit
)
"""  # noqa: S608 - constants


class SqliteBrowserStore:
    """A :class:`~consentkit.records.store.base.BrowserStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = SqliteFile(path, what="the browser log", durability=LOSSY, migrations=(_SCHEMA,))

    def prepare(self) -> None:
        """See :meth:`BrowserStore.prepare`."""
        self._file.prepare()

    def insert(self, rows: Sequence[VisitRow]) -> None:
        """See :meth:`BrowserStore.insert`."""
        with self._file.writing() as db:
            db.executemany(_INSERT, rows)

    def select(self, query: BrowserQuery) -> list[tuple[int, VisitRow]]:
        """See :meth:`BrowserStore.select`."""
        wanted = [name for name in _FILTERS if getattr(query, name) is not None]
        statement = _SELECT + "".join(_FILTERS[name] for name in wanted) + _ORDER
        before_time, before_number = query.before or (None, None)
        values: dict[str, object] = {name: getattr(query, name) for name in _FILTERS if name != "before"}
        values |= {"before_time": before_time, "before_number": before_number}
        values |= {"horizon": query.horizon, "now": query.now, "limit": query.limit}
        with self._file.reading() as db:
            rows = db.execute(statement, values).fetchall()
        return [(number, VisitRow(*(*columns, bool(bot)))) for number, *columns, bot in rows]

    def sweep(self, *, horizon: int, now: int, limit: int) -> int:
        """See :meth:`BrowserStore.sweep`."""
        with self._file.sweeping() as db:
            expired = db.execute(_BLANK, {"horizon": horizon, "now": now, "limit": limit}).rowcount
            db.execute(_DELETE, {"limit": limit})
            return expired

    def finish_sweep(self) -> None:
        """See :meth:`BrowserStore.finish_sweep`."""
        self._file.empty_journal()

    def claim(self, *, holder: str, now: int, until: int) -> bool:
        """See :meth:`BrowserStore.claim`."""
        with self._file.sweeping() as db:
            taken = db.execute(
                """UPDATE lease SET holder = :holder, until = :until
                WHERE name = 'sweep' AND due <= :now AND (until <= :now OR holder = :holder)""",
                {"holder": holder, "until": until, "now": now},
            )
            return taken.rowcount == 1

    def release(self, *, holder: str, now: int, due: int) -> None:
        """See :meth:`BrowserStore.release`."""
        with self._file.sweeping() as db:
            db.execute(
                "UPDATE lease SET holder = NULL, until = 0, last = ?, due = ? WHERE name = 'sweep' AND holder = ?",
                (now, due, holder),
            )

    def last_sweep(self) -> int | None:
        """See :meth:`BrowserStore.last_sweep`."""
        with self._file.reading() as db:
            last = db.execute("SELECT last FROM lease WHERE name = 'sweep'").fetchone()[0]
        return None if last is None else int(last)

    def add_hold(self, hold: HoldRow) -> None:
        """See :meth:`Holds.add_hold`."""
        with self._file.sweeping() as db:
            sqlite_holds.add(db, hold)

    def holds(self, now: int) -> list[HoldRow]:
        """See :meth:`Holds.holds`."""
        with self._file.reading() as db:
            return sqlite_holds.active(db, now)

    def end_hold(self, hold_id: str, now: int) -> bool:
        """See :meth:`Holds.end_hold`."""
        with self._file.sweeping() as db:
            return sqlite_holds.end(db, hold_id, now)

    def close(self) -> None:
        """See :meth:`BrowserStore.close`."""
        self._file.close()
