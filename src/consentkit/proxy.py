"""A reverse proxy as an ASGI application: any site, in any language, behind the middleware.

It passes on what it gets, both ways and in pieces, and decides nothing. WebSockets are refused with a reason: a proxy
that only seems to carry them would be worse than none. It needs the extra ``proxy``.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable
    from typing import Any

    import httpx
    from starlette.types import Message, Receive, Scope, Send

logger = logging.getLogger("consentkit")

# Of one connection only (RFC 9110 §7.6.1), so none is passed on.
_HOP_BY_HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
_CONNECT_SECONDS: Final = 10.0


class Proxy:
    """Pass every request on to one site, and its answer back.

    Args:
        upstream: Where the site answers: ``http`` or ``https`` and a host, no path.
        preserve_host: Send the visitor's ``Host``, as a site expects that builds its links from it; otherwise the
            upstream's own.
        transport: What sends the requests; one over TCP is made when left out.

    Raises:
        ConfigurationError: The address is none, or the extra ``proxy`` is not installed.
    """

    def __init__(
        self, upstream: str, *, preserve_host: bool = True, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        parts = urlsplit(upstream)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            message = f"upstream is {upstream!r}; write scheme and host, e.g. http://127.0.0.1:3000"
            raise ConfigurationError(message)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._preserve_host = preserve_host
        self._transport = transport or _new_transport()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, refuse one WebSocket, or keep the client for the lifetime of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await _refuse_websocket(receive, send)
        else:
            await self._pass_on(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                await self._transport.aclose()
                return

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        import httpx

        path = scope.get("raw_path") or scope["path"].encode()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        # Not by a client: it would add headers of its own, keep the visitors' cookies and follow redirects.
        request = httpx.Request(
            scope["method"],
            httpx.URL(self._origin).copy_with(raw_path=path + query),
            headers=self._request_headers(scope),
            content=_body(receive) if _has_body(scope) else None,
            # Once connected an answer may take as long as it likes: a stream of events never ends.
            extensions={"timeout": {"connect": _CONNECT_SECONDS, "read": None, "write": None, "pool": None}},
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            logger.warning("upstream %s does not answer: %s", self._origin, type(error).__name__)
            timed_out = isinstance(error, httpx.TimeoutException)
            await _unavailable(504 if timed_out else 502)(scope, receive, send)
            return
        try:
            await _until_either_ends(_send_answer(answer, send), _disconnected(receive))
        finally:
            await answer.aclose()

    def _request_headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        headers = [
            (name, value)
            for name, value in _passed_on(scope["headers"])
            if self._preserve_host or name.lower() != b"host"
        ]
        host = next((value for name, value in scope["headers"] if name.lower() == b"host"), b"")
        client = scope.get("client")
        if client:
            before = [value for name, value in headers if name.lower() == b"x-forwarded-for"]
            headers = [(name, value) for name, value in headers if name.lower() != b"x-forwarded-for"]
            headers.append((b"x-forwarded-for", b", ".join([*before, client[0].encode("latin-1", "replace")])))
        replaced = {b"x-forwarded-proto": scope["scheme"].encode(), b"x-forwarded-host": host}
        kept = [(name, value) for name, value in headers if name.lower() not in replaced]
        return [*kept, *replaced.items()]


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers that are not about one connection, those that ``Connection`` names left out too."""
    headers = list(headers)
    named = {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP | named]


def _has_body(scope: Scope) -> bool:
    headers = {name.lower(): value for name, value in scope["headers"]}
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0").strip() != b"0"


async def _send_answer(answer: httpx.Response, send: Send) -> None:
    headers = _passed_on(answer.headers.raw)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    # The bytes as they came: their coding is the middleware's to undo.
    async for piece in answer.aiter_raw():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_either_ends(answering: Coroutine[Any, Any, None], watching: Coroutine[Any, Any, None]) -> None:
    """Answer until the visitor leaves: an upstream that never ends its answer must not be read for nobody."""
    tasks = {asyncio.create_task(answering), asyncio.create_task(watching)}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": "consentkit proxy passes no WebSockets on"})


def _unavailable(status: int) -> PlainTextResponse:
    text = "The site behind this address does not answer. Please try again later.\n"
    return PlainTextResponse(text, status, headers={"cache-control": "no-store", "retry-after": "10"})


def _new_transport() -> httpx.AsyncBaseTransport:
    try:
        import httpx
    except ModuleNotFoundError as error:
        message = "the proxy needs an HTTP client; install it with: pip install 'consentkit[proxy]'"
        raise ConfigurationError(message) from error
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    return httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
