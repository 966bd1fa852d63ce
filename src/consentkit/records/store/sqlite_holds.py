"""Legal holds in a SQLite file: rows that must outlive their deadline.

Both logs' files have the same table. A hold keeps only what hadn't expired when it was placed: it must not bring back
to sight what nobody was allowed to read any more.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from consentkit.records.store.base import HoldRow
from consentkit.records.store.sqlite import blank

if TYPE_CHECKING:
    import sqlite3

HOLD_TABLE = """
CREATE TABLE hold (
    number INTEGER PRIMARY KEY, hold_id TEXT NOT NULL, subject TEXT, since INTEGER, until INTEGER,
    reason TEXT NOT NULL, author TEXT NOT NULL, created INTEGER NOT NULL, ends INTEGER NOT NULL, floor INTEGER NOT NULL
)"""
_COLUMNS = "hold_id, subject, since, until, reason, author, created, ends, floor"


def held(table: str, *, subject: bool) -> str:
    """Return the SQL condition that a row is under a hold; it takes ``:now``.

    Args:
        table: The table of the row.
        subject: Whether its rows belong to somebody.
    """
    whose = f"(hold.subject IS NULL OR hold.subject = {table}.subject)" if subject else "hold.subject IS NULL"
    return f"""EXISTS (
        SELECT 1 FROM hold WHERE hold.ends > :now AND {table}.time > hold.floor AND {whose}
        AND (hold.since IS NULL OR {table}.time >= hold.since) AND (hold.until IS NULL OR {table}.time < hold.until)
    )"""  # noqa: S608 - the table's name is a constant of the caller


def add(db: sqlite3.Connection, hold: HoldRow) -> None:
    """Place a hold."""
    db.execute(f"INSERT INTO hold ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", astuple(hold))  # noqa: S608


def active(db: sqlite3.Connection, now: int) -> list[HoldRow]:
    """Return the holds that haven't ended, oldest first."""
    statement = f"SELECT {_COLUMNS} FROM hold WHERE ends > ? ORDER BY number"  # noqa: S608 - constants
    return [HoldRow(*row) for row in db.execute(statement, (now,))]


def end(db: sqlite3.Connection, hold_id: str, now: int) -> bool:
    """End a hold and forget whom it was about; tell whether there was such a hold."""
    statement = f"UPDATE hold SET ends = ?, subject = {blank('subject')} WHERE hold_id = ? AND ends > ?"  # noqa: S608
    return db.execute(statement, (now, hold_id, now)).rowcount > 0
