"""What the templates are given: the manifest and one decision, in words for one language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.notice import inventory
from consentkit.notice.languages import SHIPPED

if TYPE_CHECKING:
    from consentkit.consent.decide import Decision
    from consentkit.duration import Duration
    from consentkit.manifest.model import DataRetention, Manifest, Purpose, Recipient, Service, Vendor
    from consentkit.notice.languages import Texts

# A link in a page is followed with the page's rights, so only schemes that can't run code are let through, although
# the manifest's loader refuses the others already (RFC 3986 §3.1 for the scheme's grammar).
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SAFE_SCHEMES = frozenset({"http:", "https:", "mailto:", "tel:"})

# Browsers drop tabs and newlines from URLs and read "\" as "/" (WHATWG URL §4.4), so "/\t/host" leaves the site.
_UNSAFE_IN_PATH = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One service: ``alone`` tells if it can be allowed on its own in this place, ``kept`` how long its data are."""

    id: str
    name: str
    vendor: str
    country: str | None
    policy: str | None
    cookie_policy: str | None
    role: str
    data: str | None
    kept: str | None
    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    items: tuple[inventory.Row, ...]
    alone: bool
    allowed_alone: bool
    elsewhere: str | None


@dataclass(frozen=True, slots=True)
class PurposeView:
    """One purpose with its services and the site's own items.

    ``partly``: some of its services are allowed alone; ``measures``: it is exempt and can be objected to.
    """

    id: str
    title: str
    description: str | None
    exempt: str | None
    kept: str | None
    allowed: bool
    measures: bool
    services: tuple[ServiceView, ...]
    items: tuple[inventory.Row, ...]

    @property
    def partly(self) -> bool:
        """Tell whether a service of this purpose is allowed although the purpose is not."""
        return any(service.allowed_alone for service in self.services)


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice on record: ``time`` in ISO 8601, ``date`` in words.

    ``allowed`` are the titles of what it allowed, ``objected`` those of the measurement it objects to.
    """

    index: int
    time: str
    date: str
    state: str
    allowed: str
    objected: str = ""


def purposes(manifest: Manifest, language: str, decision: Decision, texts: Texts = SHIPPED) -> tuple[PurposeView, ...]:
    """Return every purpose in the manifest's order."""
    rows = inventory.rows(manifest, language, texts)
    return tuple(_purpose(manifest, purpose, language, decision, rows, texts) for purpose in manifest.purposes)


def changes(manifest: Manifest, language: str, decision: Decision, texts: Texts) -> tuple[str, ...]:
    """Return the reasons to ask again, each as a sentence."""
    sentences = (
        texts.text(
            language,
            f"changed.{change.reason}",
            purpose=manifest.purpose(change.purpose).label(language),
            service=manifest.service(change.service).label(language) if change.service else "",
        )
        for change in decision.changes
    )
    return tuple(dict.fromkeys(sentences))


def services(manifest: Manifest, language: str, decision: Decision, texts: Texts = SHIPPED) -> tuple[ServiceView, ...]:
    """Return every service in the manifest's order."""
    rows = inventory.rows(manifest, language, texts)
    return tuple(_service(manifest, service, language, decision, rows, texts, None) for service in manifest.services)


def consent_services(manifest: Manifest) -> tuple[Service, ...]:
    """Return the services that need consent: those with a purpose that is not exempt (CNIL 2020-091 §47-48)."""
    exempt = manifest.exempt_purposes
    return tuple(service for service in manifest.services if not exempt.issuperset(service.purposes))


def allowed_alone(manifest: Manifest, decision: Decision) -> tuple[Service, ...]:
    """Return the services that were allowed one by one, not through their purposes."""
    return tuple(
        service
        for service in consent_services(manifest)
        if decision.allows_service(service.id) and not _covered(service, decision)
    )


def chats(manifest: Manifest) -> tuple[Service, ...]:
    """Return the services that show a chat, which has no place of its own in a page."""
    return tuple(service for service in consent_services(manifest) if service.shows == "chat")


def third_parties(manifest: Manifest) -> int:
    """Count the vendors, the controller left out, that ask for consent (CNIL 2020-092 §2.3 advises to show it)."""
    vendors = {service.vendor.name for service in consent_services(manifest)}
    return len(vendors - {manifest.site.controller.name})


def safe_link(url: str | None) -> str | None:
    """Return an address if following it can't run code, else None."""
    if not url:
        return None
    compact = re.sub(r"[\x00-\x20]", "", url)
    scheme = _SCHEME.match(compact)
    return compact if scheme is None or scheme[0].lower() in _SAFE_SCHEMES else None


def local_path(path: str) -> str:
    """Return a path to go back to if it stays on this site, else ``/``."""
    stays = path.startswith("/") and not path.startswith("//") and not _UNSAFE_IN_PATH.search(path)
    return path if stays else "/"


def kept_data(manifest: Manifest, language: str, texts: Texts = SHIPPED) -> tuple[str, ...]:
    """Return a line for each category of data the manifest states: what, how long, counted from what."""
    return tuple(_kept_line(each, language, texts) for each in manifest.retention.data)


def _kept_line(kept: DataRetention, language: str, texts: Texts) -> str:
    after = f" {kept.after.pick(language)}" if kept.after else ""
    period = texts.duration(language, kept.period)
    return f"{kept.data.pick(language)}{texts.text(language, 'list.colon')}{period}{after}"


def _kept(period: Duration | None, language: str, texts: Texts) -> str | None:
    return texts.duration(language, period) if period else None


def _named(recipient: Recipient, language: str, texts: Texts) -> str:
    country = texts.country(language, recipient.country)
    return f"{recipient.name} ({country})" if country else recipient.name


def _covered(service: Service, decision: Decision) -> bool:
    return all(map(decision.allows, service.purposes))


def _purpose(
    manifest: Manifest,
    purpose: Purpose,
    language: str,
    decision: Decision,
    rows: tuple[inventory.Row, ...],
    texts: Texts,
) -> PurposeView:
    members = [service for service in manifest.services if purpose.id in service.purposes]
    own = frozenset(item.name for item in manifest.cookies if item.purpose == purpose.id)
    return PurposeView(
        id=purpose.id,
        title=purpose.label(language),
        description=purpose.description.pick(language) if purpose.description else None,
        exempt=str(purpose.exempt) if purpose.exempt else None,
        kept=_kept(purpose.data_retention, language, texts),
        allowed=decision.allows(purpose.id),
        measures=purpose.id in manifest.measuring_purposes,
        services=tuple(_service(manifest, service, language, decision, rows, texts, purpose) for service in members),
        items=tuple(row for row in rows if row.service is None and row.name in own),
    )


def _service(
    manifest: Manifest,
    service: Service,
    language: str,
    decision: Decision,
    rows: tuple[inventory.Row, ...],
    texts: Texts,
    place: Purpose | None,
) -> ServiceView:
    vendor: Vendor = service.vendor
    asked = [purpose for purpose in service.purposes if purpose not in manifest.exempt_purposes]
    # Two boxes for one service could contradict each other, so it has one, under the first purpose that needs consent.
    at_home = place is not None and bool(asked) and place.id == asked[0]
    return ServiceView(
        id=service.id,
        name=service.label(language),
        vendor=vendor.name,
        country=texts.country(language, vendor.country),
        policy=safe_link(vendor.policy),
        cookie_policy=safe_link(vendor.cookie_policy),
        role=str(vendor.role),
        data=service.data.pick(language) if service.data else None,
        kept=_kept(service.data_retention, language, texts),
        recipients=tuple(_named(recipient, language, texts) for recipient in service.recipients),
        purposes=tuple(manifest.purpose(purpose).label(language) for purpose in service.purposes),
        items=tuple(row for row in rows if row.service == service.id),
        alone=at_home,
        # Unticked when its purposes cover it: unticking a purpose must not leave its services behind, allowed.
        allowed_alone=at_home and decision.allows_service(service.id) and not _covered(service, decision),
        elsewhere=manifest.purpose(asked[0]).label(language) if asked and not at_home and place else None,
    )
