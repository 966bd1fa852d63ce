"""The shop, governed: one line around the site. Run it with ``uvicorn --app-dir examples/shop app:app``."""

from __future__ import annotations

from pathlib import Path

from local import DATA, secret
from storefront import site

from consentkit import ConsentMiddleware

app = ConsentMiddleware(
    site,
    manifest=Path(__file__).with_name("consent.yaml"),
    secret_key=secret("consent"),
    database=f"sqlite:///{DATA / 'consentkit.db'}",
    audit_tokens=[secret("audit")],
)
