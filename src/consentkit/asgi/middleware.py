"""The middleware: one line around a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.endpoints import Endpoints
from consentkit.asgi.lifespan import begin_without, govern_lifespan
from consentkit.asgi.request import inner_scope
from consentkit.asgi.response import GovernedResponse, judged_set_cookie
from consentkit.asgi.settings import read_settings
from consentkit.asgi.site import Site
from consentkit.asgi.visit import Visit

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from consentkit.manifest.model import Manifest


class ConsentMiddleware:
    """Govern a site: ask its visitors, gate its third parties, filter its cookies, keep the records.

    Each keyword that is None is read from the environment, ``CONSENTKIT_SECRET_KEY`` and so on; lists are separated
    by commas there.

    Args:
        app: Any ASGI 3 application.
        manifest: A path to the manifest, or a loaded one.
        secret_key: Signs choice cookies; a list rotates, oldest first. At least 32 bytes each.
        database: ``sqlite:///consentkit.db`` unless told otherwise, or ``postgresql://…``.
        audit_tokens: Bearer tokens of the audit endpoints, at least 16 bytes each; without one they answer 404.
        trusted_proxies: Networks whose ``Forwarded``, ``X-Forwarded-For`` and ``X-Forwarded-Proto`` count.
        geoip_database: Path of any country or city ``.mmdb``; the rule of a state takes a city one.
        prefix: Where the endpoints lie, ``/_consent`` unless told otherwise.
        templates: A folder whose templates replace ours by name.
        body_cache: Most bytes of gated pages and passages kept in memory, 16 MiB unless told otherwise; 0 keeps none.
        place_headers: Names of the headers in which a trusted proxy tells the visitor's country and, after it, the
            state, such as ``["CF-IPCountry", "CF-Region-Code"]``.
        clock: Gives the present in UTC; for tests.

    Raises:
        ConfigurationError: A keyword or variable is missing or wrong.
        ManifestError: The manifest has problems; all are listed.
    """

    def __init__(
        self,
        app: ASGIApp,
        manifest: str | os.PathLike[str] | Manifest | None = None,
        secret_key: str | Sequence[str] | None = None,
        database: str | None = None,
        audit_tokens: Sequence[str] | None = None,
        trusted_proxies: Sequence[str] | None = None,
        geoip_database: str | os.PathLike[str] | None = None,
        prefix: str | None = None,
        templates: str | os.PathLike[str] | None = None,
        body_cache: int | None = None,
        place_headers: Sequence[str] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.app = app
        given = {
            "manifest": manifest,
            "secret_key": secret_key,
            "database": database,
            "audit_tokens": audit_tokens,
            "trusted_proxies": trusted_proxies,
            "geoip_database": geoip_database,
            "place_headers": place_headers,
            "prefix": prefix,
            "templates": templates,
            "body_cache": body_cache,
        }
        settings = read_settings(given)
        self.site = Site(settings) if clock is None else Site(settings, clock=clock)
        self._endpoints = Endpoints(self.site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "http":
            if not self.site.started:
                begin_without(self.site)
            visit = Visit(self.site, scope)
            if self._endpoints.owns(visit):
                await self._endpoints(visit, scope, receive, send)
            else:
                await self.app(inner_scope(scope, visit), receive, GovernedResponse(visit, send).take)
        elif scope["type"] == "websocket":
            visit = Visit(self.site, scope)
            await self.app(inner_scope(scope, visit), receive, _governed_websocket(visit, send))
        elif scope["type"] == "lifespan":
            await govern_lifespan(self.app, self.site, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _governed_websocket(visit: Visit, send: Send) -> Send:
    """Filter the cookies a WebSocket handshake sets; nothing else of it is touched."""

    async def governed(message: Message) -> None:
        if message["type"] in {"websocket.accept", "websocket.http.response.start"} and message.get("headers"):
            judged = (
                (name, judged_set_cookie(visit, bytes(value)) if bytes(name).lower() == b"set-cookie" else value)
                for name, value in message["headers"]
            )
            message = {**message, "headers": [(name, value) for name, value in judged if value is not None]}
        await send(message)

    return governed
