"""Passing over what nobody asks about: one expression takes text, comments and tags up to what matters."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from consentkit.markup.context import Watch
from consentkit.markup.grammar import COMMENT, NAME_END, none_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from consentkit.markup.window import Window

# Python 3.11 takes 100 ns to look a member up on its class.
_SELECTS, _DRAWINGS = Watch.SELECTS, Watch.DRAWINGS
_TEXTS: Final = (
    "script style title textarea xmp iframe noembed noframes noscript plaintext select template frameset".split()
)
_STOPS: Final = [*_TEXTS, "svg", "math"]
_AFTER_LESS_THAN: Final = (
    COMMENT[1:] + rb"|!(?!--|\[CDATA\[)[^>]*+>|\?[^>]*+>|/(?:>|[^A-Za-z>][^>]*+>)|(?=[^A-Za-z!?/])"
)

# Drawings as most icons are: shapes, groups two deep, titles without markup. They leave the namespace as they found it,
# so nothing in them has to be followed. Anything else in an svg element is.
# Attributes are taken as tools write them, which both grammars read alike.
_TIDY: Final = rb"(?:[\t\n\f\r ]++[A-Za-z_:][A-Za-z0-9_:.-]*+(?:=(?:\"[^\"]*+\"|'[^']*+'))?+)*+[\t\n\f\r ]*+"


_SHAPES: Final = "path circle ellipse line polygon polyline rect stop use".split()
_DRAWING_END: Final = b"</svg>"
_SVG: Final = b"<svg"


class _Patterns(NamedTuple):
    """What takes as much as may be skipped, up to a ``<`` or the end.

    Attributes:
        head: What stands before the body and doesn't open it.
        drawing: The start of a drawing, whose inside is what the watch for drawings takes.
        watched: For each watch, by its number.
    """

    head: re.Pattern[bytes]
    drawing: re.Pattern[bytes]
    watched: tuple[re.Pattern[bytes], ...]


class Skipper:
    """Find the next markup in a window that has to be looked at.

    Args:
        window: The bytes at hand.
        harmless: What a start tag that nobody wants matches, from its name to its ``>``.
        limit: The size of a tag that is never skipped, because it is to be judged in parts.
    """

    __slots__ = ("_limit", "_patterns", "_window")

    def __init__(self, window: Window, harmless: re.Pattern[bytes], limit: int) -> None:
        self._window = window
        self._limit = limit
        self._patterns = patterns(harmless)

    def head(self, position: int) -> int:
        """Skip what may stand before the body."""
        return self._skip(self._patterns.head, position)

    def to_markup(self, watch: Watch, position: int) -> int:
        """Return the offset of the next ``<`` that can't be skipped, or the window's end."""
        data, end = self._window.data, self._window.end
        pattern, drawings = self._patterns.watched[watch], watch <= _SELECTS
        while True:
            start, position = position, self._skip(pattern, position)
            if drawings and data.startswith(_SVG, position):
                after = self._drawing(position)
                if after == position:
                    return position
                position = after
            elif start + self._limit >= end:
                return position
            # What was cut off by the limit may be skipped from its own start.
            if position == start or position >= end:
                return position

    def _drawing(self, position: int) -> int:
        """Skip a whole drawing; return where it starts when that can't be skipped."""
        window = self._window
        stop = min(window.end, position + self._limit)
        start = self._patterns.drawing.match(window.data, position, stop)
        inside = self._patterns.watched[_DRAWINGS].match(window.data, start.end(), stop) if start else None
        if inside and window.data.startswith(_DRAWING_END, inside.end(), stop):
            return inside.end() + len(_DRAWING_END)
        return position

    def _skip(self, pattern: re.Pattern[bytes], position: int) -> int:
        window = self._window
        found = pattern.match(window.data, position, min(window.end, position + self._limit))
        return found.end() if found else position


@lru_cache(maxsize=16)
def patterns(harmless: re.Pattern[bytes]) -> _Patterns:
    """Return the patterns for a handler's; they are compiled on the first call, which takes a while."""
    tag = harmless.pattern
    head = rb"(?=(?i:meta|link|base)%b)%b|title>[^<]*+</title>|%b" % (NAME_END, tag, COMMENT[1:])
    return _Patterns(
        re.compile(rb"(?:[\t\n\f\r ]++|<(?:%b))*+" % head),
        re.compile(rb"<(?=svg%b>)%b" % (_TIDY, tag)),
        (
            _taking(_tags(tag, _STOPS, ()), _AFTER_LESS_THAN),
            _taking(_tags(tag, [*_STOPS, "col"], ("select", "template")), _AFTER_LESS_THAN),
            _taking(_tags(tag, [*_TEXTS, "col"], ("select", "template")), _AFTER_LESS_THAN),
            _taking(_drawn(tag)),
            _taking(_AFTER_LESS_THAN),
        ),
    )


def _taking(*after_less_than: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:[^<]*+<(?:%b))*+[^<]*+" % b"|".join(after_less_than))


def _tags(harmless: bytes, starts: Collection[str], ends: Collection[str]) -> bytes:
    """Return what takes tags that nobody wants and that change nothing.

    CDATA is no tag, and stops what skips: whether it is a comment depends on the namespace.

    Args:
        harmless: What takes a start tag that nobody wants.
        starts: Names whose start tags aren't taken.
        ends: Those whose end tags aren't.
    """
    end_tag = rb"/%b[A-Za-z][A-Za-z0-9:-]*+[\t\n\f\r ]*+>" % none_of(ends)
    return rb"%b|%b%b" % (end_tag, none_of(starts), harmless)


def _drawn(tag: bytes) -> bytes:
    """Return what takes one thing after a ``<`` in a drawing."""
    empty = rb"(?=(?:%b)%b/>)%b" % ("|".join(_SHAPES).encode(), _TIDY, tag)
    wholes = b"|".join(rb"%b%b>[^<]*+</%b>" % (name.encode(), _TIDY, name.encode()) for name in [*_SHAPES, "text"])
    shape = rb"%b|(?=%b|title>[^<]*+</title>)%b[^<]*+</[a-z]++>|%b" % (empty, wholes, tag, COMMENT[1:])
    drawn = shape
    for _ in range(2):
        drawn = rb"%b|(?=g%b>)%b(?:[^<]*+<(?:%b))*+[^<]*+</g>" % (shape, _TIDY, tag, drawn)
    return drawn
