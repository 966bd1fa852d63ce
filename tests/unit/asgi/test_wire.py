"""What goes over the wire, judged by h11: lengths that are true, bodies only where one may be, pieces sent at once."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from typing import Any

import h11
import pytest
from driving import PAGE, Answer, responder
from starlette.middleware.gzip import GZipMiddleware

HTML, JSON = "text/html; charset=utf-8", "application/json"
STATUSES = (200, 201, 203, 204, 205, 206, 226, 301, 302, 303, 304, 400, 404, 410, 412, 416, 500, 503)


def over_the_wire(answer: Answer, method: str) -> tuple[h11.Response, bytes]:
    """Write an answer as a strict server would and read it as a strict client does."""
    client, server = h11.Connection(h11.CLIENT), h11.Connection(h11.SERVER)
    request = h11.Request(method=method, target="/", headers=[("host", "www.shop.example")])
    server.receive_data((client.send(request) or b"") + (client.send(h11.EndOfMessage()) or b""))
    assert isinstance(server.next_event(), h11.Request)
    wire = server.send(h11.Response(status_code=answer.status, headers=answer.start["headers"])) or b""
    bodies = [event for event in answer.events if event["type"] == "http.response.body"]
    for event in bodies:
        # Servers leave a body out where the method or the status forbids one (RFC 9110 sections 9.3.2 and 15).
        if method != "HEAD" and answer.status not in {204, 304}:
            wire += server.send(h11.Data(data=event.get("body", b""))) or b""
    wire += server.send(h11.EndOfMessage()) or b""
    client.receive_data(wire)
    response, body = client.next_event(), b""
    assert isinstance(response, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert not bodies[-1].get("more_body", False)
    assert all(event.get("more_body", False) for event in bodies[:-1])
    return response, body


@pytest.mark.parametrize("kind", [HTML, JSON])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_lengths_and_bodies(governed: Any, kind: str, method: str) -> None:
    """Whatever the status and the pieces, with a length and without, a strict client finds nothing wrong."""
    driver = governed(None)
    for status, cut, told in itertools.product(STATUSES, (1, 7), (True, False)):
        body = b"" if status in {204, 205, 304} else PAGE if kind == HTML else b'{"a": 1}'
        size = -(-len(body) // cut) or 1
        sent = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
        # 204 has no length, and that of a 304 is the page's (RFC 9110 section 8.6).
        length = told and status not in {204, 304}
        driver.app.app = responder(
            *(sent if method != "HEAD" else [b""]),
            content_type=kind,
            status=status,
            headers=[("content-length", str(len(body)))] if length else [],
        )
        answer = driver.request(method, "/", [("accept", "text/html")])
        response, got = over_the_wire(answer, method)
        assert response.status_code == status
        if kind == JSON or status == 206:
            assert got == (b"" if method == "HEAD" else body)
            assert (answer.header("content-length") is not None) == length
        else:
            assert bool(got) == (method != "HEAD" and status not in {204, 205, 304})


@pytest.mark.parametrize("coding", [[], [("content-encoding", "gzip")]])
def test_head_is_get_without_a_body(governed: Any, coding: list[tuple[str, str]]) -> None:
    """All headers of a page are there, but for the length, which isn't known where the site leaves the page out."""
    headers = [("etag", '"x"'), ("link", "</a.css>; rel=preload"), ("cache-control", "public"), ("x-a", "1"), *coding]
    driver = governed(responder(b"", headers=[*headers, ("content-length", "0")]))
    get, head = (driver.request(method, "/", [("accept", "text/html")]) for method in ("GET", "HEAD"))
    assert [field for field in get.headers if field[0] not in {"content-length", "content-encoding"}] == [
        field for field in head.headers if field[0] not in {"content-length", "content-encoding"}
    ]


def test_a_304_carries_the_current_policy(governed: Any) -> None:
    """A page that was cached with more allowed is tightened by the answer that brings no body (CSP3 section 4.1)."""
    app = responder(b"", content_type=None, status=304, headers=[("etag", '"x"')])
    driver = governed(app)
    cookie = driver.choose("action=accept").cookies["consentkit"]
    accepted = driver.page("/", ("cookie", f"consentkit={cookie}"))
    refused = driver.page("/")
    policies = [answer.header("content-security-policy") or "" for answer in (accepted, refused)]
    assert ["connect.facebook.net" in policy for policy in policies] == [True, False]
    assert all("default-src 'self'" in policy for policy in policies)
    # Of what is no page a 304 is the site's own, so that shared caches go on keeping it.
    for headers in ([("sec-fetch-dest", "image")], [("accept", "image/*")], []):
        assert driver.get("/logo.png", *headers).header("cache-control") is None


def test_conditional_requests_reach_the_site_with_its_own_tags(governed: Any) -> None:
    """A tag comes back as the site gave it for the same decision, and never for another."""
    app = responder(PAGE, headers=[("etag", '"v1"')])
    driver = governed(app)
    tag = driver.page("/").header("etag") or ""
    cookie = driver.choose("action=accept").cookies["consentkit"]
    driver.page("/", ("if-none-match", tag))
    assert (b"if-none-match", b'"v1"') in app.scopes[-1]["headers"]  # type: ignore[attr-defined]
    driver.page("/", ("if-none-match", tag), ("cookie", f"consentkit={cookie}"))
    assert b"if-none-match" not in dict(app.scopes[-1]["headers"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["text/event-stream", HTML])
def test_streams_are_not_held_back(governed: Any, kind: str) -> None:
    """Each piece is on its way before the application goes on; of a page all but one unfinished tag."""
    lag: list[int] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        given = 0
        for number in range(400):
            piece = b"<p>piece %d</p>\n<img sr" % number if number % 2 else b"c='/x.png'>"
            given += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            plain = b"".join(message.get("body", b"") for message in sent)
            lag.append(given - len(plain))
        await send({"type": "http.response.body"})

    driver = governed(app)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/part",
        "headers": [(b"sec-fetch-dest", b"empty"), (b"host", b"www.shop.example")],
    }

    async def send(message: Any) -> None:
        sent.append(message)

    driver.loop.run_until_complete(driver.app(scope, None, send))
    assert max(lag) <= (len("<img sr") if kind == HTML else 0)


def test_compression_around_and_inside(governed: Any) -> None:
    """GZipMiddleware outside compresses the gated page once; inside it is asked for nothing, and does nothing."""
    page = PAGE + b"<p>x</p>" * 500
    plain = governed(responder(page)).page("/")
    inside = governed(GZipMiddleware(responder(page))).page("/", ("accept-encoding", "gzip"))
    assert (inside.body, inside.header("content-encoding")) == (plain.body, None)

    driver = governed(responder(page))
    around = GZipMiddleware(driver.app)
    events: list[Any] = []

    async def send(message: Any) -> None:
        events.append(message)

    headers = [(b"host", b"www.shop.example"), (b"accept", b"text/html"), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b"", "root_path": ""}
    driver.loop.run_until_complete(around(scope, None, send))
    outside = Answer(events)
    assert outside.all("content-encoding") == ["gzip"]
    assert int(outside.header("content-length") or 0) == len(outside.body) < len(page) // 2


PLACE = contextvars.ContextVar("PLACE", default="server")


def test_context_and_background_tasks(governed: Any) -> None:
    """The application runs in the server's own task: what it sets is seen after it; its tasks outlive its answer."""
    done: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0)
        done.append(PLACE.get())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        PLACE.set("site")
        app.task = asyncio.ensure_future(later())  # type: ignore[attr-defined]
        await responder(PAGE)(scope, receive, send)

    driver = governed(app)

    async def serve() -> str:
        async def send(_message: Any) -> None:
            await asyncio.sleep(0)

        headers = [(b"host", b"www.shop.example"), (b"accept", b"text/html")]
        await driver.app({"type": "http", "method": "GET", "path": "/", "headers": headers}, None, send)
        await app.task  # type: ignore[attr-defined]
        return PLACE.get()

    assert driver.loop.run_until_complete(serve()) == "site"
    assert done == ["site"]


@pytest.mark.parametrize("step", range(1, 12))
def test_cancellation_at_every_await(governed: Any, step: int) -> None:
    """A client that goes, at whichever message of a page, cancels the application, and nothing swallows it."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await receive()
            await responder(*(b"<p>%d</p>" % n * 300 for n in range(8)))(scope, receive, send)
            seen.append("done")
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    driver = governed(app)

    async def serve() -> None:
        count = 0

        async def message(*_: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                task.cancel()
            await asyncio.sleep(0)
            return {"type": "http.request"}

        headers = [(b"host", b"www.shop.example"), (b"accept", b"text/html")]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        task = asyncio.ensure_future(driver.app(scope, message, message))
        await asyncio.wait([task])
        assert task.cancelled() == (seen == ["cancelled"])

    driver.loop.run_until_complete(serve())
    assert seen in (["cancelled"], ["done"])
    assert seen == ["cancelled"] or step > 8


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\nb", "a\x00b"])
def test_split_headers_are_refused_as_without_us(governed: Any, value: str) -> None:
    """Line breaks in a header of the site's reach the server as they are, and a strict one refuses them."""
    answer = governed(responder(b"{}", content_type=JSON, headers=[("x-a", value)])).get("/")
    assert answer.header("x-a") == value
    with pytest.raises(h11.LocalProtocolError):
        over_the_wire(answer, "GET")


def test_our_own_headers_cannot_be_split(governed: Any) -> None:
    """Nothing a client sends gets into a header of ours with a line break."""
    driver = governed(responder(PAGE), scheme="https")
    for path in ("/a\r\nx: y", "/a\x00", '/a";b', "/é\u2028"):
        answer = driver.get(path, ("accept", "text/html"), ("cookie", "stats=1"), raw_path=None, root_path=path)
        over_the_wire(answer, "GET")
        assert "x" not in dict(answer.headers)
