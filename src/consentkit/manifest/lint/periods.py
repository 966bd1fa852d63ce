"""Rules on how long something is kept: L10 to L14, L25, L26 and L31."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final

from consentkit.duration import Period
from consentkit.manifest.lint.exemptions import THIRTEEN_MONTHS
from consentkit.manifest.lint.finding import days, found, subjects
from consentkit.manifest.lint.rules import Severity
from consentkit.manifest.vocabulary import StorageKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from consentkit.duration import Duration
    from consentkit.manifest.lint.finding import Finding
    from consentkit.manifest.model import Manifest

BROWSER_CAP: Final = 400
"""Days after which browsers drop any cookie (RFC 6265bis, cookie lifetime limits)."""
_ONE_CONNECTION: Final = 48
"""From here on an IPv6 prefix is often one customer's (RFC 6177 §2)."""
_REVIEW: Final = Period(months=12)

# Days of the shortest and longest span that people call so.
_TWO_MONTHS: Final = (59, 62)
_SIX_MONTHS: Final = (180, 184)
_SIX_TO_TWELVE_MONTHS: Final = (180, 366)
_TWELVE_MONTHS: Final = (364, 366)


def _is(duration: Duration, span: tuple[int, int]) -> bool:
    length = days(duration)
    return length is not None and span[0] <= length <= span[1]


def beyond_browsers(manifest: Manifest) -> Iterator[Finding]:
    """L10: no browser keeps a cookie for more than 400 days."""
    for subject in subjects(manifest):
        if subject.item.kind is StorageKind.COOKIE and (days(subject.item.lifetime) or 0) > BROWSER_CAP:
            message = f"'{subject.item.name}' is declared for '{subject.item.lifetime}', and browsers drop it before"
            yield found("L10", (*subject.path, "lifetime"), message)


def beyond_usage(manifest: Manifest) -> Iterator[Finding]:
    """L11: what needs consent usually lives 13 months at most."""
    for subject in subjects(manifest):
        if not subject.exempt and (days(subject.item.lifetime) or 0) > THIRTEEN_MONTHS:
            yield found("L11", (*subject.path, "lifetime"), f"'{subject.item.name}' lasts '{subject.item.lifetime}'")


def choice_lifetime(manifest: Manifest) -> Iterator[Finding]:
    """L12: CNIL advises to keep a choice for 6 months."""
    lifetime = manifest.choice.lifetime
    if _in_france(manifest) and not _is(lifetime, _SIX_MONTHS):
        yield found("L12", ("choice", "lifetime"), f"choices are kept for '{lifetime}'")


def _in_france(manifest: Manifest) -> bool:
    country = manifest.site.controller.country
    languages = {language.partition("-")[0] for language in manifest.site.languages}
    return country == "FR" or "fr-FR" in manifest.site.languages or (country is None and "fr" in languages)


def unequal_lifetimes(manifest: Manifest) -> Iterator[Finding]:
    """L13: nobody who refused is asked again sooner, or later, than one who agreed."""
    given, refused = manifest.choice.lifetime, manifest.choice.refusal_lifetime
    if days(given) != days(refused):
        message = f"a consent is kept for '{given}' and a refusal for '{refused}'"
        yield found("L13", ("choice", "refusal_lifetime"), message)


def endless(manifest: Manifest) -> Iterator[Finding]:
    """L14: a cookie has an end; storage that has none of its own is mentioned."""
    for subject in subjects(manifest):
        if not subject.item.lifetime.is_persistent:
            continue
        path = (*subject.path, "lifetime")
        if subject.item.kind is StorageKind.COOKIE:
            yield found("L14", path, f"the cookie '{subject.item.name}' has no end")
        else:
            message = f"'{subject.item.name}' stays in the browser until somebody clears it"
            remedy = "let the site's script remove it after a time, and declare that"
            yield found("L14", path, message, remedy=remedy, severity=Severity.INFORMATION)


def logs(manifest: Manifest) -> Iterator[Finding]:
    """L25: each kind of log has its usual time."""
    kept = manifest.retention
    kinds = (
        ("browser_log", kept.browser_log, _TWO_MONTHS, "2 months"),
        ("security_log", kept.security_log, _SIX_TO_TWELVE_MONTHS, "6 to 12 months"),
        ("content_log", kept.content_log, _TWELVE_MONTHS, "12 months"),
    )
    for key, duration, span, usual in kinds:
        if duration is not None and not _is(duration, span):
            yield found("L25", ("retention", key), f"'{key}' is kept for '{duration}', where {usual} are usual")


def long_prefixes(manifest: Manifest) -> Iterator[Finding]:
    """L26: so much of an IPv6 address that it tells one connection is as good as the address."""
    bits = manifest.anonymise.ipv6
    if bits >= _ONE_CONNECTION:
        message = f"{bits} bits of an IPv6 address often belong to one customer"
        yield found("L26", ("anonymise", "ipv6"), message, severity=Severity.WARNING)


def not_reviewed(manifest: Manifest, today: date) -> Iterator[Finding]:
    """L31: somebody compares the site with the manifest once a year."""
    last = max(filter(None, (manifest.reviewed, manifest.notice.revision)))
    due = _REVIEW.after(datetime.combine(last, time(), tzinfo=UTC)).date()
    if today > due:
        path = ("reviewed",) if manifest.reviewed else ("notice", "revision")
        yield found("L31", path, f"nobody has looked since {last.isoformat()}, more than 12 months ago")


RULES: Final = (
    beyond_browsers,
    beyond_usage,
    choice_lifetime,
    unequal_lifetimes,
    endless,
    logs,
    long_prefixes,
)
