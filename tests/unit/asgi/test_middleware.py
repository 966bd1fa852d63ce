"""What Starlette's tests ask of a middleware (tests/middleware/test_base.py): of ours, alone and among others (T26)."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
import starlette
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from consentkit.asgi.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PAGE = "<!doctype html><title>x</title><body><script src=https://connect.facebook.net/x.js></script>"
KINDS = [pytest.param(HTMLResponse, id="page"), pytest.param(JSONResponse, id="data")]
LEFT: dict[str, Any] = {"type": "http.disconnect"}
STARLETTE = tuple(map(int, starlette.__version__.split(".")[:2]))
WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("WHERE", default="server")

pytestmark = pytest.mark.parametrize("place", ["alone", "around", "inside", "twice"])


class Passing(BaseHTTPMiddleware):
    """The middleware whose faults Starlette's tests collect."""

    async def dispatch(self, request: Request, call_next: Any) -> Response:
        return await call_next(request)


@pytest.fixture
def serve(governed: Any, place: str) -> Callable[..., list[Any]]:
    """Send a request to an endpoint, governed, alone or with another middleware; return what the server was sent."""

    def run(
        endpoint: Any,
        *incoming: dict[str, Any],
        outer: Callable[[Any], Any] = lambda app: app,
        sending: Callable[[int], None] = lambda _count: None,
        spec: str = "2.3",
        **extra: Any,
    ) -> list[Any]:
        site = Starlette(routes=[Route("/", endpoint, methods=["GET", "POST"])]) if endpoint is not None else None
        driver = governed(Passing(site) if place == "around" and site is not None else extra.pop("app", site))
        app = driver.app
        if place == "inside":
            app = Passing(app)
        elif place == "twice":
            app = Passing(Passing(app))
        left, sent = list(incoming or [{"type": "http.request"}]), []

        async def receive() -> Any:
            return left.pop(0) if left else LEFT

        async def send(message: Any) -> None:
            await asyncio.sleep(0)
            sending(len(sent))
            sent.append(message)

        headers = [(b"host", b"www.shop.example"), (b"accept", b"text/html"), (b"sec-fetch-dest", b"document")]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"", **extra}
        scope["asgi"] = {"version": "3.0", "spec_version": spec}
        driver.loop.run_until_complete(outer(app)(scope, receive, send))
        return sent

    return run


def body(sent: list[Any]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("late", [False, True])
def test_exceptions(serve: Any, kind: Any, late: bool) -> None:
    """Before the start and in the middle of a stream the very same exception comes out, and the server may catch it."""
    problem = ValueError("the site's own")

    async def faulty() -> AsyncIterator[str]:
        yield PAGE
        raise problem

    async def endpoint(_: Request) -> Response:
        if not late:
            raise problem
        return StreamingResponse(faulty(), media_type=kind.media_type)

    with pytest.raises(ValueError, match="the site's own") as caught:
        serve(endpoint, spec="2.4")
    assert caught.value is problem


@pytest.mark.parametrize("kind", KINDS)
def test_background_tasks(serve: Any, kind: Any, place: str) -> None:
    """They start once the last byte is sent, run though the client has left, and their exceptions come out."""
    events: list[str] = []

    async def later() -> None:
        events.append("began")
        await asyncio.sleep(0)
        events.append("ended")
        raise ValueError("in the background")

    async def endpoint(_: Request) -> Response:
        return kind(PAGE, background=BackgroundTask(later))

    with pytest.raises(ValueError, match="in the background"):
        serve(endpoint, LEFT, sending=lambda count: events.append(str(count)))
    # Starlette's own middleware didn't wait for the last byte before version 1.10.
    if place == "alone" or STARLETTE >= (1, 10):
        assert events[-2:] == ["began", "ended"]
    assert [event for event in events if not event.isdigit()] == ["began", "ended"]
    assert len(events) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_context_managers_are_left(serve: Any, kind: Any) -> None:
    """What a middleware inside opened is closed, with awaits, though the client has left."""
    closed = []

    async def close() -> None:
        await asyncio.sleep(0)
        closed.append(True)

    async def endpoint(request: Request) -> Response:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close)
            return kind(PAGE)

    serve(endpoint, LEFT)
    assert closed == [True]


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_are_read(serve: Any, kind: Any) -> None:
    """Whole, in pieces and twice, whoever read it before; after its end comes the client's leaving."""
    pieces = [{"type": "http.request", "body": b"a" * n, "more_body": n < 3} for n in (1, 2, 3)]

    class Reading(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            assert await request.body() == b"a" * 6
            answer = await call_next(request)
            assert await request.body() == b"a" * 6
            return answer

    async def streaming(request: Request) -> Response:
        read = b"".join([piece async for piece in request.stream()])
        assert await request.receive() == LEFT
        return kind(f"{PAGE}{len(read)}")

    async def whole(request: Request) -> Response:
        assert await request.body() == await request.body()
        return kind(f"{PAGE}{len(await request.body())}")

    for endpoint in (streaming, whole):
        assert b"6" in body(serve(endpoint, *pieces))[-200:]
        assert b"6" in body(serve(endpoint, *pieces, outer=Reading))[-200:]


def test_a_client_that_leaves_before_its_body_ends(serve: Any) -> None:
    """The application is told, and no message is taken from it."""

    async def endpoint(request: Request) -> Response:
        with pytest.raises(ClientDisconnect):
            await request.body()
        return PlainTextResponse("told")

    assert body(serve(endpoint, {"type": "http.request", "body": b"a", "more_body": True}, LEFT)) == b"told"


@pytest.mark.parametrize("kind", KINDS)
def test_an_endless_stream_ends_with_its_client(serve: Any, kind: Any) -> None:
    """By the message that the client left, or by the error of a send to nobody (ASGI HTTP 2.4)."""

    async def endless() -> AsyncIterator[str]:
        while True:
            yield "<p>more</p>"

    async def endpoint(_: Request) -> Response:
        return StreamingResponse(endless(), media_type=kind.media_type)

    def refusing(count: int) -> None:
        if count > 5:
            raise OSError("the client left")

    serve(endpoint)
    with pytest.raises((ClientDisconnect, OSError)):
        serve(endpoint, sending=refusing, spec="2.4")


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_thrown_away(serve: Any, kind: Any) -> None:
    """A middleware outside may answer otherwise, before ours has sent all: the application is told to stop."""
    told = []

    class Discarding(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            answer = await call_next(request)
            if answer.body_iterator is not None:
                await anext(answer.body_iterator)
                await answer.body_iterator.aclose()
            return PlainTextResponse("Custom")

    async def chunks(request: Request) -> AsyncIterator[str]:
        yield PAGE
        while not await request.is_disconnected():
            yield "<p>more</p>"
        told.append(True)

    async def endpoint(request: Request) -> Response:
        return StreamingResponse(chunks(request), media_type=kind.media_type)

    assert body(serve(endpoint, outer=Discarding)) == b"Custom"
    # Starlette itself may end the stream before it is asked.
    assert told in ([], [True])


@pytest.mark.parametrize("given", [{}, {"pool": 1}, None])
def test_state_is_shared(serve: Any, given: dict[str, Any] | None) -> None:
    """What a middleware outside sets is seen inside, and the other way round."""
    seen = {}

    class Outside(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            request.state.outside = 1
            answer = await call_next(request)
            seen["inside"] = request.state.inside
            return answer

    async def endpoint(request: Request) -> Response:
        request.state.inside = 2
        seen["outside"] = request.state.outside
        assert not request.state.consent.allows_service("youtube")
        return HTMLResponse(PAGE)

    serve(endpoint, outer=Outside, **({} if given is None else {"state": given}))
    assert seen == {"outside": 1, "inside": 2}


@pytest.mark.parametrize("kind", KINDS)
def test_context_variables(serve: Any, kind: Any, place: str) -> None:
    """They are passed in, and out again too where nothing but ours lies between."""
    after = []

    def outer(app: Any) -> Any:
        async def watching(scope: Any, receive: Any, send: Any) -> None:
            WHERE.set("outside")
            await app(scope, receive, send)
            after.append(WHERE.get())

        return watching

    async def endpoint(_: Request) -> Response:
        assert WHERE.get() == "outside"
        WHERE.set("endpoint")
        return kind(PAGE)

    serve(endpoint, outer=outer)
    assert after == ["endpoint" if place == "alone" else "outside"]


def test_an_application_that_answers_nothing(serve: Any, place: str) -> None:
    """Nothing is sent in its place; what waits for an answer says so."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        pass

    if place in {"inside", "twice"}:
        with pytest.raises(RuntimeError, match="No response returned"):
            serve(None, app=silent)
    else:
        assert serve(None, app=silent) == []


def test_files(serve: Any, tmp_path: Path) -> None:
    """A file is left to the server to send, unless it is a page."""
    for name, sent_by_server in (("a.json", True), ("a.html", False)):
        path = tmp_path / name
        path.write_text(PAGE)

        async def endpoint(_: Request, path: Path = path) -> Response:
            return FileResponse(path)

        sent = serve(endpoint, extensions={"http.response.pathsend": {}})
        assert any(message["type"] == "http.response.pathsend" for message in sent) == sent_by_server
        assert (b"data-consentkit-src" in body(sent)) != sent_by_server


def test_ours_in_starlettes_own_list(serve: Any, manifest: Any, secret_key: str, tmp_path: Path) -> None:
    """Each of two of ours around each other gates and asks, and the page works."""

    async def endpoint(_: Request) -> Response:
        return HTMLResponse(PAGE)

    def outer(app: Any) -> Any:
        database = f"sqlite:///{tmp_path / 'other.db'}"
        return ConsentMiddleware(app, manifest=manifest, secret_key=secret_key, database=database)

    assert body(serve(endpoint, outer=outer)).count(b"data-consentkit-src=https://connect.facebook.net/x.js") == 1
