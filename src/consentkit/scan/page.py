"""What one page contacts, as the gate itself reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import Blocked, GatePolicy
from consentkit.gate.urls import Base
from consentkit.markup.charset import sniff
from consentkit.markup.rewriter import Rewriter

if TYPE_CHECKING:
    from consentkit.gate.urls import Target
    from consentkit.manifest.match import HostIndex
    from consentkit.manifest.model import Manifest, Service
    from consentkit.scan.fetch import Response

_LINK: Final = re.compile(rb"<a\s[^>]*?\bhref\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SCRIPT: Final = re.compile(rb"<script\s[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_PRESCAN: Final = 1024


@dataclass(frozen=True, slots=True, order=True)
class Contact:
    """Somebody a page contacts.

    Attributes:
        host: As the gate compares it: lower case, without port.
        path: Of the address, without query.
        service: The id of the service it belongs to, or None for nobody known.
        in_code: A script names it; whether it is contacted is decided when the script runs.
    """

    host: str
    path: str
    service: str | None
    in_code: bool = False


class _Listening(GatePolicy):
    """A policy that allows nothing and remembers what it was asked about."""

    def __init__(self, manifest: Manifest, hosts: HostIndex) -> None:
        refused = Decision(ChoiceState.REFUSED, purposes=frozenset(), services=frozenset(), key="")
        super().__init__(manifest, hosts, refused)
        self.contacts: set[Contact] = set()

    def _blocked_target(self, goal: Target) -> Blocked | None:
        blocked = super()._blocked_target(goal)
        if blocked is not None and goal.host:
            self.contacts.add(Contact(goal.host, goal.path, blocked.service.id if blocked.service else None))
        return blocked

    def blocked_in_source(self, source: bytes) -> Service | None:
        """Remember every service that a script's source names, not only the first."""
        text = source.lower().replace(rb"\/", b"/")
        for literal, service in self._literals:
            if literal in text:
                host, slash, path = literal.decode().partition("/")
                self.contacts.add(Contact(host.removeprefix("."), slash + path, service.id, in_code=True))
        return super().blocked_in_source(source)


def contacts(response: Response, manifest: Manifest, hosts: HostIndex) -> set[Contact]:
    """Return whom a page, or a script of the site, contacts or names.

    Args:
        response: The page.
        manifest: The services to tell hosts by; its hosts are first party, as is the page's own.
        hosts: Its compiled hosts.
    """
    policy = _Listening(manifest, hosts)
    parts = urlsplit(response.url)
    if is_page(response):
        charset = sniff(response.content_type.encode("latin-1", "replace"), response.body[:_PRESCAN])
        base = Base(parts.scheme, parts.hostname or "")
        gate = HtmlGate(policy, base, placeholder=lambda *_: "", charset=charset.name)
        rewriter = Rewriter(gate, charset=charset.name, document=True)
        rewriter.feed(response.body)
        rewriter.close()
    else:
        policy.blocked_in_source(response.body)
    contacted = {contact.service for contact in policy.contacts if not contact.in_code}
    return {contact for contact in policy.contacts if not (contact.in_code and contact.service in contacted)}


def is_page(response: Response) -> bool:
    """Tell whether an answer is HTML."""
    return response.content_type.partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml", ""}


def links(response: Response) -> list[str]:
    """Return the addresses of the same host that a page links to, in its order, without fragments."""
    return _own(response, _LINK)


def scripts(response: Response) -> list[str]:
    """Return the addresses of the scripts that a page loads from its own host."""
    return _own(response, _SCRIPT)


def _own(response: Response, pattern: re.Pattern[bytes]) -> list[str]:
    own = urlsplit(response.url)
    found: dict[str, None] = {}
    for match in pattern.finditer(response.body):
        try:
            url = urljoin(response.url, match[1].decode("utf-8", "replace").replace("&amp;", "&")).partition("#")[0]
            if urlsplit(url)[:2] == own[:2]:
                found.setdefault(url)
        except ValueError:
            continue
    return list(found)
