"""A small governed site, started as a command: `uvicorn governed:app`, configured by the environment alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script></head><body><h1>Shop</h1></body></html>"""


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


async def data(request: Request) -> JSONResponse:
    return JSONResponse({"allowed": request.state.consent.allows("analytics")})


async def broken(request: Request) -> HTMLResponse:
    message = "the site's own mistake"
    raise RuntimeError(message)


app = ConsentMiddleware(
    Starlette(routes=[Route("/", page), Route("/page/{number}", page), Route("/data", data), Route("/broken", broken)])
)
