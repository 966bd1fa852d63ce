"""The newest checkpoint that was signed for each tree, in a file of its own.

It is apart from the log so that a log put back from an old copy is found out: its tree is smaller than the mark, or
another. Sunlight keeps the same file for the same reason. One transaction compares and moves the mark, so no two
workers ever sign trees that don't agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.records.store.sqlite import SqliteFile, durable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consentkit.records.note import Checkpoint

_SCHEMA = ("CREATE TABLE mark (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) WITHOUT ROWID",)


class Marks:
    """Remembers the newest signed checkpoint of each tree."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._file = SqliteFile(path, what="the file of checkpoints", durability=durable(), migrations=(_SCHEMA,))

    def advance(self, checkpoint: Checkpoint, agrees: Callable[[int, bytes], None]) -> None:
        """Move the mark to a checkpoint that is about to be signed; a larger one stays where it is.

        Args:
            checkpoint: The new one.
            agrees: Called with size and root of the mark; raises when the log isn't a continuation of that tree.

        Raises:
            StoreUnavailableError: The mark can't be kept now, so nothing may be signed.
        """
        with self._file.writing() as db:
            row = db.execute("SELECT size, root FROM mark WHERE origin = ?", (checkpoint.origin,)).fetchone()
            if row:
                agrees(*row)
            if not row or checkpoint.size > row[0]:
                mark = (checkpoint.origin, checkpoint.size, checkpoint.root)
                db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?)", mark)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
