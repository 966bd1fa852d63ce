"""One request's visitor and consent, worked out only when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from consentkit.asgi.cache import lazy
from consentkit.gate.cookies import parse_cookie, single_value
from consentkit.gate.urls import Base, normal_host
from consentkit.visitor.address import parse_address
from consentkit.visitor.signals import gpc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

    from consentkit.asgi.site import Site
    from consentkit.consent.choice import Choice, ChoiceState
    from consentkit.consent.decide import Decision
    from consentkit.consent.regime import Regime
    from consentkit.notice.render import NoticeRenderer
    from consentkit.visitor.visitor import Visitor

# RFC 3986 section 3.3: pchar and the solidus, and what is percent-encoded already.
_MOST_PARAMETERS = 50
_PATH_SAFE = "/:@!$&'()*+,;=~%-._"


class Visit:
    """One request, as the rooms see it. Lives as long as the request.

    Args:
        site: The site it came to.
        scope: An ASGI ``http`` or ``websocket`` scope.
    """

    def __init__(self, site: Site, scope: Scope) -> None:
        self.site = site
        self.scope = scope
        self.headers: Sequence[tuple[bytes, bytes]] = scope.get("headers") or ()
        self.fields: dict[bytes, bytes] = {}
        for name, value in self.headers:
            if name in self.fields:
                # RFC 9110 section 5.3; HTTP/2 sends each cookie on a line of its own (RFC 9113 section 8.2.3).
                self.fields[name] += (b"; " if name == b"cookie" else b", ") + value
            else:
                self.fields[name] = value

    def header(self, name: bytes) -> bytes | None:
        """Return a request header's value, several lines joined; None without one."""
        return self.fields.get(name)

    @lazy
    def secure(self) -> bool:
        """Whether the visitor's browser speaks https, as the server or a trusted proxy tells."""
        if self.scope.get("scheme") in {"https", "wss"}:
            return True
        proxies = self.site.visitors.trusted
        peer = parse_address(self._peer)
        trusted = proxies.unix if self._peer is None else peer is not None and peer in proxies
        return trusted and (self.header(b"x-forwarded-proto") or b"").strip().lower() == b"https"

    @property
    def _peer(self) -> str | None:
        client = self.scope.get("client")
        return client[0] if client else None

    @lazy
    def host(self) -> str:
        """The host the page was asked of, as URLs of the page are compared with it."""
        return normal_host((self.header(b"host") or b"").decode("latin-1"))

    @property
    def base(self) -> Base:
        """What the page's relative URLs resolve against."""
        return Base("https" if self.secure else "http", self.host)

    @property
    def cookie(self) -> bytes:
        """The Cookie header, empty without one."""
        return self.fields.get(b"cookie", b"")

    @lazy
    def choice(self) -> Choice | None:
        """The choice the visitor's cookie carries, if it is a valid one."""
        value = single_value(self.cookie, self.site.cookie_name(secure=self.secure)) if self.cookie else None
        return self.site.read_choice(value) if value is not None else None

    @lazy
    def visitor(self) -> Visitor:
        """Who is asking."""
        return self.site.visitor(self._peer, self.headers)

    @lazy
    def regime(self) -> Regime:
        """The rule where the visitor is; the country is looked up only when the manifest tells countries apart."""
        return self.site.regime(self.visitor.country if self.site.regions else None)

    @lazy
    def decision(self) -> Decision:
        """What the visitor's browser may be sent."""
        signal = b"sec-gpc" in self.fields and gpc(self.headers)
        return self.site.decide(self.choice, regime=self.regime, gpc=signal)

    @lazy
    def filtered_cookie(self) -> bytes:
        """The Cookie header without what the site may not read."""
        return self.site.filter_cookie(self.cookie, self.decision) if self.cookie else b""

    @lazy
    def cookies_to_expire(self) -> list[str]:
        """Names of declared cookies the browser still holds that are not allowed."""
        if self.filtered_cookie == self.cookie:
            return []
        names = dict.fromkeys(pair.name for pair in parse_cookie(self.cookie))
        site, decision = self.site, self.decision
        return [name for name in names if site.cookies.find(name) and site.allowed_item(name, decision) is None]

    @property
    def is_document(self) -> bool:
        """Whether the browser asked for a page to show, not for a part of one."""
        destination = self.header(b"sec-fetch-dest")
        if destination is not None:
            return destination in {b"document", b"iframe", b"frame", b"fencedframe", b"embed", b"object"}
        return self.header(b"hx-request") is None and self.header(b"x-requested-with") is None

    @property
    def is_subresource(self) -> bool:
        """Whether the browser asked for a part of a page, a frame among them, and not to go somewhere."""
        return self.header(b"sec-fetch-dest") not in {None, b"document"}

    @property
    def may_be_page(self) -> bool:
        """Whether HTML is a likely answer, so that it should come in a form the gate can read."""
        destination = self.header(b"sec-fetch-dest")
        if destination is not None and destination != b"empty":
            return self.is_document
        return b"text/html" in (self.header(b"accept") or b"") or self.header(b"hx-request") is not None

    @property
    def path(self) -> str:
        """The path below the server's root, decoded; never read from the Host header (CVE-2026-48710)."""
        path: str = self.scope["path"]
        return path

    @property
    def root(self) -> str:
        """Where the application is mounted, without a solidus at its end; empty at a server's root."""
        root: str = self.scope.get("root_path") or ""
        return root.rstrip("/")

    @lazy
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
            pairs = parse_qsl(self.scope.get("query_string", b"").decode("latin-1"), max_num_fields=_MOST_PARAMETERS)
        except ValueError:
            return {}
        return dict(pairs)

    @property
    def notices(self) -> NoticeRenderer:
        """What renders our markup, its links below the mount."""
        return self.site.notices(self.root)

    @lazy
    def return_to(self) -> str:
        """The page's own path and query, as a same-origin URL reference."""
        raw = self.scope.get("raw_path")
        path = quote(raw, _PATH_SAFE) if raw else quote(self.path, _PATH_SAFE.replace("%", ""))
        query = quote(self.scope.get("query_string", b""), _PATH_SAFE + "?")
        return "/" + path.lstrip("/") + (f"?{query}" if query else "")


class Consent:
    """What a site's own code asks: ``scope["consentkit"]``, and ``request.state.consent`` in Starlette."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def allows(self, purpose: str) -> bool:
        """Tell whether this visitor allows a purpose; an unknown one never is."""
        return self._visit.decision.allows(purpose)

    def allows_service(self, service: str) -> bool:
        """Tell whether this visitor allows a service; an unknown one never is."""
        return self._visit.decision.allows_service(service)

    @property
    def state(self) -> ChoiceState:
        """Where the visitor's consent stands."""
        return self._visit.decision.state

    @property
    def purposes(self) -> frozenset[str]:
        """Ids of every purpose allowed."""
        return self._visit.decision.purposes

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2, or None when it isn't known."""
        return self._visit.visitor.country

    @property
    def language(self) -> str:
        """The site's language that suits the visitor best."""
        return self._visit.visitor.language

    def preferences_link(self) -> str:
        """Return where the visitor changes the choice and comes back to this page."""
        return f"{self._visit.root}{self._visit.site.prefix}/preferences?return_to={quote(self._visit.return_to, '')}"

    def notice_link(self) -> str:
        """Return where the cookie notice is."""
        return f"{self._visit.root}{self._visit.site.prefix}/notice"
