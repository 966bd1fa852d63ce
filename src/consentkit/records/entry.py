"""What lies in the consent log, and what a leaf of it commits to.

A payload is JSON written in one way only; a leaf commits to ``HMAC-SHA256(salt, payload)``. Its fields follow ISO/IEC
TS 27560:2023. Neither an address nor a user-agent string has a place in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.consent.choice import ChoiceState
from consentkit.records.merkle import leaf_hash
from consentkit.records.moments import from_text, to_micros, to_text
from consentkit.records.store.base import EntryKind, NewEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consentkit.records.store.base import StoredEntry

SCHEMA_VERSION = "1"
"""Of the payload."""

SALT_SIZE = 32
"""Bytes of a salt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One choice, with all that shows what was asked and how.

    Attributes:
        record_id: A random UUID; appending it twice adds one row.
        subject: The random id of the choice cookie.
        time: When the server took the choice, UTC.
        state: given, refused or withdrawn.
        purposes: Ids of the purposes allowed.
        services: Ids of the services allowed one by one.
        purposes_offered: Ids of the purposes that could be chosen.
        services_offered: Ids of the services that could be chosen.
        notice_digest: SHA-256 of the text shown, hex.
        manifest_digest: SHA-256 of the manifest in force, hex.
        language: Of the notice shown, BCP 47.
        regime: The rule followed: opt-in, opt-out or notice.
        jurisdiction: ISO 3166 code of the country or state it was decided for, if known.
        gpc: Whether Sec-GPC was sent.
        dnt: Whether DNT was sent.
        collected: "banner", "preferences", "placeholder" or "api".
        validity: How long the choice is to hold: an ISO 8601 duration or "session".
        withdrawal: The path where it can be withdrawn.
        controller: Who asked.
        sequence: Counts this subject's choices from 1.
        objections: Ids of exempt audience measurement objected to; no part of the leaf where there are none, so that
            records from before there were any stay provable.
        idempotency: A key the client repeats when it sends the same choice again. It is no evidence, so it is
            neither in the leaf nor read back.
    """

    record_id: str
    subject: str
    time: datetime
    state: ChoiceState
    purposes: tuple[str, ...]
    services: tuple[str, ...]
    purposes_offered: tuple[str, ...]
    services_offered: tuple[str, ...]
    notice_digest: str
    manifest_digest: str
    language: str
    regime: str
    jurisdiction: str | None
    gpc: bool
    dnt: bool
    collected: str
    validity: str
    withdrawal: str
    controller: str
    sequence: int
    objections: tuple[str, ...] = ()
    idempotency: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A record as it lies in the log; `leaf` and `salt` (hex) let anyone check it against a proof."""

    index: int
    leaf: str
    salt: str
    record: ConsentRecord

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported: what the leaf commits to, and with it index, leaf and salt."""
        return {"index": self.index, **payload(self.record), "leaf": self.leaf, "salt": self.salt}


def payload(record: ConsentRecord) -> dict[str, object]:
    """Return what a leaf commits to."""
    return {
        "version": SCHEMA_VERSION,
        "type": str(EntryKind.CONSENT),
        "record_id": record.record_id,
        "subject": record.subject,
        "time": to_text(record.time),
        "state": str(record.state),
        "purposes": list(record.purposes),
        "services": list(record.services),
        "purposes_offered": list(record.purposes_offered),
        "services_offered": list(record.services_offered),
        "notice_digest": record.notice_digest,
        "manifest_digest": record.manifest_digest,
        "language": record.language,
        "regime": record.regime,
        "jurisdiction": record.jurisdiction,
        "gpc": record.gpc,
        "dnt": record.dnt,
        "collected": record.collected,
        "validity": record.validity,
        "withdrawal": record.withdrawal,
        "controller": record.controller,
        "sequence": record.sequence,
        **({"objections": list(record.objections)} if record.objections else {}),
    }


def canonical(value: Mapping[str, object]) -> str:
    """Write JSON in one way only: keys sorted, no spaces, everything beyond ASCII escaped.

    Escaping keeps lone surrogates and NUL representable, which UTF-8 and PostgreSQL would refuse.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def commitment(salt: bytes, text: str) -> bytes:
    """Return the leaf hash over the salted commitment to a canonical payload.

    Raises:
        ValueError: The salt isn't 32 bytes. HMAC pads keys with zeros, so salts of other lengths could be exchanged.
    """
    if len(salt) != SALT_SIZE:
        message = f"a salt has {SALT_SIZE} bytes, not {len(salt)}"
        raise ValueError(message)
    return leaf_hash(hmac.digest(salt, text.encode("ascii"), hashlib.sha256))


def searchable(text: str) -> str:
    """Return a text that every store can keep and compare: ASCII, and another for every other text.

    Two surrogates that form a pair are the one exception: they read back as the character they form.
    """
    return json.dumps(text)[1:-1]


def readable(text: str) -> str:
    """Return the text that :func:`searchable` was given."""
    return str(json.loads(f'"{text}"'))


def read_entry(row: StoredEntry) -> ConsentEntry:
    """Read a row of the store back into its record."""
    fields = json.loads(row.payload)
    del fields["version"], fields["type"]
    fields["time"] = from_text(fields["time"])
    fields["state"] = ChoiceState(fields["state"])
    for name in ("purposes", "services", "purposes_offered", "services_offered", "objections"):
        fields[name] = tuple(fields.get(name, ()))
    return ConsentEntry(row.index, row.leaf.hex(), row.salt.hex(), ConsentRecord(**fields))


def new_entry(record: ConsentRecord, salt: bytes) -> NewEntry:
    """Return a record as the store takes it.

    Raises:
        ValueError: The record's time has no time zone, or the salt isn't 32 bytes.
    """
    text = canonical(payload(record))
    return NewEntry(
        kind=EntryKind.CONSENT,
        record_id=searchable(record.record_id),
        request=_request(record),
        time=to_micros(record.time),
        subject=searchable(record.subject),
        state=str(record.state),
        purposes=tuple(map(searchable, record.purposes)),
        payload=text,
        salt=salt,
        leaf=commitment(salt, text),
    )


def erasure(indexes: Sequence[int], *, reason: str, author: str, time: datetime) -> NewEntry:
    """Return the entry that says which leaves' contents were erased, why and by whom, but not whose they were."""
    return _about_the_log(EntryKind.ERASURE, time, {"indexes": list(indexes), "reason": reason, "author": author})


def hold_entry(fields: Mapping[str, object], *, time: datetime) -> NewEntry:
    """Return the entry that says that a legal hold was placed or lifted, but not on whom."""
    return _about_the_log(EntryKind.HOLD, time, fields)


def _about_the_log(kind: EntryKind, time: datetime, fields: Mapping[str, object]) -> NewEntry:
    record_id, salt = secrets.token_hex(16), secrets.token_bytes(SALT_SIZE)
    head = {"version": SCHEMA_VERSION, "type": str(kind), "record_id": record_id, "time": to_text(time)}
    text = canonical(head | dict(fields))
    return NewEntry(
        kind=kind,
        record_id=record_id,
        request=None,
        time=to_micros(time),
        subject=None,
        state=None,
        purposes=(),
        payload=text,
        salt=salt,
        leaf=commitment(salt, text),
    )


def _request(record: ConsentRecord) -> bytes | None:
    """Digest an idempotency key with the choice made.

    The choice is part of it because a form left open carries its key again: accept, back, refuse are two choices, and
    taking the second for a repetition of the first would keep the wrong one as evidence.
    """
    if record.idempotency is None:
        return None
    choice = {
        "key": record.idempotency,
        "sequence": record.sequence,
        "state": str(record.state),
        "purposes": sorted(record.purposes),
        "services": sorted(record.services),
        **({"objections": sorted(record.objections)} if record.objections else {}),
    }
    return hashlib.sha256(canonical(choice).encode("ascii")).digest()
