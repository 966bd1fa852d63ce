"""One line around an application, whatever framework made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import django
import httpx
import litestar
import pytest
import quart
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from fastapi import FastAPI, Request, Response
from litestar.datastructures import Cookie
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

KEY = "integration-key-integration-key-integration"
TRACKER = "https://www.googletagmanager.com/gtag/js?id=G-1"
PAGE = f"""<!doctype html>
<html lang="en"><head><title>Shop</title><script async src="{TRACKER}"></script></head>
<body><h1>Shop</h1></body></html>"""
COOKIES = [Cookie(key="session", value="abc", max_age=3600), Cookie(key="undeclared", value="xyz")]
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


def starlette_app() -> Any:
    async def page(request: Request) -> Response:
        response = HTMLResponse(PAGE)
        response.set_cookie("session", "abc", max_age=3600)
        response.set_cookie("undeclared", "xyz")
        return response

    async def data(request: Request) -> Response:
        return JSONResponse({"allowed": request.state.consent.allows("analytics")})

    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/octet-stream")

    return Starlette(routes=[Route("/", page), Route("/data", data), Route("/echo", echo, methods=["POST"])])


def fastapi_app() -> Any:
    app = FastAPI()

    @app.get("/")
    async def page() -> Response:
        response = Response(PAGE, media_type="text/html")
        response.set_cookie("session", "abc", max_age=3600)
        response.set_cookie("undeclared", "xyz")
        return response

    @app.get("/data")
    async def data(request: Request) -> dict[str, bool]:
        return {"allowed": request.state.consent.allows("analytics")}

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/octet-stream")

    return app


def django_app() -> Any:
    async def page(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(PAGE)
        response.set_cookie("session", "abc", max_age=3600)
        response.set_cookie("undeclared", "xyz")
        return response

    def data(request: HttpRequest) -> HttpResponse:
        return JsonResponse({"allowed": request.scope["consentkit"].allows("analytics")})

    async def echo(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.body, content_type="application/octet-stream")

    urls = (path("", page), path("data", data), path("echo", echo))
    if not settings.configured:
        settings.configure(SECRET_KEY=KEY, ROOT_URLCONF=urls, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], USE_TZ=True)
        django.setup()
    return get_asgi_application()


def litestar_app() -> Any:
    @litestar.get("/", media_type="text/html", response_cookies=COOKIES)
    async def page() -> str:
        return PAGE

    @litestar.get("/data")
    async def data(request: litestar.Request[Any, Any, Any]) -> dict[str, bool]:
        return {"allowed": request.scope["consentkit"].allows("analytics")}  # type: ignore[typeddict-item]

    @litestar.post("/echo", media_type="application/octet-stream")
    async def echo(request: litestar.Request[Any, Any, Any]) -> bytes:
        return await request.body()

    return litestar.Litestar([page, data, echo])


def quart_app() -> Any:
    app = quart.Quart(__name__)

    @app.get("/")
    async def page() -> quart.Response:
        response = quart.Response(PAGE, mimetype="text/html")
        response.set_cookie("session", "abc", max_age=3600)
        response.set_cookie("undeclared", "xyz")
        return response

    @app.get("/data")
    async def data() -> quart.Response:
        return quart.jsonify(allowed=quart.request.scope["consentkit"].allows("analytics"))

    @app.post("/echo")
    async def echo() -> quart.Response:
        return quart.Response(await quart.request.get_data(as_text=False), mimetype="application/octet-stream")

    return app


@pytest.fixture(scope="module", params=[starlette_app, fastapi_app, django_app, litestar_app, quart_app])
def site(
    request: pytest.FixtureRequest,
    serve: Callable[[Any], AbstractContextManager[str]],
    manifest: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of an application wrapped in the one line."""
    database = f"sqlite:///{tmp_path_factory.mktemp('records')}/consent.db"
    with serve(ConsentMiddleware(request.param(), manifest=manifest, secret_key=KEY, database=database)) as address:
        yield address


@pytest.fixture
def browser(site: str) -> Iterator[httpx.Client]:
    """A client that keeps cookies, as a browser does."""
    with httpx.Client(base_url=site, headers={"Origin": site, "Accept-Language": "en"}) as client:
        yield client


def test_a_page_is_gated_and_asks(browser: httpx.Client) -> None:
    """Before a choice the tracker is inert, the CSP does not name it, and the banner is in the first HTML."""
    response = browser.get("/")
    assert response.status_code == 200
    assert f' src="{TRACKER}"' not in response.text
    assert "data-consentkit-src" in response.text
    assert 'id="consentkit"' in response.text
    assert "googletagmanager" not in response.headers["content-security-policy"]
    # Quart sends even a short page in two messages, so that its length isn't known at the start.
    assert response.headers.get("content-length") in {None, str(len(response.content))}


def test_cookies_are_filtered(browser: httpx.Client) -> None:
    """A declared exempt cookie is set, an undeclared one is not."""
    response = browser.get("/")
    assert response.cookies.get("session") == "abc"
    assert "undeclared" not in response.cookies


def test_an_answer_that_is_no_page_passes_untouched(browser: httpx.Client) -> None:
    """JSON is what the application wrote, and the application can ask what is allowed."""
    response = browser.get("/data")
    assert json.loads(response.content) == {"allowed": False}
    assert response.headers["content-type"] == "application/json"
    assert "consentkit" not in response.text


def test_a_request_body_reaches_the_application(browser: httpx.Client) -> None:
    """What is posted to the site arrives whole."""
    body = bytes(range(256)) * 1000
    assert browser.post("/echo", content=body).content == body


def test_accepting_opens_and_withdrawing_closes(browser: httpx.Client) -> None:
    """After accept the page is the site's own and its code sees it; after withdraw it is gated again."""
    answer = browser.post("/_consent/choice", data={"action": "accept"}, headers=SAME_ORIGIN)
    assert answer.json()["state"] == "given"
    assert f' src="{TRACKER}"' in browser.get("/").text
    assert browser.get("/data").json() == {"allowed": True}
    answer = browser.post("/_consent/choice", data={"action": "withdraw"}, headers=SAME_ORIGIN)
    assert answer.json()["state"] == "withdrawn"
    assert f' src="{TRACKER}"' not in browser.get("/").text
    assert browser.get("/data").json() == {"allowed": False}


def test_the_form_works_without_script(browser: httpx.Client) -> None:
    """A plain form post is answered by a redirect to the page it came from."""
    form = {"action": "refuse", "return_to": "/?from=form"}
    response = browser.post("/_consent/choice", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 303
    assert response.headers["location"] == "/?from=form"
    page = browser.get("/").text
    assert f' src="{TRACKER}"' not in page
    assert 'data-consentkit="banner"' not in page
    assert 'data-consentkit="preferences"' in page


def test_starlettes_own_way_of_adding_middleware(
    serve: Callable[[Any], AbstractContextManager[str]], manifest: Path, tmp_path: Path
) -> None:
    """`Middleware(ConsentMiddleware, …)` in Starlette's list governs the application as well."""
    database = f"sqlite:///{tmp_path}/consent.db"
    middleware = [Middleware(ConsentMiddleware, manifest=manifest, secret_key=KEY, database=database)]

    async def page(request: Request) -> Response:
        return HTMLResponse(PAGE)

    app = Starlette(routes=[Route("/", page)], middleware=middleware)
    with serve(app) as address:
        response = httpx.get(address)
    assert f' src="{TRACKER}"' not in response.text
    assert 'id="consentkit"' in response.text
