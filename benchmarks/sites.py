"""The applications that are compared: one bare site, and the same site inside each middleware."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

KEY = "benchmark-key-benchmark-key-benchmark"
MANIFEST = Path(__file__).with_name("consent.yaml")

JSON = b'{"id": 4711, "name": "Teapot", "stock": 12}'

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Teapots</title>
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Inter">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1234567890"></script>
<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }
gtag('js', new Date()); gtag('config', 'G-1234567890');</script>
<script defer src="/shop.js"></script>
</head><body><header><nav><a href="/">Home</a> <a href="/basket">Basket</a></nav></header><main>
"""
_PRODUCT = """<article class="product" id="p{0}"><h2><a href="/product/{0}">Teapot number {0}</a></h2>
<img src="/img/{0}.webp" alt="Teapot number {0}" width="320" height="240" loading="lazy">
<p>{1} <b>{2}</b> &amp; {3}.</p>
<form method="post" action="/basket"><input type="hidden" name="id" value="{0}"><button>Add to basket</button></form>
</article>
"""
_FOOT = """<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" width="560" height="315" title="Film"></iframe>
<noscript><img src="https://www.facebook.com/tr?id=1&amp;ev=PageView" alt=""></noscript>
</main><footer><p>Example SAS, Paris</p></footer></body></html>
"""


def _products(size: int = 30_000) -> list[tuple[object, ...]]:
    """Return what a shop page of about 30 KB shows, with five third-party elements among first-party markup.

    Its words vary, so that it compresses about as well as real pages do: gzip must not get an easy rival's page.
    """
    chance = random.Random(7)
    words = ["".join(chance.choices("aeioubcdlmnprst", k=chance.randint(2, 10))) for _ in range(800)]
    products: list[tuple[object, ...]] = []
    length = len(_HEAD) + len(_FOOT)
    for number in itertools.count(1):
        texts = [" ".join(chance.choices(words, k=count)) for count in (25, 3, 6)]
        products.append((number, *texts))
        length += len(_PRODUCT.format(number, *texts))
        if length >= size:
            break
    return products


_PRODUCTS = _products()
PAGE = "".join([_HEAD, *(_PRODUCT.format(*product) for product in _PRODUCTS), _FOOT]).encode()
_TEMPLATE = jinja2.Environment(autoescape=True).from_string(
    _HEAD
    + "{% for p in products %}"
    + _PRODUCT.format("{{ p[0] }}", "{{ p[1] }}", "{{ p[2] }}", "{{ p[3] }}")
    + "{% endfor %}<!-- {{ number }} -->"
    + _FOOT
)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Answer `/json`, `/page` (the same page every time) and `/new` (a page never seen before)."""
    if scope["type"] != "http":
        await _lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/json":
        kind, body = b"application/json", JSON
    elif path == "/new":
        kind, body = b"text/html; charset=utf-8", b"%b<!-- %d -->" % (PAGE, next(_serial))
    else:
        # A copy: sites render their pages, so the same text comes as new bytes.
        kind, body = b"text/html; charset=utf-8", bytes(bytearray(PAGE))
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_serial = itertools.count()


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _json(request: Request) -> JSONResponse:
    return JSONResponse({"id": 4711, "name": "Teapot", "stock": 12})


async def _rendered(request: Request) -> HTMLResponse:
    """Return the page as a template makes it, another each time."""
    return HTMLResponse(_TEMPLATE.render(products=_PRODUCTS, number=next(_serial)))


STARLETTE = Starlette(routes=[Route("/json", _json), Route("/new", _rendered)])


def consentkit(site: Any, folder: str) -> Any:
    """Return a site governed by consentkit, with its databases in a folder."""
    return ConsentMiddleware(site, manifest=MANIFEST, secret_key=KEY, database=f"sqlite:///{folder}/bench.db")


def nothing(site: Any) -> Any:
    """Return a site inside a middleware that takes every message and changes none: what any of them costs at least."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def passing(message: Any) -> None:
            await send(message)

        await site(scope, receive, passing)

    return middleware


SITES: dict[str, Callable[[str], Any]] = {
    "bare": lambda folder: bare,
    "a middleware that does nothing": lambda folder: nothing(bare),
    "consentkit": lambda folder: consentkit(bare, folder),
    "Starlette": lambda folder: STARLETTE,
    "consentkit around Starlette": lambda folder: consentkit(STARLETTE, folder),
    "SessionMiddleware": lambda folder: SessionMiddleware(bare, secret_key=KEY),
    # Level 4 is what most sites that change the default of 9 take; it is also the faster rival.
    "GZipMiddleware": lambda folder: GZipMiddleware(bare, compresslevel=4),
}
