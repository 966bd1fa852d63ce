"""A site with a tag of each vendor that has a consent interface, served from the same policies real sites have."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from consentkit.asgi.middleware import ConsentMiddleware
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

HERE = Path(__file__).parent
NONCE = "bm9uY2U"
POLICIES = {
    "plain": None,
    "self": "script-src 'self' https:; object-src 'none'",
    "nonce": f"script-src 'nonce-{NONCE}' 'strict-dynamic'; object-src 'none'",
}
MANIFEST = """\
version: 1
site: {name: Tags, controller: {name: Tags SAS}, languages: [en]}
notice: {revision: 2026-11-22}
purposes:
  - {id: analytics, consent_mode: [analytics_storage]}
  - {id: advertising, consent_mode: [ad_storage, ad_user_data, ad_personalization]}
services:
  - {use: google-analytics}
  - {use: microsoft-advertising}
  - {use: microsoft-clarity, purposes: [analytics]}
  - {use: meta-pixel}
  - {use: matomo-cloud}
  - {use: tiktok-pixel}
signals: {url_passthrough: true}
"""


async def page(request: Request) -> Response:
    """Serve a page whose only code is in a file of its own, under one of the policies."""
    name = request.path_params["policy"]
    mark = f' nonce="{NONCE}"' if name == "nonce" else ""
    markup = f"<!DOCTYPE html><html lang=en><head><title>Tags</title><script{mark} src=/base_codes.js></script></head>"
    headers = {"content-security-policy": POLICIES[name]} if POLICIES[name] else {}
    return HTMLResponse(f"{markup}<body><p>A page.</p></body></html>", headers=headers)


async def base_codes(_: Request) -> Response:
    """Serve the vendors' base codes as a first-party file, which no gate looks into."""
    return Response((HERE / "base_codes.js").read_bytes(), media_type="text/javascript")


async def robots(_: Request) -> Response:
    """Answer the sentinel."""
    return Response("User-agent: *\n", media_type="text/plain")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


class Served:
    """A running site, as the visitors of these tests know it."""

    def __init__(self, url: str) -> None:
        self.url = url


@contextmanager
def _serving(app: Any) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(uvicorn.Config(app, log_level="error", proxy_headers=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert server.ready.wait(30), "uvicorn did not start"
            yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site; a proxy on this machine tells it where visitors are."""
    app = Starlette(
        routes=[
            Route("/base_codes.js", base_codes),
            Route("/robots.txt", robots),
            Route("/{policy}", page),
        ]
    )
    governed = ConsentMiddleware(
        app,
        manifest=loads(MANIFEST),
        secret_key="signals-key-signals-key-signals-key",
        database=f"sqlite:///{tmp_path_factory.mktemp('signals') / 'consent.db'}",
        trusted_proxies=["127.0.0.1"],
        place_headers=["x-country", "x-region"],
    )
    with _serving(governed) as running:
        yield running
