"""Iabako: ``python examples/serve.py iabako``, or ``uvicorn --app-dir examples iabako.app:app``."""

from __future__ import annotations

from pathlib import Path

from common.storefront import storefront

from consentkit import ConsentMiddleware

_HERE = Path(__file__).parent
PAGES = {"/": "accueil", "/facturation": "facturation", "/essai": "essai", "/confidentialite": "confidentialite"}

site = storefront(_HERE, PAGES, languages=("fr", "en"), language_cookie="langue")
app = ConsentMiddleware(site, manifest=_HERE / "consent.yaml", templates=_HERE / "notice")
