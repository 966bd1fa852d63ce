"""Audience measurement without consent, as a page's own scripts write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from driving import responder

from consentkit import ConsentMiddleware
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MANIFEST = """
version: 1
site: {name: Shop, controller: {name: Shop SAS, country: FR}}
notice: {revision: 2026-08-01}
purposes:
  - {id: audience, exempt: audience-measurement, description: Counts visits., data_retention: 25 months}
  - {id: display, exempt: personalisation, description: Keeps your settings.}
cookies:
  - {name: "_pk_id<site>", purpose: audience, lifetime: 13 months}
  - {name: _pk_new, purpose: audience, lifetime: 13 months}
  - {name: display, purpose: display, lifetime: 13 months}
"""
WRITE = """async (age) => {
  for (const name of ["_pk_id.1", "display"]) document.cookie = `${name}=${age}; path=/; max-age=${age}`;
  const expires = Date.now() + age * 1000;
  if (window.cookieStore) await cookieStore.set({ name: "_pk_new", value: String(age), path: "/", expires });
}"""


@pytest.mark.requirement("R30")
def test_a_script_does_not_extend_exempt_measurement(
    chromium: Browser, serve: Callable[[Any], str], tmp_path: Path, secret_key: str
) -> None:
    """What measures keeps its end and value on a later page, by either interface; it can be deleted and begin anew."""
    database = f"sqlite:///{tmp_path / 'consent.db'}"
    app = ConsentMiddleware(
        responder(b'<!doctype html><html lang="en"><title>x</title><p>A page'),
        manifest=loads(MANIFEST),
        secret_key=secret_key,
        database=database,
    )
    url = serve(app)
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()

    def ends() -> dict[str, float]:
        return {cookie["name"]: cookie["expires"] for cookie in context.cookies()}

    page.goto(url)
    page.evaluate(WRITE, 10_000)
    first = ends()
    assert {"_pk_id.1", "_pk_new", "display"} <= first.keys()
    page.goto(f"{url}/second")
    page.evaluate(WRITE, 90_000)
    second = ends()
    assert [second[name] - first[name] for name in ("_pk_id.1", "_pk_new")] == [0, 0]
    assert second["display"] - first["display"] > 70_000
    page.evaluate("() => { document.cookie = '_pk_id.1=; path=/; max-age=0' }")
    page.evaluate(WRITE, 90_000)
    assert ends()["_pk_id.1"] - first["_pk_id.1"] > 70_000
    context.close()
