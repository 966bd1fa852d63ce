"""One response on its way out: what may pass does so untouched, pages go through the gate.

Rules of operation:

1. Nothing is sent before the headers are final: the start of a page is held until its first body message.
2. What isn't HTML keeps its events, its body and its length, byte for byte; only the headers that contact somebody
   or set cookies are filtered.
3. A page that can't be read (an unknown coding or charset) is sent as it is, under the CSP wall.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from consentkit.asgi.body import PageBody, read_file
from consentkit.asgi.coding import undone
from consentkit.asgi.pageview import page_view
from consentkit.asgi.rulesbody import RulesBody
from consentkit.asgi.sightings import saw_cookie
from consentkit.gate import csp
from consentkit.gate.cookies import expire_lines, judge_cookie, parse_set_cookie
from consentkit.gate.headers import append_vary, filter_link, make_private, refresh_target, salt_etag, urls_in
from consentkit.gate.rules import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from starlette.types import Message, Send

    from consentkit.asgi.site import PageHeaders
    from consentkit.asgi.visit import Visit

_HTML = b"text/html"
# What a browser shows as a document or runs as a worker carries its own policy (CSP3 section 4.2; HTML 10.2.4).
_DOCUMENTS = tuple(
    b"application/xhtml image/svg text/xml application/xml multipart/ text/javascript application/javascript "
    b"application/x-javascript text/ecmascript".split()
)
# What says nothing: a browser sniffs it, and may find HTML (WHATWG MIME Sniffing 7). It carries the policy and is left
# to be sniffed: a site that sends no types works because browsers do.
_SNIFFED = frozenset({b"unknown/unknown", b"application/unknown"})
_MEDIA_TYPE = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
# Headers that name whom a browser will contact by itself: Reporting API, Network Error Logging, Speculation Rules.
_NAMING_HOSTS = frozenset({b"report-to", b"reporting-endpoints", b"speculation-rules"})
_POLICIES = frozenset({csp.ENFORCE, csp.REPORT_ONLY})
_WATCHED = frozenset({b"set-cookie", b"link", b"refresh", b"location"}) | _NAMING_HOSTS | _POLICIES
_BODILESS = frozenset({204, 205, 304})


class _State(enum.Enum):
    BEFORE_START = enum.auto()
    HOLDING_START = enum.auto()
    PAGE = enum.auto()
    PASSING = enum.auto()


class _Form(enum.Enum):
    PAGE = enum.auto()
    RULES = enum.auto()
    DOCUMENT = enum.auto()
    UNTYPED = enum.auto()
    DATA = enum.auto()


@lru_cache(maxsize=256)
def _form(content_type: bytes | None) -> tuple[_Form, bytes | None]:
    """Return what an answer is, and the value that says so, of all the lines and parts of its Content-Type.

    Fetch 3.5 (extract a MIME type): the last that is a type counts, with the charset of those before it of the same
    type. What holds none is sniffed.
    """
    values = [(value.partition(b";")[0].strip().lower(), value) for value in (content_type or b"").split(b",")]
    values = [(media, value) for media, value in values if _MEDIA_TYPE.fullmatch(media) and media != b"*/*"]
    if not values or values[-1][0] in _SNIFFED:
        return _Form.UNTYPED, content_type
    last, told = values[-1]
    if last == MEDIA_TYPE:
        return _Form.RULES, told
    if last != _HTML:
        document = any(media.startswith((_HTML, *_DOCUMENTS)) for media, _ in values)
        return _Form.DOCUMENT if document else _Form.DATA, told
    for media, value in reversed(values):
        if media != last or b"charset" in told.lower():
            break
        told = value if b"charset" in value.lower() else told
    return _Form.PAGE, told


_LONGEST_REMEMBERED = 4096
_NOTHING: Message = {}
_OWN_BODY = frozenset({_State.HOLDING_START, _State.PAGE})


class GovernedResponse:
    """The ``send`` an application gets for one request.

    Args:
        visit: The request.
        send: The server's.
    """

    __slots__ = ("_body", "_send", "_start", "_state", "_untouched", "_visit")

    def __init__(self, visit: Visit, send: Send) -> None:
        self._visit = visit
        self._send = send
        self._state = _State.BEFORE_START
        self._start: Message = _NOTHING
        self._untouched: Message = _NOTHING
        self._body: PageBody | RulesBody | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        """Take one ASGI message of the application."""
        kind = message["type"]
        if kind == "http.response.start":
            # ASGI asks for an iterable, and there are some that can be read once only.
            if not isinstance(message.get("headers", ()), (list, tuple)):
                message = {**message, "headers": list(message["headers"])}
            return self._on_start(message)
        if kind == "http.response.early_hint":
            return self._on_early_hint(message)
        if self._state in _OWN_BODY:
            if kind == "http.response.body":
                return self._on_body(message.get("body", b""), more=message.get("more_body", False))
            if kind in {"http.response.pathsend", "http.response.zerocopysend"}:
                return self._on_file(message)
        return self._send(message)

    def _on_start(self, message: Message) -> Awaitable[None]:
        visit = self._visit
        headers, kind, watched, saved = message.get("headers") or (), None, False, False
        for name, value in headers:
            lowered = name.lower()
            if lowered == b"content-type":
                kind = value if kind is None else kind + b", " + value
            elif lowered in _WATCHED:
                watched = True
            elif lowered == b"content-disposition":
                saved = value.lstrip()[:10].lower() == b"attachment"
        # What the visitor saves is a file of theirs, not a page of the site's (RFC 6266 section 4.2).
        form, kind = _form(kind)
        if saved:
            form = _Form.DATA
        page = form in {_Form.PAGE, _Form.RULES} or (
            form is _Form.UNTYPED and message["status"] == 304 and visit.sender.asks_for_page
        )
        document = not page and form is not _Form.DATA
        if not (page or document or watched or visit.sender.cookie):
            self._state = _State.PASSING
            return self._send(message)
        if watched and visit.sender.is_subresource and any(map(self._leads_away, headers)):
            message = {**message, "status": 403, "headers": [field for field in headers if not self._leads_away(field)]}
            headers = message["headers"]
        changed = self._filtered(headers) if watched else [(name, value) for name, value in headers]
        if page:
            return self._on_page_start(message, changed, kind)
        if visit.sender.cookie:
            changed += self._expired_cookies()
        if document:
            changed = [*changed, *visit.policy_headers]
            if form is _Form.DOCUMENT:
                changed += _unsniffed(visit, changed)
        self._state = _State.PASSING
        return self._send({**message, "headers": changed})

    async def _on_page_start(self, message: Message, headers: list[tuple[bytes, bytes]], kind: bytes | None) -> None:
        visit, status = self._visit, message["status"]
        if visit.sender.is_document and visit.scope["method"] != "HEAD":
            page_view(visit, status)
        if status == 206:
            headers += self._expired_cookies()
            headers += visit.policy_headers
            append_vary(headers, visit.site.varies_on)
            self._state = _State.PASSING
            await self._send({**message, "headers": headers})
            return
        fixed, nonce = _page_headers(visit, headers)
        headers = [*fixed, *self._expired_cookies()]
        coding = b", ".join(value for name, value in headers if name.lower() == b"content-encoding")
        if visit.scope["method"] == "HEAD" or status in _BODILESS:
            undoes = (b"content-encoding",) if undone(coding) is not None else ()
            self._state = _State.PASSING
            # The gated page has another length; a HEAD answer may leave it out (RFC 9110 section 8.6).
            await self._send({**message, "headers": _without(headers, b"content-length", *undoes)})
            return
        language = _first(headers, b"content-language")
        body: PageBody | RulesBody
        if _form(kind)[0] is _Form.RULES:
            body = RulesBody(visit, coding=coding)
        else:
            body = PageBody(visit, content_type=kind, coding=coding, nonce=nonce, content_language=language)
        if not body.readable:
            self._state = _State.PASSING
            await self._send({**message, "headers": headers})
            return
        self._body = body
        self._untouched = {**message, "headers": headers}
        self._start = {**message, "headers": _without(headers, b"content-length", b"content-encoding")}
        self._state = _State.HOLDING_START

    async def _on_body(self, data: bytes, *, more: bool) -> None:
        body = self._body
        if body is None:  # pragma: no cover - both states that lead here have a body
            return
        if self._state is _State.HOLDING_START and not more and body.cacheable:
            page = await body.whole(data)
            self._state = _State.PASSING
            await self._send_start(len(page))
            await self._send({"type": "http.response.body", "body": page})
            return
        if self._state is _State.HOLDING_START and not body.recognises(data):
            self._state = _State.PASSING
            await self._send(self._untouched)
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
            return
        if self._state is _State.HOLDING_START:
            self._state = _State.PAGE
            await self._send_start(None)
        async for piece in body.feed(data):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        if not more:
            self._state = _State.PASSING
            await self._send({"type": "http.response.body", "body": body.close()})

    async def _send_start(self, length: int | None) -> None:
        if length is not None:
            self._start["headers"].append((b"content-length", b"%d" % length))
        await self._send(self._start)

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


def _page_headers(visit: Visit, headers: list[tuple[bytes, bytes]]) -> PageHeaders:
    """Return a page's headers and the nonce its own policy asks of scripts; the last ones are remembered."""
    site, sender = visit.site, visit.sender
    key = (sender.variant, visit.root, sender.secure, sender.names_document, tuple(headers))
    known = site.page_headers.get(key)
    if known is None:
        enforced, reported = (
            [value for name, value in headers if name.lower() == header] for header in (csp.ENFORCE, csp.REPORT_ONLY)
        )
        nonce = csp.script_nonce([*enforced, *reported])
        if csp.refuses_scripts(enforced, nonce, [site.script_digest]):
            site.report_refused_scripts()
        changed = [*headers, *visit.policy_headers, *_unsniffed(visit, headers)]
        append_vary(changed, site.varies_on)
        make_private(changed)
        fixed = ((n, salt_etag(v, sender.variant) if n.lower() == b"etag" else v) for n, v in changed)
        known = tuple(fixed), nonce
        if sum(len(value) for _, value in headers) <= _LONGEST_REMEMBERED:
            site.page_headers.put(key, known)
    return known


def _unsniffed(visit: Visit, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return what keeps a browser to the type of a document, where the site doesn't say so itself.

    Only where the browser says that it wants a document: as a script or sheet an answer of the wrong type may be what a
    site relies on, and without a type there is nothing to keep to.
    """
    names = {name.lower() for name, _ in headers}
    if not visit.sender.names_document or b"content-type" not in names or b"x-content-type-options" in names:
        return []
    return [(b"x-content-type-options", b"nosniff")]


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


def _first(headers: list[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    return next((value for name, value in headers if name.lower() == wanted), None)


def _without(headers: list[tuple[bytes, bytes]], *names: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in names]
