"""Check an archive of the consent log without the site that wrote it.

Nothing is believed: every leaf is computed from what it commits to, every root from the leaves, and the roots are
compared with the signed checkpoints, those in the archive and those the auditor kept. What is found wrong is named by
its place, the first one first.

An entry without contents is in order only when a later entry says that it was erased, or where the archive says that it
is one made for a controller, which leaves out what doesn't concern them. A log that was cut short, put
back from an old copy or written anew is in order by itself; only a checkpoint kept elsewhere shows it. Without one, the
answer to "is this the log?" is "it is a log".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from consentkit.errors import EvidenceError
from consentkit.records import merkle
from consentkit.records.entry import canonical, commitment
from consentkit.records.note import Checkpoint, Verifier, open_note, text_of
from consentkit.records.proofs import ARCHIVE
from consentkit.records.store.base import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_FINDINGS = 100
"""A log that is wrong throughout needn't be listed throughout."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at a line of the archive, counted from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(slots=True)
class Report:
    """What came of checking an archive.

    Attributes:
        origin: The log it says it is.
        entries: How many leaves it has.
        consents: How many of them are readable choices.
        erased: How many were erased, and say so.
        withheld: How many have no contents here, in an archive made for one controller.
        signed: How many checkpoints a trusted key signed.
        known: How many of the checkpoints kept by the auditor were found to agree.
        findings: What is wrong, in the order of the archive.
    """

    origin: str = ""
    entries: int = 0
    consents: int = 0
    erased: int = 0
    withheld: int = 0
    signed: int = 0
    known: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings


def verify(lines: Iterable[bytes], *, verifiers: Sequence[Verifier] = (), known: Sequence[str] = ()) -> Report:
    """Check an archive as :meth:`consentkit.records.proofs.Proofs.archive` writes it.

    Args:
        lines: The archive; only one line at a time is kept.
        verifiers: The keys trusted to sign checkpoints. Without any, signatures aren't looked at.
        known: Checkpoints, as signed notes, that the auditor kept from earlier.

    Returns:
        The report; :attr:`Report.findings` is empty when everything holds.

    Raises:
        EvidenceError: A checkpoint in `known` isn't one, or isn't signed by a trusted key.
    """
    check = _Check(verifiers, [_checkpoint(note, verifiers) for note in known])
    for number, line in enumerate(lines, 1):
        check.line(number, line)
        if len(check.report.findings) >= _MOST_FINDINGS:
            check.wrong("too much is wrong; the rest was not checked")
            return check.report
    check.end()
    return check.report


class _Check:
    """The state of going through an archive once."""

    def __init__(self, verifiers: Sequence[Verifier], known: Sequence[Checkpoint]) -> None:
        self.report = Report()
        self._verifiers = verifiers
        self._known = {(mark.origin, mark.size): mark for mark in known}
        self._number = 0
        self._year: int | None = None
        self._part = False
        self._size = 0
        self._tree = merkle.CompactRange()
        self._bare: dict[int, int] = {}
        self._finished: set[int] = set()

    def wrong(self, message: str, *, line: int | None = None) -> None:
        self.report.findings.append(Finding(line or self._number, message))

    def line(self, number: int, line: bytes) -> None:
        self._number = number
        try:
            value = json.loads(line)
        except ValueError:
            self.wrong(f"not JSON: {line[:60]!r}")
            return
        if not isinstance(value, dict):
            self.wrong(f"not a line of an archive: {line[:60]!r}")
        elif number == 1:
            self._head(value)
        elif "year" in value:
            self._begin(value)
        elif "checkpoint" in value:
            self._close(value["checkpoint"])
        elif "index" in value:
            self._leaf(value)
        else:
            self.wrong(f"not a line of an archive: {line[:60]!r}")

    def end(self) -> None:
        if self._number == 0:
            self.wrong("the archive is empty", line=1)
        if self._year is not None:
            self.wrong(f"the archive ends within {self._year}: its checkpoint is missing")
        if self._part:
            self.report.withheld = len(self._bare)
            self._bare.clear()
        for index, line in sorted(self._bare.items()):
            self.wrong(f"entry {index} has no contents, and no entry says that it was erased", line=line)
        for origin, size in sorted(self._known):
            self.wrong(f"the checkpoint kept of {origin} with {size} entries is not a beginning of this log")
        self.report.findings.sort(key=lambda finding: finding.line)

    def _head(self, value: Mapping[str, Any]) -> None:
        self._part = value.get("part") is True
        known = {"log", "version", "origin", "time", *(("part",) if self._part else ())}
        proper = value.keys() == known and isinstance(value["origin"], str)
        if not proper or value["log"] != ARCHIVE or value["version"] != 1:
            self.wrong(f"not an archive of a consent log of version 1; it begins with {json.dumps(value)[:120]}")
            return
        self.report.origin = value["origin"]

    def _begin(self, value: Mapping[str, Any]) -> None:
        if self._year is not None:
            self.wrong(f"the checkpoint of {self._year} is missing")
        year, start, size = value.get("year"), value.get("start"), value.get("size")
        if not isinstance(year, int) or not isinstance(size, int):
            self.wrong(f"not a year of the log: {json.dumps(value)[:120]}")
            return
        if start != self.report.entries:
            self.wrong(f"the tree of {year} begins at {start}, but {self.report.entries} entries came before it")
        if self._finished and year <= max(self._finished):
            self.wrong(f"the tree of {year} comes after that of {max(self._finished)}")
        self._year, self._size, self._tree = year, size, merkle.CompactRange()
        self._compare()

    def _leaf(self, value: Mapping[str, Any]) -> None:
        expected = self.report.entries
        index = value["index"]
        if index != expected:
            self.wrong(f"entry {index} stands where entry {expected} belongs: one was removed, added or moved")
        self.report.entries += 1
        leaf = _hex(value.get("leaf"))
        if leaf is None or len(leaf) != merkle.HASH_SIZE:
            self.wrong(f"entry {index} has no leaf hash: {json.dumps(value.get('leaf'))[:80]}")
            return
        if self._year is None:
            self.wrong(f"entry {index} belongs to no year")
        self._tree.append(leaf)
        self._compare()
        if "payload" in value or "salt" in value:
            self._contents(expected, leaf, value)
        else:
            self._bare[expected] = self._number

    def _contents(self, index: int, leaf: bytes, value: Mapping[str, Any]) -> None:
        payload, salt = value.get("payload"), _hex(value.get("salt"))
        if not isinstance(payload, dict) or not _commits(leaf, salt, payload):
            self.wrong(f"entry {index} does not match its leaf: its contents, its salt or the leaf were altered")
            return
        if payload.get("type") == EntryKind.ERASURE:
            self._erasure(index, payload)
        elif payload.get("type") == EntryKind.CONSENT:
            self.report.consents += 1

    def _erasure(self, index: int, payload: Mapping[str, Any]) -> None:
        for gone in payload.get("indexes", ()):
            if self._bare.pop(gone, None) is None:
                self.wrong(f"entry {index} says that entry {gone} was erased, but it was not, or was already")
            else:
                self.report.erased += 1

    def _close(self, note: object) -> None:
        year, self._year = self._year, None
        if year is None:
            self.wrong("a checkpoint of no year")
            return
        self._finished.add(year)
        if self._tree.size != self._size:
            self.wrong(f"the tree of {year} has {self._tree.size} entries, not {self._size}: some were removed")
        try:
            checkpoint = _checkpoint(str(note), self._verifiers)
        except EvidenceError as error:
            self.wrong(f"the checkpoint of {year}: {error}")
            return
        if checkpoint.origin != f"{self.report.origin}/{year}":
            self.wrong(f"the checkpoint of {year} is of {checkpoint.origin!r}, not of {self.report.origin}/{year}")
        elif checkpoint.size != self._tree.size or checkpoint.root != self._tree.root():
            self.wrong(
                f"the entries of {year} don't make the root that was signed: one whose contents are erased was "
                "altered, or entries were removed or added"
            )
        elif self._verifiers:
            self.report.signed += 1

    def _compare(self) -> None:
        """Compare the tree as it grows with the checkpoints that the auditor kept of it."""
        mark = self._known.pop((f"{self.report.origin}/{self._year}", self._tree.size), None)
        if mark is None:
            return
        if mark.root == self._tree.root():
            self.report.known += 1
        else:
            self.wrong(f"the first {mark.size} entries of {self._year} are not those of the checkpoint that was kept")


def _commits(leaf: bytes, salt: bytes | None, payload: Mapping[str, object]) -> bool:
    try:
        return salt is not None and commitment(salt, canonical(payload)) == leaf
    except ValueError:
        return False


def _checkpoint(note: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    return Checkpoint.parse(open_note(note, verifiers) if verifiers else text_of(note))


def _hex(value: object) -> bytes | None:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        return None
