"""Passing over what nobody asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.markup.handler import page_pattern

if TYPE_CHECKING:
    import re

    from consentkit.markup.window import Window

_LESS_THAN: Final = ord("<")


class Skipper:
    """Find the next markup in a window that has to be looked at.

    Args:
        window: The bytes at hand.
        candidate: What a tag the handler may want contains.
        limit: The size of a tag that is never skipped, because it is to be judged in parts.
    """

    __slots__ = ("_limit", "_next", "_search", "_window")

    def __init__(self, window: Window, candidate: re.Pattern[bytes], limit: int) -> None:
        self._window = window
        self._search = page_pattern(candidate).search
        self._limit = limit
        self._next = -1

    def reset(self) -> None:
        """Look for candidates anew: the data has changed."""
        self._next = -1

    def insert(self, count: int) -> None:
        """Follow bytes that are put in at the window's end."""
        if self._next >= self._window.end:
            self._next += count

    def skip(self, pattern: re.Pattern[bytes], position: int) -> int:
        """Skip what a pattern takes, up to the next tag the handler may want."""
        window = self._window
        if self._next < position:
            # In all the data, so that it is searched once however often the window's end moves.
            candidate = self._search(window.data, position)
            self._next = candidate.start() if candidate else len(window.data)
        found = pattern.match(window.data, position, min(self._next, window.end, position + self._limit))
        return found.end() if found else position

    def to_markup(self, pattern: re.Pattern[bytes], position: int) -> int:
        """Return the offset of the next ``<`` that a pattern doesn't take, or the window's end."""
        data, end = self._window.data, self._window.end
        while position < end:
            start, position = position, self.skip(pattern, position)
            if position >= end:
                break
            if data[position] != _LESS_THAN:
                # A candidate's place in text, or the limit's.
                position = data.find(b"<", position, end)
                if position < 0:
                    return end
            elif position == start or start + self._limit >= min(self._next, end):
                break
        return position
