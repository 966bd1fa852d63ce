"""What was seen on the running site, for the rules that compare it with the manifest.

A crawl or the inventory fills these in. Purposes ``granted`` are those the visitor had allowed at that moment; exempt
ones need not be among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consentkit.manifest.vocabulary import StorageKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a ``Set-Cookie`` header said besides name and value (RFC 6265bis §4.1.2).

    Attributes:
        secure: ``Secure`` was there.
        http_only: ``HttpOnly`` was there.
        same_site: The value of ``SameSite``, or None.
        domain: The value of ``Domain``, or None.
        path: The value of ``Path``, or None.
        partitioned: ``Partitioned`` was there.
        octets: Length of name and value together.
        longest_attribute: Length of the longest attribute's value, in octets.
    """

    secure: bool = False
    http_only: bool = False
    same_site: str | None = None
    domain: str | None = None
    path: str | None = None
    partitioned: bool = False
    octets: int = 0
    longest_attribute: int = 0


@dataclass(frozen=True, slots=True)
class SeenItem:
    """A cookie or storage key that was found in the browser or in a response.

    Attributes:
        name: As it was stored.
        kind: Where it was stored.
        lifetime: Seconds until it expires; None for the browser session, or for storage without expiry.
        granted: Ids of the purposes allowed at that moment.
        attributes: Of the header that set it; None when none was seen.
    """

    name: str
    kind: StorageKind = StorageKind.COOKIE
    lifetime: float | None = None
    granted: frozenset[str] = frozenset()
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True)
class SeenHost:
    """A host that a page contacted.

    Attributes:
        host: As the URL had it.
        path: The URL's path.
        granted: Ids of the purposes allowed at that moment.
    """

    host: str
    path: str = "/"
    granted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentDefault:
    """The call ``gtag('consent', 'default', …)`` of a page.

    Attributes:
        signals: Signal to ``granted`` or ``denied``, as they hold for a visitor in the EEA.
        before_tag: It ran before the first Google tag.
    """

    signals: Mapping[str, str]
    before_tag: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was seen.

    Attributes:
        items: Cookies and storage keys.
        hosts: Hosts contacted.
        cnames: The site's hosts and the canonical name (RFC 1034 §3.6.2) each leads to.
        complete: Every page was visited with every purpose allowed: what was not seen is not there.
        consent_default: The default call of a page with a Google tag; None when nobody looked.
        tc_string: A TCF consent string found on the site.
    """

    items: tuple[SeenItem, ...] = ()
    hosts: tuple[SeenHost, ...] = ()
    cnames: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False
    consent_default: ConsentDefault | None = None
    tc_string: str | None = None
