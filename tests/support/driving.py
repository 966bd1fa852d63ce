"""Drive an ASGI application event by event, without a server in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from consentkit.asgi.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOST = "www.shop.example"


@dataclass
class Answer:
    """What an application sent for one request."""

    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def start(self) -> dict[str, Any]:
        return next(event for event in self.events if event["type"] == "http.response.start")

    @property
    def status(self) -> int:
        return self.start["status"]

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name.decode().lower(), value.decode("latin-1")) for name, value in self.start["headers"]]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def body(self) -> bytes:
        return b"".join(event.get("body", b"") for event in self.events if event["type"] == "http.response.body")

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies set, deletions left out."""
        pairs = (line.partition(";")[0].partition("=") for line in self.all("set-cookie") if "Max-Age=0" not in line)
        return {name: value for name, _, value in pairs}


class Driver:
    """Send requests to an application from one event loop."""

    def __init__(
        self, app: Any, *, scheme: str = "http", client: tuple[str, int] | None = ("203.0.113.77", 5000)
    ) -> None:
        self.app = app
        self.scheme = scheme
        self.client = client
        self.loop = asyncio.new_event_loop()
        if isinstance(app, ConsentMiddleware):
            # The test opens the records, if it wants them open: no thread of theirs runs beside it by itself.
            app.site.started = True

    def close(self) -> None:
        self.loop.close()

    def request(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        **extra: Any,
    ) -> Answer:
        return self.loop.run_until_complete(self.exchange(method, path, headers, body, **extra))

    async def exchange(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        **extra: Any,
    ) -> Answer:
        """Do as `request`, for several at once."""
        sent = [("host", HOST), *headers]
        if body:
            sent.append(("content-length", str(len(body))))
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent],
            "client": self.client,
            "server": ("127.0.0.1", 8000),
            **extra,
        }
        incoming = [{"type": "http.request", "body": body, "more_body": False}]
        answer = Answer()

        async def receive() -> dict[str, Any]:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            answer.events.append(message)

        await self.app(scope, receive, send)
        return answer

    def get(self, path: str, *headers: tuple[str, str], **extra: Any) -> Answer:
        return self.request("GET", path, headers, **extra)

    def page(self, path: str, *headers: tuple[str, str]) -> Answer:
        """Ask for a page as a browser does."""
        return self.get(path, ("accept", "text/html"), ("sec-fetch-dest", "document"), *headers)

    def choose(self, fields: str, *headers: tuple[str, str]) -> Answer:
        """Post a choice as the banner does."""
        form = ("content-type", "application/x-www-form-urlencoded")
        return self.request(
            "POST", "/_consent/choice", [form, ("sec-fetch-site", "same-origin"), *headers], fields.encode()
        )


def responder(
    *chunks: bytes,
    content_type: str | None = "text/html; charset=utf-8",
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
) -> Callable[..., Any]:
    """Return an application that answers everything the same way, in as many body messages as chunks."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        app.scopes.append(scope)  # type: ignore[attr-defined]
        fields = [(b"content-type", content_type.encode())] if content_type is not None else []
        fields += [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        for number, chunk in enumerate(chunks or (b"",)):
            more = number < len(chunks) - 1
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    app.scopes = []  # type: ignore[attr-defined]
    return app


PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Boutique</title>
<link rel="stylesheet" href="/site.css">
<link rel="preconnect" href="https://www.google-analytics.com">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>window.dataLayer = window.dataLayer || []; dataLayer.push("consent");</script>
<script>!function(f,b){var t=b.createElement("script");t.src="https://connect.facebook.net/en_US/fbevents.js"}(window,document)</script>
<script type="application/ld+json">{"sameAs": "https://www.facebook.com/shop"}</script>
</head>
<body>
<h1>Bonjour &amp; bienvenue</h1>
<img src="/logo.svg" alt="">
<img src="https://www.facebook.com/tr?id=1&amp;ev=PageView" alt="" width="1" height="1">
<p><iframe src="https://www.youtube.com/embed/x" title="A film" width="560" height="315" allowfullscreen></iframe></p>
<a href="https://www.facebook.com/shop">On Facebook</a>
<textarea><script src="https://connect.facebook.net/inert.js"></script></textarea>
<!-- <script src="https://connect.facebook.net/comment.js"></script> -->
</body>
</html>
"""
