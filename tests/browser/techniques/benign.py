"""Pages of a site without any tracker, which must behave the same whatever the visitor chose."""

from __future__ import annotations

from starlette.routing import BaseRoute

ROUTES: list[BaseRoute] = []
