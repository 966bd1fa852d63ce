"""The consent log in PostgreSQL: one sequence without gaps over all hosts.

``leaf`` is the log, ``node`` what proofs need of it, ``record`` what the leaves commit to. ``record`` is partitioned by
index so that erasing can be made final: a deleted row's bytes stay in its page until the table is written anew, and
``VACUUM FULL`` of one partition takes a fraction of a second where that of the whole would stop the site. What the
server's write-ahead log and its backups still hold is for the server's own retention to remove.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from functools import partial
from typing import TYPE_CHECKING, Any

from consentkit.records import merkle
from consentkit.records.store.base import Document, EntryKind, Epoch, LeafRow, NewEntry, Placed, StoredEntry
from consentkit.records.store.postgres import Database, Parameters, make_partition, unsampled
from consentkit.records.store.postgres_holds import HOLD_TABLE, PostgresHolds, held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consentkit.records.note import Checkpoint
    from consentkit.records.store.base import ConsentQuery, ErasureNote

LOCK = 0x636F6E73656E74
"""The writers' advisory lock: "consent" in ASCII."""

PARTITION = 1 << 15
"""Rows to a partition of ``record``: about 40 MB."""

REWRITE_PATIENCE = 60.0
"""Seconds for writing one partition anew."""

TILE = 8
"""Levels between kept nodes, as in the SQLite store."""

_SCHEMA = (
    "CREATE TABLE consentkit.meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE consentkit.epoch (year INTEGER PRIMARY KEY, start BIGINT NOT NULL)",
    'CREATE TABLE consentkit.leaf ("index" BIGINT PRIMARY KEY, hash BYTEA NOT NULL)',
    """CREATE TABLE consentkit.node (
        year INTEGER NOT NULL, level INTEGER NOT NULL, position BIGINT NOT NULL, hash BYTEA NOT NULL,
        PRIMARY KEY (year, level, position)
    )""",
    """CREATE TABLE consentkit.record (
        "index" BIGINT PRIMARY KEY, kind TEXT NOT NULL, time BIGINT NOT NULL, subject TEXT, state TEXT,
        purposes TEXT[] NOT NULL, record_id TEXT NOT NULL, request BYTEA, payload TEXT NOT NULL, salt BYTEA NOT NULL
    ) PARTITION BY RANGE ("index")""",
    'CREATE INDEX record_time ON consentkit.record (time, "index")',
    "CREATE INDEX record_subject ON consentkit.record (subject, time)",
    # Digests of record ids and requests, to recognise repetitions: a unique index can't span partitions.
    'CREATE TABLE consentkit.seen (digest BYTEA PRIMARY KEY, "index" BIGINT NOT NULL)',
    "CREATE TABLE consentkit.unclean (partition BIGINT PRIMARY KEY, times BIGINT NOT NULL)",
    """CREATE TABLE consentkit.document (
        digest TEXT PRIMARY KEY, kind TEXT NOT NULL, language TEXT, body TEXT NOT NULL, time BIGINT NOT NULL
    )""",
    "CREATE TABLE consentkit.mark (origin TEXT PRIMARY KEY, size BIGINT NOT NULL, root BYTEA NOT NULL)",
    HOLD_TABLE.format(name="consent_hold"),
)


_PERSONAL = ("subject", "record_id", "request", "payload", "salt")
_UNSAMPLED = (unsampled("record", _PERSONAL), unsampled("seen", ["digest"]))

# How often a partition became unclean tells whether it did so again while it was being rewritten.
_UNCLEAN = """
INSERT INTO consentkit.unclean VALUES ($1, 1) ON CONFLICT (partition) DO UPDATE SET times = unclean.times + 1
"""


class PostgresConsentStore(PostgresHolds):
    """A :class:`~consentkit.records.store.base.ConsentStore` for any number of hosts."""

    _holds = "consent_hold"

    def __init__(self, url: str, *, site: str) -> None:
        """Name the database and, for a log that doesn't exist yet, the site that is part of its origin.

        Raises:
            ConfigurationError: The extra ``postgres`` isn't installed.
        """
        quoted = site.replace("'", "''")
        # Random, so that no other log, and no second log of this site, can ever pass for this one.
        name = f"'{quoted}/consent-log/' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)"
        origin = f"INSERT INTO consentkit.meta VALUES ('origin', {name})"  # noqa: S608 - DDL takes no parameters
        self._database = Database(url, part="consent log", migrations=((*_SCHEMA, origin), _UNSAMPLED), lock=LOCK)
        self._partitions: set[int] = set()

    def prepare(self) -> None:
        """See :meth:`ConsentStore.prepare`."""
        self._database.run(_nothing)

    def append(self, entries: Sequence[NewEntry], *, year: int) -> list[Placed]:
        """See :meth:`ConsentStore.append`."""
        places, partitions = self._database.transaction(lambda db: self._append(db, entries, year))
        self._partitions |= partitions
        return places

    def select(self, query: ConsentQuery) -> list[StoredEntry]:
        """See :meth:`ConsentStore.select`."""
        values = Parameters()
        conditions = [_readable(values, query.horizon, query.now)]
        if query.subject is not None:
            conditions.append(f"record.subject = {values.add(query.subject)}")
        if query.since is not None:
            conditions.append(f"record.time >= {values.add(query.since)}")
        if query.until is not None:
            conditions.append(f"record.time < {values.add(query.until)}")
        if query.state is not None:
            conditions.append(f"record.state = {values.add(query.state)}")
        if query.purpose is not None:
            conditions.append(f"{values.add(query.purpose)} = ANY (record.purposes)")
        if query.payload_like is not None:
            conditions.append(f"record.payload LIKE ANY ({values.add(list(query.payload_like))}::text[])")
        if query.before is not None:
            time, index = map(values.add, query.before)
            conditions.append(f'(record.time, record."index") < ({time}::bigint, {index}::bigint)')
        statement = f"""
            SELECT record."index", leaf.hash, record.kind, record.time, record.payload, record.salt
            FROM consentkit.record record JOIN consentkit.leaf leaf USING ("index") WHERE {" AND ".join(conditions)}
            ORDER BY record.time DESC, record."index" DESC LIMIT {values.add(query.limit)}
        """  # noqa: S608 - names are constants, values are numbered
        rows = self._database.run(lambda db: db.fetch(statement, *values.values))
        return [StoredEntry(row[0], row[1], EntryKind(row[2]), *row[3:]) for row in map(tuple, rows)]

    def count(self, *, horizon: int, now: int, subject: str | None = None) -> int:
        """See :meth:`ConsentStore.count`."""
        values = Parameters()
        condition = _readable(values, horizon, now)
        if subject is not None:
            condition += f" AND record.subject = {values.add(subject)}"
        statement = f"SELECT count(*) FROM consentkit.record record WHERE {condition}"  # noqa: S608 - as above
        return int(self._database.run(lambda db: db.fetchval(statement, *values.values)))

    def keep_document(self, document: Document) -> None:
        """See :meth:`ConsentStore.keep_document`."""
        statement = "INSERT INTO consentkit.document VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        self._database.run(lambda db: db.execute(statement, *astuple(document)))

    def document(self, digest: str) -> Document | None:
        """See :meth:`ConsentStore.document`."""
        statement = "SELECT digest, kind, language, body, time FROM consentkit.document WHERE digest = $1"
        row = self._database.run(lambda db: db.fetchrow(statement, digest))
        return Document(*row) if row else None

    def documents(self, kind: str) -> list[Document]:
        """See :meth:`ConsentStore.documents`."""
        statement = """
            SELECT digest, kind, language, body, time FROM consentkit.document WHERE kind = $1 ORDER BY time, digest
        """
        return [Document(*row) for row in self._database.run(lambda db: db.fetch(statement, kind))]

    def origin(self) -> str:
        """See :meth:`ConsentStore.origin`."""
        statement = "SELECT value FROM consentkit.meta WHERE key = 'origin'"
        return str(self._database.run(lambda db: db.fetchval(statement)))

    def epochs(self) -> list[Epoch]:
        """See :meth:`ConsentStore.epochs`."""
        return self._database.run(_epochs)

    def subtrees(self, year: int, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """See :meth:`ConsentStore.subtrees`."""

        async def fetch(db: Any) -> list[bytes]:
            start = await db.fetchval("SELECT start FROM consentkit.epoch WHERE year = $1", year)
            return [await _subtree(db, year, start, level, position) for level, position in wanted]

        return self._database.run(fetch)

    def scan(self, *, start: int, end: int, horizon: int, now: int) -> list[LeafRow]:
        """See :meth:`ConsentStore.scan`."""
        values = Parameters()
        shown = f"(record.kind IN ('erasure', 'hold') OR ({_readable(values, horizon, now)}))"
        statement = f"""
            SELECT leaf."index", leaf.hash, record.payload, record.salt FROM consentkit.leaf leaf
            LEFT JOIN consentkit.record record ON record."index" = leaf."index" AND {shown}
            WHERE leaf."index" >= {values.add(start)} AND leaf."index" < {values.add(end)} ORDER BY leaf."index"
        """  # noqa: S608 - as above
        return [LeafRow(*row) for row in self._database.run(lambda db: db.fetch(statement, *values.values))]

    def erase(
        self, *, horizon: int | None, subject: str | None, now: int, limit: int, year: int, note: ErasureNote
    ) -> tuple[int, ...]:
        """See :meth:`ConsentStore.erase`."""
        values = Parameters()
        conditions = ["record.kind = 'consent'", f"NOT {held('consent_hold', 'record', values.add(now), subject=True)}"]
        if horizon is not None:
            conditions.append(f"record.time <= {values.add(horizon)}")
        if subject is not None:
            conditions.append(f"record.subject = {values.add(subject)}")
        statement = f"""
            SELECT "index" FROM consentkit.record record WHERE {" AND ".join(conditions)}
            ORDER BY time LIMIT {values.add(limit)}
        """  # noqa: S608 - as above

        async def work(db: Any) -> tuple[int, ...]:
            indexes = sorted(row[0] for row in await db.fetch(statement, *values.values))
            if indexes:
                await db.execute('DELETE FROM consentkit.seen WHERE "index" = ANY ($1)', indexes)
                await db.execute('DELETE FROM consentkit.record WHERE "index" = ANY ($1)', indexes)
                unclean = [(partition,) for partition in {index // PARTITION for index in indexes}]
                await db.executemany(_UNCLEAN, unclean)
                await self._append(db, [note(indexes)], year)
            return tuple(indexes)

        return self._database.transaction(work)

    def finish_sweep(self) -> None:
        """See :meth:`ConsentStore.finish_sweep`."""
        unclean = self._database.run(lambda db: db.fetch("SELECT partition, times FROM consentkit.unclean"))
        for partition, times in unclean:
            self._database.run(partial(_rewrite, partition=partition, times=times), patience=REWRITE_PATIENCE)
        # A hold that ended leaves its subject in a dead row.
        self._database.run(lambda db: db.execute("VACUUM (FULL) consentkit.consent_hold"))

    def advance(self, checkpoint: Checkpoint, agrees: Callable[[int, bytes], None]) -> None:
        """Move the mark of what was signed, as :meth:`consentkit.records.store.marks.Marks.advance` does.

        The mark is shared by all hosts. It lies in the database it watches over, so it tells an altered log but not a
        whole database put back from an old copy; for that, keep checkpoints elsewhere.
        """
        read = "SELECT size, root FROM consentkit.mark WHERE origin = $1"
        make = "INSERT INTO consentkit.mark VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        move = "UPDATE consentkit.mark SET size = $2, root = $3 WHERE origin = $1 AND size = $4"
        new = (checkpoint.origin, checkpoint.size, checkpoint.root)
        while True:
            mark = self._database.run(lambda db: db.fetchrow(read, checkpoint.origin))
            if mark is not None:
                agrees(*mark)
                if checkpoint.size <= mark[0]:
                    return
            statement = make if mark is None else move
            values: tuple[object, ...] = new if mark is None else (*new, mark[0])
            done = self._database.run(partial(_execute, statement=statement, values=values))
            # Nothing done means that another worker moved it meanwhile: what it signed has to agree too.
            if not done.endswith(" 0"):
                return

    def close(self) -> None:
        """See :meth:`ConsentStore.close`."""
        self._database.close()

    async def _append(self, db: Any, entries: Sequence[NewEntry], year: int) -> tuple[list[Placed], set[int]]:
        size = await db.fetchval('SELECT coalesce(max("index") + 1, 0) FROM consentkit.leaf')
        epoch = await _epoch(db, year, size)
        known = await _seen(db, entries)
        fresh: list[tuple[int, NewEntry]] = []
        places = []
        for entry in entries:
            placed = next((known[digest] for digest in _digests(entry) if digest in known), None)
            if placed is None:
                placed = Placed(size + len(fresh), entry.record_id, entry.leaf, entry.time)
                fresh.append((placed.index, entry))
                known |= dict.fromkeys(_digests(entry), placed)
            places.append(placed)
        partitions = {index // PARTITION for index, _ in fresh}
        for partition in partitions - self._partitions:
            first, end = partition * PARTITION, (partition + 1) * PARTITION
            await make_partition(db, f"record_{partition}", of="record", first=first, end=end, personal=_PERSONAL)
        await _insert(db, fresh)
        await _keep_nodes(db, epoch, size + len(fresh))
        return places, partitions


async def _execute(db: Any, *, statement: str, values: tuple[object, ...]) -> str:
    return str(await db.execute(statement, *values))


async def _nothing(_connection: Any) -> None:
    """Do nothing but be connected, which migrates."""


def _readable(values: Parameters, horizon: int, now: int) -> str:
    kept = held("consent_hold", "record", values.add(now), subject=True)
    return f"record.kind = 'consent' AND (record.time > {values.add(horizon)} OR {kept})"


def _digests(entry: NewEntry) -> list[bytes]:
    digests = [hashlib.sha256(b"record\x00" + entry.record_id.encode()).digest()]
    return digests if entry.request is None else [*digests, hashlib.sha256(b"request\x00" + entry.request).digest()]


async def _seen(db: Any, entries: Sequence[NewEntry]) -> dict[bytes, Placed]:
    digests = [digest for entry in entries for digest in _digests(entry)]
    rows = await db.fetch(
        """SELECT seen.digest, record."index", record.record_id, leaf.hash, record.time FROM consentkit.seen seen
        JOIN consentkit.record record USING ("index") JOIN consentkit.leaf leaf USING ("index")
        WHERE seen.digest = ANY ($1)""",
        digests,
    )
    return {row[0]: Placed(*tuple(row)[1:]) for row in rows}


async def _insert(db: Any, fresh: Sequence[tuple[int, NewEntry]]) -> None:
    await db.executemany("INSERT INTO consentkit.leaf VALUES ($1, $2)", [(index, entry.leaf) for index, entry in fresh])
    await db.executemany(
        "INSERT INTO consentkit.record VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                index,
                entry.kind,
                entry.time,
                entry.subject,
                entry.state,
                entry.purposes,
                entry.record_id,
                entry.request,
                entry.payload,
                entry.salt,
            )
            for index, entry in fresh
        ],
    )
    digests = [(digest, index) for index, entry in fresh for digest in _digests(entry)]
    await db.executemany("INSERT INTO consentkit.seen VALUES ($1, $2)", digests)


async def _epoch(db: Any, year: int, size: int) -> Epoch:
    row = await db.fetchrow("SELECT year, start FROM consentkit.epoch ORDER BY year DESC LIMIT 1")
    # A clock that went back keeps writing to the newest year: the older tree is closed for good.
    if row is None or row[0] < year:
        await db.execute("INSERT INTO consentkit.epoch VALUES ($1, $2)", year, size)
        return Epoch(year, size, 0)
    return Epoch(row[0], row[1], size - row[1])


async def _epochs(db: Any) -> list[Epoch]:
    # One statement and so one snapshot: a year that began between two would make the last one look too long.
    rows = await db.fetch(
        """SELECT year, start, (SELECT coalesce(max("index") + 1, 0) FROM consentkit.leaf)
        FROM consentkit.epoch ORDER BY year"""
    )
    ends = [*(row[1] for row in rows[1:]), *(row[2] for row in rows[-1:])]
    return [Epoch(row[0], row[1], end - row[1]) for row, end in zip(rows, ends, strict=True)]


async def _keep_nodes(db: Any, epoch: Epoch, size: int) -> None:
    """Keep the subtrees that the leaves from the epoch's old size up to index `size` completed."""
    level = TILE
    while (full := (size - epoch.start) >> level) > 0:
        first = epoch.size >> level
        for position in range(first, full):
            hashes = await _children(db, epoch.year, epoch.start, level - TILE, position << TILE, 1 << TILE)
            node = (epoch.year, level, position, merkle.root(hashes))
            await db.execute("INSERT INTO consentkit.node VALUES ($1, $2, $3, $4)", *node)
        level += TILE


async def _subtree(db: Any, year: int, start: int, level: int, position: int) -> bytes:
    above = level % TILE
    return merkle.root(await _children(db, year, start, level - above, position << above, 1 << above))


async def _children(db: Any, year: int, start: int, level: int, first: int, count: int) -> list[bytes]:
    if level == 0:
        statement = 'SELECT hash FROM consentkit.leaf WHERE "index" >= $1 AND "index" < $2 ORDER BY "index"'
        rows = await db.fetch(statement, start + first, start + first + count)
    else:
        statement = """SELECT hash FROM consentkit.node
            WHERE year = $1 AND level = $2 AND position >= $3 AND position < $4 ORDER BY position"""
        rows = await db.fetch(statement, year, level, first, first + count)
    return [row[0] for row in rows]


async def _rewrite(db: Any, *, partition: int, times: int) -> None:
    await db.execute(f"VACUUM (FULL) consentkit.record_{partition}")
    await db.execute("DELETE FROM consentkit.unclean WHERE partition = $1 AND times = $2", partition, times)
