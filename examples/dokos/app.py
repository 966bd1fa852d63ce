"""Dokos: ``python examples/serve.py dokos``, or ``uvicorn --app-dir examples dokos.app:app`` with keys of its own.

``CONSENTKIT_GEOIP_DATABASE`` names a country database; without one every country is unknown and the strictest rule
holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from common.storefront import DAY, HALF_YEAR, storefront

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_HERE = Path(__file__).parent
PAGES = {"/": "accueil", "/hebergement": "hebergement", "/contact": "contact", "/confidentialite": "confidentialite"}


def remember(request: Request, response: Response) -> None:
    """Set what the policy names: the session, the basket, what was read, and a count for the statistics."""
    response.set_cookie("sid", "Guest", max_age=3 * DAY, httponly=True, samesite="lax")
    if request.url.path == "/hebergement":
        response.set_cookie("cart", "cloud-1", max_age=7 * DAY, samesite="lax")
    read = request.cookies.get("recently_read", "").split("|")[-3:]
    response.set_cookie("recently_read", "|".join(filter(None, [*read, request.url.path])), max_age=HALF_YEAR)
    seen = request.cookies.get("pages_seen", "")
    count = int(seen) + 1 if seen.isdecimal() and len(seen) < 6 else 1
    response.set_cookie("pages_seen", str(count), max_age=HALF_YEAR)


site = storefront(_HERE, PAGES, languages=("fr", "en"), language_cookie="preferred_language", remember=remember)
app = ConsentMiddleware(site, manifest=_HERE / "consent.yaml", templates=_HERE / "notice")
