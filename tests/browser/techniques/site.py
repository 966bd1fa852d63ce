"""The site of the technique table: ``python -m tests.browser.techniques.site DATABASE [--walls both|html|csp|none]``.

Each technique and each benign page has an address of its own. One wall can be switched off, for the tests alone: the
HTML wall by taking the gates for markup and headers off the middleware, the CSP wall by a policy that allows all.
"""

from __future__ import annotations

import argparse
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from tests.browser.techniques import benign
from tests.browser.techniques.table import TECHNIQUES

from consentkit import ConsentMiddleware
from consentkit.asgi import response
from consentkit.gate import csp
from consentkit.gate.html import HtmlGate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp

MANIFEST = Path(__file__).with_name("consent.yaml")
SECRET = "a key of the technique table, forty bytes."
_TABLE = {technique.id: technique for technique in TECHNIQUES}
_EVERYTHING = b"default-src * data: blob: 'unsafe-inline' 'unsafe-eval'"


def _answer(content: bytes, media: str, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    answer = Response(content, status)
    answer.raw_headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    if media:
        answer.raw_headers.append((b"content-type", media.encode()))
    return answer


async def technique(request: Request) -> Response:
    """Serve a technique's page."""
    found = _TABLE.get(request.path_params["id"])
    if found is None:
        return PlainTextResponse("no such technique", 404)
    headers = [(name, found.fill(value)) for name, value in found.headers]
    return _answer(found.source(), found.media, headers=headers)


async def file(request: Request) -> Response:
    """Serve a file of a technique's."""
    found = _TABLE.get(request.path_params["id"])
    part = found and found.files.get(request.path_params["name"])
    if found is None or part is None:
        return PlainTextResponse("no such file", 404)
    headers = [(name, found.fill(value)) for name, value in part.headers]
    return _answer(found.fill(part.content).encode(), part.media, part.status, headers)


async def quiet(_: Request) -> Response:
    """Serve a page that does nothing, to choose on and to look at the jar from."""
    return _answer(b"<!DOCTYPE html><html lang=en><title>Quiet</title><p>Nothing here.", "text/html; charset=utf-8")


async def robots(_: Request) -> Response:
    """Answer the sentinel."""
    return PlainTextResponse("User-agent: *\n")


app = Starlette(
    routes=[
        Route("/t/quiet", quiet),
        Route("/t/{id}", technique, methods=["GET", "POST"]),
        Route("/f/{id}/{name}", file, methods=["GET", "POST"]),
        Mount("/b", routes=benign.ROUTES),
        Route("/quiet", quiet),
        Route("/robots.txt", robots),
    ]
)


def _without_csp_wall() -> None:
    csp.build_policy = lambda *_: _EVERYTHING


def _without_html_wall() -> None:
    HtmlGate.start_tag = lambda *_: None  # type: ignore[method-assign]
    response._followed = lambda *_: []
    response.filter_link = lambda value, _: value
    response.GovernedResponse._leads_away = lambda *_: False  # type: ignore[method-assign]


def site(walls: str, database: str) -> ASGIApp:
    """Return the site with both walls, one, or bare."""
    if walls == "none":
        return app
    if walls == "html":
        _without_csp_wall()
    elif walls == "csp":
        _without_html_wall()
    return ConsentMiddleware(app, manifest=MANIFEST, secret_key=SECRET, database=f"sqlite:///{database}")


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--walls", choices=("both", "html", "csp", "none"), default="both")
    options = parser.parse_args()
    # It warns once of every cookie that nobody declared: here that is what the table is for.
    logging.getLogger("consentkit").setLevel(logging.ERROR)
    sock = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(f"Port: {sock.getsockname()[1]}", flush=True)
    settings: dict[str, Any] = {"log_level": "error", "timeout_graceful_shutdown": 1}
    uvicorn.Server(uvicorn.Config(site(options.walls, options.database), **settings)).run(sockets=[sock])


if __name__ == "__main__":
    main()
