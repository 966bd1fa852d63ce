"""A page's bytes on their way through the gate: decoded, gated, with the banner at the start of its body."""

from __future__ import annotations

import asyncio
import logging
import os
from time import monotonic
from typing import TYPE_CHECKING

from consentkit.asgi.cache import GatedBody
from consentkit.asgi.coding import undone
from consentkit.asgi.sightings import gated_hosts
from consentkit.gate.csp import refuses_scripts
from consentkit.gate.html import HtmlGate
from consentkit.gate.passages import Passages, passages
from consentkit.markup.charset import Charset, sniff
from consentkit.markup.rewriter import Rewriter
from consentkit.markup.transcoding import TRANSCODED, Transcoder
from consentkit.records.observed import Sightings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.types import Message

    from consentkit.asgi.pagestart import PageStart
    from consentkit.asgi.visit import Visit
    from consentkit.manifest.model import Service
    from consentkit.markup.tokenizer import StartTag

logger = logging.getLogger("consentkit")

# What is decoded or read from a file at once.
_SEGMENT = 64 * 1024
# How many seconds of passages others wait at most, or little longer: a large page must not block the event loop for
# 10 ms.
_TURN = 0.004
# WHATWG HTML 13.2.3.2: user agents look for a meta charset in the first 1024 bytes.
_PRESCAN = 1024
_LONGEST_MARK = 3
_ESCAPE = b"\x1b"
_SCANNED = Charset("utf-8", True, certain=True)


def remembered_page(visit: Visit, start: PageStart, body: bytes) -> bytes | None:
    """Return a page that was gated before, when these bytes come again for a visitor of the same decision."""
    gated = visit.site.bodies.get(start.variant, body)
    return None if gated is None else _sent(gated, visit, start)


def _sent(gated: GatedBody, visit: Visit, start: PageStart) -> bytes:
    if gated.seen:
        visit.site.records.observed.note(gated.seen, visit.path)
    if gated.banner is not None and gated.asked != visit.asked:
        first, end = gated.banner
        banner = _banner(visit, start, gated.language, gated.charset)
        gated.page = b"".join((gated.page[:first], banner, gated.page[end:]))
        gated.banner, gated.asked = (first, first + len(banner)), visit.asked
    return gated.page


def _banner(visit: Visit, start: PageStart, page_language: str | None, charset: Charset) -> bytes:
    return visit.site.banner(
        visit.sender.decision,
        root=visit.root,
        return_to=visit.return_to,
        language=_language(visit, start, page_language),
        charset=charset,
    )


def _language(visit: Visit, start: PageStart, page_language: str | None) -> str:
    """Return the language the page tells, in its markup or else its header, or the visitor's when we lack it.

    RFC 9110 section 8.5: a header that names several languages tells for whom the page is, not what it speaks.
    """
    told = page_language or start.language
    return (told and visit.site.spoken(told)) or visit.sender.visitor.language


class PageBody:
    """The body of one page.

    Args:
        visit: The request it answers.
        start: What precedes it.
    """

    def __init__(self, visit: Visit, start: PageStart) -> None:
        self._visit = visit
        self._start = start
        self._undone = undone(start.coding)
        self._prefix: bytearray | None = bytearray()
        self._charset: Charset | None = None
        self._transcoder: Transcoder | None = None
        self._escapes = True
        self._gate: HtmlGate | None = None
        self._rewriter: Rewriter | None = None
        self._feed: Callable[[bytes], bytes] = bytes
        self._emitted = 0
        self._inserted = False
        self._has_guard = False

    @property
    def cacheable(self) -> bool:
        """Whether a body that comes in one piece may be remembered as it came."""
        return self._undone is not None and self._undone.is_identity

    def recognises(self, start: bytes) -> bool:
        """Tell whether a body starts like its coding; one that doesn't passes as it is, for the browser to judge."""
        return self._undone is None or not start or self._undone.recognises(start)

    async def whole(self, body: bytes) -> bytes:
        """Return a page that came in one piece, and remember it."""
        gated = await self._gate_whole(body)
        # A page with a nonce won't come again.
        if self._gate is None or self._gate.nonce is None:
            self._visit.site.bodies.put(self._start.variant, body, gated)
        return _sent(gated, self._visit, self._start)

    async def _gate_whole(self, body: bytes) -> GatedBody:
        rewriter = self._begin(body)
        if rewriter is None or self._gate is None or self._charset is None:
            return GatedBody(body, None, self._visit.asked, None, Charset("utf-8", True), Sightings())
        pieces, turn = [], _Turn()
        for passage in passages(body):
            pieces.append(self._feed(self._read(passage)))
            if turn.over:
                await turn.pass_on()
        pieces.append(rewriter.feed(self._read(b"", final=True)) + rewriter.close())
        self._check_policies(self._gate)
        page, offset, seen = b"".join(pieces), rewriter.body_offset, gated_hosts(self._gate.blocked)
        before, after = (page, b"") if offset is None else self._guarded(page[:offset], page[offset:])
        if self._transcoder is not None:
            before, after = self._transcoder.encode(before), self._transcoder.encode(after, final=True)
        banner, place = b"", None
        if offset is not None:
            banner = _banner(self._visit, self._start, self._gate.language, self._charset)
            place = len(before), len(before) + len(banner)
        sent = b"".join((before, banner, after))
        return GatedBody(sent, place, self._visit.asked, self._gate.language, self._charset, seen)

    async def feed(self, data: bytes) -> AsyncIterator[bytes]:
        """Take the next bytes of a page that comes in pieces; yield what can be sent."""
        turn, held = _Turn(), b""
        for segment in self._segments(data):
            held += self._step(segment)
            if len(held) >= _SEGMENT or (held and turn.over):
                yield held
                held = b""
            if turn.over:
                await turn.pass_on()
        if held:
            yield held

    def close(self) -> bytes:
        """Return what is left at the page's end."""
        left = bytes(self._prefix or b"")
        self._prefix = None
        out = b""
        if self._charset is None:
            self._begin(left)
            out = self._gated(left)
        if self._rewriter is None or self._gate is None:
            return out
        if rest := self._read(b"", final=True):
            out += self._written(self._spliced(self._rewriter.feed(rest)))
        out += self._written(self._spliced(self._rewriter.close()), final=True)
        if seen := gated_hosts(self._gate.blocked):
            self._visit.site.records.observed.note(seen, self._visit.path)
        self._check_policies(self._gate)
        return out

    def _check_policies(self, gate: HtmlGate) -> None:
        site = self._visit.site
        if gate.policies and refuses_scripts(gate.policies, gate.nonce, [site.script_digest]):
            site.report_refused_scripts()

    def _segments(self, data: bytes) -> Iterator[bytes]:
        if self._undone is None:
            return
        for piece in self._undone.feed(data):
            yield from passages(piece)

    def _step(self, segment: bytes) -> bytes:
        if self._prefix is None:
            return self._gated(segment)
        self._prefix += segment
        labelled = b"charset" in (self._start.content_type or b"").lower()
        # A byte order mark beats the header (WHATWG HTML 13.2.3.2).
        if len(self._prefix) < (_LONGEST_MARK if labelled else _PRESCAN):
            return b""
        segment, self._prefix = bytes(self._prefix), None
        self._begin(segment)
        return self._gated(segment)

    def _begin(self, prefix: bytes) -> Rewriter | None:
        """Start the gate, unless the charset is one that can neither be read as ASCII nor put into UTF-8 and back."""
        charset = self._charset = sniff(self._start.content_type, prefix[:_PRESCAN])
        self._escapes = charset.certain
        if not charset.scannable:
            if charset.name not in TRANSCODED:
                return None
            self._transcoder = Transcoder(charset.name)
            charset = _SCANNED
        visit = self._visit
        self._gate = HtmlGate(
            visit.site.walls(visit.sender.decision)[0],
            visit.sender.base,
            placeholder=self._placeholder,
            charset=charset.name,
            guard=self._before_scripts,
            nonce=self._start.nonce,
        )
        self._rewriter = Rewriter(self._gate, charset=charset.name, document=visit.sender.shows_page)
        variant = f"{visit.sender.page_variant} {visit.root} {self._start.language}"
        self._feed = Passages(self._rewriter, self._gate, visit.site.passages, variant).feed
        return self._rewriter

    def _gated(self, data: bytes) -> bytes:
        if self._rewriter is None:
            return data
        return self._written(self._spliced(self._feed(self._read(data))))

    def _read(self, data: bytes, *, final: bool = False) -> bytes:
        """Return a page's bytes as the gate reads them."""
        if self._transcoder is not None:
            return self._transcoder.decode(data, final=final)
        # Browsers that aren't told an encoding may guess ISO-2022-JP, or follow a meta element wherever it stands, and
        # read the page anew. Without escapes such a reading finds the tags this one does.
        return data if self._escapes else data.replace(_ESCAPE, b" ")

    def _written(self, piece: bytes, *, final: bool = False) -> bytes:
        """Return gated bytes in the page's own encoding."""
        return piece if self._transcoder is None else self._transcoder.encode(piece, final=final)

    def _spliced(self, piece: bytes) -> bytes:
        """Put the banner into the piece that holds the start of the body."""
        if self._inserted or self._rewriter is None or self._gate is None or self._charset is None:
            return piece
        offset = self._rewriter.body_offset
        if offset is None:
            self._emitted += len(piece)
            self._has_guard = self._has_guard or self._gate.guard in piece
            return piece
        self._inserted = True
        place = offset - self._emitted
        charset = self._charset if self._transcoder is None else _SCANNED
        before, after = self._guarded(piece[:place], piece[place:])
        return before + _banner(self._visit, self._start, self._gate.language, charset) + after

    def _guarded(self, before: bytes, after: bytes) -> tuple[bytes, bytes]:
        """Put the guard at the start of the body where nothing in the head needed it: the body may hold handlers."""
        if self._has_guard or self._gate is None or self._gate.guard in before:
            return before, after
        self._gate.take_guard()
        return before + self._gate.guard, after.replace(self._gate.guard, b"", 1)

    def _before_scripts(self, nonce: str | None) -> str:
        """Return what must run before the page's scripts; a fragment is part of a page that has it already."""
        if not self._visit.sender.is_document:
            return ""
        visit = self._visit
        return visit.site.before_scripts(visit.sender.decision, root=visit.root, nonce=nonce)

    def _placeholder(self, service: Service, page_language: str | None, frame: StartTag) -> str:
        return self._visit.notices.placeholder(
            service,
            language=_language(self._visit, self._start, page_language),
            title=frame.get(b"title"),
            width=_pixels(frame.get(b"width")),
            height=_pixels(frame.get(b"height")),
        )


class _Turn:
    """Lets others run once this task has had its turn."""

    def __init__(self) -> None:
        self._end = monotonic() + _TURN

    @property
    def over(self) -> bool:
        return monotonic() >= self._end

    async def pass_on(self) -> None:
        """Let the others run."""
        await asyncio.sleep(0)
        self._end = monotonic() + _TURN


def _pixels(dimension: str | None) -> int | None:
    """Return a frame's width or height; None for a percentage or none."""
    return int(dimension) if dimension and dimension.isascii() and dimension.isdigit() and len(dimension) < 6 else None


async def read_file(message: Message) -> AsyncIterator[bytes]:
    """Yield what an ``http.response.pathsend`` or ``http.response.zerocopysend`` message would have sent."""
    if message["type"] == "http.response.pathsend":
        descriptor = await asyncio.to_thread(os.open, message["path"], os.O_RDONLY)
        offset: int | None = 0
        left = None
    else:
        descriptor = os.dup(message["file"].fileno())
        offset, left = message.get("offset"), message.get("count")
    try:
        while left is None or left > 0:
            size = _SEGMENT if left is None else min(left, _SEGMENT)
            if offset is None:
                piece = await asyncio.to_thread(os.read, descriptor, size)
            else:
                piece = await asyncio.to_thread(os.pread, descriptor, size, offset)
                offset += len(piece)
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece
    finally:
        os.close(descriptor)
