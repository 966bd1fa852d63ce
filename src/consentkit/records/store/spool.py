"""Refusals and withdrawals that wait for a consent log that is down, in a file of their own.

They have taken effect already (a refusal never waits for a store); what waits is their entry. All workers share the
file and any of them may bring in what lies there: entries are recognised by their record id, so twice is once.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consentkit.errors import StoreUnavailableError
from consentkit.records.store.base import EntryKind, NewEntry
from consentkit.records.store.sqlite import SqliteFile, blank, durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SCHEMA = ("CREATE TABLE waiting (number INTEGER PRIMARY KEY, entry TEXT NOT NULL)",)


def place_on_host(database: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file of this host where what is meant for a server's database waits.

    Its folder is systemd's ``$STATE_DIRECTORY``, else ``consentkit`` in the user's folder for state (XDG Base
    Directory). Its name tells the database without user and password, so that all workers of a site find the same.
    """
    folder = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if not folder:
        # Not Path.home(): it raises for a user without a home, and a site must start all the same.
        state = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111
        folder = str(Path(state, "consentkit"))
    parts = urlsplit(database)
    named = f"{parts.hostname} {parts.port} {parts.path} {parts.query}"
    return Path(folder).absolute() / f"{hashlib.sha256(named.encode()).hexdigest()[:16]}.spool.db"


class Spool:
    """A durable queue of entries."""

    def __init__(self, path: Path) -> None:
        """Name the file; it isn't made before something has to wait."""
        self._path = path
        self._file = SqliteFile(path, what="the spool", durability=durable(), migrations=(_SCHEMA,))

    def exists(self) -> bool:
        """Tell whether something may lie in the spool."""
        return self._path.exists()

    def put(self, entry: NewEntry) -> None:
        """Keep an entry durably.

        Raises:
            StoreUnavailableError: It couldn't be kept.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder of the spool {self._path} can't be made: {error}"
            raise StoreUnavailableError(message) from error
        with self._file.writing() as db:
            db.execute("INSERT INTO waiting (entry) VALUES (?)", (_write(entry),))

    def peek(self, limit: int) -> list[tuple[int, NewEntry]]:
        """Return the oldest entries with their numbers.

        Raises:
            StoreUnavailableError: The file can't be read now.
        """
        if not self.exists():
            return []
        with self._file.reading() as db:
            statement = "SELECT number, entry FROM waiting WHERE typeof(entry) = 'text' ORDER BY number LIMIT ?"
            return [(number, _read(entry)) for number, entry in db.execute(statement, (limit,))]

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget entries that are in the log now, leaving no byte of them.

        Raises:
            StoreUnavailableError: The file can't be written now; they will be brought in again, which does no harm.
        """
        with self._file.writing() as db:
            forget = f"UPDATE waiting SET entry = {blank('entry')} WHERE number = ?"  # noqa: S608 - a constant
            db.executemany(forget, [(number,) for number in numbers])
            if db.execute("SELECT count(*) FROM waiting WHERE typeof(entry) = 'text'").fetchone() == (0,):
                db.execute("DELETE FROM waiting")
        self._file.empty_journal()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _write(entry: NewEntry) -> str:
    fields = {
        "kind": entry.kind,
        "record_id": entry.record_id,
        "request": entry.request and entry.request.hex(),
        "time": entry.time,
        "subject": entry.subject,
        "state": entry.state,
        "purposes": entry.purposes,
        "payload": entry.payload,
        "salt": entry.salt.hex(),
        "leaf": entry.leaf.hex(),
    }
    return json.dumps(fields)


def _read(text: str) -> NewEntry:
    fields = json.loads(text)
    fields["kind"] = EntryKind(fields["kind"])
    fields["purposes"] = tuple(fields["purposes"])
    for name in ("salt", "leaf"):
        fields[name] = bytes.fromhex(fields[name])
    fields["request"] = fields["request"] and bytes.fromhex(fields["request"])
    return NewEntry(**fields)
