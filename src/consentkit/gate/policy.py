"""What one Decision lets through, as questions about hosts: the part both walls share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from consentkit.gate.urls import Base, Target, target
from consentkit.recent import Recent

if TYPE_CHECKING:
    from consentkit.consent.decide import Decision
    from consentkit.manifest.match import HostIndex
    from consentkit.manifest.model import Manifest, Service
    from consentkit.markup.handler import NeedsText


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why something may not be contacted: a service not allowed, or a host that no service declares."""

    host: str
    service: Service | None


Judged: TypeAlias = "tuple[bytes | NeedsText | None, tuple[Blocked, ...]]"
"""What stands for a start tag, and what was gated in it."""


class GatePolicy:
    """One decision's answers. Made once for each decision and site, kept in an LRU by the edge.

    Args:
        manifest: What the site declares.
        hosts: Its compiled hosts.
        decision: What the visitor allowed.
        judged: Where judgements of tags are remembered, those of other decisions too; by default none are.

    Attributes:
        judges_own_paths: Whether a service not allowed lies under a path of the site's own hosts.
        judged: By what they depend on.
    """

    def __init__(
        self,
        manifest: Manifest,
        hosts: HostIndex,
        decision: Decision,
        judged: Recent[tuple[object, ...], Judged] | None = None,
    ) -> None:
        self.manifest = manifest
        self.decision = decision
        self.judged: Recent[tuple[object, ...], Judged] = Recent(0) if judged is None else judged
        self._hosts = hosts
        self.judges_own_paths = not decision.services.issuperset(hosts.below_own_hosts)
        self._literals = [
            (literal.lower().encode(), service)
            for literal, service_id in hosts.literals().items()
            if not decision.allows_service(service_id) and (service := manifest.service(service_id)) is not None
        ]

    @property
    def denied(self) -> Service | None:
        """A service not allowed, to stand for whatever can't be read; None when all are allowed."""
        return self._literals[0][1] if self._literals else None

    @property
    def in_doubt(self) -> Blocked | None:
        """Why something may not be contacted that could be anybody; None when everybody may."""
        return Blocked("", self.denied) if self.denied or self.manifest.unlisted == "block" else None

    def blocked(self, url: str, base: Base) -> Blocked | None:
        """Return why a URL may not be contacted from a page at ``base``, or None when it may."""
        goal = target(url, base)
        if goal is None:
            return None
        if goal.host == base.host and base.host:
            return self._blocked_path(goal) if self.judges_own_paths else None
        return self._blocked_target(goal)

    def _blocked_target(self, goal: Target) -> Blocked | None:
        host = goal.host
        if self._hosts.is_first_party(host):
            return self._blocked_path(goal) if self.judges_own_paths else None
        service = self._hosts.service(f"{host}:{goal.port}" if goal.port else host, goal.path)
        if service is None:
            return None if self.manifest.unlisted == "report" else Blocked(host, None)
        return None if self.decision.allows_service(service.id) else Blocked(host, service)

    def _blocked_path(self, goal: Target) -> Blocked | None:
        """Judge a path of the site's own; a relative one is read from the root."""
        service = self._hosts.own_service(goal.host, goal.path)
        return None if service is None or self.decision.allows_service(service.id) else Blocked(goal.host, service)

    def blocked_in_source(self, source: bytes) -> Service | None:
        """Return a service not allowed that a script's source names, or None.

        Only literal mentions are seen, with a solidus escaped as JavaScript allows; what a script assembles at run
        time is the CSP wall's.
        """
        text = source.lower().replace(rb"\/", b"/")
        if b"\\" in text:
            text = text.replace(rb"\u002f", b"/").replace(rb"\x2f", b"/").replace(rb"\u002e", b".")
            text = text.replace(rb"\x2e", b".")
        return next((service for literal, service in self._literals if literal in text), None)
