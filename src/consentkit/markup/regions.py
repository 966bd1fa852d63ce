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
        first: When it was opened, counted in regions that were.
        last: When it was opened for the last time.
        ended: Whether its end has been put in, so that nothing more must come before that.
        escape: Where its text has the first ``<!--``, which keeps a script open past its end tag; None where it has
            none. Below zero when it was dropped from the window since.
    """

    name: bytes
    readings: frozenset[Reading]
    first: int
    last: int
    ended: bool = False
    escape: int | None = None

    @property
    def closer(self) -> bytes:
        """What ends it in the text reading."""
        if self.name == CDATA:
            return CDATA
        return self.unescape + b"</" + self.name + b">"

    @property
    def unescape(self) -> bytes:
        """What makes its end tag count."""
        return b"-->" if self.escape is not None else b""


class Regions:
    """Those open now, the last opened last; at most one of a name, for all of a name end together."""

    __slots__ = ("_begun", "_open")

    def __init__(self) -> None:
        self._open: list[Region] = []
        self._begun = 0

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self, name: bytes, readings: frozenset[Reading]) -> bool:
        """Open a region; False when one of that name is open already.

        That one then lies both around the others and inside them: a reading may be in the first when they end, and
        another in the second.
        """
        self._begun += 1
        for region in self._open:
            if region.name == name:
                region.readings |= readings
                region.last = self._begun
                self._open.remove(region)
                self._open.append(region)
                return False
        self._open.append(Region(name, readings, self._begun, self._begun))
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
            self._escape(found.start())
            position = found.end()
        return -1, partial(data, position, end, tokens)

    def ending(self, data: bytes, position: int) -> Region:
        """Return the region that ends at an offset."""
        return next(region for region in self._open if _ends(region.name, data, position))

    def closers(self, region: Region) -> bytes:
        """Return what must come before the end of a region; it counts as put in.

        Those opened inside it, which the markup reading never saw end, are to be closed first.
        """
        inside = [other for other in self._open if other is not region and other.last > region.first]
        closers = b"".join(other.closer for other in reversed(inside)) + region.unescape
        region.escape = None
        for other in inside:
            other.ended, other.escape = True, None
        return closers

    def search_again(self, position: int) -> None:
        """Forget what was seen from an offset on: the page may be read otherwise there than it looked."""
        for region in self._open:
            if region.escape is not None and region.escape >= position:
                region.escape = None

    def shift(self, dropped: int) -> None:
        """Follow the window when bytes are dropped."""
        for region in self._open:
            if region.escape is not None:
                region.escape -= dropped

    def leave(self, region: Region) -> None:
        """Close a region."""
        self._open.remove(region)

    def _escape(self, position: int) -> None:
        for region in self._open:
            if region.escape is None and region.name == b"script":
                region.escape = position


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
