"""The shop itself: a Starlette site that knows nothing of consent."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from content import LANGUAGES, PRODUCTS, READINGS, TEXTS, THEMES, preferred, price
from local import secret
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_HERE = Path(__file__).parent
_DAY = 24 * 3600
_FORM_LIMIT = 16 * 1024
_ACCOUNT = {"email": "claire@example.org", "password": "gres", "name": "Claire Le Gall"}

# 390 days: under 13 months in every year, the longest the CNIL's guidelines of 17 September 2020 (§ 50) give a tracker.
_STATS_LIFETIME = 390 * _DAY


def _language(request: Request) -> str:
    chosen = request.cookies.get("lang")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _context(request: Request) -> dict[str, Any]:
    language = _language(request)
    theme = request.cookies.get("theme")
    basket = [PRODUCTS[language][slug] for slug in request.session.get("basket", []) if slug in PRODUCTS[language]]
    return {
        "language": language,
        "theme": theme if theme in THEMES else "auto",
        "t": TEXTS[language].__getitem__,
        "price": lambda amount: price(amount, language),
        "products": PRODUCTS[language],
        "basket": basket,
        "total": sum(product.price for product in basket),
        "account": request.session.get("account"),
        "here": request.url.path,
    }


templates = Jinja2Templates(_HERE / "templates", context_processors=[_context])
_streaming = templates.env.overlay(enable_async=True)


def _count_visit(request: Request, response: Response) -> Response:
    """Count this visitor's pages in the shop's own statistics cookie."""
    visitor, _, pages = request.cookies.get("shop_stats", "").partition(".")
    count = int(pages) + 1 if pages.isdecimal() and len(pages) < 6 else 1
    value = f"{visitor or secrets.token_hex(8)}.{count}"
    response.set_cookie("shop_stats", value, max_age=_STATS_LIFETIME, samesite="lax")
    return response


def _page(request: Request, name: str, status: int = 200, **context: object) -> Response:
    return _count_visit(request, templates.TemplateResponse(request, f"{name}.html", context, status_code=status))


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_LIMIT:
            raise HTTPException(413, f"a form of this shop is at most {_FORM_LIMIT} bytes")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _own_path(value: str) -> str:
    """Return a path of this site that is safe to redirect to, or the home page."""
    return value if value.startswith("/") and value[1:2] not in {"/", "\\"} and value.isprintable() else "/"


async def home(request: Request) -> Response:
    return _page(request, "home")


async def piece(request: Request) -> Response:
    found = PRODUCTS[_language(request)].get(request.path_params["slug"])
    if found is None:
        raise HTTPException(404)
    return _page(request, "piece", product=found)


async def contact(request: Request) -> Response:
    if request.method != "POST":
        return _page(request, "contact", values={}, failed=False)
    values = await _form(request)
    if not (values.get("name") and values.get("message") and "@" in values.get("email", "")):
        return _page(request, "contact", 422, values=values, failed=True)
    return RedirectResponse("/contact/merci", 303)


async def thanks(request: Request) -> Response:
    return _page(request, "thanks")


async def account(request: Request) -> Response:
    if request.method != "POST":
        return _page(request, "account", failed=False)
    values = await _form(request)
    known = [hmac.compare_digest(values.get(key, "").encode(), _ACCOUNT[key].encode()) for key in ("email", "password")]
    if not all(known):
        return _page(request, "account", 403, failed=True)
    request.session["account"] = _ACCOUNT["name"]
    return RedirectResponse("/compte", 303)


async def sign_out(request: Request) -> Response:
    request.session.pop("account", None)
    return RedirectResponse("/compte", 303)


async def basket(request: Request) -> Response:
    if request.method != "POST":
        return _page(request, "basket")
    values = await _form(request)
    if values.get("action") == "clear":
        request.session.pop("basket", None)
    elif values.get("slug") in PRODUCTS[LANGUAGES[0]]:
        request.session["basket"] = [*request.session.get("basket", []), values["slug"]][-20:]
    return RedirectResponse("/panier", 303)


async def basket_fragment(request: Request) -> Response:
    return templates.TemplateResponse(request, "fragments/basket.html", headers={"cache-control": "no-store"})


async def _readings() -> AsyncIterator[tuple[str, int, str]]:
    for reading in READINGS:
        # The probe speaks when it can; a short wait stands for it, so that the page really arrives in pieces.
        await asyncio.sleep(0.04)
        yield reading


async def firing(request: Request) -> Response:
    page = _streaming.get_template("firing.html")
    pieces = page.generate_async({"request": request, **_context(request), "readings": _readings()})
    return _count_visit(request, StreamingResponse(pieces, media_type="text/html"))


async def settings(request: Request) -> Response:
    values = await _form(request)
    response = RedirectResponse(_own_path(values.get("next", "/")), 303)
    for name, allowed in (("lang", LANGUAGES), ("theme", THEMES)):
        if values.get(name) in allowed:
            response.set_cookie(name, values[name], max_age=180 * _DAY, samesite="lax")
    return response


async def products(request: Request) -> Response:
    language = _language(request)
    rows = [
        {"slug": p.slug, "name": p.name, "price": p.price, "currency": "EUR", "stock": p.stock}
        for p in PRODUCTS[language].values()
    ]
    return JSONResponse({"language": language, "products": rows})


async def missing(request: Request, _: Exception) -> Response:
    return _page(request, "missing", 404)


def _file(name: str) -> Route:
    async def send(_: Request) -> Response:
        return FileResponse(_HERE / "static" / name)

    return Route(f"/{name}", send)


site = Starlette(
    routes=[
        Route("/", home),
        Route("/pieces/{slug}", piece),
        Route("/fournee", firing),
        Route("/contact", contact, methods=["GET", "POST"]),
        Route("/contact/merci", thanks),
        Route("/compte", account, methods=["GET", "POST"]),
        Route("/compte/sortie", sign_out, methods=["POST"]),
        Route("/panier", basket, methods=["GET", "POST"]),
        Route("/fragments/basket", basket_fragment),
        Route("/reglages", settings, methods=["POST"]),
        Route("/api/products", products),
        _file("robots.txt"),
        _file("favicon.svg"),
        _file("site.webmanifest"),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
    ],
    middleware=[
        Middleware(
            SessionMiddleware, secret_key=secret("session"), session_cookie="kervalen_session", max_age=2 * 3600
        ),
    ],
    exception_handlers={404: missing},
)
