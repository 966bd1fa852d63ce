"""Cursors: where a listing goes on, as a text that only this site can write.

A cursor names the last row shown, so a listing neither skips nor repeats rows while new ones arrive. It is signed, so
nobody can walk a log by guessing, and it is bound to its filters, so that it can't be carried to another question.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeSerializer

from consentkit.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST = 256
"""Characters; ours are about 90, so anything longer isn't worth a signature check."""


class CursorCodec:
    """Writes and reads cursors with the site's keys, oldest first as everywhere; the last one signs."""

    def __init__(self, keys: Sequence[str | bytes] = ()) -> None:
        """Take the keys; without any, cursors hold for this process only."""
        self._serializer = URLSafeSerializer(
            [key.encode() if isinstance(key, str) else key for key in keys] or [secrets.token_bytes(32)],
            salt="consentkit.records.cursor",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def write(self, filters: Mapping[str, object], last: tuple[int, int]) -> str:
        """Return the cursor after the row at ``last``, its time in microseconds and its number."""
        return str(self._serializer.dumps([_digest(filters), *last]))

    def read(self, filters: Mapping[str, object], cursor: str) -> tuple[int, int]:
        """Return the row that :meth:`write` was given for the same filters.

        Raises:
            CursorError: It is forged, cut, too old for the keys, or belongs to other filters.
        """
        remedy = "ask for the first page again, without cursor"
        if len(cursor) > _LONGEST:
            message = f"cursor of {len(cursor)} characters is not one of ours; {remedy}"
            raise CursorError(message)
        try:
            digest, time, number = self._serializer.loads(cursor)
        except (BadData, ValueError, TypeError) as error:
            message = f"cursor {cursor[:40]!r} is not one of ours or was signed with a key no longer in use; {remedy}"
            raise CursorError(message) from error
        if digest != _digest(filters):
            message = f"cursor {cursor[:40]!r} belongs to other filters; keep the filters as they were, or {remedy}"
            raise CursorError(message)
        return int(time), int(number)


def _digest(filters: Mapping[str, object]) -> str:
    canonical = json.dumps(filters, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
