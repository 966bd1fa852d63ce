"""Tell whose host, path or cookie something is.

Built once from a manifest; every look-up is linear in what it is asked about, and never raises on what a page contains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from consentkit.manifest import grammar
from consentkit.manifest.vocabulary import Party, StorageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consentkit.manifest.grammar import HostPattern
    from consentkit.manifest.model import Manifest, Service, StorageItem

_CACHED_HOSTS: Final = 1024
_MAX_HOST: Final = 1024
"""A host name has at most 253 octets; percent-encoded and with a port it still fits."""
_CACHED_NAMES: Final = 4096
_CACHED_LENGTH: Final = 256
"""Longer names are looked up each time, so that a visitor can't fill the cache with 4 KiB cookies."""
_MAX_NAME: Final = 4096
"""Browsers drop a cookie whose name and value exceed 4096 octets (RFC 6265bis §5.7)."""
_DEFAULT_PORTS: Final = frozenset({"", "80", "443"})
_ODD_PATH: Final = re.compile(r"[\\?#%]|/\.")
_WILDCARD: Final = re.compile(r"<[^>]*>|\*")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a host pattern asks of port and path once the host agrees."""

    owner: str
    port: int | None
    path: str
    pieces: tuple[str, ...]

    def admits(self, port: str, pieces: tuple[str, ...]) -> bool:
        if self.port is not None and port != str(self.port) and (port or str(self.port) not in _DEFAULT_PORTS):
            return False
        # CSP3 §6.7.2.12 (path-part match), which decides the same question in the browser.
        if not self.path:
            return True
        if self.path.endswith("/"):
            return len(pieces) >= len(self.pieces) and pieces[: len(self.pieces) - 1] == self.pieces[:-1]
        return pieces == self.pieces


class _Rules:
    """Host patterns and their owners, to be asked for the most specific one."""

    def __init__(self, patterns: Iterable[tuple[HostPattern, str]]) -> None:
        self._whole: dict[str, list[_Rule]] = {}
        self._below: dict[str, list[_Rule]] = {}
        for pattern, owner in sorted(patterns, key=lambda pair: (-len(pair[0].path), pair[0].port is None)):
            rules = self._below if pattern.wildcard else self._whole
            pieces = _pieces(pattern.path)
            rules.setdefault(pattern.host, []).append(_Rule(owner, pattern.port, pattern.path, pieces))
        self._cached = lru_cache(_CACHED_HOSTS)(self._for_host)

    def owner(self, host: str, path: str) -> str | None:
        if len(host) > _MAX_HOST:
            return None
        name, port = grammar.split_port(host)
        rules = self._cached(name)
        if not rules:
            return None
        pieces = _pieces(path)
        return next((rule.owner for rule in rules if rule.admits(port, pieces)), None)

    def _for_host(self, name: str) -> tuple[_Rule, ...]:
        """Return the rules for a host, the host's own first and then those of its parents, nearest first."""
        host = grammar.to_ascii(name)
        rules = list(self._whole.get(host, ()))
        dot = host.find(".")
        while dot >= 0:
            rules += self._below.get(host[dot + 1 :], ())
            dot = host.find(".", dot + 1)
        return tuple(rules)


class HostIndex:
    """Find the service that a host and a path belong to.

    Hosts are compared in A-label form without regard to case or a trailing dot. ``*.host`` stands for sub-domains and
    not for the host itself. A host's own pattern beats a wildcard, a longer wildcard a shorter one, and for one host a
    longer path a shorter one. A pattern without a port takes every port.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._services = {service.id: service for service in manifest.services}
        self._patterns = [
            (grammar.host_pattern(host), service.id) for service in manifest.services for host in service.hosts
        ]
        self._third = _Rules(self._patterns)
        self._first = _Rules((grammar.host_pattern(host), "site") for host in manifest.site.hosts)
        own = [(pattern, owner) for pattern, owner in self._patterns if pattern.path and self._is_own(pattern)]
        self._own = _Rules(own)
        self.below_own_hosts = frozenset(owner for _, owner in own)
        """Ids of the services that lie under paths of the site's own hosts."""

    def service(self, host: str, path: str = "/") -> Service | None:
        """Return the service of the most specific pattern that matches, or ``None`` for an undeclared host.

        Args:
            host: A host as a URL has it, with or without a port.
            path: A URL's path; a query or fragment is ignored, dot segments are resolved.
        """
        owner = self._third.owner(host, path)
        return None if owner is None else self._services[owner]

    def own_service(self, host: str, path: str) -> Service | None:
        """Return the service that a path of one of the site's own hosts belongs to: a tool that the site serves."""
        owner = self._own.owner(host, path)
        return None if owner is None else self._services[owner]

    def _is_own(self, pattern: HostPattern) -> bool:
        return self.is_first_party(f"any.{pattern.host}" if pattern.wildcard else pattern.host)

    def is_first_party(self, host: str) -> bool:
        """Tell whether the manifest names a host, with or without a port, as the site's own."""
        return self._first.owner(host, "/") is not None

    def literals(self) -> Mapping[str, str]:
        """Return the text a source must contain to mention each pattern, and the id of its service.

        Lower case; ``*.google-analytics.com`` gives ``.google-analytics.com``. A host with other than ASCII letters is
        given in both its forms. A path of the site's own hosts may be named alone, at the start of a text.
        """
        found: dict[str, str] = {}
        for pattern, owner in self._patterns:
            for host in dict.fromkeys((pattern.host, grammar.to_unicode(pattern.host))):
                port = "" if pattern.port is None else f":{pattern.port}"
                found.setdefault(f"{'.' if pattern.wildcard else ''}{host}{port}{pattern.path}", owner)
            if owner in self.below_own_hosts and self._is_own(pattern):
                found.update({f"{quote}{pattern.path}": owner for quote in "\"'`"})
        return found


@dataclass(frozen=True, slots=True)
class Declared:
    """A storage item and what it is for.

    Attributes:
        item: As the manifest has it.
        service: Whose it is; ``None`` for the site's own.
        purposes: Ids of its purposes: its own one, or else its service's.
    """

    item: StorageItem
    service: Service | None
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A name with parts that vary, matched left to right without backtracking.

    The leftmost place for each literal is always as good as a later one, because the gaps take any text. So a match
    costs one search per literal, whatever the name.
    """

    head: str
    middle: tuple[tuple[int, str], ...]
    gap: int
    tail: str

    @classmethod
    def of(cls, name: str) -> _Pattern:
        literals = _WILDCARD.split(name)
        gaps = [int(wildcard != "*") for wildcard in _WILDCARD.findall(name)]
        middle = tuple(zip(gaps[:-1], literals[1:-1], strict=True))
        return cls(literals[0], middle, gaps[-1], literals[-1])

    @property
    def length(self) -> int:
        return len(self.head) + sum(len(literal) for _, literal in self.middle) + len(self.tail)

    def matches(self, name: str) -> bool:
        if not name.startswith(self.head):
            return False
        position = len(self.head)
        for gap, literal in self.middle:
            found = name.find(literal, position + gap)
            if found < 0:
                return False
            position = found + len(literal)
        return len(name) - len(self.tail) >= position + self.gap and name.endswith(self.tail)


class CookieIndex:
    """Find what a cookie's name (or a storage key) was declared as.

    An exact name beats a pattern, and the pattern with more literal characters beats the one with fewer. Names keep
    their case (RFC 6265bis §5.7). The choice cookie is not among them unless the manifest lists it.
    """

    def __init__(self, manifest: Manifest, kind: StorageKind = StorageKind.COOKIE) -> None:
        self._exact: dict[str, Declared] = {}
        patterns: list[tuple[_Pattern, Declared]] = []
        # First-party declarations come first: their names are unique, and only they can reach the site's own server.
        declared = [entry for entry in _declared(manifest) if entry.item.kind is kind]
        for entry in sorted(declared, key=lambda entry: entry.item.party is not Party.FIRST):
            for name in (entry.item.name, *entry.item.aliases):
                if _WILDCARD.search(name):
                    patterns.append((_Pattern.of(name), entry))
                else:
                    self._exact.setdefault(name, entry)
        self._patterns = sorted(patterns, key=lambda pair: -pair[0].length)
        self._cached = lru_cache(_CACHED_NAMES)(self._search)

    def find(self, name: str) -> Declared | None:
        """Return the declaration of a name, or ``None`` for an undeclared one."""
        exact = self._exact.get(name)
        if exact is not None or len(name) > _MAX_NAME:
            return exact
        return self._cached(name) if len(name) <= _CACHED_LENGTH else self._search(name)

    def _search(self, name: str) -> Declared | None:
        return next((entry for pattern, entry in self._patterns if pattern.matches(name)), None)


def _declared(manifest: Manifest) -> Iterable[Declared]:
    for item in manifest.cookies:
        yield Declared(item, None, (item.purpose,) if item.purpose else ())
    for service in manifest.services:
        for item in service.cookies:
            yield Declared(item, service, (item.purpose,) if item.purpose else service.purposes)


def _pieces(path: str) -> tuple[str, ...]:
    """Split a path as a browser's URL parser leaves it: without query, dot segments and percent-encoding."""
    if not _ODD_PATH.search(path):
        return tuple(path.split("/"))
    path = path.partition("#")[0].partition("?")[0].replace("\\", "/")
    pieces: list[str] = []
    decoded = [unquote(piece, errors="surrogateescape") for piece in path.split("/")]
    for index, piece in enumerate(decoded):
        if piece == ".." and len(pieces) > 1:
            pieces.pop()
        if piece not in {".", ".."}:
            pieces.append(piece)
        elif index == len(decoded) - 1:
            pieces.append("")
    return tuple(pieces)
