"""The consent log in a SQLite file.

``leaf`` is the log: it only ever grows, and its index has no gaps. ``record`` and ``content`` hold what a leaf commits
to, and can be erased without touching it; ``record`` is narrow, so that a search reads little. ``node`` keeps the
hashes of the complete subtrees over 256, 65,536, ... leaves, so that a proof in a log of millions reads some thousand
rows; ``leaf`` alone suffices to compute it again.

How erasing works is told in :mod:`consentkit.records.store.sqlite`. Its first condition is that no index holds anything
about a person: the indexes here are over times and over 32 bits of a digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from typing import TYPE_CHECKING

from consentkit.records import merkle
from consentkit.records.store import sqlite_holds
from consentkit.records.store.base import Document, EntryKind, Epoch, LeafRow, Placed, StoredEntry
from consentkit.records.store.sqlite import BLANK_TIME, SqliteFile, blank, durable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from consentkit.records.store.base import ConsentQuery, ErasureNote, HoldRow, NewEntry

TILE = 8
"""Levels between kept nodes: 256 children each, the width of a tile in C2SP tlog-tiles."""

BLANK_KEY = 1 << 40
"""The key of a blanked row; see :func:`_key`."""

_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE epoch (year INTEGER PRIMARY KEY, start INTEGER NOT NULL)",
    'CREATE TABLE leaf ("index" INTEGER PRIMARY KEY, hash BLOB NOT NULL)',
    """CREATE TABLE node (
        year INTEGER NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (year, level, position)
    ) WITHOUT ROWID""",
    """CREATE TABLE record (
        "index" INTEGER PRIMARY KEY, kind TEXT NOT NULL, time INTEGER NOT NULL, subject TEXT, state TEXT,
        purposes TEXT NOT NULL, request BLOB, subject_key INTEGER, id_key INTEGER NOT NULL, request_key INTEGER
    )""",
    """CREATE TABLE content (
        "index" INTEGER PRIMARY KEY, record_id TEXT NOT NULL, payload TEXT NOT NULL, salt BLOB NOT NULL
    )""",
    "CREATE INDEX record_time ON record (time)",
    "CREATE INDEX record_subject ON record (subject_key, time) WHERE subject_key IS NOT NULL",
    "CREATE INDEX record_id ON record (id_key)",
    "CREATE INDEX record_request ON record (request_key) WHERE request_key IS NOT NULL",
    """CREATE TABLE document (
        number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, language TEXT, body TEXT NOT NULL,
        time INTEGER NOT NULL
    )""",
    sqlite_holds.HOLD_TABLE,
)

_HELD = sqlite_holds.held("record", subject=True)
_READABLE = f"record.kind = 'consent' AND (record.time > :horizon OR {_HELD})"

_SELECT = f"""
SELECT record."index", leaf.hash, record.kind, record.time, content.payload, content.salt
FROM record JOIN content USING ("index") JOIN leaf USING ("index") WHERE {_READABLE}
"""  # noqa: S608 - every part is a constant of this module
_SCAN = f"""
SELECT leaf."index", leaf.hash, content.payload, content.salt FROM leaf LEFT JOIN (
    content JOIN record ON record."index" = content."index" AND (record.kind IN ('erasure', 'hold') OR ({_READABLE}))
) ON content."index" = leaf."index" WHERE leaf."index" >= :start AND leaf."index" < :end ORDER BY leaf."index"
"""  # noqa: S608 - constants
_ORDER = ' ORDER BY record.time DESC, record."index" DESC LIMIT :limit'
_FILTERS = {
    "subject": " AND record.subject_key = :subject_key AND record.subject = :subject",
    "since": " AND record.time >= :since",
    "until": " AND record.time < :until",
    "state": " AND record.state = :state",
    "purpose": " AND instr(record.purposes, char(10) || :purpose || char(10)) > 0",
    "before": ' AND (record.time, record."index") < (:before_time, :before_index)',
}
_BLANK_RECORD = f"""
UPDATE record SET kind = '(blank)', time = {BLANK_TIME}, subject = {blank("subject")}, state = {blank("state")},
    purposes = {blank("purposes")}, request = {blank("request")}, subject_key = {BLANK_KEY}, id_key = {BLANK_KEY},
    request_key = iif(request_key IS NULL, NULL, {BLANK_KEY})
WHERE "index" = ?
"""  # noqa: S608 - constants
_BLANK_CONTENT = f"""
UPDATE content SET record_id = {blank("record_id")}, payload = {blank("payload")}, salt = {blank("salt")}
WHERE "index" = ?
"""  # noqa: S608 - constants


class SqliteConsentStore:
    """A :class:`~consentkit.records.store.base.ConsentStore` in one file."""

    def __init__(self, path: Path, *, site: str) -> None:
        """Name the file and, for a log that doesn't exist yet, the site that is part of its origin."""
        quoted = site.replace("'", "''")
        # Random, so that no other log, and no second log of this site, can ever pass for this one.
        name = f"'{quoted}/consent-log/' || lower(hex(randomblob(8)))"
        origin = f"INSERT INTO meta VALUES ('origin', {name})"  # noqa: S608 - a migration takes no parameters
        migrations = ((*_SCHEMA, origin),)
        self._file = SqliteFile(path, what="the consent log", durability=durable(), migrations=migrations)

    def prepare(self) -> None:
        """See :meth:`ConsentStore.prepare`."""
        self._file.prepare()

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        """See :meth:`ConsentStore.append`."""
        with self._file.writing() as db:
            return _append(db, entries, year)

    def select(self, query: ConsentQuery) -> list[StoredEntry]:
        """See :meth:`ConsentStore.select`."""
        wanted = [name for name in _FILTERS if getattr(query, name) is not None]
        before_time, before_index = query.before or (None, None)
        like = {f"like_{place}": pattern for place, pattern in enumerate(query.payload_like or ())}
        matching = " OR ".join(f"content.payload LIKE :{name} ESCAPE '\\'" for name in like) or "FALSE"
        filters = [_FILTERS[name] for name in wanted] + (
            [f" AND ({matching})"] if query.payload_like is not None else []
        )
        statement = _SELECT + "".join(filters) + _ORDER
        values: dict[str, object] = {name: getattr(query, name) for name in _FILTERS if name != "before"}
        values |= {"before_time": before_time, "before_index": before_index}
        values["subject_key"] = _key(query.subject)
        values |= {"horizon": query.horizon, "now": query.now, "limit": query.limit, **like}
        with self._file.reading() as db:
            rows = db.execute(statement, values).fetchall()
        return [
            StoredEntry(index, leaf, EntryKind(kind), time, payload, salt)
            for index, leaf, kind, time, payload, salt in rows
        ]

    def count(self, *, horizon: int, now: int, subject: str | None = None) -> int:
        """See :meth:`ConsentStore.count`."""
        whose = _FILTERS["subject"] if subject is not None else ""
        values = {"horizon": horizon, "now": now, "subject": subject, "subject_key": _key(subject)}
        with self._file.reading() as db:
            statement = f"SELECT count(*) FROM record WHERE {_READABLE}{whose}"  # noqa: S608 - constants of this module
            return int(db.execute(statement, values).fetchone()[0])

    def keep_document(self, document: Document) -> None:
        """See :meth:`ConsentStore.keep_document`."""
        statement = """
            INSERT INTO document (digest, kind, language, body, time) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
        with self._file.sweeping() as db:
            db.execute(statement, astuple(document))

    def document(self, digest: str) -> Document | None:
        """See :meth:`ConsentStore.document`."""
        statement = "SELECT digest, kind, language, body, time FROM document WHERE digest = ?"
        with self._file.reading() as db:
            row = db.execute(statement, (digest,)).fetchone()
        return Document(*row) if row else None

    def documents(self, kind: str) -> list[Document]:
        """See :meth:`ConsentStore.documents`."""
        statement = "SELECT digest, kind, language, body, time FROM document WHERE kind = ? ORDER BY number"
        with self._file.reading() as db:
            return [Document(*row) for row in db.execute(statement, (kind,))]

    def origin(self) -> str:
        """See :meth:`ConsentStore.origin`."""
        with self._file.reading() as db:
            return str(db.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()[0])

    def epochs(self) -> list[Epoch]:
        """See :meth:`ConsentStore.epochs`."""
        with self._file.reading() as db:
            return _epochs(db)

    def subtrees(self, year: int, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """See :meth:`ConsentStore.subtrees`."""
        with self._file.reading() as db:
            start = {epoch.year: epoch.start for epoch in _epochs(db)}[year]
            return [_subtree(db, year, start, level, position) for level, position in wanted]

    def scan(self, *, start: int, end: int, horizon: int, now: int) -> list[LeafRow]:
        """See :meth:`ConsentStore.scan`."""
        values = {"start": start, "end": end, "horizon": horizon, "now": now}
        with self._file.reading() as db:
            return [LeafRow(*row) for row in db.execute(_SCAN, values)]

    def erase(
        self, *, horizon: int | None, subject: str | None, now: int, limit: int, year: int, note: ErasureNote
    ) -> tuple[int, ...]:
        """See :meth:`ConsentStore.erase`."""
        conditions = ["kind = 'consent'", f"time > {BLANK_TIME}", f"NOT {_HELD}"]
        if horizon is not None:
            conditions.append("time <= :horizon")
        if subject is not None:
            conditions.append("subject_key = :subject_key AND subject = :subject")
        where = " AND ".join(conditions)
        statement = f'SELECT "index" FROM record WHERE {where} ORDER BY time LIMIT :limit'  # noqa: S608 - constants
        values = {"horizon": horizon, "subject": subject, "subject_key": _key(subject), "now": now, "limit": limit}
        with self._file.sweeping() as db:
            indexes = sorted(index for (index,) in db.execute(statement, values))
            if indexes:
                db.executemany(_BLANK_RECORD, [(index,) for index in indexes])
                db.executemany(_BLANK_CONTENT, [(index,) for index in indexes])
                _append(db, [note(indexes)], year)
        return tuple(indexes)

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

    def finish_sweep(self) -> None:
        """See :meth:`ConsentStore.finish_sweep`."""
        self._file.empty_journal()

    def close(self) -> None:
        """See :meth:`ConsentStore.close`."""
        self._file.close()


def _append(db: sqlite3.Connection, entries: Sequence[NewEntry], year: int) -> list[Placed]:
    size = db.execute('SELECT coalesce(max("index") + 1, 0) FROM leaf').fetchone()[0]
    epoch = _epoch(db, year, size)
    places = []
    for entry in entries:
        placed = _find(db, entry)
        if placed is None:
            placed = Placed(size, entry.record_id, entry.leaf, entry.time)
            _insert(db, size, entry)
            size += 1
            _keep_nodes(db, epoch, size)
        places.append(placed)
    return places


def _epoch(db: sqlite3.Connection, year: int, size: int) -> Epoch:
    row = db.execute("SELECT year, start FROM epoch ORDER BY year DESC LIMIT 1").fetchone()
    # A clock that went back keeps writing to the newest year: the older tree is closed for good.
    if row is None or row[0] < year:
        db.execute("INSERT INTO epoch VALUES (?, ?)", (year, size))
        return Epoch(year, size, 0)
    return Epoch(row[0], row[1], size - row[1])


def _key(text: str | bytes | None) -> int | None:
    """Return 32 bits of a digest, in an integer that always takes six bytes so that it can be blanked in place."""
    if text is None:
        return None
    digest = hashlib.sha256(text.encode("ascii") if isinstance(text, str) else text).digest()
    return BLANK_KEY | int.from_bytes(digest[:4], "big")


def _find(db: sqlite3.Connection, entry: NewEntry) -> Placed | None:
    row = db.execute(
        """SELECT "index", record_id, hash, time FROM record JOIN content USING ("index") JOIN leaf USING ("index")
        WHERE (id_key = ? AND record_id = ?) OR (request_key = ? AND request = ?) ORDER BY "index" LIMIT 1""",
        (_key(entry.record_id), entry.record_id, _key(entry.request), entry.request),
    ).fetchone()
    return Placed(*row) if row else None


def _insert(db: sqlite3.Connection, index: int, entry: NewEntry) -> None:
    purposes = "".join(f"\n{purpose}" for purpose in entry.purposes) + "\n"
    keys = (_key(entry.subject), _key(entry.record_id), _key(entry.request))
    row = (index, entry.kind, entry.time, entry.subject, entry.state, purposes, entry.request, *keys)
    db.execute("INSERT INTO leaf VALUES (?, ?)", (index, entry.leaf))
    db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.execute("INSERT INTO content VALUES (?, ?, ?, ?)", (index, entry.record_id, entry.payload, entry.salt))


def _keep_nodes(db: sqlite3.Connection, epoch: Epoch, size: int) -> None:
    """Keep the subtrees that the leaf before index `size` completed, at every level that is kept."""
    grown = size - epoch.start
    level = TILE
    while grown % (1 << level) == 0:
        position = (grown >> level) - 1
        node = merkle.root(_children(db, epoch.year, epoch.start, level - TILE, position << TILE, 1 << TILE))
        db.execute("INSERT INTO node VALUES (?, ?, ?, ?)", (epoch.year, level, position, node))
        level += TILE


def _epochs(db: sqlite3.Connection) -> list[Epoch]:
    size = db.execute('SELECT coalesce(max("index") + 1, 0) FROM leaf').fetchone()[0]
    rows = db.execute("SELECT year, start FROM epoch ORDER BY year").fetchall()
    ends = [*(start for _, start in rows), size][1:]
    return [Epoch(year, start, end - start) for (year, start), end in zip(rows, ends, strict=True)]


def _subtree(db: sqlite3.Connection, year: int, start: int, level: int, position: int) -> bytes:
    above = level % TILE
    return merkle.root(_children(db, year, start, level - above, position << above, 1 << above))


def _children(db: sqlite3.Connection, year: int, start: int, level: int, first: int, count: int) -> list[bytes]:
    if level == 0:
        statement = 'SELECT hash FROM leaf WHERE "index" >= ? AND "index" < ? ORDER BY "index"'
        values: tuple[int, ...] = (start + first, start + first + count)
    else:
        statement = (
            "SELECT hash FROM node WHERE year = ? AND level = ? AND position >= ? AND position < ? ORDER BY position"
        )
        values = (year, level, first, first + count)
    return [node for (node,) in db.execute(statement, values)]
