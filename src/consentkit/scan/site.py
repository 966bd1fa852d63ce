"""Visit the pages of a site and put together what they show.

What only a browser sees is not here, and :data:`UNSEEN` says so to whoever reads a report: a scan finds what to
declare first, and the inventory of the running site finds the rest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from consentkit.errors import ScanError
from consentkit.gate.cookies import parse_set_cookie
from consentkit.manifest import catalogue
from consentkit.manifest.lint.observed import Attributes, Observed, SeenHost, SeenItem
from consentkit.manifest.match import CookieIndex, HostIndex
from consentkit.manifest.model import Manifest
from consentkit.scan import fingerprints, page
from consentkit.scan.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from consentkit.scan.fetch import Response

UNSEEN: Final = (
    "what scripts load or store when they run, and what those load in turn: chats, tag managers, adverts",
    "local and session storage, IndexedDB, and cookies that scripts set",
    "pages behind a log-in or a form, and pages that no link led to",
    "what the site sends only after consent, to some countries, or to real browsers",
)
"""What a scan can't see."""

_MOST_SCRIPTS: Final = 20


@dataclass(frozen=True, slots=True)
class SeenCookie:
    """A cookie the site's server set.

    Attributes:
        name: Its name.
        service: The id of the catalogue's service that sets one of this name, or None.
        item: What its header said.
    """

    name: str
    service: str | None
    item: SeenItem


@dataclass(slots=True)
class Scan:
    """What the pages of one site show.

    Attributes:
        pages: The pages that answered, with their status, in the order of the visit.
        failed: Addresses that could not be fetched, with the reason.
        contacts: Whom they contact, with the pages each was seen on.
        cookies: What the server set, by name.
        fingerprinting: What scripts of the site read that tells devices apart, by their address or that of their page.
    """

    pages: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    contacts: dict[page.Contact, list[str]] = field(default_factory=dict)
    cookies: dict[str, SeenCookie] = field(default_factory=dict)
    fingerprinting: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def services(self) -> tuple[str, ...]:
        """The ids of the catalogue's services that were seen, in its order."""
        seen = {contact.service for contact in self.contacts} | {cookie.service for cookie in self.cookies.values()}
        return tuple(identifier for identifier in catalogue.ids() if identifier in seen)

    @property
    def unknown(self) -> dict[str, list[str]]:
        """Hosts that no service of the catalogue has, with the pages each was seen on."""
        found: dict[str, list[str]] = {}
        for contact, where in sorted(self.contacts.items(), key=lambda pair: pair[0].host):
            if contact.service is None:
                found[contact.host] = sorted({*found.get(contact.host, ()), *where})
        return found

    @property
    def observed(self) -> Observed:
        """The same as facts for the lint rules. What scripts only name may never be contacted, and is left out."""
        hosts = (SeenHost(contact.host, contact.path) for contact in self.contacts if not contact.in_code)
        return Observed(items=tuple(cookie.item for cookie in self.cookies.values()), hosts=tuple(hosts))


@cache
def everything() -> Manifest:
    """Return a manifest that declares every service of the catalogue and allows none without consent."""
    services = [catalogue.entry(identifier).service for identifier in catalogue.ids()]
    purposes = dict.fromkeys(purpose for service in services for purpose in service["purposes"])
    return Manifest.model_validate(
        {
            "version": 1,
            "site": {"name": "catalogue", "controller": {"name": "catalogue"}},
            "notice": {"revision": "2026-01-01"},
            "purposes": [{"id": purpose} for purpose in purposes],
            "services": services,
        }
    )


def visit(
    urls: Iterable[str],
    *,
    most: int = 1,
    own_hosts: Iterable[str] = (),
    fetched: Callable[[str], object] = lambda url: None,
) -> Scan:
    """Visit pages, and those of the same host they link to, until ``most`` have answered.

    Args:
        urls: Where to begin; all of these are visited, whatever ``most`` says.
        most: How many pages to visit in all.
        own_hosts: Hosts of the site besides those of the pages; ``*.host`` is every sub-domain.
        fetched: Called with each address that was tried, for a progress bar.

    Raises:
        ScanError: No page could be fetched.
    """
    return _Visit(tuple(urls), most, tuple(own_hosts), fetched).scan()


class _Visit:
    def __init__(
        self, urls: tuple[str, ...], most: int, own_hosts: tuple[str, ...], fetched: Callable[[str], object]
    ) -> None:
        self._waiting = deque(dict.fromkeys(urls))
        self._known = set(urls)
        self._most = max(most, len(urls))
        self._fetched = fetched
        self._own = own_hosts
        self._hosts = HostIndex(everything())
        self._cookies = CookieIndex(everything())
        self._scripts: set[str] = set()
        self._found = Scan()

    def scan(self) -> Scan:
        while self._waiting and len(self._found.pages) < self._most:
            url = self._waiting.popleft()
            response = self._fetch(url)
            if response is not None:
                self._look(response)
        if not self._found.pages:
            raise ScanError("; ".join(self._found.failed.values()) or "no address was given")
        return self._found

    def _fetch(self, url: str) -> Response | None:
        try:
            return fetch(url)
        except ScanError as error:
            self._found.failed[url] = str(error)
            return None
        finally:
            self._fetched(url)

    def _look(self, response: Response) -> None:
        self._found.pages[response.url] = response.status
        self._keep(response, response.url)
        for cookie in _seen_cookies(response):
            declared = self._cookies.find(cookie.name)
            service = declared.service.id if declared and declared.service else None
            self._found.cookies.setdefault(cookie.name, SeenCookie(cookie.name, service, cookie))
        for url in page.links(response):
            if url not in self._known:
                self._known.add(url)
                self._waiting.append(url)
        for url in page.scripts(response):
            if url not in self._scripts and len(self._scripts) < _MOST_SCRIPTS:
                self._scripts.add(url)
                if (script := self._fetch(url)) is not None and not page.is_page(script):
                    self._keep(script, response.url)

    def _keep(self, response: Response, where: str) -> None:
        if told := fingerprints.techniques(response.body):
            self._found.fingerprinting[response.url] = told
        for contact in page.contacts(response, everything(), self._hosts):
            if not self._is_own(contact.host, urlsplit(where).hostname or ""):
                pages = self._found.contacts.setdefault(contact, [])
                if where not in pages:
                    pages.append(where)

    def _is_own(self, host: str, visited: str) -> bool:
        return host == visited or any(
            host.endswith(own[1:]) if own.startswith("*.") else host == own for own in self._own
        )


def _seen_cookies(response: Response) -> Iterator[SeenItem]:
    now = datetime.now(UTC)
    for line in response.set_cookies:
        raw = line.encode("latin-1", "replace")
        cookie = parse_set_cookie(raw)
        lifetime = cookie.expires_in(now)
        if lifetime is None or lifetime > 0:
            yield SeenItem(cookie.name, lifetime=lifetime, attributes=_attributes(raw))


def _attributes(line: bytes) -> Attributes:
    pair, *rest = line.split(b";")
    values = {
        name.strip().lower().decode("latin-1"): value.strip().decode("latin-1")
        for name, _, value in (part.partition(b"=") for part in rest)
    }
    return Attributes(
        secure="secure" in values,
        http_only="httponly" in values,
        same_site=values.get("samesite"),
        domain=values.get("domain"),
        path=values.get("path"),
        partitioned="partitioned" in values,
        octets=len(pair.strip()) - pair.count(b"=", 0, pair.find(b"=") + 1),
        longest_attribute=max(map(len, values.values()), default=0),
    )
