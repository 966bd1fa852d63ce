"""Declared against observed: what the manifest says of hosts and cookies beside what was seen of them."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from consentkit.manifest import catalogue
from consentkit.manifest.grammar import host_pattern
from consentkit.manifest.match import CookieIndex
from consentkit.manifest.vocabulary import Party, StorageKind
from consentkit.records.moments import from_micros, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from consentkit.manifest.model import Manifest, Service, StorageItem
    from consentkit.records.store.base import SightingRow

# An Expires written a moment before it was read rounds up (see gate.cookies).
_SLACK = 1


class Standing(enum.StrEnum):
    """How what was observed stands to what was declared."""

    UNDECLARED = "undeclared"
    LONGER = "longer"
    DECLARED = "declared"
    UNSEEN = "unseen"
    UNOBSERVABLE = "unobservable"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """One host, cookie or storage key.

    Attributes:
        kind: ``host``, ``cookie``, ``local``, ``session`` or ``indexeddb``.
        name: As declared, or as seen when it is not declared.
        standing: ``undeclared``; ``longer`` than declared; ``declared`` and seen; ``unseen`` within the retention;
            or ``unobservable`` from a server: storage that is no cookie, and cookies of third parties.
        services: Ids of the services that declare it; none for the site's own.
        purposes: Ids of its purposes.
        declared_lifetime: ISO 8601, ``session`` or ``persistent``; None for hosts and what isn't declared.
        observed_lifetime: The longest a cookie was set for, in seconds; None for the session and for hosts.
        first_seen: None when it was not.
        last_seen: None when it was not.
        count: How often.
        sources: What told of it: ``html``, ``script``, ``set-cookie``, ``cookie``, or directives of violation reports.
        reported: Only browsers told of it, and anyone can pretend to be one.
        page: The path it was last seen on, without the query.
        suggestion: What to write in the manifest; None when there is nothing to.
    """

    kind: str
    name: str
    standing: Standing
    services: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    declared_lifetime: str | None = None
    observed_lifetime: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    count: int = 0
    sources: tuple[str, ...] = ()
    reported: bool = False
    page: str | None = None
    suggestion: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the fields as they are exported."""
        moments = {"first_seen": self.first_seen, "last_seen": self.last_seen}
        lists = {name: list(getattr(self, name)) for name in ("services", "purposes", "sources")}
        return asdict(self) | lists | {name: moment and to_text(moment) for name, moment in moments.items()}


class _Hosts:
    """Which services declare a host, whatever the path."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._patterns = [(host_pattern(text), service) for service in services for text in service.hosts]

    def of(self, host: str) -> tuple[Service, ...]:
        found = {service.id: service for pattern, service in self._patterns if pattern.covers(host)}
        return tuple(found.values())


def compare(manifest: Manifest, rows: Sequence[SightingRow], *, now: datetime) -> list[InventoryEntry]:
    """Return every declared and every observed host and cookie, what needs attention first.

    Args:
        manifest: What the site declares.
        rows: What was observed.
        now: The present, which calendar periods are counted from.
    """
    entries = [*_hosts(manifest, rows), *_cookies(manifest, rows, now), *_beyond_reach(manifest)]
    order = list(Standing)
    return sorted(entries, key=lambda entry: (order.index(entry.standing), entry.kind, entry.name))


def _hosts(manifest: Manifest, rows: Sequence[SightingRow]) -> Iterator[InventoryEntry]:
    declared = _Hosts(manifest.services)
    seen: set[str] = set()
    for host, sightings in _by_name(rows, "host").items():
        services = declared.of(host)
        seen.update(service.id for service in services)
        entry = InventoryEntry(
            kind="host",
            name=host,
            standing=Standing.DECLARED if services else Standing.UNDECLARED,
            services=tuple(service.id for service in services),
            purposes=tuple(dict.fromkeys(purpose for service in services for purpose in service.purposes)),
            suggestion=None if services else _suggested_service(host),
        )
        yield _observed(entry, sightings)
    for service in manifest.services:
        if service.id not in seen and service.hosts:
            yield InventoryEntry(
                kind="host",
                name=" ".join(service.hosts),
                standing=Standing.UNSEEN,
                services=(service.id,),
                purposes=service.purposes,
            )


def _cookies(manifest: Manifest, rows: Sequence[SightingRow], now: datetime) -> Iterator[InventoryEntry]:
    index = CookieIndex(manifest)
    seen: dict[str, list[SightingRow]] = {}
    for name, sightings in _by_name(rows, "cookie").items():
        declared = index.find(name)
        if declared is not None:
            seen.setdefault(declared.item.name, []).extend(sightings)
            continue
        suggestion = f"add - {{name: {name}, purpose: …, lifetime: …}} under cookies: or under its service"
        entry = InventoryEntry(kind="cookie", name=name, standing=Standing.UNDECLARED, suggestion=suggestion)
        yield _observed(entry, sightings)
    for service, item in _items(manifest):
        if item.kind is not StorageKind.COOKIE or item.party is not Party.FIRST:
            continue
        sightings = seen.get(item.name, [])
        standing = Standing.DECLARED if sightings else Standing.UNSEEN
        if _outlives(sightings, item, now):
            standing = Standing.LONGER
        yield _observed(_declared(service, item, standing), sightings)


def _beyond_reach(manifest: Manifest) -> Iterator[InventoryEntry]:
    for service, item in _items(manifest):
        if item.kind is not StorageKind.COOKIE or item.party is not Party.FIRST:
            yield _declared(service, item, Standing.UNOBSERVABLE)


def _items(manifest: Manifest) -> Iterator[tuple[Service | None, StorageItem]]:
    for item in manifest.cookies:
        yield None, item
    for service in manifest.services:
        for item in service.cookies:
            yield service, item


def _declared(service: Service | None, item: StorageItem, standing: Standing) -> InventoryEntry:
    return InventoryEntry(
        kind=item.kind.value,
        name=item.name,
        standing=standing,
        services=(service.id,) if service else (),
        purposes=(item.purpose,) if item.purpose else service.purposes if service else (),
        declared_lifetime=item.lifetime.isoformat(),
    )


def _observed(entry: InventoryEntry, rows: Sequence[SightingRow]) -> InventoryEntry:
    """Return an entry with what was seen of it."""
    if not rows:
        return entry
    newest = max(rows, key=lambda row: (row.page != "", row.last))
    return replace(
        entry,
        observed_lifetime=max((row.lifetime for row in rows if row.lifetime is not None), default=None),
        first_seen=from_micros(min(row.first for row in rows)),
        last_seen=from_micros(max(row.last for row in rows)),
        count=sum(row.count for row in rows),
        sources=tuple(sorted({row.source for row in rows})),
        reported=all(row.reported for row in rows),
        page=newest.page or None,
    )


def _outlives(rows: Sequence[SightingRow], item: StorageItem, now: datetime) -> bool:
    """Tell whether a cookie was set for longer than declared; its own lifetime is what the site asked for."""
    longest = max((row.lifetime for row in rows if row.lifetime is not None), default=None)
    if longest is None or item.lifetime.is_persistent:
        return False
    most = item.lifetime.seconds(now)
    return most is None or longest > most + _SLACK


def _by_name(rows: Sequence[SightingRow], kind: str) -> dict[str, list[SightingRow]]:
    names: dict[str, list[SightingRow]] = {}
    for row in rows:
        if row.kind == kind:
            names.setdefault(row.name, []).append(row)
    return names


@lru_cache(maxsize=4096)
def _suggested_service(host: str) -> str:
    known = catalogue.knowing(host)
    if not known:
        return f"add a service with hosts: [{host}], or take what loads it off the page"
    return f"add {' or '.join(f'- use: {identifier}' for identifier in known)}"
