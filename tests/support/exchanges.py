"""Exchanges that are no pages, made at random from a seed, and a server that replays them against any application.

An exchange is what a client sends, what the application does with it (a list of steps) and when the client leaves. Each
message is made anew for each run, so that nothing an application did to one can leak into the next.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

HOST = "www.shop.example"
# What a browser never shows as a document; then what it might, or runs as a worker.
DATA_TYPES = (
    "application/json application/json;charset=utf-8 application/problem+json text/plain text/css text/csv "
    "text/event-stream image/png image/avif video/mp4 audio/ogg font/woff2 application/octet-stream application/pdf "
    "application/zip application/wasm application/grpc application/x-ndjson"
).split()
DOCUMENT_TYPES = (
    "image/svg+xml application/xhtml+xml text/xml application/xml text/javascript application/javascript "
    "multipart/x-mixed-replace;boundary=x multipart/byteranges;boundary=x multipart/form-data;boundary=x"
).split()
STATUSES = (200, 200, 200, 200, 201, 202, 203, 204, 205, 206, 206, 207, 226, 300, 301, 302, 303, 304, 304, 307, 308)
FAILURES = (
    400,
    401,
    402,
    403,
    404,
    404,
    405,
    406,
    409,
    410,
    412,
    413,
    416,
    418,
    421,
    425,
    429,
    451,
    500,
    501,
    503,
    599,
)
BODIES = (
    b"",
    b"{}",
    b'{"html": "<script src=https://tracker.example/x.js></script>"}',
    b"data: <img src=//tracker.example>\n\n",
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    b"<script src=https://connect.facebook.net/x.js></script>",
    b"<!doctype html><title>not as HTML</title><script src=//tracker.example></script>",
    b"\xff\xfe<\x00",
    b"\x1f\x8b\x08\x00",
    b"\x1b$B\x1b(B",
    b"x" * 70_000,
)
PATHS = (
    *("/", "/api", "/api/v1/items", "/a%2fb", "//", "//api", "/api/..", "/../_consent", "/%5fconsent/log", "/_consent"),
    *(
        "/_consentx/log",
        "/x/_consent/log",
        "/./_consent/log",
        "//_consent/log",
        "/_CONSENT/log",
        "/é",
        "/a b",
        "/;x",
        "",
    ),
    *("/.well-known/gpc.jsonx", "/x/.well-known/gpc.json", "/_consent\\log", "*"),
)
ROOTS = ("", "", "", "/app", "/a/b", "/_consent")
HOSTS = (HOST, HOST, "evil.example", "www.shop.example/_consent/log?", "a b", "", "www.shop.example:8443", "é.example")
STRAY = contextvars.ContextVar("STRAY", default="unset")


class SiteError(Exception):
    """The site's own failure."""


@dataclass
class Exchange:
    """One request and what becomes of it."""

    scope: dict[str, Any]
    incoming: list[dict[str, Any]]
    steps: list[tuple[str, Any]]
    breaks_at: int | None = None
    cancelled_at: int | None = None


@dataclass
class Replay:
    """What happened on both sides of an application."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    scope: dict[str, Any] | None = None
    outcome: str = "returned"
    problem: object = None
    trace: list[str] = field(default_factory=list)


def site(exchange: Exchange, replay: Replay) -> Callable[..., Any]:
    """Return an application that does what an exchange says, and notes what it saw."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        replay.scope = {key: copy.copy(value) for key, value in scope.items()}
        tasks = []
        for action, what in exchange.steps:
            if action == "receive":
                replay.received.append(await receive())
            elif action == "send":
                try:
                    await send(what())
                except OSError as problem:
                    replay.trace.append(f"send raised {problem}")
                    if exchange.scope.get("reraises"):
                        raise
            elif action == "raise":
                raise what
            elif action == "set":
                replay.trace.append(STRAY.get())
                STRAY.set(what)
            elif action == "spawn":
                tasks.append(asyncio.ensure_future(_background(replay)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    return app


async def _background(replay: Replay) -> None:
    await asyncio.sleep(0)
    replay.trace.append(f"background ran with {STRAY.get()}")


async def replayed(wrap: Callable[[Any], Any], exchange: Exchange) -> Replay:
    """Play the server to an application made by :func:`site` and wrapped."""
    replay = Replay()
    incoming = copy.deepcopy(exchange.incoming)
    awaits = 0

    async def receive() -> dict[str, Any]:
        count()
        if incoming:
            return incoming.pop(0)
        return {"type": "websocket.disconnect" if exchange.scope["type"] == "websocket" else "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        count()
        if exchange.breaks_at is not None and len(replay.sent) >= exchange.breaks_at:
            raise OSError("the client left")
        kept = dict(message)
        if "headers" in kept:
            kept["headers"] = [(bytes(name), bytes(value)) for name, value in kept["headers"]]
        replay.sent.append(kept)

    def count() -> None:
        nonlocal awaits
        awaits += 1
        if awaits == exchange.cancelled_at:
            task.cancel()

    async def run() -> None:
        STRAY.set("server's")
        scope = {**exchange.scope, "headers": list(exchange.scope["headers"])}
        try:
            await wrap(site(exchange, replay))(scope, receive, send)
        finally:
            replay.trace.append(f"context ends with {STRAY.get()}")

    task = asyncio.ensure_future(run())
    try:
        await task
    except asyncio.CancelledError:
        replay.outcome = "cancelled"
    except Exception as problem:
        replay.outcome, replay.problem = "raised", problem
    return replay


def http(pick: random.Random) -> Exchange:
    """Return an HTTP exchange that is no page."""
    method = pick.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
    root = pick.choice(ROOTS)
    path = pick.choice(["", root]) + pick.choice(PATHS)
    if path.removeprefix(root).startswith("/_consent/") or path.removeprefix(root) == "/.well-known/gpc.json":
        path = "/api"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": pick.choice(["1.0", "1.1", "2", "3"]),
        "method": method,
        "scheme": pick.choice(["http", "https"]),
        "path": path,
        "raw_path": pick.choice([path.encode(), None]),
        "query_string": pick.choice([b"", b"a=1&b=%00", b"\xff"]),
        "root_path": root,
        "headers": _request_headers(pick),
        "client": pick.choice([("203.0.113.7", 1), None, ("2001:db8::1", 2)]),
        "server": pick.choice([("127.0.0.1", 8000), ("/run/site.sock", None), None]),
        "extensions": pick.choice([{}, {"http.response.pathsend": {}, "http.response.trailers": {}, "tls": {"x": 1}}]),
        "reraises": pick.random() < 0.5,
    }
    if pick.random() < 0.3:
        scope["state"] = {"pool": 1}
    chunks = pick.choices([b"", b"a", b"x" * 5000], k=pick.randrange(3))
    incoming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    incoming.append(pick.choice([{"type": "http.request"}, {"type": "http.request", "body": b"", "more_body": False}]))
    if pick.random() < 0.1:
        incoming[pick.randrange(len(incoming))] = {"type": "http.disconnect"}
    steps = [("receive", None)] * pick.choice([0, 0, 1, len(incoming), len(incoming) + 1])
    steps += _response(pick)
    for odd in pick.choices([("set", "site's"), ("spawn", None), ("receive", None)], k=pick.choice([0, 0, 1, 2])):
        steps.insert(pick.randrange(len(steps) + 1), odd)
    if pick.random() < 0.1:
        problem = pick.choice([SiteError("x"), ValueError("y"), KeyError("z"), OSError("site"), RuntimeError("w")])
        steps.insert(pick.randrange(len(steps) + 1), ("raise", problem))
    return Exchange(scope, incoming, steps, *_end(pick))


def _end(pick: random.Random) -> tuple[int | None, int | None]:
    breaks_at = pick.randrange(4) if pick.random() < 0.1 else None
    return breaks_at, pick.randrange(1, 6) if pick.random() < 0.1 else None


def _request_headers(pick: random.Random) -> list[tuple[bytes, bytes]]:
    pool = [
        (b"accept", b"application/json"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, br, zstd"),
        (b"range", b"bytes=0-99,200-"),
        (b"if-range", b'"abc"'),
        (b"if-none-match", b'"abc", W/"def"'),
        (b"if-none-match", b"*"),
        (b"if-modified-since", b"Sun, 22 Nov 2026 10:00:00 GMT"),
        (b"sec-fetch-dest", b"empty"),
        (b"sec-fetch-dest", b"image"),
        (b"sec-fetch-dest", b"script"),
        (b"sec-fetch-mode", b"cors"),
        (b"cookie", b"session=1; csrf=2"),
        (b"cookie", b"session=1"),
        (b"authorization", b"Bearer x"),
        (b"x-odd", b"\xe9\xff"),
        (b"x-odd", b""),
        (b"te", b"trailers"),
        (b"expect", b"100-continue"),
        (b"x-forwarded-for", b"1.2.3.4, , garbage"),
        (b"user-agent", b"x" * 2000),
        (b"accept-language", b"fr;q=x,, en"),
    ]
    headers = pick.choices(pool, k=pick.randrange(8))
    headers.insert(pick.randrange(len(headers) + 1), (b"host", pick.choice(HOSTS).encode("latin-1")))
    return headers


def _response(pick: random.Random) -> list[tuple[str, Any]]:
    status = pick.choice(STATUSES + FAILURES)
    kind = pick.choice([*DATA_TYPES, *DATA_TYPES, *DOCUMENT_TYPES, None])
    chunks = pick.choices(BODIES, k=pick.choice([0, 1, 1, 1, 2, 3, 8]))
    headers = _response_headers(pick, kind, sum(map(len, chunks)))
    form = pick.choice([list, tuple, iter, _pairs_as_lists, None if kind is None else list])

    def start() -> dict[str, Any]:
        message: dict[str, Any] = {"type": "http.response.start", "status": status}
        if form is not None:
            message["headers"] = form(headers)
        if trailers:
            message["trailers"] = True
        return message

    trailers = pick.random() < 0.1
    messages: list[Any] = [start]
    for place, chunk in enumerate(chunks):
        messages.append(_body(pick, chunk, more=place < len(chunks) - 1))
    if trailers:
        messages.append(_message("http.response.trailers", headers=[(b"x-sum", b"1")], more_trailers=False))
    if chunks and pick.random() < 0.1:
        messages[1:] = [pick.choice([_pathsend(pick), _zerocopy(pick)])]
    for _ in range(pick.choice([0, 0, 0, 1, 2])):
        messages.insert(pick.randrange(len(messages) + 1), _other(pick))
    return [("send", message) for message in messages]


def _response_headers(pick: random.Random, kind: str | None, length: int) -> list[tuple[bytes, bytes]]:
    pool = [
        (b"etag", b'W/"a--b"'),
        (b"ETag", b'"abc"'),
        (b"last-modified", b"Sun, 22 Nov 2026 10:00:00 GMT"),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"Cache-Control", b"s-maxage=9"),
        (b"vary", b"accept"),
        (b"vary", b"*"),
        (b"accept-ranges", b"bytes"),
        (b"content-range", b"bytes 0-1/9"),
        (b"content-encoding", b"gzip"),
        (b"content-encoding", b"br, lies"),
        (b"content-language", b"fr, en"),
        (b"Content-Disposition", b'attachment; filename="x.html"'),
        (b"content-disposition", b"inline"),
        (b"transfer-encoding", b"chunked"),
        (b"connection", b"close"),
        (b"location", b"/elsewhere"),
        (b"location", b"//www.shop.example/x"),
        (b"refresh", b"5; url=/next"),
        (b"link", b"</style.css>; rel=preload; as=style"),
        (b"Link", b"<https://cdn.shop.example/x.js>; rel=modulepreload"),
        (b"link", b"<https://tracker.example/>; rel=author"),
        (b"x-odd", b"\xe9\xff\x00"),
        (b"X-ODD", b""),
        (b"x-odd", b" padded "),
        (b"strict-transport-security", b"max-age=1"),
        (b"content-security-policy", b"default-src 'none'; script-src 'nonce-x'"),
        (b"Content-Security-Policy-Report-Only", b"default-src 'self'"),
        (b"access-control-allow-origin", b"*"),
        (b"server-timing", b"a;dur=1"),
        (b"set-cookie", b"session=abc; Path=/; HttpOnly"),
        (b"Set-Cookie", b"csrf=1; Secure"),
        (b"set-cookie", b"gone=; Max-Age=0"),
        (b"set-cookie", b"undeclared=1"),
        (b"www-authenticate", b"Basic"),
        (b"retry-after", b"1"),
        (b"clear-site-data", b'"cache"'),
    ]
    headers = pick.choices(pool, k=pick.randrange(9))
    if kind is not None:
        name = pick.choice([b"content-type", b"Content-Type", b"CONTENT-TYPE"])
        headers.insert(pick.randrange(len(headers) + 1), (name, kind.encode()))
    told = pick.choice([None, length, length, 0, length + 7])
    if told is not None:
        headers.append((b"content-length", b"%d" % told))
    return headers


def _pairs_as_lists(headers: list[tuple[bytes, bytes]]) -> Any:
    return [list(pair) for pair in headers]


def _message(kind: str, **fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"type": kind, **fields}


def _body(pick: random.Random, chunk: bytes, *, more: bool) -> Any:
    fields: dict[str, Any] = {"body": chunk, "more_body": more}
    if not more and pick.random() < 0.3:
        del fields["more_body"]
    if not chunk and pick.random() < 0.5:
        del fields["body"]
    return _message("http.response.body", **fields)


def _pathsend(_pick: random.Random) -> Any:
    return _message("http.response.pathsend", path=__file__)


def _zerocopy(pick: random.Random) -> Any:
    return _message("http.response.zerocopysend", file=3, offset=pick.randrange(9), count=5, more_body=False)


def _other(pick: random.Random) -> Any:
    return pick.choice(
        [
            _message("http.response.debug", info={"template": "x"}),
            _message("http.response.push", path="/style.css", headers=[(b"accept", b"*/*")]),
            _message("http.response.early_hint", links=[b"</style.css>; rel=preload; as=style"]),
            _message("http.response.unheard-of", x=object),
        ]
    )


def websocket(pick: random.Random) -> Exchange:
    """Return a WebSocket's life: accepted, refused or answered over HTTP; its messages; its end."""
    path = pick.choice([path for path in PATHS if not path.startswith("/_consent/")])
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": pick.choice(["ws", "wss"]),
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": _request_headers(pick),
        "client": ("203.0.113.7", 1),
        "server": ("127.0.0.1", 8000),
        "subprotocols": ["a", "b"],
        "extensions": {"websocket.http.response": {}},
        "reraises": pick.random() < 0.5,
    }
    texts = pick.choices(["<script src=//tracker.example>", "é", ""], k=pick.randrange(4))
    incoming: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    incoming += [{"type": "websocket.receive", "text": text} for text in texts]
    incoming.append({"type": "websocket.disconnect", "code": 1005})
    headers = pick.choices([(b"x", b"y"), (b"Set-Cookie", b"session=1"), (b"X", b"\xe9")], k=pick.randrange(3))
    begin = pick.choice(
        [
            [_message("websocket.accept", subprotocol="a", headers=headers)],
            [_message("websocket.accept")],
            [_message("websocket.close", code=1008, reason="no")],
            [
                _message("websocket.http.response.start", status=403, headers=headers),
                _message("websocket.http.response.body", body=b"<script>", more_body=False),
            ],
        ]
    )
    replies = [_message("websocket.send", bytes=b"\xff" * 9) for _ in range(pick.randrange(3))]
    messages = [*begin, *replies, _message("websocket.close", code=1000)]
    steps: list[tuple[str, Any]] = [("send", message) for message in messages]
    for _ in range(pick.randrange(5)):
        steps.insert(pick.randrange(len(steps) + 1), ("receive", None))
    if pick.random() < 0.1:
        steps.insert(pick.randrange(len(steps) + 1), ("raise", SiteError("x")))
    return Exchange(scope, incoming, steps, *_end(pick))
