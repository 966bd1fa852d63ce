"""A tag whose end hasn't come yet: looked at again only where new bytes can matter."""

from __future__ import annotations

import re
from typing import Final

from consentkit.markup.grammar import ATTRIBUTES, GAP, TAG_NAME, UNFINISHED

_TAG_NAME_END: Final = re.compile(rb"[\t\n\f\r />]")
_NAME_END: Final = re.compile(rb"[\t\n\f\r />=]")
_UNQUOTED_END: Final = re.compile(rb"[\t\n\f\r >]")
_NOT_SPACE: Final = re.compile(rb"[^\t\n\f\r ]")
_QUOTES: Final = {b'"': re.compile(rb'"'), b"'": re.compile(rb"'")}


class UnfinishedTag:
    """Where a tag has been read to, so that however it is cut its bytes are read a bounded number of times.

    Args:
        name_start: The offset of the first letter of its name.

    Attributes:
        quote: The quote that is open at the end of the bytes seen, if any.
    """

    __slots__ = ("_in_name", "_position", "_scanned", "_wait", "quote")

    def __init__(self, name_start: int) -> None:
        self._position = name_start
        self._in_name = True
        self._scanned = name_start
        self._wait: re.Pattern[bytes] | None = None
        self.quote = b""

    def shift(self, dropped: int) -> None:
        """Follow the buffer when bytes before the tag are dropped."""
        self._position -= dropped
        self._scanned -= dropped

    def end(self, data: bytes, end: int) -> int:
        """Return the offset just after the tag's ``>``, or -1 while it isn't in ``data[:end]``."""
        if self._wait is not None and self._wait.search(data, self._scanned, end) is None:
            self._scanned = end
            return -1
        self._scanned, self._wait, self.quote = end, None, b""
        if self._in_name:
            name = TAG_NAME.match(data, self._position, end)
            if name is None or name.end() >= end:
                self._wait = _TAG_NAME_END
                return -1
            self._position, self._in_name = name.end(), False
        for pattern in (ATTRIBUTES, GAP):
            if found := pattern.match(data, self._position, end):
                self._position = found.end()
        if self._position < end and data[self._position] == ord(">"):
            return self._position + 1
        self._expect(data, end)
        return -1

    def _expect(self, data: bytes, end: int) -> None:
        found = UNFINISHED.match(data, self._position, end)
        if found is None:
            return
        if found["quote"]:
            self.quote = found["quote"]
            self._wait = _QUOTES[self.quote]
        elif found["unquoted"]:
            self._wait = _UNQUOTED_END
        else:
            self._wait = _NOT_SPACE if found["equals"] or found["before"] else _NAME_END
