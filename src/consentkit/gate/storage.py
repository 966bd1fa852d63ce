"""Which names a page's scripts may store under, and which hosts are allowed: what the guard in the browser is told."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING

from consentkit.manifest.vocabulary import StorageKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest, Service, StorageItem

_PLACEHOLDER = re.compile(r"<[^>]*>")
# The guard tells hosts apart, not their ports and paths.
_BEHIND_HOST = re.compile(r"(?::\d+)?(?:/.*)?\Z")
# Half an hour without a page ends a visit, so what lives no longer reaches no other one.
_VISIT_DAYS = 0.5 / 24
# What our own script keeps over a reload that a choice caused.
_OWN_SESSION_KEY = "consentkit-focus"


def allows_item(item: StorageItem, service: Service | None, decision: Decision) -> bool:
    """Tell whether a storage item may exist in this visitor's browser.

    An item's own purpose decides, before that of the service it belongs to.
    """
    if item.purpose is not None:
        return decision.allows(item.purpose)
    return service is not None and decision.allows_service(service.id)


def keeps_its_end(item: StorageItem, purposes: Collection[str], manifest: Manifest) -> bool:
    """Tell whether a cookie must end when it first would: exempt audience measurement is not extended by a new visit.

    No browser tells how long a cookie has still to live, so such a cookie is not written again while the browser holds
    it, but for its deletion (délib. 2020-092 art. 5). One that the manifest calls `renew_on_visit` is the site's own
    decision, which rule L7 reports.

    Args:
        item: The cookie.
        purposes: Ids of its purposes.
        manifest: What the site declares.
    """
    if not manifest.measuring_purposes.intersection(purposes) or not manifest.exempt_purposes.issuperset(purposes):
        return False
    longest = item.lifetime.longest
    return item.renew_on_visit is not True and longest is not None and longest.mean_days > _VISIT_DAYS


def guard_rules(manifest: Manifest, decision: Decision) -> str:
    """Return JSON: for each kind of storage the names allowed, and the hosts; ``*`` stands for any text.

    Where there are cookies that are not written again, ``once`` names them.
    """
    names: dict[str, set[str]] = {kind.value: set() for kind in StorageKind}
    names[StorageKind.SESSION.value].add(_OWN_SESSION_KEY)
    own = ((item, None) for item in manifest.cookies)
    of_services = ((item, service) for service in manifest.services for item in service.cookies)
    for item, service in chain(own, of_services):
        if allows_item(item, service, decision):
            called = {_PLACEHOLDER.sub("*", name) for name in (item.name, *item.aliases)}
            names[item.kind.value].update(called)
            purposes = (item.purpose,) if item.purpose is not None else service.purposes if service else ()
            if item.kind is StorageKind.COOKIE and keeps_its_end(item, purposes, manifest):
                names.setdefault("once", set()).update(called)
    allowed = (host for service in manifest.services if decision.allows_service(service.id) for host in service.hosts)
    names["hosts"] = {_BEHIND_HOST.sub("", host) for host in chain(manifest.site.hosts, allowed)}
    return json.dumps({kind: sorted(found) for kind, found in names.items()}, separators=(",", ":"))
