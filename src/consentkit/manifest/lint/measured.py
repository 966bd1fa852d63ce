"""Rules on what was seen on the running site: L2, L3, L15 to L19, L27 and L29."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from consentkit.manifest.grammar import shown
from consentkit.manifest.lint import known
from consentkit.manifest.lint.finding import found, on_domain, subjects
from consentkit.manifest.lint.periods import BROWSER_CAP
from consentkit.manifest.lint.rules import Severity
from consentkit.manifest.match import CookieIndex, HostIndex
from consentkit.manifest.vocabulary import ExemptClass, StorageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.duration import Duration
    from consentkit.manifest.lint.finding import Finding, Path
    from consentkit.manifest.lint.observed import Attributes, Observed, SeenItem
    from consentkit.manifest.match import Declared
    from consentkit.manifest.model import Manifest

_TOLERANCE: Final = 0.1
_DAY: Final = 86_400
_MAX_COOKIE: Final = 4096
_MAX_ATTRIBUTE: Final = 1024
_SIGNALS: Final = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
_CHOICE_COOKIES: Final = frozenset({"consentkit", "__Host-consentkit"})
_TCF_VERSION: Final = 2
_DISCLOSED_VENDORS: Final = 1
_TC_HEADER_BITS: Final = 6 + 36 + 36 + 12
"""Version, creation, update and CMP id begin a TC string's core segment."""


class _Declarations:
    """Where the manifest declares what was seen."""

    def __init__(self, manifest: Manifest) -> None:
        self._indexes = {kind: CookieIndex(manifest, kind) for kind in StorageKind}
        self._paths = {id(subject.item): subject.path for subject in subjects(manifest)}

    def of(self, seen: SeenItem) -> Declared | None:
        return self._indexes[seen.kind].find(seen.name)

    def path(self, declared: Declared) -> Path:
        return self._paths[id(declared.item)]

    def both(self, observed: Observed) -> Iterator[tuple[SeenItem, Declared]]:
        for seen in observed.items:
            declared = self.of(seen)
            if declared is not None:
                yield seen, declared


def without_consent(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L2: nothing that needs consent is stored or contacted before it."""
    declarations = _Declarations(manifest)
    shared: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for subject in subjects(manifest):
        purposes = tuple(purpose.id for purpose in subject.purposes)
        shared.setdefault((subject.item.kind, subject.item.name), []).append(purposes)
    for seen, declared in declarations.both(observed):
        # Two services may share a third party's cookie: that one of them was allowed is enough.
        owners = shared[declared.item.kind, declared.item.name]
        refused = [_lacking(manifest, purposes, seen.granted) for purposes in owners]
        if all(refused) and (lacking := refused[0]):
            message = f"{shown(seen.name)} was stored while '{lacking}' was not allowed"
            yield found("L2", declarations.path(declared), message)
    hosts = HostIndex(manifest)
    paths: dict[str, Path] = {service.id: ("services", index) for index, service in enumerate(manifest.services)}
    for contact in observed.hosts:
        service = hosts.service(contact.host, contact.path)
        if service and (lacking := _lacking(manifest, service.purposes, contact.granted)):
            message = f"{shown(contact.host + contact.path)} was contacted while '{lacking}' was not allowed"
            yield found("L2", (*paths[service.id], "hosts"), message)


def _lacking(manifest: Manifest, purposes: Iterable[str], granted: frozenset[str]) -> str | None:
    return next((purpose for purpose in purposes if purpose not in granted | manifest.exempt_purposes), None)


def undeclared(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L3: the manifest declares exactly what there is."""
    declarations = _Declarations(manifest)
    met = {(declared.item.kind, declared.item.name) for _, declared in declarations.both(observed)}
    choice = {manifest.choice.cookie} if manifest.choice.cookie else _CHOICE_COOKIES
    for kind, name in dict.fromkeys((seen.kind, seen.name) for seen in observed.items if not declarations.of(seen)):
        if kind is not StorageKind.COOKIE or name not in choice:
            yield found("L3", ("cookies",), f"{shown(name)} ({kind}) was seen and nobody declares it")
    if not observed.complete:
        return
    for subject in subjects(manifest):
        if (subject.item.kind, subject.item.name) not in met and choice.isdisjoint(subject.names):
            message = f"'{subject.item.name}' was never seen"
            remedy = "remove it, unless it appears only in places nobody visited"
            yield found("L3", subject.path, message, remedy=remedy, severity=Severity.WARNING)


def other_lifetimes(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L15: a cookie lives as long as visitors are told."""
    declarations = _Declarations(manifest)
    for seen, declared in declarations.both(observed):
        if seen.kind is StorageKind.COOKIE and not _agrees(seen.lifetime, declared.item.lifetime):
            lived = "until the browser is closed" if seen.lifetime is None else f"for {seen.lifetime / _DAY:.4g} days"
            message = f"{shown(seen.name)} is declared for '{declared.item.lifetime}' and was set {lived}"
            yield found("L15", (*declarations.path(declared), "lifetime"), message)


def _agrees(seconds: float | None, declared: Duration) -> bool:
    if declared.is_session or seconds is None:
        return declared.is_session and seconds is None
    cap = BROWSER_CAP * _DAY
    shortest = min(declared.shortest.mean_days * _DAY, cap) if declared.shortest else cap
    longest = min(declared.longest.mean_days * _DAY, cap) if declared.longest else cap
    return shortest * (1 - _TOLERANCE) <= min(seconds, cap) <= longest * (1 + _TOLERANCE)


def attributes(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L16: attributes that browsers refuse together."""
    for path, seen, header in _headers(manifest, observed):
        for wrong in _contradictions(seen.name.lower(), header):
            yield found("L16", path, f"{shown(seen.name)} {wrong}")


def _headers(manifest: Manifest, observed: Observed) -> Iterator[tuple[Path, SeenItem, Attributes]]:
    declarations = _Declarations(manifest)
    for seen in observed.items:
        if seen.attributes is not None:
            declared = declarations.of(seen)
            yield declarations.path(declared) if declared else ("cookies",), seen, seen.attributes


def _contradictions(name: str, header: Attributes) -> Iterator[str]:
    """Yield what browsers refuse; they compare the prefixes without regard to case (RFC 6265bis §5.7)."""
    if not header.secure:
        if (header.same_site or "").lower() == "none":
            yield "has SameSite=None without Secure"
        if header.partitioned:
            yield "is Partitioned without Secure"
        if name.startswith(("__secure-", "__host-", "__http-")):
            yield "has a prefix that asks for Secure, without Secure"
    if name.startswith("__host-") and (header.domain is not None or header.path != "/"):
        yield "has the prefix __Host-, with a Domain or without Path=/"


def open_sign_in(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L17: a sign-in cookie is out of reach for scripts and for plain http."""
    declarations = _Declarations(manifest)
    for seen, declared in declarations.both(observed):
        classes = {manifest.purpose(purpose).exempt for purpose in declared.purposes}
        if seen.attributes is None or ExemptClass.AUTHENTICATION not in classes:
            continue
        has = (("HttpOnly", seen.attributes.http_only), ("Secure", seen.attributes.secure))
        if lacking := " and ".join(name for name, there in has if not there):
            yield found("L17", declarations.path(declared), f"{shown(seen.name)} signs visitors in and lacks {lacking}")


def oversized(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L18: browsers drop what is too large, without a word."""
    for path, seen, header in _headers(manifest, observed):
        if header.octets > _MAX_COOKIE:
            yield found(
                "L18", path, f"{shown(seen.name)} has {header.octets} octets of name and value, over {_MAX_COOKIE}"
            )
        if header.longest_attribute > _MAX_ATTRIBUTE:
            message = f"{shown(seen.name)} has an attribute of {header.longest_attribute} octets, over {_MAX_ATTRIBUTE}"
            yield found("L18", path, message)


def aliases(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L19: a host that is called the site's own is not somebody else's."""
    hosts = HostIndex(manifest)
    for host, canonical in observed.cnames.items():
        if not hosts.is_first_party(host):
            continue
        target = canonical.lower().removesuffix(".")
        service = hosts.service(target)
        domain = on_domain(target, known.ALIASED_TRACKERS)
        owner = f"service '{service.id}'" if service else known.ALIASED_TRACKERS[domain] if domain else None
        if owner is not None:
            yield found(
                "L19", ("site", "hosts"), f"{shown(host)} is an alias of {shown(target)}, which belongs to {owner}"
            )


def consent_default(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L27: the default refuses all four signals before the first tag."""
    call = observed.consent_default
    if call is None:
        return
    path = ("purposes",)
    if not call.before_tag:
        yield found("L27", path, "the default of Consent Mode was set after the first Google tag")
    for signal in _SIGNALS:
        value = call.signals.get(signal)
        if value != "denied":
            yield found(
                "L27", path, f"the default of Consent Mode says {shown(value) if value else 'nothing'} for '{signal}'"
            )


def tc_string(manifest: Manifest, observed: Observed) -> Iterator[Finding]:
    """L29: a TC string names a registered platform and the vendors that were shown."""
    if observed.tc_string is None:
        return
    try:
        core, *segments = (_bits(segment) for segment in observed.tc_string.split("."))
    except ValueError:
        yield found("L29", (), "the TC string can't be decoded")
        return
    if len(core) < _TC_HEADER_BITS or int(core[:6], 2) != _TCF_VERSION:
        yield found("L29", (), "the TC string is not of version 2")
        return
    if int(core[78:_TC_HEADER_BITS], 2) == 0:
        yield found("L29", (), "the TC string has no CMP id")
    if not any(int(segment[:3] or "0", 2) == _DISCLOSED_VENDORS for segment in segments):
        yield found("L29", (), "the TC string has no segment of disclosed vendors, which version 2.3 asks for")


def _bits(segment: str) -> str:
    """Return a segment's bits as text.

    Raises:
        ValueError: It is not base64url.
    """
    try:
        decoded = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    return "".join(f"{octet:08b}" for octet in decoded)


RULES: Final = (
    without_consent,
    undeclared,
    other_lifetimes,
    attributes,
    open_sign_in,
    oversized,
    aliases,
    consent_default,
    tc_string,
)
