"""Our own endpoints: which path is answered by what."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from starlette.responses import Response

from consentkit.asgi import answers, mine
from consentkit.asgi.audit import Audit
from consentkit.asgi.choices import take_choice
from consentkit.asgi.evidence import Evidence
from consentkit.asgi.forms import safe_path
from consentkit.asgi.reports import take_reports

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit

    Handler = Callable[[Visit, Receive], Awaitable[Response] | Response]

_GPC_PATH = "/.well-known/gpc.json"
_PROOF = "/log/proof/"
_DOCUMENT = "/log/document/"
_YEAR = 31_536_000


class Endpoints:
    """Answer requests below the prefix. Lives as long as the application."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._below = f"{site.prefix}/"
        audit = Audit(site)
        self._evidence = evidence = Evidence(site, audit.auditors)
        self._routes: dict[str, dict[str, Handler]] = {
            "/choice": {"POST": take_choice},
            "/preferences": {"GET": _preferences},
            "/notice": {"GET": _notice},
            "/mine": {"GET": mine.show},
            "/mine.json": {"GET": mine.as_json},
            "/mine.csv": {"GET": mine.as_csv},
            "/mine/erase": {"POST": mine.erase},
            "/health": {"GET": _health},
            "/admin": {"GET": audit.front, "POST": audit.log_in},
            "/log": {"GET": audit.consent_log},
            "/log/checkpoint": {"GET": evidence.checkpoint},
            "/log/consistency": {"GET": evidence.consistency},
            f"{_PROOF}{{index}}": {"GET": evidence.proof},
            f"{_DOCUMENT}{{digest}}": {"GET": evidence.document},
            "/browser-log": {"GET": audit.browser_log},
            "/inventory": {"GET": audit.inventory},
            "/stats": {"GET": audit.stats},
            "/csp-report": {"POST": take_reports},
        }

    def owns(self, visit: Visit) -> bool:
        """Tell whether a request is ours."""
        path = visit.path
        # Nearly every path is the site's: one look tells, before the mount point is worked out.
        if self._below not in path and not path.endswith(_GPC_PATH):
            return False
        return visit.route.startswith(self._below) or visit.route == _GPC_PATH

    async def __call__(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._answer(visit, receive)
        response = await answer if inspect.isawaitable(answer) else answer
        await response(scope, receive, send)

    def _answer(self, visit: Visit, receive: Receive) -> Awaitable[Response] | Response:
        method = "GET" if visit.method == "HEAD" else visit.method
        if visit.route == _GPC_PATH:
            return _gpc(visit) if method == "GET" else answers.method_not_allowed(("GET", "HEAD"))
        path = visit.route[len(self._site.prefix) :]
        if path.startswith("/static/"):
            return self._static(visit, path.removeprefix("/static/"))
        handlers = self._routes.get(_route(path))
        if handlers is None:
            return answers.not_found()
        handler = handlers.get(method)
        if handler is None:
            return answers.method_not_allowed((*handlers, "HEAD") if "GET" in handlers else tuple(handlers))
        return handler(visit, receive)

    def _static(self, visit: Visit, name: str) -> Awaitable[Response] | Response:
        asset = visit.notices.assets.get(name)
        if asset is None:
            return self._evidence.style(visit, name)
        # The name holds a digest of the content, so that it never changes (RFC 8246).
        headers = {"cache-control": f"public, max-age={_YEAR}, immutable", "x-content-type-options": "nosniff"}
        return Response(asset.body, 200, headers, asset.content_type)


def _route(path: str) -> str:
    """Return the route of a path below the prefix: what varies in it stands in braces."""
    if path.startswith(_PROOF):
        return f"{_PROOF}{{index}}"
    return f"{_DOCUMENT}{{digest}}" if path.startswith(_DOCUMENT) else path


def _preferences(visit: Visit, _receive: Receive) -> Response:
    query = visit.query
    return answers.page(
        visit.notices.preferences(
            language=visit.sender.visitor.language,
            decision=visit.sender.decision,
            return_to=safe_path(query.get("return_to", "")) or f"{visit.root}/",
            saved="saved" in query,
        )
    )


def _notice(visit: Visit, _receive: Receive) -> Response:
    visitor = visit.sender.visitor
    return answers.page(
        visit.notices.notice(language=visitor.language, decision=visit.sender.decision, browser=visitor.agent.browser)
    )


def _health(visit: Visit, _receive: Receive) -> Response:
    health = {
        **visit.site.records.health(),
        "choices_over_limit": visit.site.limits.refused,
        "reports_over_limit": visit.site.report_limits.refused,
    }
    return answers.data(health, status=200 if health.get("status") == "ok" else 503)


def _gpc(visit: Visit) -> Response:
    """Tell that the signal is honoured (Global Privacy Control, section "GPC Support Resource")."""
    revised = visit.site.manifest.notice.revision
    return answers.data({"gpc": True, "lastUpdate": revised.isoformat()})
