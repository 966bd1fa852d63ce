"""The table of every cookie and storage item, as the manifest declares them (CNIL 2020-091 §24; CJEU C-673/17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.notice.languages import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.duration import Duration
    from consentkit.manifest.model import Manifest, Service, StorageItem
    from consentkit.notice.languages import Texts

# The cookie's names when the manifest gives none: the prefixed one is sent on https (RFC 6265bis §4.1.3.2).
_CHOICE_COOKIE = "consentkit"
_CHOICE_ALIASES = ("__Host-consentkit",)


@dataclass(frozen=True, slots=True)
class Row:
    """One cookie or storage item, in words for one language.

    Attributes:
        name: As declared; ``<…>`` and ``*`` stand for changing parts.
        aliases: Other names of the same item.
        lifetime: In words, such as "13 months".
        kind: ``cookie``, ``local``, ``session`` or ``indexeddb``.
        party: ``first`` or ``third``.
        purposes: The titles of its purposes.
        description: What the item is for in particular, when the manifest says so.
        service: The id of the service it belongs to; None for the site's own.
        service_name: The service's name, or None.
        vendor: The vendor's name, or the controller's for the site's own.
        exempt: The class that frees it from consent (CNIL 2020-091 §49), or None.
    """

    name: str
    aliases: tuple[str, ...]
    lifetime: str
    kind: str
    party: str
    purposes: tuple[str, ...]
    description: str | None
    service: str | None
    service_name: str | None
    vendor: str
    exempt: str | None


def rows(manifest: Manifest, language: str, texts: Texts = SHIPPED) -> tuple[Row, ...]:
    """Return a row for every item: the site's own first, then each service's, in the manifest's order.

    The choice cookie is always among them, declared or not: exempt trackers are listed too (CNIL 2020-092 art. 5).
    """
    return (*_own_rows(manifest, language, texts), *_service_rows(manifest, language, texts))


def _own_rows(manifest: Manifest, language: str, texts: Texts) -> Iterator[Row]:
    for item in manifest.cookies:
        yield _row(manifest, language, item, None, texts)
    choice_cookie = manifest.choice.cookie or _CHOICE_COOKIE
    if not any(choice_cookie in (item.name, *item.aliases) for item in manifest.cookies):
        yield _choice_row(manifest, language, choice_cookie, texts)


def _service_rows(manifest: Manifest, language: str, texts: Texts) -> Iterator[Row]:
    for service in manifest.services:
        for item in service.cookies:
            yield _row(manifest, language, item, service, texts)


def _row(manifest: Manifest, language: str, item: StorageItem, service: Service | None, texts: Texts) -> Row:
    ids = (item.purpose,) if item.purpose else service.purposes if service else ()
    purposes = [manifest.purpose(purpose) for purpose in ids]
    exempt = [purpose.exempt for purpose in purposes]
    return Row(
        name=item.name,
        aliases=tuple(item.aliases),
        lifetime=texts.duration(language, item.lifetime),
        kind=str(item.kind),
        party=str(item.party),
        purposes=tuple(purpose.label(language) for purpose in purposes),
        description=item.description.pick(language) if item.description else None,
        service=service.id if service else None,
        service_name=service.label(language) if service else None,
        vendor=service.vendor.name if service else manifest.site.controller.name,
        # An item with one purpose that needs consent needs consent (CNIL 2020-091 §47-48).
        exempt=str(exempt[0]) if exempt and all(exempt) else None,
    )


def _choice_row(manifest: Manifest, language: str, name: str, texts: Texts) -> Row:
    return Row(
        name=name,
        aliases=() if manifest.choice.cookie else _CHOICE_ALIASES,
        lifetime=texts.duration(language, _longer(manifest.choice.lifetime, manifest.choice.refusal_lifetime)),
        kind="cookie",
        party="first",
        purposes=(texts.text(language, "choice.purpose"),),
        description=texts.text(language, "choice.description"),
        service=None,
        service_name=None,
        vendor=manifest.site.controller.name,
        exempt="choice-storage",
    )


def _longer(given: Duration, refused: Duration) -> Duration:
    """Return the longer of the two lifetimes, so that the table never promises less than the cookie lives."""
    return refused if given.is_session and not refused.is_session else given
