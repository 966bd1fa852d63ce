"""Clients for a site's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from driving import PAGE, responder

from consentkit import ConsentMiddleware
from consentkit.testing import accepted, allowing, refused, undecided

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.manifest.model import Manifest


@pytest.fixture
def app(manifest: Manifest, secret_key: str, tmp_path: Path) -> ConsentMiddleware:
    """A governed shop."""
    database = f"sqlite:///{tmp_path / 'consent.db'}"
    governed = ConsentMiddleware(responder(PAGE), manifest=manifest, secret_key=secret_key, database=database)
    governed.site.started = True
    return governed


def test_each_client_sees_what_such_a_visitor_would(app: ConsentMiddleware) -> None:
    """Banner, link, and hosts in the policy follow the choice."""
    assert 'data-consentkit="banner"' in undecided(app).get("/", headers={"sec-fetch-dest": "document"}).text
    policies = [client.get("/").headers["content-security-policy"] for client in (refused(app), accepted(app))]
    assert "facebook" not in policies[0]
    assert "facebook" in policies[1]
    one = allowing(app, purposes=["analytics"], services=["youtube"]).get("/").headers["content-security-policy"]
    assert ("youtube" in one, "google-analytics" in one, "facebook" in one) == (True, True, False)


def test_a_purpose_that_is_not_declared_is_named(app: ConsentMiddleware) -> None:
    """A typo in a test fails there and then."""
    with pytest.raises(ValueError, match="'marketing' is no purpose of this site"):
        allowing(app, purposes=["marketing"])
