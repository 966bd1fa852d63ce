"""Which namespace a tag lies in, for every reading of the page that is possible (WHATWG HTML 13.2.6.5).

Without a tree the open elements around foreign content aren't known, so an end tag may or may not leave it. Each
possibility is a reading: the stack of open elements from the outermost ``svg`` or ``math`` on, as a tuple; the empty
tuple is plain HTML. A step takes every reading to the readings that may follow. Well-formed pages keep exactly one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.markup.tokenizer import StartTag

# One entry: the namespace's initial and the name; "i" before it marks an integration point.
Reading = tuple[bytes, ...]

HTML: Final[frozenset[Reading]] = frozenset({()})
# More than a page means to have; beyond, nothing is certain any more (bounded time and memory, T40).
_MOST_READINGS = 16
_DEEPEST = 128

_ROOTS = frozenset({b"svg", b"math"})
_SVG_POINTS = frozenset({b"foreignobject", b"desc", b"title"})
_MATH_POINTS = frozenset({b"mi", b"mo", b"mn", b"ms", b"mtext"})
_ENCODED_POINTS = frozenset({"text/html", "application/xhtml+xml"})
# HTML elements that may be open or come back (13.2.4.3, the list of active formatting elements).
_UNKNOWN = b"h:"
_BREAKOUT = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta "
    b"nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
_BREAKOUT_FONT = (b"color", b"face", b"size")
_VOID = frozenset(
    b"area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()
)
# These look for their element through integration points (table scope, template), or reset the whole stack.
_UNSCOPED = frozenset(
    b"body caption col colgroup frameset head html table tbody td template tfoot th thead tr form select option "
    b"optgroup".split()
)
_PARAGRAPH_ENDS = frozenset({b"p", b"br"})


class Namespaces:
    """The readings of one page, token by token.

    Attributes:
        readings: What is possible now.
        lost: The page nests so that readings are no longer followed: any tag may lie in either.
        plain: Whether this is HTML outside foreign content for certain.
    """

    __slots__ = ("lost", "plain", "readings")

    def __init__(self) -> None:
        self.readings = HTML
        self.lost = False
        self.plain = True

    @property
    def drawing(self) -> bool:
        """Whether this is SVG for certain, and not where it lets HTML in."""
        return not self.lost and _drawing(self.readings)

    def foreign_possible(self, name: bytes) -> bool:
        """Tell whether a start tag of this name may make an element of SVG or MathML."""
        return not self.plain and (self.lost or _possible(self.readings, name)[0])

    def html_possible(self, name: bytes) -> bool:
        """Tell whether a start tag of this name may make an HTML element."""
        return self.plain or self.lost or _possible(self.readings, name)[1]

    def cdata_possible(self) -> bool:
        """Tell whether ``<![CDATA[`` may start a section: where the current node is foreign."""
        return not self.plain

    def comment_possible(self) -> bool:
        """Tell whether ``<![CDATA[`` may start a bogus comment: where the current node is HTML."""
        return self.lost or any(not reading or reading[-1].startswith((b"h:", b"i")) for reading in self.readings)

    def start(self, tag: StartTag, *, ignorable: bool = False) -> None:
        """Follow a start tag.

        Args:
            tag: The tag.
            ignorable: Whether a tree builder may drop it, as the old one does in a select.
        """
        name = tag.name
        if self.lost or (self.plain and name not in _ROOTS):
            return
        special = (name == b"font" and any(tag.get(attribute) is not None for attribute in _BREAKOUT_FONT)) or (
            name == b"annotation-xml" and (tag.get(b"encoding") or "").lower() in _ENCODED_POINTS
        )
        after = _after_start(self.readings, name, tag.self_closing, special)
        self._keep(after | self.readings if ignorable else after)

    def end(self, name: bytes) -> None:
        """Follow an end tag."""
        if not self.plain and not self.lost:
            self._keep(_after_end(self.readings, name))

    def join(self, readings: frozenset[Reading]) -> None:
        """Add the readings of a place from which the page may have come here."""
        if not self.lost and readings != self.readings:
            self._keep(self.readings | readings)

    def lose(self) -> None:
        """Give up following the readings."""
        self.readings, self.lost, self.plain = HTML, True, False

    def _keep(self, readings: frozenset[Reading]) -> None:
        if len(readings) > _MOST_READINGS or max(map(len, readings)) > _DEEPEST:
            self.lose()
        else:
            self.readings = readings
            self.plain = readings == HTML


# Pages repeat themselves: most steps have been taken before.


@lru_cache(maxsize=4096)
def _after_start(readings: frozenset[Reading], name: bytes, self_closing: bool, special: bool) -> frozenset[Reading]:
    return frozenset(after for reading in readings for after in _started(reading, name, self_closing, special))


@lru_cache(maxsize=4096)
def _after_end(readings: frozenset[Reading], name: bytes) -> frozenset[Reading]:
    return frozenset(after for reading in readings for after in _ended(reading, name))


@lru_cache(maxsize=1024)
def _possible(readings: frozenset[Reading], name: bytes) -> tuple[bool, bool]:
    """Tell whether a start tag may be foreign and whether it may be HTML."""
    foreign = [_in_foreign(reading, name) for reading in readings]
    return any(foreign), not all(foreign)


@lru_cache(maxsize=1024)
def _drawing(readings: frozenset[Reading]) -> bool:
    return len(readings) == 1 and all(reading and reading[-1].startswith(b"s:") for reading in readings)


def _in_foreign(reading: Reading, name: bytes) -> bool:
    """Tell whether a start tag is handled by the rules for foreign content (13.2.6, the dispatcher)."""
    if not reading or reading[-1].startswith(b"h:"):
        return False
    top = reading[-1]
    if top.startswith(b"im:") and top != b"im:annotation-xml":
        return name in {b"mglyph", b"malignmark"}
    if top == b"m:annotation-xml":
        return name != b"svg"
    return not top.startswith(b"i")


def _started(reading: Reading, name: bytes, self_closing: bool, special: bool) -> Iterator[Reading]:
    """Yield what may follow a start tag; ``special`` when its attributes make it break out or let HTML in."""
    if not _in_foreign(reading, name):
        yield from _started_html(reading, name, self_closing)
    elif name in _BREAKOUT or (name == b"font" and special):
        yield from _started_html(_without_foreign(reading), name, self_closing)
    elif self_closing:
        yield reading
    else:
        svg = reading[-1].removeprefix(b"i").startswith(b"s:")
        point = name in _SVG_POINTS if svg else name in _MATH_POINTS or (name == b"annotation-xml" and special)
        yield (*reading, (b"i" if point else b"") + (b"s:" if svg else b"m:") + name)


def _started_html(reading: Reading, name: bytes, self_closing: bool) -> Iterator[Reading]:
    if name in _ROOTS:
        yield reading if self_closing else (*reading, (b"s:" if name == b"svg" else b"m:") + name)
    elif not reading:
        yield reading
    else:
        yield reading if name in _VOID else (*reading, b"h:" + name)
        if name in _UNSCOPED:
            yield from _outer_html(reading)


def _ended(reading: Reading, name: bytes) -> Iterator[Reading]:
    if not reading:
        yield reading
        return
    if reading[-1].startswith(b"h:"):
        yield from _ended_html(reading, name)
        return
    # Older parsers read </p> and </br> here as any other end tag.
    if name in _PARAGRAPH_ENDS:
        yield _without_foreign(reading)
    for index in range(len(reading) - 1, -1, -1):
        entry = reading[index]
        if entry.startswith(b"h:"):
            yield reading
            yield from _ended_html(reading[: index + 1], name)
            return
        if entry.partition(b":")[2] == name:
            yield reading[:index]
            return
    yield reading
    # The HTML elements outside aren't known: this may end one of them, with all the foreign content in it.
    yield ()


def _ended_html(reading: Reading, name: bytes) -> Iterator[Reading]:
    """Yield what may follow an end tag at an HTML element within an integration point."""
    wanted = b"h:" + name
    if reading[-1] == wanted:
        yield reading[:-1]
        return
    yield reading
    for index in range(len(reading) - 2, -1, -1):
        entry = reading[index]
        # A special element in between makes the tree builder drop the tag; an older one closes the point itself.
        if entry == wanted:
            yield (*reading[:index], _UNKNOWN)
            break
        if not entry.startswith(b"h:") and entry.partition(b":")[2] == name:
            yield reading[:index]
            break
    if name in _UNSCOPED:
        yield from _outer_html(reading)


def _outer_html(reading: Reading) -> Iterator[Reading]:
    """Yield every place further out where the current node may be an HTML element or an integration point."""
    yield ()
    for index in range(1, len(reading)):
        if reading[index - 1].startswith((b"h:", b"i")):
            yield reading[:index]


def _without_foreign(reading: Reading) -> Reading:
    """Return a reading without the foreign elements above the nearest integration point or HTML element."""
    while reading and not reading[-1].startswith((b"h:", b"i")):
        reading = reading[:-1]
    return reading
