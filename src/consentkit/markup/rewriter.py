"""HTML rewritten as its bytes come: what isn't touched passes byte for byte.

Rules of operation:

1. The output doesn't depend on how the input is cut, and nothing is held but one unfinished token.
2. Most of a page is skipped by one regular expression; Python runs only for tags the handler may want and for those
   that change how text is read.
3. A tag that is live under any possible reading of the page is handed out; see :mod:`consentkit.markup.regions`.
4. No limit ever lets a tag pass unseen: what is too large to hold is judged in parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from consentkit.markup import grammar
from consentkit.markup.context import Content, Context, Watch
from consentkit.markup.declarations import BOGUS_COMMENT, CDATA_SECTION, COMMENT, Declared, declaration
from consentkit.markup.handler import NEEDS_TEXT, Handler, NeedsText
from consentkit.markup.oversized import OversizedTag
from consentkit.markup.placement import BodyPlace
from consentkit.markup.rawtext import TextEnd, partial
from consentkit.markup.regions import CDATA
from consentkit.markup.skipping import Skipper
from consentkit.markup.tokenizer import PREFIX, StartTag, folded, is_self_closing
from consentkit.markup.unfinished import UnfinishedTag
from consentkit.markup.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.markup.declarations import Construct
    from consentkit.markup.placement import Placed
    from consentkit.markup.regions import Region

__all__ = ["NEEDS_TEXT", "Handler", "NeedsText", "Rewriter"]

# Small enough that putting closers in costs little, large enough to cost nothing else.
_SLICE: Final = 16384
# Longer than any name that means something.
_LEAST_LIMIT: Final = 64
_HELD_TEXT: Final = frozenset({b"script", b"style"})
# Whether these break out of foreign content, or let HTML in, depends on attributes.
_UNCERTAIN_WITHOUT_ATTRIBUTES: Final = frozenset({b"font", b"annotation-xml"})
_LESS_THAN: Final = ord("<")
# Python 3.11 takes 100 ns to look a member up on its class.
_MARKUP, _TEXT, _EITHER = Content
_STOPS: Final = Watch.STOPS


class _Held(NamedTuple):
    """An element whose text is waited for."""

    tag: StartTag
    content: Content
    tag_sent: bool = False


class Rewriter:
    """Rewrite one page. Lives as long as the response.

    Args:
        handler: Who is asked about start tags.
        charset: The codec of the page's text.
        document: Whether the page is a document with a body; None to see from its tags.
        hold_limit: The most bytes held of one token, and of a text the handler asked for; 64 or more.

    Raises:
        ValueError: When the limit can't hold a name.
    """

    def __init__(
        self, handler: Handler, *, charset: str = "utf-8", document: bool | None = None, hold_limit: int = 65536
    ) -> None:
        if hold_limit < _LEAST_LIMIT:
            msg = f"hold_limit {hold_limit} can't hold a tag's name; use {_LEAST_LIMIT} or more"
            raise ValueError(msg)
        self._handler = handler
        self._charset = charset
        self._limit = hold_limit
        self._harmless = handler.harmless.match
        self._context = Context()
        self._window = Window()
        self._regions = self._window.regions
        self._skipper = Skipper(self._window, handler.harmless, hold_limit)
        self._body = BodyPlace(self._window, document=document)
        self._state: Callable[[], bool] = self._data
        # What the states other than data are about; each is set on entering one.
        self._closing = False
        self._construct: Construct = COMMENT
        self._unfinished = UnfinishedTag(0)
        self._oversized = OversizedTag(charset, None)
        self._opens_body = False
        self._text = TextEnd(b"title")
        self._scanned = 0
        self._held = _Held(StartTag(b"", b""), _MARKUP)

    @property
    def body_offset(self) -> int | None:
        """Where the body's content starts in the whole output.

        None while that isn't known, and for ever in a fragment or a frameset.
        """
        return self._body.offset

    @property
    def sent(self) -> int:
        """How many bytes have been sent, where nothing is held."""
        return self._window.output_offset(0)

    @property
    def rest(self) -> Placed | None:
        """What comes of the next bytes depends on them and on this; None where it depends on more."""
        held = self._window.data or self._regions or self._state != self._data
        return None if held or self._context.watch is not _STOPS else self._body.placed

    def resume(self, size: int, placed: Placed, body: int | None) -> None:
        """Go on after bytes that were read by another, where nothing was held before them nor is after them.

        Args:
            size: What was sent of them.
            placed: The :attr:`rest` after them.
            body: Where the body's content starts in what was sent, if it does.
        """
        self._body.resume(placed, None if body is None else self.sent + body)
        self._window.pass_by(size)

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
        if self._body.open:
            self._body.content(window.position)
        window.flush(window.position)
        return window.collect()

    def _run(self) -> None:
        window = self._window
        window.look()
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
        region = self._regions.ending(window.data, window.end)
        closers = b""
        if not region.ended:
            # Where the markup reading is in such a text too, its end ends both.
            closers = (b"" if self._ends_with(region) else self._closer()) + self._regions.closers(region)
        if closers:
            window.insert(closers)
        else:
            self._regions.leave(region)
            self._context.join(region.readings)
            window.look()
        return True

    def _ends_with(self, region: Region) -> bool:
        """Whether what ends a region also ends the text or section that is open here."""
        if self._state == self._in_construct:
            return self._construct is CDATA_SECTION and region.name == CDATA
        return self._state in {self._in_text, self._in_held_text} and self._text.name == region.name

    def _closer(self) -> bytes:
        """Return what ends the construct that is open at the end of the window."""
        window = self._window
        left = window.data[window.position : window.end]
        if self._state == self._data:
            if left in {b"", b"<"}:
                window.position = window.end
                return b""
            return COMMENT.closer if left.startswith(grammar.COMMENT_START) else b">"
        if self._state == self._in_construct:
            return self._construct.closer
        if self._state == self._in_tag:
            return self._unfinished.quote + b">"
        return self._oversized.closer(left) if self._state == self._in_oversized else self._text.closer

    # The states. Each returns whether there is more to do with the bytes at hand.

    def _data(self) -> bool:
        window, state = self._window, self._state
        while self._state == state:
            window.position = position = self._skip(window.position)
            data = window.data
            if position >= window.end or data[position] != _LESS_THAN:
                return False
            found = grammar.START_TAG.match(data, position, window.end)
            if found is not None and found.end() - position <= self._limit:
                self._start_tag(found[1], found.end())
            elif not self._markup(data[position + 1 : min(position + 3, window.end)]):
                return False
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
        self._state = self._data
        name = grammar.name_at(window.data, window.position + 1 + self._closing)
        if not 0 <= end <= window.position + self._limit:
            self._begin_oversized(folded(name))
        elif self._closing:
            self._end_tag(name, end)
        else:
            self._start_tag(name, end)
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
            if not self._closing:
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
        if found < 0 and (window.final or (window.at_region_end and held.content is not _TEXT)):
            found = window.end
        if found < 0 and self._scanned - window.position <= self._limit:
            return False
        complete = 0 <= found <= window.position + self._limit
        stop = found if complete else window.position + self._limit
        start, text = self._handler.element_text(held.tag, window.data[window.position : stop], complete)
        window.flush(window.position)
        if not held.tag_sent:
            window.put(held.tag.source if start is None else start)
        if held.content is _TEXT:
            if text is not None:
                window.put(text)
                window.flushed = stop
            window.position = stop
            self._state = self._in_text
            return True
        # Text for one reading only: what stands for it is read as markup as well.
        if text is not None:
            window.replace(stop, text)
        self._state = self._data
        self._enter(held.tag.name, held.content)
        return True

    def _in_plaintext(self) -> bool:
        self._window.position = self._window.end
        return False

    # The data state.

    def _skip(self, position: int) -> int:
        """Return the offset of the next markup that has to be looked at, or the window's end."""
        watch = self._context.watch
        if self._placing:
            if watch is _STOPS:
                position = self._skipper.head(position)
            position = self._body.text(position)
            if self._body.open:
                return position
        return self._skipper.to_markup(watch, position)

    @property
    def _placing(self) -> bool:
        """Whether what comes now may open the body."""
        return self._body.open and not self._context.in_template and not self._regions

    def _markup(self, start: bytes) -> bool:
        """Take what starts with ``<`` and isn't a whole start tag; False when more bytes are needed to tell what."""
        position = self._window.position
        second, third = start[:1], start[1:]
        if second.isalpha():
            return self._begin_tag(closing=False)
        if second == b"!":
            return self._declaration()
        if second == b"?":
            return self._begin_construct(BOGUS_COMMENT, position + 2)
        if second == b"/":
            if third.isalpha():
                return self._begin_tag(closing=True)
            return bool(third) and self._begin_construct(BOGUS_COMMENT, position + 2)
        if second:
            self._window.position += 1
            if self._placing:
                self._body.content(position)
        return bool(second)

    def _declaration(self) -> bool:
        window, namespaces = self._window, self._context.namespaces
        kind, length = declaration(window.data, window.position, window.end)
        position = window.position + length
        match kind:
            case Declared.UNFINISHED:
                return False
            case Declared.EMPTY_COMMENT:
                window.position = position
                return True
            case Declared.COMMENT:
                return self._begin_construct(COMMENT, position)
            case Declared.CDATA if not namespaces.plain:
                section = False if namespaces.comment_possible() else self._section(position)
                if section is None:
                    return False
                if section:
                    return self._begin_construct(CDATA_SECTION, position)
                self._begin_construct(BOGUS_COMMENT, position)
                self._open_region(CDATA)
                return True
            case Declared.DOCTYPE if self._placing:
                self._body.doctype()
        return self._begin_construct(BOGUS_COMMENT, position)

    def _section(self, position: int) -> bool | None:
        """Tell whether a CDATA section can be taken for one; None when more bytes are needed to tell.

        Who looks ahead without a tree (see :mod:`consentkit.markup.context`) reads a comment and then markup there.
        """
        window = self._window
        end = window.data.find(CDATA, position, position + self._limit)
        if not 0 <= end <= window.end:
            waiting = window.end - position < self._limit and not (window.final or window.at_region_end)
            return None if waiting else False
        comment = window.data.find(b">", position, end)
        tags = grammar.TAG_START.finditer(window.data, comment, end) if comment >= 0 else ()
        return all(self._harmless(window.data, tag.start() + 1, end) for tag in tags)

    def _begin_construct(self, construct: Construct, position: int) -> bool:
        self._construct = construct
        self._window.position = position
        self._state = self._in_construct
        return True

    def _begin_tag(self, *, closing: bool) -> bool:
        window = self._window
        found = grammar.END_TAG.match(window.data, window.position, window.end) if closing else None
        if found is not None and found.end() - window.position <= self._limit:
            self._end_tag(found[1], found.end())
            return True
        self._closing = closing
        self._unfinished = UnfinishedTag(window.position + 1 + closing)
        self._state = self._in_tag
        return True

    # Tags.

    def _end_tag(self, written: bytes, end: int) -> None:
        """Take the whole end tag at the position."""
        name = folded(written)
        if self._placing:
            self._body.end(name)
        self._context.end(name)
        self._window.position = end

    def _start_tag(self, written: bytes, end: int) -> None:
        """Take the whole start tag at the position."""
        window, context = self._window, self._context
        name, source = folded(written), window.data[window.position : end]
        tag = StartTag(name, source, is_self_closing(source), context.namespaces.foreign_possible(name), self._charset)
        opens_body = self._placing and self._body.start(name)
        answer = None if self._harmless(source, 1) else self._handler.start_tag(tag)
        content = context.start(tag)
        if answer is NEEDS_TEXT and name in _HELD_TEXT:
            if content is not _MARKUP:
                self._hold(_Held(tag, content), end)
                return
            answer = self._handler.element_text(tag, b"", True)[0]
        if isinstance(answer, bytes):
            window.flush(window.position)
            window.put(answer)
            window.flushed = end
        window.position = end
        if opens_body:
            self._body.content(end)
        if content is not _MARKUP:
            self._enter(name, content)

    def _hold(self, held: _Held, end: int) -> None:
        """Wait for an element's text."""
        window = self._window
        if not held.tag_sent:
            window.flush(window.position)
            window.flushed = end
        window.position = self._scanned = end
        self._held = held
        self._text = TextEnd(held.tag.name, scripted=held.content is _TEXT)
        self._state = self._in_held_text

    def _enter(self, name: bytes, content: Content) -> None:
        """Go on after a start tag whose content may be text."""
        if name == b"plaintext":
            # It never ends. Where another reading is possible, what follows is markup.
            if content is _TEXT and not self._regions:
                self._state = self._in_plaintext
        elif content is _EITHER:
            self._open_region(name)
        elif content is _TEXT:
            self._text = TextEnd(name)
            self._scanned = self._window.position
            self._state = self._in_text

    def _open_region(self, name: bytes) -> None:
        if self._regions.begin(name, self._context.namespaces.readings):
            self._window.search_again(self._window.position)

    def _begin_oversized(self, name: bytes) -> None:
        """Let a tag stream through that is too large to hold."""
        ask = None
        if self._closing:
            self._end_tag(name, self._window.position)
        else:
            ask = self._handler.oversized_attribute
            self._opens_body = self._placing and self._body.start(name)
        self._oversized = OversizedTag(self._charset, ask)
        self._window.position += 1 + self._closing
        self._state = self._in_oversized

    def _end_oversized(self) -> None:
        position, large, context = self._window.position, self._oversized, self._context
        foreign = context.namespaces.foreign_possible(large.name)
        tag = StartTag(large.name, b"<" + large.name + b">", large.self_closing, foreign, self._charset)
        content = context.start(tag)
        if large.name in _UNCERTAIN_WITHOUT_ATTRIBUTES and not context.namespaces.plain:
            context.lose()
        if self._opens_body:
            self._body.content(position)
        if large.name in _HELD_TEXT:
            self._hold(_Held(tag, content, tag_sent=True), position)
        else:
            self._enter(large.name, content)
