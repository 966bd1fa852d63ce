"""HTML rewritten as its bytes come: what isn't touched passes byte for byte.

Rules of operation:

1. The output doesn't depend on how the input is cut, and nothing is held but one unfinished token.
2. Most of a page is skipped by one regular expression; Python runs only for tags the handler may want and for those
   that change how text is read.
3. A tag that is live under any possible reading of the page is handed out; see :mod:`consentkit.markup.regions`.
4. No limit ever lets a tag pass unseen: what is too large to hold is judged in parts.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from consentkit.markup import grammar
from consentkit.markup.context import Content, Context, Watch
from consentkit.markup.oversized import OversizedTag
from consentkit.markup.placement import SPACE_TEXT, Place, Placement, may_be_space
from consentkit.markup.rawtext import TextEnd, partial
from consentkit.markup.regions import CDATA
from consentkit.markup.tokenizer import PREFIX, StartTag, folded, is_self_closing
from consentkit.markup.unfinished import UnfinishedTag
from consentkit.markup.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable


class NeedsText(enum.Enum):
    """The type of :data:`NEEDS_TEXT`."""

    NEEDS_TEXT = enum.auto()


NEEDS_TEXT: Final = NeedsText.NEEDS_TEXT
"""A handler's answer to the start tag of a script or style: decide once its text is here."""


class Handler(Protocol):
    r"""Who is asked about start tags.

    Attributes:
        candidate: What a start tag must contain, by ``candidate.search(tag.source)``, to be handed out. It is also
            searched in whole pages, so ``^``, ``$``, ``\Z`` and look-behinds are refused; ``\A`` is understood.
    """

    candidate: re.Pattern[bytes]

    def start_tag(self, tag: StartTag) -> bytes | NeedsText | None:
        """Return what stands for a tag's source, or None to leave it.

        :data:`NEEDS_TEXT` may be answered for ``script`` and ``style``.
        """

    def element_text(self, tag: StartTag, text: bytes, complete: bool) -> tuple[bytes | None, bytes | None]:
        """Return what stands for the start tag and for the text of an element; None leaves either.

        ``text`` is the page's bytes up to the end tag. Where ``complete`` is False it outgrew the hold limit: it is
        the start of the text, and the rest passes. Where the start tag was too large to hold, ``tag.source`` is bare
        and only the text can be replaced.
        """

    def oversized_attribute(self, tag_name: bytes, attribute: bytes, value_prefix: str) -> bool:
        """Tell whether to rename an attribute of a start tag too large to hold, from the first 4 KiB of its value."""


# Small enough that putting closers in costs little, large enough to cost nothing else.
_SLICE: Final = 16384
_ORDINARY: Final = {Watch.STOPS: grammar.SKIP_PLAIN, Watch.SELECTS: grammar.SKIP_WATCHING}
_HELD_TEXT: Final = frozenset({b"script", b"style"})
# Whether these break out of foreign content, or let HTML in, depends on attributes.
_UNCERTAIN_WITHOUT_ATTRIBUTES: Final = frozenset({b"font", b"annotation-xml"})
_NOT_IN_PAGES: Final = re.compile(rb"\^|\$|\\Z|\(\?<[=!]")
_ESCAPES_AND_CLASSES: Final = re.compile(rb"\\[^AZ]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class _Construct(NamedTuple):
    """What isn't a tag: how it ends."""

    end: re.Pattern[bytes]
    tokens: tuple[bytes, ...]
    closer: bytes


class _Held(NamedTuple):
    """An element whose text is waited for."""

    tag: StartTag
    content: Content
    tag_sent: bool = False


_COMMENT: Final = _Construct(grammar.COMMENT_END, (b"--!>", b"-->"), b"-->")
_BOGUS: Final = _Construct(re.compile(b">"), (b">",), b">")
_CDATA: Final = _Construct(re.compile(re.escape(CDATA)), (CDATA,), CDATA)
_DECLARATIONS: Final = (b"<!--->", grammar.CDATA_START.lower(), b"<!doctype")
_LESS_THAN: Final = ord("<")


class Rewriter:
    """Rewrite one page. Lives as long as the response.

    Args:
        handler: Who is asked about start tags.
        charset: The codec of the page's text.
        document: Whether the page is a document with a body; None to see from its tags.
        hold_limit: The most bytes held of one token, and of a text the handler asked for.

    Attributes:
        body_offset: Where the body's content starts in the whole output; None while that isn't known, and for ever in
            a fragment or a frameset.

    Raises:
        ValueError: When the handler's pattern can't be searched in a whole page.
    """

    def __init__(
        self, handler: Handler, *, charset: str = "utf-8", document: bool | None = None, hold_limit: int = 65536
    ) -> None:
        self.body_offset: int | None = None
        self._handler = handler
        self._charset = charset
        self._limit = hold_limit
        self._exact = handler.candidate
        self._candidate = _unanchored(handler.candidate)
        self._context = Context()
        self._window = Window()
        self._regions = self._window.regions
        self._placement = None if document is False else Placement(document)
        self._state: Callable[[], bool] = self._data
        self._next_candidate = -1
        self._scanned = 0
        self._text = TextEnd(b"title")
        self._construct = _COMMENT
        self._held = _Held(StartTag(b"", b""), Content.MARKUP)
        self._unfinished = UnfinishedTag(0)
        self._oversized = OversizedTag(charset, hold_limit, None)
        self._closing = False

    def feed(self, data: bytes) -> bytes:
        """Take the page's next bytes and return what can be sent of them."""
        for start in range(0, len(data), _SLICE):
            self._window.add(data[start : start + _SLICE])
            self._run()
        return self._window.collect()

    def close(self) -> bytes:
        """Return what is left at the end of the page."""
        window = self._window
        window.final = True
        self._run()
        window.position = len(window.data)
        if self._placement is not None:
            self._decide(self._placement.content(), window.position)
        window.flush(window.position)
        return window.collect()

    def _run(self) -> None:
        window = self._window
        window.look()
        self._next_candidate = -1
        while self._state() or self._pass_region_end():
            pass
        dropped = window.drop()
        self._scanned = max(0, self._scanned - dropped)
        self._unfinished.shift(dropped)

    def _pass_region_end(self) -> bool:
        """Bring all readings together where one of them ends a region; False when no region ends here."""
        window = self._window
        if not window.at_region_end:
            return False
        region, closers = self._regions.ending(window.data, window.end)
        closers = self._closer() + closers
        if closers:
            if self._next_candidate >= window.end:
                self._next_candidate += len(closers)
            window.insert(closers)
        else:
            self._regions.leave(region)
            self._context.namespaces.join(region.readings)
        window.look()
        return True

    def _closer(self) -> bytes:
        """Return what ends the construct that is open at the end of the window."""
        window = self._window
        if self._state == self._data:
            left = window.data[window.position : window.end]
            if left in {b"", b"<"}:
                window.position = window.end
                return b""
            return b"-->" if left.startswith(grammar.COMMENT_START) else b">"
        if self._state == self._in_construct:
            return self._construct.closer
        if self._state == self._in_tag:
            return self._unfinished.quote + b">"
        return self._oversized.closer if self._state == self._in_oversized else self._text.closer

    # The states. Each returns whether there is more to do with the bytes at hand.

    def _data(self) -> bool:
        window, state = self._window, self._state
        while True:
            window.position = self._skip(window.position)
            if window.position >= window.end or window.data[window.position] != _LESS_THAN or not self._markup():
                return self._state != state
            if self._state != state:
                return True

    def _in_construct(self) -> bool:
        """Pass a comment, a bogus comment, a doctype or a CDATA section."""
        window, construct = self._window, self._construct
        found = construct.end.search(window.data, window.position, window.end)
        if found is None:
            window.position = partial(window.data, window.position, window.end, construct.tokens)
            return False
        window.position = found.end()
        self._state = self._data
        return True

    def _in_tag(self) -> bool:
        window = self._window
        end = self._unfinished.end(window.data, window.end)
        if end < 0 and window.end - window.position < self._limit:
            return False
        if 0 <= end <= window.position + self._limit:
            self._state = self._data
            self._tag(end)
        else:
            self._begin_oversized()
        return True

    def _in_oversized(self) -> bool:
        window, tag = self._window, self._oversized
        position = tag.feed(window.data, window.position, window.end)
        for offset in tag.renames:
            window.flush(offset)
            window.put(PREFIX)
        window.position = position
        if tag.done:
            self._state = self._data
            self._end_oversized()
        return tag.done

    def _in_text(self) -> bool:
        window = self._window
        found, self._scanned = self._text.find(window.data, self._scanned, window.end)
        window.position = self._scanned
        if found >= 0:
            self._state = self._data
        return found >= 0

    def _in_held_text(self) -> bool:
        """Hold a text until its end, or until it outgrows the limit, and ask about it."""
        window, held = self._window, self._held
        found, self._scanned = self._text.find(window.data, self._scanned, window.end)
        ended = window.final or (window.at_region_end and held.content is not Content.TEXT)
        if found < 0 and ended:
            found = window.end
        if found < 0 and self._scanned - window.position <= self._limit:
            return False
        complete = 0 <= found <= window.position + self._limit
        stop = found if complete else window.position + self._limit
        start, text = self._handler.element_text(held.tag, window.data[window.position : stop], complete)
        if not held.tag_sent:
            window.put(held.tag.source if start is None else start)
        if held.content is not Content.TEXT:
            # Text for one reading only: what stands for it is read as markup as well.
            if text is not None:
                window.replace(stop, text)
                window.look()
                self._next_candidate = -1
            self._state = self._data
            self._enter(held.tag.name, held.content)
            return True
        if text is not None:
            window.put(text)
            window.flushed = stop
        window.position = stop
        self._state = self._in_text
        return True

    def _in_plaintext(self) -> bool:
        self._window.position = self._window.end
        return False

    # The data state.

    def _skip(self, position: int) -> int:
        """Return the offset of the next markup that has to be looked at, or the window's end."""
        data, end = self._window.data, self._window.end
        if self._placing:
            position = self._skip_space(position)
            if self._placing:
                return position
        watch = self._context.watch
        if watch is Watch.EVERYTHING:
            found = grammar.SKIP_TEXT.match(data, position, end)
            return found.end() if found else position
        skip = _ORDINARY[watch]
        while position < end:
            if self._next_candidate < position:
                # In all the data, so that it is searched once however often the window's end moves.
                candidate = self._candidate.search(data, position)
                self._next_candidate = candidate.start() if candidate else len(data)
            found = skip.match(data, position, min(self._next_candidate, end))
            position = found.end() if found else position
            if position >= end or data[position] == _LESS_THAN:
                break
            position = data.find(b"<", position, end)
            if position < 0:
                return end
        return position

    @property
    def _placing(self) -> bool:
        return self._placement is not None and not self._context.in_template and not self._regions

    def _skip_space(self, position: int) -> int:
        window = self._window
        found = SPACE_TEXT.match(window.data, position, window.end)
        position = found.end() if found else position
        undecided = position >= window.end or window.data[position] == _LESS_THAN
        if not undecided and (window.final or not may_be_space(window.data[position : window.end])):
            self._decide_content(position)
        return position

    def _markup(self) -> bool:
        """Take what starts with ``<``; False when more bytes are needed to tell what it is."""
        window = self._window
        data, position = window.data, window.position
        second, third = (
            data[position + 1 : min(position + 2, window.end)],
            data[position + 2 : min(position + 3, window.end)],
        )
        if second.isalpha():
            return self._begin_tag(closing=False)
        if second == b"!":
            return self._declaration()
        if second == b"?":
            return self._begin_construct(_BOGUS, position + 2)
        if second == b"/":
            if third.isalpha():
                return self._begin_tag(closing=True)
            return bool(third) and self._begin_construct(_BOGUS, position + 2)
        if second:
            window.position += 1
            self._decide_content(position)
        return bool(second)

    def _declaration(self) -> bool:
        window = self._window
        position = window.position
        left = window.data[position : min(position + 9, window.end)]
        if short := grammar.SHORT_COMMENT.match(left):
            window.position += short.end()
            return True
        # How it ends the page is told by its first bytes.
        if any(start.startswith(left.lower()) and start != left.lower() for start in _DECLARATIONS):
            return False
        if left.startswith(grammar.COMMENT_START):
            return self._begin_construct(_COMMENT, position + 4)
        namespaces = self._context.namespaces
        if left == grammar.CDATA_START and namespaces.cdata_possible():
            if not namespaces.comment_possible():
                return self._begin_construct(_CDATA, position + 9)
            self._begin_construct(_BOGUS, position + 9)
            self._open_region(CDATA)
            return True
        if left.lower() == b"<!doctype" and self._placing and self._placement is not None:
            self._placement.doctype()
        return self._begin_construct(_BOGUS, position + 2)

    def _begin_construct(self, construct: _Construct, position: int) -> bool:
        self._construct = construct
        self._window.position = position
        self._state = self._in_construct
        return True

    def _begin_tag(self, *, closing: bool) -> bool:
        window = self._window
        data, position = window.data, window.position
        self._closing = closing
        name = grammar.TAG_NAME.match(data, position + 1 + closing, window.end)
        rest = grammar.REST_OF_TAG.match(data, name.end(), window.end) if name else None
        if rest is not None and rest.end() - position <= self._limit:
            self._tag(rest.end())
        else:
            self._unfinished = UnfinishedTag(position + 1 + closing)
            self._state = self._in_tag
        return True

    # Tags.

    def _tag(self, end: int) -> None:
        """Take the whole tag at the position."""
        window = self._window
        source = window.data[window.position : end]
        name = folded(_name(source))
        if self._closing:
            self._end_tag(name)
            window.position = end
        else:
            foreign = self._context.namespaces.foreign_possible(name)
            self._start_tag(StartTag(name, source, is_self_closing(source), foreign, self._charset), end)

    def _end_tag(self, name: bytes) -> None:
        if self._placing and self._placement is not None:
            self._decide(self._placement.end(name), self._window.position)
        self._context.end(name)

    def _start_tag(self, tag: StartTag, end: int) -> None:
        window = self._window
        place = self._place_before(tag.name)
        answer = self._handler.start_tag(tag) if self._exact.search(tag.source) else None
        content = self._context.start(tag)
        if answer is NEEDS_TEXT and tag.name in _HELD_TEXT:
            self._hold(_Held(tag, content), end)
            return
        if isinstance(answer, bytes):
            window.flush(window.position)
            window.put(answer)
            window.flushed = end
        window.position = end
        self._decide(place, end)
        self._enter(tag.name, content)

    def _hold(self, held: _Held, end: int) -> None:
        """Wait for an element's text."""
        window = self._window
        if not held.tag_sent:
            window.flush(window.position)
            window.flushed = end
        window.position = self._scanned = end
        self._held = held
        self._text = TextEnd(held.tag.name, scripted=held.content is Content.TEXT)
        self._state = self._in_held_text

    def _enter(self, name: bytes, content: Content) -> None:
        """Go on after a start tag."""
        if content is Content.MARKUP:
            return
        if name == b"plaintext":
            # It never ends. Where another reading is possible, what follows is markup.
            if content is Content.TEXT and not self._regions:
                self._state = self._in_plaintext
        elif content is Content.EITHER:
            self._open_region(name)
        else:
            self._text = TextEnd(name)
            self._scanned = self._window.position
            self._state = self._in_text

    def _open_region(self, name: bytes) -> None:
        if self._regions.begin(name, self._context.namespaces.readings):
            self._window.searched = self._window.position
            self._window.look()

    def _begin_oversized(self) -> None:
        window = self._window
        name = folded(_name(window.data[window.position : window.position + self._limit]))
        ask = None
        if self._closing:
            self._end_tag(name)
        else:
            ask = self._handler.oversized_attribute
            self._oversized_place = self._place_before(name)
        self._oversized = OversizedTag(self._charset, self._limit, ask)
        window.position += 1 + self._closing
        self._state = self._in_oversized

    def _end_oversized(self) -> None:
        if self._closing:
            return
        window, large, context = self._window, self._oversized, self._context
        foreign = context.namespaces.foreign_possible(large.name)
        tag = StartTag(large.name, b"<" + large.name + b">", large.self_closing, foreign, self._charset)
        content = context.start(tag)
        if large.name in _UNCERTAIN_WITHOUT_ATTRIBUTES and not context.namespaces.plain:
            context.namespaces.lost = True
        self._decide(self._oversized_place, window.position)
        if large.name in _HELD_TEXT:
            self._hold(_Held(tag, content, tag_sent=True), window.position)
        else:
            self._enter(large.name, content)

    # The start of the body.

    def _place_before(self, name: bytes) -> Place:
        """Decide what a start tag decides before itself; return what it decides after."""
        if not self._placing or self._placement is None:
            return Place.UNDECIDED
        place = self._placement.start(name)
        if place is Place.AFTER:
            return place
        self._decide(place, self._window.position)
        return Place.UNDECIDED

    def _decide_content(self, position: int) -> None:
        if self._placing and self._placement is not None:
            self._decide(self._placement.content(), position)

    def _decide(self, place: Place, position: int) -> None:
        if place is Place.UNDECIDED:
            return
        self._placement = None
        if place is not Place.NOWHERE:
            self.body_offset = self._window.output_offset(position)


def _name(source: bytes) -> bytes:
    """Return a tag's name as it is written."""
    name = grammar.TAG_NAME.match(source, 2 if source.startswith(b"</") else 1)
    return name[0] if name else b""


def _unanchored(candidate: re.Pattern[bytes]) -> re.Pattern[bytes]:
    """Return a pattern that finds in a page every place where the candidate matches within a tag, or more."""
    if _NOT_IN_PAGES.search(_ESCAPES_AND_CLASSES.sub(b"", candidate.pattern)):
        msg = (
            f"candidate {candidate.pattern!r} has '^', '$', '\\Z' or a look-behind; anchor it with '\\A' or not at all"
        )
        raise ValueError(msg)
    return re.compile(candidate.pattern.replace(rb"\A", b""), candidate.flags)
