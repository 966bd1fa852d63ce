"""A site that gives every kind of answer, for any server: governed where the environment configures it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send
    from starlette.websockets import WebSocket

TRACKER = "https://www.googletagmanager.com/gtag/js?id=G-1"
PAGE = f"""<!doctype html><html lang="en"><head><title>Shop</title><script async src="{TRACKER}"></script></head>
<body><h1>Shop</h1><p>{"Vases and bowls. " * 200}</p></body></html>"""
TEXT = "".join(f"line {number}\n" for number in range(5_000))
HINTS = [b"</style.css>; rel=preload; as=style", f"<{TRACKER}>; rel=preload; as=script".encode()]
FIRST, SECOND = "the first part", "the second part"

_folder = Path(os.environ.get("ANSWERING_FOLDER", "."))
_released = asyncio.Event()


async def page(request: Request) -> Response:
    response = HTMLResponse(PAGE)
    response.set_cookie("session", "abc", max_age=3600)
    response.set_cookie("undeclared", "xyz")
    return response


async def data(request: Request) -> Response:
    return JSONResponse({"shop": "open"}, headers={"X-Shop": "caf\u00e9", "X-Shop-Two": "2"})


async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type="application/octet-stream")


async def empty(request: Request) -> Response:
    return Response(status_code=int(request.path_params["status"]))


async def nothing(request: Request) -> Response:
    return Response(b"", media_type="text/plain")


async def versioned(request: Request) -> Response:
    content, kind = (PAGE, "text/html") if request.path_params["kind"] == "page" else (TEXT, "text/plain")
    headers = {"ETag": '"v1"'}
    if '"v1"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


async def file(request: Request) -> Response:
    return FileResponse(_folder / request.path_params["name"])


async def streamed(request: Request) -> Response:
    content, kind = (PAGE, "text/html") if request.path_params["kind"] == "page" else (TEXT, "text/plain")

    async def pieces() -> AsyncIterator[str]:
        for start in range(0, len(content), 1_000):
            yield content[start : start + 1_000]

    return StreamingResponse(pieces(), media_type=kind)


async def slow(request: Request) -> Response:
    """Send the second part only once the first was received, as :func:`release` tells."""
    is_page = request.path_params["kind"] == "page"
    _released.clear()

    async def parts() -> AsyncIterator[str]:
        yield f"<!doctype html><title>Slow</title><body><p>{FIRST}</p>" if is_page else f"data: {FIRST}\n\n"
        await _released.wait()
        yield f'<script src="{TRACKER}"></script><p>{SECOND}</p>' if is_page else f"data: {SECOND}\n\n"

    return StreamingResponse(parts(), media_type="text/html" if is_page else "text/event-stream")


async def release(request: Request) -> Response:
    _released.set()
    return Response(status_code=204)


async def away(request: Request) -> Response:
    return RedirectResponse("/data", 303)


async def hinted(scope: Scope, receive: Receive, send: Send) -> None:
    """Send early hints where the server can, and the page."""
    if "http.response.early_hint" in scope.get("extensions", {}):
        await send({"type": "http.response.early_hint", "links": HINTS})
    await HTMLResponse(PAGE)(scope, receive, send)


async def socket(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"set-cookie", b"session=1"), (b"set-cookie", b"undeclared=1")])
    async for text in websocket.iter_text():
        await websocket.send_text(text[::-1])


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without consentkit."""
    await (hinted if scope.get("path") == "/hinted" else _routed)(scope, receive, send)


_routed: Any = Starlette(
    routes=[
        Route("/", page),
        Route("/below/{path:path}", page),
        Route("/data", data),
        Route("/echo", echo, methods=["POST"]),
        Route("/empty/{status:int}", empty),
        Route("/nothing", nothing),
        Route("/versioned/{kind}", versioned),
        Route("/file/{name}", file),
        Route("/streamed/{kind}", streamed),
        Route("/slow/{kind}", slow),
        Route("/release", release, methods=["POST"]),
        Route("/away", away),
        WebSocketRoute("/socket", socket),
    ]
)
app = ConsentMiddleware(bare) if "CONSENTKIT_MANIFEST" in os.environ else bare
