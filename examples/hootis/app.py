"""Hootis: ``python examples/serve.py hootis``, or ``uvicorn --app-dir examples hootis.app:app``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from common.storefront import DAY, YEAR, storefront

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_HERE = Path(__file__).parent
_HOUR = 3600
PAGES = {"/": "accueil", "/offre": "offre", "/connexion": "connexion", "/confidentialite": "confidentialite"}


def remember(request: Request, response: Response) -> None:
    """Set what the policy's table lists for the public site and the sign-in page, for as long as it says."""
    response.set_cookie("XSRF-TOKEN", "jeton", max_age=2 * _HOUR, samesite="lax")
    response.set_cookie("hootis_session", "visite", max_age=2 * _HOUR, httponly=True, samesite="lax")
    if request.url.path == "/connexion":
        response.set_cookie("_csrf-frontend", "jeton", httponly=True, samesite="lax")
        response.set_cookie("pbyvvsof8r", "1", max_age=7 * DAY, httponly=True, samesite="lax")
        response.set_cookie("portal-domain", "demo", max_age=YEAR, samesite="lax")
        response.set_cookie("default-values", "{}", max_age=YEAR, samesite="lax")


site = storefront(_HERE, PAGES, remember=remember)
app = ConsentMiddleware(site, manifest=_HERE / "consent.yaml", templates=_HERE / "notice")
