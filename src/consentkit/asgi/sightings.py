"""What passes through the edge, for the observed inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.manifest.grammar import host_pattern
from consentkit.records.observed import Sighting, Sightings, without_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit
    from consentkit.gate.policy import Blocked
    from consentkit.manifest.match import Declared


def saw_cookie(visit: Visit, name: str, declared: Declared | None, *, lifetime: float | None) -> None:
    """Note a cookie that a response sets, under its declared name if it has one."""
    named = declared.item.name if declared is not None else without_numbers(name)
    visit.site.records.observed.note((Sighting("cookie", named, "set-cookie"),), visit.path, lifetime=lifetime)


def saw_sent(site: Site, names: Iterable[str]) -> None:
    """Note the cookies a browser sends; scripts set them too, and nothing else tells a server of those."""
    found = {name: site.cookies.find(name) for name in names if name not in site.own_cookies}
    named = sorted({item.item.name if item else without_numbers(name) for name, item in found.items()} - {""})
    for name in named:
        site.records.observed.note((Sighting("cookie", name, "cookie", reported=True),), "")


def gated_hosts(blocked: Iterable[Blocked]) -> Sightings:
    """Return what the gate stopped in a page, each host once; of code that only names a service, its first host."""
    seen: dict[Sighting, None] = {}
    for stopped in blocked:
        if stopped.host:
            seen[Sighting("host", stopped.host, "html")] = None
        elif stopped.service is not None and stopped.service.hosts:
            seen[Sighting("host", host_pattern(stopped.service.hosts[0]).host, "script")] = None
    return Sightings(seen)
