"""Legal holds in PostgreSQL: rows that must outlive their deadline; what :mod:`.sqlite_holds` is for a file.

Each log has a table of its own.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from consentkit.records.store.base import HoldRow

if TYPE_CHECKING:
    from consentkit.records.store.postgres import Database

HOLD_TABLE = """
CREATE TABLE consentkit.{name} (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hold_id TEXT NOT NULL, subject TEXT,
    since BIGINT, until BIGINT, reason TEXT NOT NULL, author TEXT NOT NULL, created BIGINT NOT NULL, ends BIGINT NOT
    NULL, floor BIGINT NOT NULL
)"""
_COLUMNS = "hold_id, subject, since, until, reason, author, created, ends, floor"


def held(holds: str, table: str, now: str, *, subject: bool) -> str:
    """Return the SQL condition that a row is under a hold.

    Args:
        holds: The table of holds.
        table: The table of the row.
        now: What stands for the time.
        subject: Whether its rows belong to somebody.
    """
    whose = f"(hold.subject IS NULL OR hold.subject = {table}.subject)" if subject else "hold.subject IS NULL"
    return f"""EXISTS (
        SELECT 1 FROM consentkit.{holds} hold WHERE hold.ends > {now} AND {table}.time > hold.floor AND {whose}
        AND (hold.since IS NULL OR {table}.time >= hold.since) AND (hold.until IS NULL OR {table}.time < hold.until)
    )"""  # noqa: S608 - names are constants of the callers, values are numbered


class PostgresHolds:
    """The part of a log's store that keeps holds: :class:`~consentkit.records.store.base.Holds`."""

    _database: Database
    _holds: str
    """The table."""

    def add_hold(self, hold: HoldRow) -> None:
        """See :meth:`Holds.add_hold`."""
        places = ", ".join(f"${number}" for number in range(1, 10))
        statement = f"INSERT INTO consentkit.{self._holds} ({_COLUMNS}) VALUES ({places})"  # noqa: S608 - constants
        self._database.run(lambda db: db.execute(statement, *astuple(hold)))

    def holds(self, now: int) -> list[HoldRow]:
        """See :meth:`Holds.holds`."""
        statement = f"SELECT {_COLUMNS} FROM consentkit.{self._holds} WHERE ends > $1 ORDER BY number"  # noqa: S608
        return [HoldRow(*row) for row in self._database.run(lambda db: db.fetch(statement, now))]

    def end_hold(self, hold_id: str, now: int) -> bool:
        """See :meth:`Holds.end_hold`: whom it was about is forgotten."""
        statement = f"UPDATE consentkit.{self._holds} SET ends = $2, subject = '' WHERE hold_id = $1 AND ends > $2"  # noqa: S608
        return bool(self._database.run(lambda db: db.execute(statement, hold_id, now)) != "UPDATE 0")
