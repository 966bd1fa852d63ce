"""The reverse proxy: everything passes as it is, both ways."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from driving import PAGE, Driver

from consentkit import ConsentMiddleware
from consentkit.errors import ConfigurationError
from consentkit.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

UPSTREAM = "http://127.0.0.1:3000"


class Upstream(httpx.AsyncBaseTransport):
    """A site that answers as it is told and remembers what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.answer = answer
        self.asked: list[tuple[httpx.Request, bytes]] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request, await request.aread()))
        return self.answer(request)

    async def aclose(self) -> None:
        self.closed = True


class Pieces(httpx.AsyncByteStream):
    """A body in pieces; without an end when ``endless``."""

    def __init__(self, *pieces: bytes, endless: bool = False) -> None:
        self.pieces, self.endless, self.closed = pieces, endless, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.endless:
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def drive() -> Iterator[Callable[..., tuple[Driver, Upstream]]]:
    drivers: list[Driver] = []

    def make(
        answer: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, stream=Pieces()),
        **keywords: Any,
    ) -> tuple[Driver, Upstream]:
        upstream = Upstream(answer)
        drivers.append(Driver(Proxy(UPSTREAM, transport=upstream, **keywords)))
        return drivers[-1], upstream

    yield make
    for driver in drivers:
        driver.close()


def test_the_request_arrives_as_it_was_made(drive: Any) -> None:
    """Method, path byte for byte, query, headers and body; nothing of a client's own."""
    driver, upstream = drive()
    driver.request("POST", "/a%2Fb?x=1&y=%20", [("content-length", "3"), ("x-own", "1"), ("cookie", "a=1")], b"abc")
    (request, body), *_ = upstream.asked
    assert (request.method, str(request.url), body) == ("POST", f"{UPSTREAM}/a%2Fb?x=1&y=%20", b"abc")
    assert (request.headers["x-own"], request.headers["cookie"]) == ("1", "a=1")
    assert not {"accept", "accept-encoding", "user-agent"} & set(request.headers)


def test_the_upstream_learns_who_asked(drive: Any) -> None:
    """Address, scheme and host stand in the usual headers; a forged scheme doesn't."""
    driver, upstream = drive()
    driver.get("/", ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "gopher"))
    headers = upstream.asked[0][0].headers
    assert headers["x-forwarded-for"] == "1.2.3.4, 203.0.113.77"
    assert (headers["x-forwarded-proto"], headers["x-forwarded-host"]) == ("http", headers["host"])


@pytest.mark.parametrize(("preserve", "host"), [(True, "www.shop.example"), (False, "127.0.0.1:3000")])
def test_the_host_is_the_visitor_s_or_the_upstream_s(drive: Any, preserve: bool, host: str) -> None:
    """As the site needs it."""
    driver, upstream = drive(preserve_host=preserve)
    driver.get("/")
    assert upstream.asked[0][0].headers["host"] == host


def test_what_belongs_to_one_connection_is_not_passed_on(drive: Any) -> None:
    """Hop-by-hop headers and those that Connection names, both ways (RFC 9110 §7.6.1)."""
    hop = [("connection", "x-mine, close"), ("x-mine", "1"), ("te", "trailers"), ("keep-alive", "1"), ("x-kept", "1")]
    driver, upstream = drive(lambda request: httpx.Response(200, headers=hop, stream=Pieces()))
    answer = driver.get("/", *hop)
    for seen in (set(upstream.asked[0][0].headers), {name for name, _ in answer.headers}):
        assert "x-kept" in seen
        assert not {"connection", "x-mine", "te", "keep-alive"} & seen


def test_the_answer_comes_back_as_it_was_given(drive: Any) -> None:
    """Status, repeated headers, coded bytes, piece by piece; a redirect is the visitor's to follow."""
    headers = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-encoding", "br"), ("location", "/x")]
    driver, _ = drive(lambda request: httpx.Response(302, headers=headers, stream=Pieces(b"\x00", b"\xff")))
    answer = driver.get("/")
    assert (answer.status, answer.all("set-cookie"), answer.header("location")) == (302, ["a=1", "b=2"], "/x")
    bodies = [event["body"] for event in answer.events if event["type"] == "http.response.body"]
    assert bodies == [b"\x00", b"\xff", b""]


@pytest.mark.parametrize(("error", "status"), [(httpx.ConnectError, 502), (httpx.ConnectTimeout, 504)])
def test_a_site_that_does_not_answer(drive: Any, error: type[httpx.TransportError], status: int) -> None:
    """The visitor is told in words, and to try again."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    answer = drive(fail)[0].get("/")
    assert (answer.status, answer.header("cache-control"), "try again" in answer.text) == (status, "no-store", True)


def test_an_endless_answer_ends_with_its_visitor() -> None:
    """A stream of events is not read any more once nobody listens."""
    stream = Pieces(b"data: 1\n\n", endless=True)
    proxy = Proxy(UPSTREAM, transport=Upstream(lambda request: httpx.Response(200, stream=stream)))

    async def drive() -> list[dict[str, Any]]:
        first, sent = asyncio.Event(), []

        async def receive() -> dict[str, Any]:
            await first.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if message.get("body"):
                first.set()

        scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [],
                 "scheme": "http", "client": None}  # fmt: skip
        await proxy(scope, receive, send)
        return sent

    assert [message.get("body") for message in asyncio.run(drive())] == [None, b"data: 1\n\n"]
    assert stream.closed


def test_websockets_are_refused_with_a_reason() -> None:
    """Not accepted and then silent."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    proxy = Proxy(UPSTREAM, transport=Upstream(lambda request: httpx.Response(200, stream=Pieces())))
    asyncio.run(proxy({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


def test_the_transport_closes_with_the_server() -> None:
    """The lifespan is answered, and nothing is left open."""
    upstream, sent = Upstream(lambda request: httpx.Response(200, stream=Pieces())), []
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(Proxy(UPSTREAM, transport=upstream)({"type": "lifespan"}, receive, send))
    assert (sent, upstream.closed) == (["lifespan.startup.complete", "lifespan.shutdown.complete"], True)


@pytest.mark.parametrize("upstream", ["127.0.0.1:3000", "ftp://x", "http://", "http://x/path", "http://x?y", ""])
def test_an_address_that_is_none(upstream: str) -> None:
    """Named, with an example."""
    with pytest.raises(ConfigurationError, match=r"write scheme and host"):
        Proxy(upstream)


def test_a_governed_site_behind_it(manifest: Any, secret_key: str, clock: Any, tmp_path: Path) -> None:
    """The page of another program is asked about and gated, its cookies are filtered."""
    headers = [("content-type", "text/html; charset=utf-8"), ("set-cookie", "_ga=1"), ("set-cookie", "session=1")]
    site = Proxy(
        UPSTREAM, transport=Upstream(lambda request: httpx.Response(200, headers=headers, stream=Pieces(PAGE)))
    )
    app = ConsentMiddleware(
        site, manifest=manifest, secret_key=secret_key, clock=clock, database=f"sqlite:///{tmp_path}/c.db"
    )
    driver = Driver(app)
    answer = driver.page("/")
    assert 'data-consentkit="banner"' in answer.text
    assert ' src="https://www.googletagmanager.com' not in answer.text
    assert set(answer.cookies) == {"session"}
    accepted = driver.choose("action=accept").cookies["consentkit"]
    assert ' src="https://www.googletagmanager.com' in driver.page("/", ("cookie", f"consentkit={accepted}")).text
    driver.loop.run_until_complete(app.site.records.close())
    driver.close()
