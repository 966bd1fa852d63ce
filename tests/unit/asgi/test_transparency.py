"""What is not a page passes as if consentkit weren't there."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from driving import responder

from consentkit.records.expiry import Expiry


@pytest.mark.parametrize(
    ("kind", "chunks"),
    [
        ("application/json", [b'{"a": 1}']),
        ("application/json; charset=utf-8", [b"[", b"1", b"]"]),
        ("image/png", [b"\x89PNG" + bytes(1000)]),
        ("text/event-stream", [b"data: <script src=//tracker.example>\n\n", b"data: 2\n\n"]),
        ("text/css", [b"@import '//tracker.example/x.css'"]),
        ("text/plain", [b"<script src=//tracker.example></script>"]),
        ("application/octet-stream", [b""]),
    ],
)
def test_events_are_identical(governed: Any, kind: str, chunks: list[bytes]) -> None:
    """The same messages in the same order with the same bytes."""
    headers = [
        ("content-length", str(sum(map(len, chunks)))),
        ("etag", '"x"'),
        ("X-Odd", "é"),
        ("cache-control", "public"),
    ]
    bare, wrapped = (
        responder(*chunks, content_type=kind, headers=headers),
        responder(*chunks, content_type=kind, headers=headers),
    )
    expected: list[Any] = []

    async def collect(message: Any) -> None:
        expected.append(message)

    asyncio.run(bare({}, None, collect))
    assert governed(wrapped).get("/api").events == expected


def test_optional_keys_may_be_missing(governed: Any) -> None:
    """No headers, no body, no more_body: the ASGI defaults."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    answer = governed(app).get("/")
    assert answer.status == 200
    assert answer.body == b""


def test_a_page_without_keys_is_empty_and_asked_about_when_a_document(governed: Any) -> None:
    """A body message without a body is an empty body."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": ((b"Content-Type", b"text/html"),)})
        await send({"type": "http.response.body"})

    assert b"consentkit" in governed(app).page("/").body


def test_the_same_exception_comes_out(governed: Any) -> None:
    """Before and after the start."""
    problem = RuntimeError("the site's own")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/late":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
            await send({"type": "http.response.body", "body": b"<p>", "more_body": True})
        raise problem

    driver = governed(app)
    for path in ("/", "/late"):
        with pytest.raises(RuntimeError) as caught:
            driver.page(path)
        assert caught.value is problem


def test_other_messages_pass_in_order(governed: Any) -> None:
    """Trailers, debug, push and what the future brings."""
    sent = [
        {"type": "http.response.debug", "info": {"x": 1}},
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json")],
            "trailers": True,
        },
        {"type": "http.response.body", "body": b"1", "more_body": False},
        {"type": "http.response.trailers", "headers": [(b"x", b"y")], "more_trailers": False},
        {"type": "http.response.zerocopysend", "file": 3},
        {"type": "http.response.unheard-of"},
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in sent:
            await send(message)

    assert governed(app).get("/").events == sent


def test_the_server_s_scope_is_left_as_it_is(governed: Any) -> None:
    """The site gets a scope of its own, with the consent object; the server's keeps its keys."""
    app = responder(b"{}", content_type="application/json")
    driver = governed(app)
    answer = driver.get("/", ("cookie", "_ga=1; session=2"), state={"from": "lifespan"})
    scope = app.scopes[0]
    assert answer.status == 200
    assert (b"cookie", b"session=2") in scope["headers"]
    assert scope["state"]["from"] == "lifespan"
    assert scope["state"]["consent"] is scope["consentkit"]
    assert scope["consentkit"].allows("necessary")
    assert not scope["consentkit"].allows_service("youtube")
    assert scope["consentkit"].preferences_link() == "/_consent/preferences?return_to=%2F"


@pytest.mark.requirement("R1 R4")
def test_cookies_ungranted_or_undeclared_are_neither_read_nor_set(governed: Any) -> None:
    """Both ways, on any response; deletions and exempt ones pass; a held one is expired everywhere."""
    lines = ["_ga=1; Max-Age=100", "unknown=1", "session=1; Max-Age=99999; Path=/", "stats=; Max-Age=0"]
    app = responder(b"{}", content_type="application/json", headers=[("set-cookie", line) for line in lines])
    answer = governed(app).get("/deep/page", ("cookie", "stats=1; other=2; csrf=3"))
    assert (b"cookie", b"csrf=3") in app.scopes[0]["headers"]
    got = answer.all("set-cookie")
    assert "session=1; Path=/; Max-Age=7200" in got
    assert "stats=; Max-Age=0" in got
    assert not [line for line in got if line.startswith(("_ga", "unknown"))]
    assert any(line.startswith("stats=; Path=/; Domain=shop.example; Max-Age=0") for line in got)
    assert not [line for line in got if line.startswith("other=")]


def test_after_a_grant_its_cookies_pass(governed: Any) -> None:
    """Allowed purposes set and read their cookies."""
    app = responder(b"{}", content_type="application/json", headers=[("set-cookie", "stats=1; Max-Age=100")])
    driver = governed(app)
    cookie = driver.choose("action=save&purposes=analytics").cookies["consentkit"]
    answer = driver.get("/", ("cookie", f"stats=0; consentkit={cookie}"))
    assert answer.cookies == {"stats": "1"}
    assert any(name == b"cookie" and b"stats=0" in value for name, value in app.scopes[-1]["headers"])


def test_websockets_pass_with_their_cookies_filtered(governed: Any) -> None:
    """The handshake's cookies are judged; its messages are not touched."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send({"type": "websocket.accept", "headers": [(b"set-cookie", b"_ga=1"), (b"x", b"y")]})
        await send({"type": "websocket.send", "text": "<script src=//tracker.example>"})

    driver = governed(app)
    sent: list[Any] = []

    async def collect(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/ws",
        "headers": [(b"cookie", b"_ga=1; csrf=2"), (b"host", b"www.shop.example")],
    }
    driver.loop.run_until_complete(driver.app(scope, None, collect))
    assert (b"cookie", b"csrf=2") in seen[0]["headers"]
    assert sent[0]["headers"] == [(b"x", b"y")]
    assert sent[1] == {"type": "websocket.send", "text": "<script src=//tracker.example>"}


def lifespan(driver: Any, app_events: list[str]) -> list[str]:
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    driver.loop.run_until_complete(driver.app({"type": "lifespan", "state": {}}, receive, send))
    return sent


def test_a_site_without_lifespan_still_opens_and_closes_the_records(governed: Any) -> None:
    """Django raises on the scope; the server sees a lifespan all the same."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = "only http"
        raise ValueError(message)

    assert lifespan(governed(app), []) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_site_that_no_lifespan_reaches_sweeps_all_the_same(governed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Daphne runs none, and a mounted application gets none: the first request opens the records."""
    driver = governed(responder(b"{}", content_type="application/json"))
    site, swept = driver.app.site, threading.Event()
    monkeypatch.setattr(Expiry, "sweep", lambda *_: swept.set() or 0)
    site.started = False
    driver.get("/")
    assert swept.wait(30)


def test_a_start_that_fails_is_the_server_s_to_see(governed: Any) -> None:
    """Neither an exception nor a failure message is hidden."""

    async def raising(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        message = "no database"
        raise RuntimeError(message)

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="no database"):
        lifespan(governed(raising), [])
    assert lifespan(governed(failing), []) == ["lifespan.startup.failed"]


@pytest.mark.parametrize(
    ("steps", "sent", "raised"),
    [
        (["receive", "startup.complete", "receive", "shutdown.complete"], 2, None),
        (["receive", "startup.failed"], 1, None),
        (["receive", "startup.complete", "receive", "shutdown.failed"], 2, None),
        (["receive", "raise"], 0, RuntimeError),
        (["receive", "startup.complete", "raise"], 1, RuntimeError),
        (["receive", "startup.complete", "receive", "raise"], 1, RuntimeError),
        (["receive", "startup.complete"], 1, None),
        (["receive", "hang"], 0, asyncio.CancelledError),
        (["receive", "startup.complete", "receive", "hang"], 1, asyncio.CancelledError),
    ],
)
def test_lifespans_are_the_site_s_own(
    governed: Any, steps: list[str], sent: int, raised: type[BaseException] | None
) -> None:
    """Whatever a site does with its start and stop, the server sees the same with and without us."""
    hanging = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["pool"] = "open"
        for step in steps:
            if step == "receive":
                await receive()
            elif step == "raise":
                raise RuntimeError("the site's own")
            elif step == "hang":
                hanging.set()
                await asyncio.Event().wait()
            else:
                await send({"type": f"lifespan.{step}", **({"message": "why"} if "failed" in step else {})})

    async def serve(served: Any) -> tuple[list[Any], type[BaseException] | None, Any]:
        incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        events: list[Any] = []
        state: dict[str, Any] = {}
        hanging.clear()

        async def receive() -> Any:
            return incoming.pop(0)

        async def send(message: Any) -> None:
            events.append(message)

        task = asyncio.ensure_future(served({"type": "lifespan", "state": state}, receive, send))
        if "hang" in steps:
            await hanging.wait()
            task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        return events, type(outcome) if outcome is not None else None, state

    driver = governed(app)
    bare = driver.loop.run_until_complete(serve(app))
    assert driver.loop.run_until_complete(serve(driver.app)) == bare
    assert (len(bare[0]), bare[1], bare[2]) == (sent, raised, {"pool": "open"})
