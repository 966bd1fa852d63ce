"""What the five sites share: pages made from templates, their files, forms and a choice of language.

A site is a folder with ``templates/`` and ``static/``; it knows nothing of consent, except that its templates may show
the links of ``consentkit`` where that is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    Remember = Callable[[Request, Response], None]

_HERE = Path(__file__).parent
_FORM_LIMIT = 16 * 1024
DAY = 24 * 3600
YEAR = 365 * DAY
HALF_YEAR = 180 * DAY
"""Under 6 months in every year."""


def storefront(
    folder: Path,
    pages: Mapping[str, str],
    *,
    languages: tuple[str, ...] = ("fr",),
    language_cookie: str = "",
    remember: Remember | None = None,
) -> Starlette:
    """Return a site that answers each path with its template.

    A form of a page posts to the page itself; what was written is not kept, and the page says thank you.

    Args:
        folder: Where the site's ``templates`` and ``static`` are; templates of ours stand behind its own.
        pages: Names of templates, without their suffix, by path.
        languages: What the pages speak, the main language first.
        language_cookie: Keeps the language a visitor picked; needed where there are several.
        remember: Sets the site's cookies on the answer to a page.
    """

    def language(request: Request) -> str:
        picked = request.cookies.get(language_cookie)
        negotiated = getattr(request.state, "consent", None)
        wanted = picked if picked in languages else getattr(negotiated, "language", None)
        return wanted if wanted in languages else languages[0]

    def context(request: Request) -> dict[str, Any]:
        spoken = language(request)
        return {
            "language": spoken,
            "say": lambda french, english: english if spoken == "en" else french,
            "here": request.url.path,
            "sent": "envoye" in request.query_params,
            "consentkit": getattr(request.state, "consent", None),
        }

    templates = Jinja2Templates([folder / "templates", _HERE / "templates"], context_processors=[context])
    templates.env.trim_blocks = templates.env.lstrip_blocks = True

    def page(template: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            if request.method == "POST":
                await _form(request)
                return RedirectResponse(f"{request.url.path}?envoye", 303)
            response = templates.TemplateResponse(request, f"{template}.html")
            if remember is not None:
                remember(request, response)
            return response

        return answer

    async def pick_language(request: Request) -> Response:
        fields = await _form(request)
        goal = fields.get("page", "")
        response = RedirectResponse(goal if goal in pages else "/", 303)
        if fields.get("lang") in languages:
            response.set_cookie(language_cookie, fields["lang"], max_age=HALF_YEAR, samesite="lax")
        return response

    async def missing(request: Request, _: Exception) -> Response:
        return templates.TemplateResponse(request, "missing.html", status_code=404)

    routes: list[Route | Mount] = [
        Route(path, page(template), methods=["GET", "POST"]) for path, template in pages.items()
    ]
    if len(languages) > 1:
        routes.append(Route("/langue", pick_language, methods=["POST"]))
    return Starlette(
        routes=[
            *routes,
            Mount("/static", StaticFiles(directory=folder / "static")),
            Mount("/common", StaticFiles(directory=_HERE / "static")),
        ],
        exception_handlers={404: missing},
    )


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_LIMIT:
            raise HTTPException(413, f"a form of this site is at most {_FORM_LIMIT} bytes")
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
