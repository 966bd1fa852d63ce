"""What makes the consent log evidence: checkpoints, proofs, and archives that can be checked without trusting the site.

A log has one tree for each year (temporal sharding, as in Certificate Transparency), named ``<origin>/<year>``. Its
index goes on over the years; a leaf's index in its tree is counted from the year's start.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.errors import EvidenceError
from consentkit.records import merkle
from consentkit.records.moments import to_text, utc_now
from consentkit.records.note import Checkpoint, InclusionProof, sign, signers
from consentkit.records.store.base import EntryKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from consentkit.records.concern import Concern
    from consentkit.records.note import Signer
    from consentkit.records.store.base import ConsentStore, Epoch, LeafRow, MarkStore

ARCHIVE = "consentkit consent log"
"""What the first line of an archive says it is."""
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Shows that the tree of a year only grew between two sizes."""

    year: int
    old_size: int
    size: int
    path: tuple[bytes, ...]


class Proofs:
    """Signs checkpoints and proves what is in the log; it writes nothing but the mark of what was signed."""

    def __init__(
        self,
        store: ConsentStore,
        marks: MarkStore,
        *,
        keys: Sequence[str | bytes] = (),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the log's store and the marks.

        Args:
            store: Where the log is kept.
            marks: What was signed so far.
            keys: The site's secret keys, oldest first. Without any, checkpoints bear no signature.
            clock: The time, in UTC.
        """
        self._store = store
        self._marks = marks
        self._keys = keys
        self._clock = clock
        self._signers: tuple[Signer, ...] | None = None

    async def checkpoint(self, year: int | None = None) -> str:
        """Return the signed checkpoint of a year's tree as it stands; the newest year's unless told.

        Raises:
            EvidenceError: The log isn't a continuation of what was signed before, or has no such year.
            StoreUnavailableError: The log or the mark can't be reached now.
        """
        return await asyncio.to_thread(self.sign_checkpoint, year)

    async def inclusion(self, index: int) -> InclusionProof:
        """Return the proof that the leaf of an index is in the log, against a fresh checkpoint.

        Raises:
            EvidenceError: There is no such leaf, or the log isn't a continuation of what was signed before.
            StoreUnavailableError: The log or the mark can't be reached now.
        """
        return await asyncio.to_thread(self._inclusion, index)

    async def consistency(self, old_size: int, size: int | None = None, *, year: int | None = None) -> ConsistencyProof:
        """Return the proof that a year's tree of `old_size` leaves is the beginning of that of `size`, or of today's.

        Raises:
            EvidenceError: The tree never had these sizes, or the log has no such year.
            StoreUnavailableError: The log can't be reached now.
        """
        return await asyncio.to_thread(self._consistency, old_size, size, year)

    async def verifier_keys(self) -> list[str]:
        """Return the public keys to check checkpoints with; none when they are only authenticated (HMAC).

        Raises:
            StoreUnavailableError: The log can't be reached now.
        """
        keys = await asyncio.to_thread(self._load_signers)
        return [key for signer in keys if (key := signer.verifier_key())]

    async def size(self) -> int:
        """Return how many leaves the log has.

        Raises:
            StoreUnavailableError: The log can't be reached now.
        """
        return sum(epoch.size for epoch in await asyncio.to_thread(self._store.epochs))

    async def archive(self, *, horizon: int, now: int, concern: Concern | None = None) -> AsyncIterator[bytes]:
        """Write the whole log as NDJSON that :mod:`consentkit.records.verify` checks without the site.

        The lines are: what it is; then for each year its tree, every leaf with what it commits to unless that was
        erased, and the checkpoint.

        Args:
            horizon: What expired by then is left out; it should have been swept.
            now: The same moment's clock, for holds.
            concern: Whom it is for: of the choices that don't concern them the leaf alone is written, which keeps the
                log whole and tells nothing.
        """
        origin = await asyncio.to_thread(self._store.origin)
        part = {"part": True} if concern is not None else {}
        yield _line({"log": ARCHIVE, "version": 1, "origin": origin, "time": to_text(self._clock()), **part})
        for epoch in await asyncio.to_thread(self._store.epochs):
            checkpoint = await asyncio.to_thread(self._sign, epoch)
            yield _line({"year": epoch.year, "start": epoch.start, "size": epoch.size})
            index, end = epoch.start, epoch.start + epoch.size
            while index < end:
                rows = await asyncio.to_thread(
                    self._store.scan, start=index, end=min(end, index + _CHUNK), horizon=horizon, now=now
                )
                for row in rows:
                    yield _line(_leaf(row, concern))
                index += _CHUNK
            yield _line({"checkpoint": checkpoint})

    def check(self) -> None:
        """Compare every year's tree with what was signed for it, blocking.

        Raises:
            EvidenceError: The log isn't a continuation of what was signed before.
            StoreUnavailableError: The log or the mark can't be reached now.
        """
        for epoch in self._store.epochs():
            self._sign(epoch)

    def sign_checkpoint(self, year: int | None = None) -> str:
        """Do as :meth:`checkpoint`, blocking."""
        return self._sign(self._epoch(year))

    def _sign(self, epoch: Epoch) -> str:
        keys = self._load_signers()
        root = self._root(epoch, epoch.size)
        checkpoint = Checkpoint(f"{self._store.origin()}/{epoch.year}", epoch.size, root)

        def agrees(size: int, signed: bytes) -> None:
            # Another worker may have signed a larger tree since ours was read.
            grown = epoch if size <= epoch.size else self._epoch(epoch.year)
            if size > grown.size:
                message = (
                    f"the consent log of {epoch.year} has {grown.size} entries, but {size} were signed for: some are "
                    "gone, perhaps because an old copy was put back; nothing is signed until that is cleared up"
                )
                raise EvidenceError(message)
            if self._root(grown, size) != signed:
                message = (
                    f"the first {size} entries of the consent log of {epoch.year} are not those that were signed for: "
                    "the log was altered or replaced; nothing is signed until that is cleared up"
                )
                raise EvidenceError(message)

        self._marks.advance(checkpoint, agrees)
        return sign(checkpoint.text(), keys)

    def _inclusion(self, index: int) -> InclusionProof:
        for epoch in self._store.epochs():
            if epoch.start <= index < epoch.start + epoch.size:
                break
        else:
            message = f"the consent log has no entry {index}"
            raise EvidenceError(message)
        local = index - epoch.start
        path = self._fetched(epoch.year, lambda subtree: merkle.inclusion_proof(local, epoch.size, subtree))
        return InclusionProof(local, tuple(path), self._sign(epoch))

    def _consistency(self, old_size: int, size: int | None, year: int | None) -> ConsistencyProof:
        epoch = self._epoch(year)
        size = epoch.size if size is None else size
        if not 0 <= old_size <= size <= epoch.size:
            message = f"the tree of {epoch.year} has {epoch.size} leaves; it never grew from {old_size} to {size}"
            raise EvidenceError(message)
        path = self._fetched(epoch.year, lambda subtree: merkle.consistency_proof(old_size, size, subtree))
        return ConsistencyProof(epoch.year, old_size, size, tuple(path))

    def _epoch(self, year: int | None) -> Epoch:
        epochs = self._store.epochs()
        found = [epoch for epoch in epochs if year is None or epoch.year == year]
        if not found:
            message = "the consent log is empty" if year is None else f"the consent log has no entries of {year}"
            raise EvidenceError(message)
        return found[-1]

    def _root(self, epoch: Epoch, size: int) -> bytes:
        return self._fetched(epoch.year, lambda subtree: [merkle.range_root(0, size, subtree)])[0]

    def _fetched(self, year: int, compute: Callable[[merkle.Subtree], list[bytes]]) -> list[bytes]:
        """Compute twice: once to learn which subtrees are needed, once with their hashes, fetched together."""
        needed: dict[tuple[int, int], bytes] = {}

        def ask(level: int, position: int) -> bytes:
            needed[level, position] = b""
            return b""

        compute(ask)
        places = list(needed)
        hashes = dict(zip(places, self._store.subtrees(year, places), strict=True))
        return compute(lambda level, position: hashes[level, position])

    def _load_signers(self) -> tuple[Signer, ...]:
        if self._signers is None:
            self._signers = signers(self._store.origin(), self._keys)
        return self._signers


def _leaf(row: LeafRow, concern: Concern | None) -> dict[str, object]:
    line: dict[str, object] = {"index": row.index, "leaf": row.leaf.hex()}
    if row.payload is not None and row.salt is not None:
        contents = _contents(row.payload)
        if concern is None or _is_shown(contents, concern):
            line |= {"salt": row.salt.hex(), "payload": contents}
    return line


def _is_shown(contents: object, concern: Concern) -> bool:
    """Tell whether an entry belongs into an archive for somebody: what is about the log itself is about nobody."""
    if not isinstance(contents, dict):
        return False
    return contents.get("type") != EntryKind.CONSENT or concern.includes(contents)


def _contents(payload: str) -> object:
    """Return what a leaf commits to; what somebody altered beyond JSON is archived as it is, for the check to name."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
