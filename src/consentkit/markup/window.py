"""The bytes at hand: what has been read, what may be read now, and what has been sent of them."""

from __future__ import annotations

from consentkit.markup.regions import Regions


class Window:
    """A buffer with a readable part that never crosses the end of a region.

    Attributes:
        data: The bytes held.
        position: Everything before it has been decided on.
        flushed: Everything before it is in the output.
        end: Where reading stops: at the end of a region, or where one may begin to end, or at the end of the data.
        at_region_end: Whether a region ends at ``end``.
        searched: Where the search for the ends of regions goes on.
        final: Whether no more bytes will come.
        regions: The regions that are open.
    """

    __slots__ = (
        "_output",
        "_written",
        "at_region_end",
        "data",
        "end",
        "final",
        "flushed",
        "position",
        "regions",
        "searched",
    )

    def __init__(self) -> None:
        self.data = b""
        self.position = self.flushed = self.end = self.searched = 0
        self.at_region_end = self.final = False
        self.regions = Regions()
        self._output: list[bytes] = []
        self._written = 0

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self.data += data

    def look(self) -> None:
        """Find out up to where the data may be read."""
        self.end, self.at_region_end = len(self.data), False
        if not self.regions:
            return
        found, safe = self.regions.find(self.data, max(self.searched, self.position), self.end)
        self.at_region_end = found >= 0
        self.searched = safe
        if self.at_region_end or not self.final:
            self.end = safe

    def search_again(self, position: int) -> None:
        """Look for the ends of regions from an offset on, and then find out up to where the data may be read."""
        self.searched = position
        self.regions.search_again(position)
        self.look()

    def insert(self, closers: bytes) -> None:
        """Put bytes in where the readable part ends, to be read next."""
        self.data = self.data[: self.end] + closers + self.data[self.end :]
        self.search_again(self.end)

    def replace(self, stop: int, data: bytes) -> None:
        """Put other bytes in place of those from the position to an offset, to be read next."""
        self.data = self.data[: self.position] + data + self.data[stop:]
        self.search_again(self.position)

    def flush(self, upto: int) -> None:
        """Send what lies before an offset as it is."""
        if upto > self.flushed:
            self.put(self.data[self.flushed : upto])
            self.flushed = upto

    def put(self, data: bytes) -> None:
        """Send other bytes."""
        self._output.append(data)
        self._written += len(data)

    def pass_by(self, size: int) -> None:
        """Take note of bytes that somebody else sends, while nothing is held here."""
        self._written += size

    def output_offset(self, position: int) -> int:
        """Return where an offset not before :attr:`flushed` lies in the whole output."""
        return self._written + position - self.flushed

    def collect(self) -> bytes:
        """Return what was sent since the last call."""
        output = b"".join(self._output)
        self._output.clear()
        return output

    def drop(self) -> int:
        """Send and forget everything before the position; return how many bytes that was."""
        self.flush(self.position)
        dropped = self.position
        self.data = self.data[dropped:]
        self.position = self.flushed = 0
        self.searched = max(0, self.searched - dropped)
        self.regions.shift(dropped)
        return dropped
