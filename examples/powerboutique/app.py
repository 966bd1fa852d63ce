"""PowerBoutique: ``python examples/serve.py powerboutique``.

Or ``uvicorn --app-dir examples powerboutique.app:app`` with keys of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from common.storefront import storefront

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_HERE = Path(__file__).parent
PAGES = {
    "/": "accueil",
    "/fonctions": "fonctions",
    "/creation-compte": "creation",
    "/mon-compte": "compte",
    "/confidentialite": "confidentialite",
}


def remember(request: Request, response: Response) -> None:
    """Keep the shopper's session, and count the pages of this session for the overall figures."""
    response.set_cookie("pb_session", "visite", httponly=True, samesite="lax")
    seen = request.cookies.get("pb_pages", "")
    response.set_cookie("pb_pages", str(int(seen) + 1 if seen.isdecimal() and len(seen) < 6 else 1), samesite="lax")


site = storefront(_HERE, PAGES, remember=remember)
app = ConsentMiddleware(site, manifest=_HERE / "consent.yaml", templates=_HERE / "notice")
