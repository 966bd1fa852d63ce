"""Clients for a site's own test-suite: a visitor who has accepted, refused, or not chosen.

Each is a Starlette ``TestClient`` that made its choice over HTTP, so that what a test sees is what a visitor would::

    from consentkit.testing import accepted, refused, undecided


    def test_no_analytics_before_a_choice():
        assert "gtag" not in undecided(app).get("/").headers["content-security-policy"]

Needs httpx, which Starlette's test client is built on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp

__all__ = ["accepted", "allowing", "refused", "undecided"]


def undecided(app: ASGIApp) -> TestClient:
    """Return a client that has made no choice."""
    return TestClient(app)


def accepted(app: ASGIApp, *, prefix: str = "/_consent") -> TestClient:
    """Return a client that has accepted everything."""
    return _after(app, prefix, action="accept")


def refused(app: ASGIApp, *, prefix: str = "/_consent") -> TestClient:
    """Return a client that has refused everything."""
    return _after(app, prefix, action="refuse")


def allowing(
    app: ASGIApp,
    *,
    purposes: Iterable[str] = (),
    services: Iterable[str] = (),
    prefix: str = "/_consent",
) -> TestClient:
    """Return a client that allows some purposes and single services, and nothing else.

    Raises:
        ValueError: The site declares no such purpose or service; the message lists those it does.
    """
    return _after(app, prefix, action="save", purposes=list(purposes), services=list(services))


def _after(app: ASGIApp, prefix: str, **fields: str | list[str]) -> TestClient:
    client = TestClient(app)
    headers = {"accept": "application/json", "origin": str(client.base_url)}
    answer = client.post(f"{prefix}/choice", json=fields, headers=headers)
    if answer.status_code != 200:
        message = f"the choice was answered {answer.status_code}: {answer.text}"
        raise ValueError(message)
    return client
