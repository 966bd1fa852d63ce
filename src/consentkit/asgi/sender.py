"""What one browser sends with every request, worked out once and remembered while it keeps sending the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.cache import lazy
from consentkit.asgi.sightings import saw_sent
from consentkit.consent.decide import Circumstances
from consentkit.gate.cookies import filter_cookie, parse_cookie, single_value
from consentkit.gate.urls import Base, normal_host

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consentkit.asgi.site import Site
    from consentkit.consent.choice import Choice
    from consentkit.consent.decide import Decision
    from consentkit.visitor.visitor import Visitor

# Everything a sender is worked out from; two requests that agree in these have one sender.
TELLING = frozenset(
    {
        b"accept",
        b"accept-language",
        b"cookie",
        b"dnt",
        b"forwarded",
        b"host",
        b"hx-request",
        b"sec-fetch-dest",
        b"sec-gpc",
        b"user-agent",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-requested-with",
    }
)
_DOCUMENTS = frozenset({b"document", b"iframe", b"frame", b"fencedframe", b"embed", b"object"})


class Sender:
    """Who sent a request and what they allow, each part worked out when it is first asked for.

    Args:
        site: The site it came to.
        scheme: The scope's scheme.
        peer: The address the server saw; None on a Unix socket.
        headers: The request's headers whose names are in :data:`TELLING`.

    Attributes:
        until: When the decision must be made anew; None for never.
    """

    def __init__(self, site: Site, scheme: str, peer: str | None, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._site = site
        self._scheme = scheme
        self._peer = peer
        self._headers = headers
        self.fields = joined(headers)
        self.until: datetime | None = None

    @lazy
    def secure(self) -> bool:
        """Whether the browser speaks https, as the server or a trusted proxy tells."""
        if self._scheme in {"https", "wss"}:
            return True
        trusted = self._site.visitors.trusted.trusts(self._peer)
        return trusted and self.fields.get(b"x-forwarded-proto", b"").strip().lower() == b"https"

    @lazy
    def host(self) -> str:
        """The host the page was asked of, as URLs of the page are compared with it."""
        return normal_host(self.fields.get(b"host", b"").decode("latin-1"))

    @lazy
    def base(self) -> Base:
        """What the page's relative URLs resolve against."""
        return Base("https" if self.secure else "http", self.host)

    @lazy
    def cookie(self) -> bytes:
        """The Cookie header, empty without one."""
        return self.fields.get(b"cookie", b"")

    @lazy
    def choice(self) -> Choice | None:
        """The choice the visitor's cookie carries, if it is a valid one and the newest that is known."""
        value = single_value(self.cookie, self._site.cookie_name(secure=self.secure)) if self.cookie else None
        choice = self._site.signer.loads(value.decode("latin-1")) if value is not None else None
        if choice is not None and self._site.records.latest.outdated(choice.subject, choice.sequence):
            return None
        return choice

    @lazy
    def visitor(self) -> Visitor:
        """Who is asking."""
        return self._site.visitors.read(self._peer, self._headers)

    @lazy
    def traits(self) -> tuple[str, str | None, str | None, str | None, str | None, str | None, bool]:
        """What the browser log keeps of them besides the address, in its order; the first look at a browser is slow."""
        visitor, agent = self.visitor, self.visitor.agent
        of_browser = agent.browser, agent.version, agent.platform, agent.device, agent.bot
        return visitor.language, visitor.country, *of_browser

    @lazy
    def circumstances(self) -> Circumstances:
        """The rule where the visitor is, and the signals of the browser."""
        visitor = self.visitor
        return Circumstances(self._site.rule(visitor.place.code), gpc=visitor.gpc, dnt=visitor.dnt)

    @lazy
    def decision(self) -> Decision:
        """What the visitor's browser may be sent."""
        decision, self.until = self._site.decide(self.choice, self.circumstances)
        return decision

    @lazy
    def variant(self) -> str:
        """What tells this visitor's form of a page from others': the decision and the language."""
        return f"{self.decision.key}.{self.visitor.language}"

    @lazy
    def page_variant(self) -> str:
        """What the gated forms of pages depend on besides what the site sends."""
        return f"{self.variant} {self.host} {self.secure} {self.names_document} {self.shows_page}"

    @lazy
    def filtered_cookie(self) -> bytes:
        """The Cookie header without what the site may not read."""
        if not self.cookie:
            return b""
        saw_sent(self._site, (pair.name for pair in parse_cookie(self.cookie)))
        return filter_cookie(self.cookie, lambda name: self._site.allows_cookie(name, self.decision))

    @lazy
    def cookies_to_expire(self) -> tuple[str, ...]:
        """Names of declared cookies the browser still holds that are not allowed."""
        return self.disallowed_cookies(self.decision) if self.filtered_cookie != self.cookie else ()

    def disallowed_cookies(self, decision: Decision) -> tuple[str, ...]:
        """Return the names of the declared cookies the browser sent that a decision doesn't allow."""
        site, names = self._site, dict.fromkeys(pair.name for pair in parse_cookie(self.cookie))
        return tuple(name for name in names if site.cookies.find(name) and site.allowed_item(name, decision) is None)

    def holds(self, name: str) -> bool:
        """Tell whether the browser sent a cookie of this name."""
        return any(pair.name == name for pair in parse_cookie(self.cookie))

    @lazy
    def is_document(self) -> bool:
        """Whether the browser asked for a page to show, not for a part of one."""
        destination = self.fields.get(b"sec-fetch-dest")
        if destination is not None:
            return destination in _DOCUMENTS
        return b"hx-request" not in self.fields and b"x-requested-with" not in self.fields

    @lazy
    def asks_for_page(self) -> bool:
        """Whether the browser, or the cache in front of it, asked for a page to show rather than for anything."""
        return self.is_document and self.may_be_page

    @lazy
    def names_document(self) -> bool:
        """Whether the browser said that it asks for a page to show."""
        return self.fields.get(b"sec-fetch-dest") in _DOCUMENTS

    @lazy
    def shows_page(self) -> bool | None:
        """Whether a page takes a banner: a document does, a frame or fragment doesn't, None to see from its tags."""
        destination = self.fields.get(b"sec-fetch-dest")
        if destination is None:
            return None if self.is_document else False
        return destination == b"document"

    @lazy
    def is_subresource(self) -> bool:
        """Whether the browser asked for a part of a page, a frame among them, and not to go somewhere."""
        return self.fields.get(b"sec-fetch-dest") not in {None, b"document"}

    @lazy
    def may_be_page(self) -> bool:
        """Whether HTML is a likely answer, so that it should come in a form the gate can read."""
        if self.fields.get(b"sec-fetch-dest", b"empty") != b"empty":
            return self.is_document
        return b"text/html" in self.fields.get(b"accept", b"") or b"hx-request" in self.fields


def joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return header values by name, several lines of one name joined."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in fields:
            # RFC 9110 section 5.3; HTTP/2 sends each cookie on a line of its own (RFC 9113 section 8.2.3).
            fields[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            fields[name] = value
    return fields
