"""One request, and what the site's own code may ask about its visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from starlette.types import Scope

    from consentkit.asgi.fields import Fields
    from consentkit.asgi.site import Site
    from consentkit.consent.choice import ChoiceState
    from consentkit.notice.render import NoticeRenderer

_MOST_PARAMETERS = 50
# RFC 3986 section 3.3: pchar and the solidus, and what is percent-encoded already.
_PATH_SAFE = "/:@!$&'()*+,;=~%-._"


class Visit:
    """One request, as the rooms see it. Lives as long as the request.

    It doesn't hold the scope: that holds what the site asks (:class:`Consent`), which holds this. A cycle would stay in
    memory until the garbage collector comes, and each request would be served from memory the processor has to fetch.

    Args:
        site: The site it came to.
        scope: An ASGI ``http`` or ``websocket`` scope.

    Attributes:
        sender: What it shares with the same browser's other requests.
        headers: As they came.
        inner_headers: As the site gets them.
        method: As it came; a WebSocket's handshake is a GET.
        path: Decoded, the mount point included; never read from the Host header (CVE-2026-48710).
        raw_path: As it came, without the query; None from servers that don't tell.
        query_string: As it came.
    """

    __slots__ = (
        "_return_to",
        "_root_path",
        "headers",
        "inner_headers",
        "method",
        "path",
        "query_string",
        "raw_path",
        "sender",
        "site",
    )

    def __init__(self, site: Site, scope: Scope) -> None:
        self.site = site
        self.sender, self.headers, self.inner_headers = site.arrivals.of(scope)
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["path"]
        self.raw_path: bytes | None = scope.get("raw_path")
        self.query_string: bytes = scope.get("query_string", b"")
        self._root_path: str | None = scope.get("root_path")
        self._return_to: str | None = None

    def header(self, name: bytes) -> bytes | None:
        """Return a request header's value, several lines joined (RFC 9110 section 5.3); None without one."""
        values = [value for key, value in self.headers if key == name]
        return b", ".join(values) if values else None

    @property
    def root(self) -> str:
        """Where the application is mounted, without a solidus at its end; empty at a server's root."""
        return self._root_path.rstrip("/") if self._root_path else ""

    @property
    def route(self) -> str:
        """The path below the mount, which our endpoints are matched on."""
        root = self.root
        if root and self.path.startswith(root) and self.path[len(root) : len(root) + 1] in {"", "/"}:
            return self.path[len(root) :]
        return self.path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last of several with one name counts."""
        try:
            pairs = parse_qsl(self.query_string.decode("latin-1"), max_num_fields=_MOST_PARAMETERS)
        except ValueError:
            return {}
        return dict(pairs)

    @property
    def notices(self) -> NoticeRenderer:
        """What renders our markup, its links below the mount."""
        return self.site.notices(self.root)

    @property
    def policy_headers(self) -> Fields:
        """What the second wall adds to the headers of a document."""
        return self.site.policy_headers(self.sender.decision, root=self.root, secure=self.sender.secure)

    @property
    def asked(self) -> tuple[bytes, bytes]:
        """The path and query, as they came."""
        return self.raw_path or self.path.encode("utf-8", "surrogateescape"), self.query_string

    @property
    def return_to(self) -> str:
        """The page's own path and query, as a same-origin URL reference."""
        if self._return_to is None:
            raw = self.raw_path
            path = quote(raw, _PATH_SAFE) if raw else quote(self.path, _PATH_SAFE.replace("%", ""))
            query = quote(self.query_string, _PATH_SAFE + "?")
            self._return_to = "/" + path.lstrip("/") + (f"?{query}" if query else "")
        return self._return_to


class Consent:
    """What a site's own code asks: ``scope["consentkit"]``, and ``request.state.consent`` in Starlette."""

    __slots__ = ("_visit",)

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def allows(self, purpose: str) -> bool:
        """Tell whether this visitor allows a purpose; an unknown one never is."""
        return self._visit.sender.decision.allows(purpose)

    def allows_service(self, service: str) -> bool:
        """Tell whether this visitor allows a service; an unknown one never is."""
        return self._visit.sender.decision.allows_service(service)

    @property
    def state(self) -> ChoiceState:
        """Where the visitor's consent stands."""
        return self._visit.sender.decision.state

    @property
    def purposes(self) -> frozenset[str]:
        """Ids of every purpose allowed."""
        return self._visit.sender.decision.purposes

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2, or None when it isn't known."""
        return self._visit.sender.visitor.country

    @property
    def language(self) -> str:
        """The site's language that suits the visitor best."""
        return self._visit.sender.visitor.language

    def preferences_link(self) -> str:
        """Return where the visitor changes the choice and comes back to this page."""
        return f"{self._visit.root}{self._visit.site.prefix}/preferences?return_to={quote(self._visit.return_to, '')}"

    def notice_link(self) -> str:
        """Return where the cookie notice is."""
        return f"{self._visit.root}{self._visit.site.prefix}/notice"
