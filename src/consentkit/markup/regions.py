"""Elements that one reading of the page takes for text and another for markup.

Their content is tokenized as markup, so that every tag in it is seen. Where the text reading ends such an element, the
markup reading may be inside a comment, a quoted value or another element's text; then :attr:`closer` bytes are put in
right there, harmless text for the one and the end of that construct for the other, and both agree from there on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from consentkit.markup.rawtext import end_tag, partial

if TYPE_CHECKING:
    from consentkit.markup.namespaces import Reading

CDATA: Final = b"]]>"


@dataclass(slots=True)
class Region:
    """One of them.

    Attributes:
        name: The element's name, or ``]]>`` for a CDATA section that may be a comment.
        readings: The namespaces that were possible where it began: those of the text reading where it ends.
        escaped: Whether its text has ``<!--``, which keeps a script open past its end tag.
    """

    name: bytes
    readings: frozenset[Reading]
    escaped: bool = False

    @property
    def closer(self) -> bytes:
        """What ends it in the text reading."""
        if self.name == CDATA:
            return CDATA
        return (b"-->" if self.escaped else b"") + b"</" + self.name + b">"


class Regions:
    """Those open now, the last opened last; at most one of a name, for all of a name end together."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: list[Region] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self, name: bytes, readings: frozenset[Reading]) -> bool:
        """Open a region; False when one of that name is open already.

        That one then counts as opened inside the others: it may be the second that a reading is in when they end.
        """
        for region in self._open:
            if region.name == name:
                region.readings |= readings
                self._open.remove(region)
                self._open.append(region)
                return False
        self._open.append(Region(name, readings))
        return True

    def find(self, data: bytes, position: int, end: int) -> tuple[int, int]:
        """Look for the first place where one of them ends in the text reading.

        Returns:
            Its offset or -1, and the offset up to which there is none for certain.
        """
        pattern, tokens = _terminators(tuple(region.name for region in self._open))
        while found := pattern.search(data, position, end):
            if found[0] != b"<!--":
                return found.start(), found.start()
            self._escape()
            position = found.end()
        return -1, partial(data, position, end, tokens)

    def ending(self, data: bytes, position: int) -> Region:
        """Return the region that ends at an offset."""
        return next(region for region in self._open if _ends(region.name, data, position))

    def closers(self, region: Region) -> bytes:
        """Return what must come before the end of a region; it counts as put in.

        Those opened inside it, which the markup reading never saw end, are to be closed first.
        """
        index = self._open.index(region)
        inside = self._open[index + 1 :]
        closers = b"".join(other.closer for other in reversed(inside))
        for closed in inside:
            closed.escaped = False
        return closers + self.unescape(region)

    def unescape(self, region: Region) -> bytes:
        """Return what must come before the end of a region in which nothing else is to be closed."""
        closer = b"-->" if region.escaped else b""
        region.escaped = False
        return closer

    def leave(self, region: Region) -> None:
        """Close a region."""
        self._open.remove(region)

    def _escape(self) -> None:
        for region in self._open:
            region.escaped = region.escaped or region.name == b"script"


def _ends(name: bytes, data: bytes, position: int) -> bool:
    return _terminators((name,))[0].match(data, position) is not None


@lru_cache(maxsize=64)
def _terminators(names: tuple[bytes, ...]) -> tuple[re.Pattern[bytes], tuple[bytes, ...]]:
    patterns = [re.escape(CDATA) if name == CDATA else end_tag(name) for name in names]
    tokens = [CDATA if name == CDATA else b"</" + name for name in names]
    if b"script" in names:
        patterns.append(b"<!--")
        tokens.append(b"<!--")
    return re.compile(b"|".join(patterns)), tuple(tokens)
