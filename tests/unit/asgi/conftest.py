"""A governed application, driven event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from driving import Driver

from consentkit.asgi.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def governed(manifest: Any, secret_key: str, clock: Any, tmp_path: Path) -> Any:
    """Wrap an application and drive it; keywords go to the middleware."""
    drivers: list[Driver] = []

    def make(
        app: Any, *, scheme: str = "http", client: tuple[str, int] | None = ("203.0.113.77", 5000), **keywords: Any
    ) -> Driver:
        settings = {"manifest": manifest, "secret_key": secret_key, "clock": clock, **keywords}
        settings.setdefault("database", f"sqlite:///{tmp_path / 'consent.db'}")
        driver = Driver(ConsentMiddleware(app, **settings), scheme=scheme, client=client)
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        driver.loop.run_until_complete(driver.app.site.records.close())
        driver.close()
