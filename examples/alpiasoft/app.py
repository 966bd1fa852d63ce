"""Alpiasoft: ``python examples/serve.py alpiasoft``, or ``uvicorn --app-dir examples alpiasoft.app:app``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from common.storefront import YEAR, storefront

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_HERE = Path(__file__).parent
PAGES = {"/": "accueil", "/logiciel": "logiciel", "/compte": "compte", "/confidentialite": "confidentialite"}


def remember(request: Request, response: Response) -> None:
    """Set one cookie for each of the policy's three purposes.

    The session is asked for two years, as software that was written before its policy may well do: the manifest's 12
    months are what leaves the server.
    """
    response.set_cookie("alpiasoft_session", "visiteur", max_age=2 * YEAR, httponly=True, samesite="lax")
    response.set_cookie("alpiasoft_preferences", "liste", max_age=YEAR, samesite="lax")
    if "alpiasoft_origine" not in request.cookies:
        host = urlsplit(request.headers.get("referer", "")).hostname or "direct"
        response.set_cookie("alpiasoft_origine", host[:100], max_age=YEAR, samesite="lax")


site = storefront(_HERE, PAGES, remember=remember)
app = ConsentMiddleware(site, manifest=_HERE / "consent.yaml", templates=_HERE / "notice")
