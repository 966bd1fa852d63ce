"""Pages whose bytes can't be read as ASCII, put into UTF-8 for the rewriter and back into their own encoding after it.

Only UTF-16 is: it loses nothing on the way. Python's ISO-2022-JP lacks characters that browsers know, and a page must
not be damaged, so that one stays as it is (Encoding Standard 12.2; JIS X 0208 rows 13 and 89 to 92).
"""

from __future__ import annotations

import codecs
from typing import Final

TRANSCODED: Final = frozenset({"utf-16be", "utf-16le"})


class Transcoder:
    """Put one page into UTF-8 and back. Lives as long as the page; what is cut within a character waits for the rest.

    Args:
        encoding: One of :data:`TRANSCODED`.
    """

    def __init__(self, encoding: str) -> None:
        # What is malformed becomes U+FFFD, as in browsers.
        self._reader = codecs.getincrementaldecoder(encoding)("replace")
        self._back = codecs.getincrementaldecoder("utf-8")("replace")
        self._encoding = encoding

    def decode(self, data: bytes, *, final: bool = False) -> bytes:
        """Return the next bytes in UTF-8."""
        return self._reader.decode(data, final).encode("utf-8")

    def encode(self, data: bytes, *, final: bool = False) -> bytes:
        """Return UTF-8 in the page's encoding."""
        return self._back.decode(data, final).encode(self._encoding)
