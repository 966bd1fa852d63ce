"""One response on its way out: what may pass does so untouched, pages go through the gate.

Rules of operation:

1. Nothing is sent before the headers are final: the start of a page is held until its first body message.
2. What isn't HTML keeps its events, its body and its length, byte for byte; only the headers that contact somebody
   or set cookies are filtered.
3. A page that can't be read (an unknown coding or charset) is sent as it is, under the CSP wall.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from consentkit.asgi.body import PageBody, read_file, remembered_page
from consentkit.asgi.contenttype import Form, form
from consentkit.asgi.pagestart import page_start, unsniffed, without
from consentkit.asgi.pageview import page_view
from consentkit.asgi.rulesbody import RulesBody
from consentkit.asgi.sightings import saw_cookie
from consentkit.gate import csp
from consentkit.gate.cookies import expire_lines, judge_cookie, parse_set_cookie
from consentkit.gate.headers import append_vary, filter_link, refresh_target, urls_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from starlette.types import Message, Send

    from consentkit.asgi.fields import Fields
    from consentkit.asgi.pagestart import PageStart
    from consentkit.asgi.visit import Visit

# Headers that name whom a browser will contact by itself: Reporting API, Network Error Logging, Speculation Rules.
_NAMING_HOSTS = frozenset({b"report-to", b"reporting-endpoints", b"speculation-rules"})
_POLICIES = frozenset({csp.ENFORCE, csp.REPORT_ONLY})
_WATCHED = frozenset({b"set-cookie", b"link", b"refresh", b"location"}) | _NAMING_HOSTS | _POLICIES
# The most frequent headers that need no look, so that most answers cost little.
_PLAIN = frozenset({b"content-length", b"date", b"server", b"vary", b"etag", b"cache-control", b"last-modified"})
_BODILESS = frozenset({204, 205, 304})


class _State(enum.Enum):
    BEFORE_START = enum.auto()
    HOLDING_START = enum.auto()
    PAGE = enum.auto()
    PASSING = enum.auto()


# Python 3.11 takes 100 ns to look a member up on its class.
_BEFORE_START, _HOLDING_START, _IN_PAGE, _PASSING = _State
_DATA, _PAGE, _RULES, _UNTYPED, _DOCUMENT = Form.DATA, Form.PAGE, Form.RULES, Form.UNTYPED, Form.DOCUMENT


def _told(headers: Iterable[tuple[bytes, bytes]]) -> tuple[Form, bool]:
    """Return what an answer is, and whether one of its headers contacts somebody or sets a cookie."""
    kind, watched, saved = None, False, False
    for name, value in headers:
        if name in _PLAIN:
            continue
        lowered = name.lower()
        if lowered == b"content-type":
            kind = value if kind is None else kind + b", " + value
        elif lowered in _WATCHED:
            watched = True
        elif lowered == b"content-disposition":
            saved = value.lstrip()[:10].lower() == b"attachment"
    # What the visitor saves is a file of theirs, not a page of the site's (RFC 6266 section 4.2).
    return _DATA if saved else form(kind), watched


async def _nothing() -> None:
    """Be awaited where a message is held and nothing is sent."""


class GovernedResponse:
    """One answer of the application; :meth:`take` is the ``send`` it gets, which costs less than an object to call.

    Args:
        visit: The request.
        send: The server's.
    """

    __slots__ = ("_body", "_cookies", "_form", "_message", "_page", "_send", "_state", "_visit")

    # Set where a page's start is held, or its body is begun.
    _message: Message
    _cookies: list[tuple[bytes, bytes]]
    _form: Form
    _page: PageStart
    _body: PageBody | RulesBody

    def __init__(self, visit: Visit, send: Send) -> None:
        self._visit = visit
        self._send = send
        self._state = _BEFORE_START

    def take(self, message: Message) -> Awaitable[None]:
        """Take one ASGI message of the application."""
        if self._state is _PASSING:
            return self._send(message)
        kind = message["type"]
        if kind == "http.response.start":
            # ASGI asks for an iterable, and there are some that can be read once only.
            if not isinstance(message.get("headers", ()), (list, tuple)):
                message = {**message, "headers": list(message["headers"])}
            return self._on_start(message)
        if kind == "http.response.early_hint":
            return self._on_early_hint(message)
        if self._state is _HOLDING_START or self._state is _IN_PAGE:
            if kind == "http.response.body":
                return self._on_body(message.get("body", b""), more=message.get("more_body", False))
            if kind in {"http.response.pathsend", "http.response.zerocopysend"}:
                return self._on_file(message)
        return self._send(message)

    def _on_start(self, message: Message) -> Awaitable[None]:
        visit = self._visit
        headers = message.get("headers") or ()
        kind, watched = _told(headers)
        if kind is _DATA and not (watched or visit.sender.cookie):
            self._state = _PASSING
            return self._send(message)
        if watched and visit.sender.is_subresource and any(map(self._leads_away, headers)):
            message = {**message, "status": 403, "headers": [field for field in headers if not self._leads_away(field)]}
            headers = message["headers"]
        if watched:
            headers = self._filtered(headers)
        if (
            kind is _PAGE
            or kind is _RULES
            or (kind is _UNTYPED and message["status"] == 304 and visit.sender.asks_for_page)
        ):
            return self._on_page_start(message, headers, kind, sets_cookies=watched)
        self._state = _PASSING
        changed = [(name, value) for name, value in headers]
        if visit.sender.cookie:
            changed += self._expired_cookies()
        if kind is not _DATA:
            changed += visit.policy_headers
        if kind is _DOCUMENT:
            changed += unsniffed(visit, changed)
        return self._send({**message, "headers": changed})

    def _on_page_start(
        self, message: Message, headers: Iterable[tuple[bytes, bytes]], kind: Form, *, sets_cookies: bool
    ) -> Awaitable[None]:
        visit, status = self._visit, message["status"]
        if visit.sender.is_document and visit.method != "HEAD":
            page_view(visit, status)
        cookies: list[tuple[bytes, bytes]] = []
        if sets_cookies:
            # Apart, because they differ from answer to answer.
            cookies = [(name, value) for name, value in headers if name.lower() == b"set-cookie"]
            headers = [(name, value) for name, value in headers if name.lower() != b"set-cookie"]
        if visit.sender.cookie:
            cookies += self._expired_cookies()
        self._state = _PASSING
        if status == 206:
            part = [*headers, *visit.policy_headers]
            append_vary(part, visit.site.varies_on)
            return self._send({**message, "headers": [*part, *cookies]})
        start = page_start(visit, headers)
        if status in _BODILESS:
            fields = start.of_gated if start.readable else without(start.as_it_is, b"content-length")
            return self._send({**message, "headers": [*fields, *cookies]})
        if not start.readable and kind is not _RULES:
            return self._send({**message, "headers": [*start.as_it_is, *cookies]})
        self._message, self._cookies = message, cookies
        self._page, self._form = start, kind
        self._state = _HOLDING_START
        return _nothing()

    def _on_body(self, data: bytes, *, more: bool) -> Awaitable[None]:
        if self._state is _HOLDING_START:
            visit, start, is_page = self._visit, self._page, self._form is not _RULES
            if is_page and not more and (page := remembered_page(visit, start, data)) is not None:
                return self._send_whole(page)
            self._body = PageBody(visit, start) if is_page else RulesBody(visit, coding=start.coding)
        return self._gate(data, more=more)

    async def _gate(self, data: bytes, *, more: bool) -> None:
        body = self._body
        if self._state is _HOLDING_START:
            if not data and self._visit.method == "HEAD":
                await self._leave_out(more=more)
                return
            if not more and body.cacheable:
                await self._send_whole(await body.whole(data))
                return
            if not body.recognises(data):
                await self._send_start(self._page.as_it_is)
                self._state = _PASSING
                await self._send({"type": "http.response.body", "body": data, "more_body": more})
                return
            await self._send_start(self._page.of_gated)
            self._state = _IN_PAGE
        async for piece in body.feed(data):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        if not more:
            self._state = _PASSING
            await self._send({"type": "http.response.body", "body": body.close()})

    async def _leave_out(self, *, more: bool) -> None:
        """Answer HEAD as the site does, without the page: its gated length isn't known then (RFC 9110 section 8.6)."""
        if not more:
            self._state = _PASSING
            await self._send_start(self._page.of_gated)
            await self._send({"type": "http.response.body", "body": b""})

    async def _send_whole(self, page: bytes) -> None:
        self._state = _PASSING
        await self._send_start(self._page.of_gated, (b"content-length", b"%d" % len(page)))
        await self._send({"type": "http.response.body", "body": page})

    def _send_start(self, headers: Fields, *more: tuple[bytes, bytes]) -> Awaitable[None]:
        return self._send({**self._message, "headers": [*headers, *more, *self._cookies]})

    async def _on_file(self, message: Message) -> None:
        """Read the file a server would have sent by itself: a page must pass through the gate."""
        async for piece in read_file(message):
            await self._on_body(piece, more=True)
        await self._on_body(
            b"", more=message["type"] == "http.response.zerocopysend" and message.get("more_body", False)
        )

    async def _on_early_hint(self, message: Message) -> None:
        """Filter the links of a 103 answer: it comes before any policy, so nothing else would hold them."""
        links = (filter_link(bytes(link), self._blocks) for link in message.get("links", ()))
        kept = [link for link in links if link is not None]
        if kept:
            await self._send({**message, "links": kept})

    def _leads_away(self, field: tuple[bytes, bytes]) -> bool:
        """Tell whether a header redirects to somebody blocked: an image of ours must not become one of theirs."""
        name, value = field
        return name.lower() == b"location" and self._blocks(value.decode("latin-1"))

    def _blocks(self, url: str) -> bool:
        visit = self._visit
        return visit.site.walls(visit.sender.decision)[0].blocked(url, visit.sender.base) is not None

    def _filtered(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        kept = []
        for name, value in headers:
            filtered: bytes | None = value
            lowered = name.lower()
            if lowered == b"set-cookie":
                filtered = judged_set_cookie(self._visit, value)
            elif lowered == b"link":
                filtered = filter_link(value, self._blocks)
            elif lowered in _POLICIES:
                filtered = csp.without_reports(value, self._blocks)
            elif any(map(self._blocks, _followed(lowered, value.decode("latin-1")))):
                filtered = None
            if filtered is not None:
                kept.append((name, filtered))
        return kept

    def _expired_cookies(self) -> list[tuple[bytes, bytes]]:
        visit = self._visit
        return [
            (b"set-cookie", line)
            for name in visit.sender.cookies_to_expire
            for line in expire_lines(name, host=visit.sender.host, path=visit.path, secure=visit.sender.secure)
        ]


def _followed(name: bytes, value: str) -> list[str]:
    """Return the URLs of a header that a browser follows or reports to by itself."""
    if name == b"refresh":
        return [refresh_target(value)]
    return urls_in(value) if name in _NAMING_HOSTS else []


def judged_set_cookie(visit: Visit, line: bytes) -> bytes | None:
    """Return a Set-Cookie line of the site's as this visitor may get it; None to drop it."""
    site, now = visit.site, visit.site.clock()
    cookie = parse_set_cookie(line)
    asked = cookie.expires_in(now)
    declared = site.cookies.find(cookie.name)
    if asked is None or asked > 0:
        saw_cookie(visit, cookie.name, declared, lifetime=asked)
    if declared is None:
        site.report_undeclared(cookie.name)
        if site.manifest.unlisted == "report":
            return line
    elif (asked is None or asked > 0) and site.keeps_its_end(declared) and visit.sender.holds(cookie.name):
        return None
    return judge_cookie(cookie, line, asked, site.allowed_item(cookie.name, visit.sender.decision), now=now)
