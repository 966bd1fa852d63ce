"""What vendors' tags are told: one decision, in the words of each vendor's consent interface.

Rules of operation:

1. A tag that is not allowed isn't loaded at all ("basic mode"); what it is told here is for the tag that loads anyway,
   such as one the site serves from its own host, and for the tags of the page on which consent is withdrawn.
2. A page says first what holds by default and then, once the visitor has answered, what they allow; on every page, for
   no vendor keeps it.
3. What isn't known to be allowed is denied.

The interfaces, as their vendors document them:
Google Consent Mode v2, developers.google.com/tag-platform/security/guides/consent;
Microsoft Advertising UET, learn.microsoft.com/advertising/msa-help, "Consent mode";
Microsoft Clarity, learn.microsoft.com/clarity/clarity-consent-api-v2;
Meta Pixel, developers.facebook.com/docs/meta-pixel/implementation/gdpr;
Matomo, developer.matomo.org/guides/tracking-consent;
TikTok Pixel, the base code of TikTok Events Manager, which names holdConsent, revokeConsent and grantConsent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from consentkit.consent.regime import Regime
from consentkit.manifest.vocabulary import ConsentApi, ConsentSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest, Service

Call = tuple[Any, ...]
Calls = dict[str, list[Call]]
"""By the name of a vendor's global queue or function: what to call it with, in order."""

_SIGNALS: tuple[str, ...] = get_args(ConsentSignal)
_GLOBALS: dict[str, str] = dict(
    zip(get_args(ConsentApi), ("dataLayer", "uetq", "clarity", "fbq", "_paq", "ttq"), strict=True)
)
# Where the tags are loaded from that have an interface: a service that names one of these has it.
_TAG_HOSTS: dict[str, str] = {
    "www.googletagmanager.com": "google",
    "www.google-analytics.com": "google",
    "*.google-analytics.com": "google",
    "www.googleadservices.com": "google",
    "*.googlesyndication.com": "google",
    "bat.bing.com": "microsoft-uet",
    "www.clarity.ms": "microsoft-clarity",
    "*.clarity.ms": "microsoft-clarity",
    "connect.facebook.net": "meta",
    "*.matomo.cloud": "matomo",
    "analytics.tiktok.com": "tiktok",
}


def speaks(manifest: Manifest) -> bool:
    """Tell whether there is any tag to tell: a site without one is sent none of this."""
    return any(_api(manifest, service) for service in manifest.services)


def calls(manifest: Manifest, decision: Decision) -> Calls:
    """Return what the tags of a page are told before its first script runs."""
    return {
        _GLOBALS[api]: list(_SPEAKERS[api](manifest, decision, services)) for api, services in _by_api(manifest).items()
    }


def updates(manifest: Manifest, decision: Decision) -> Calls:
    """Return what tags that are loaded already are told when the visitor answers."""
    return {name: said[-1:] for name, said in calls(manifest, decision).items()}


def attribute(said: Calls) -> str:
    """Return calls as JSON, for the script that makes them."""
    return json.dumps(said, separators=(",", ":"))


def _by_api(manifest: Manifest) -> dict[str, list[Service]]:
    found: dict[str, list[Service]] = {}
    for service in manifest.services:
        api = _api(manifest, service)
        if api is not None:
            found.setdefault(api, []).append(service)
    return found


def _api(manifest: Manifest, service: Service) -> str | None:
    """Return how a service is told; None for one without an interface, or exempt, so that it has nothing to hear."""
    if service.consent_api == "none" or manifest.exempt_purposes.issuperset(service.purposes):
        return None
    hosts = (host.partition("/")[0] for host in service.hosts)
    return service.consent_api or next((_TAG_HOSTS[host] for host in hosts if host in _TAG_HOSTS), None)


def _answered(decision: Decision) -> bool:
    return decision.objected or not decision.asks


def _word(granted: bool) -> str:
    return "granted" if granted else "denied"


def _google(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    """Say the default before every tag, since "order is vital", then the settings, then the visitor's answer.

    Where silence allows, the default names the place: Google applies it only to visitors whom it, too, sees there.
    """
    states = {signal: _word(_grants(manifest, decision, services, signal)) for signal in _SIGNALS}
    denied = {signal: _word(signal == "security_storage") for signal in _SIGNALS}
    answered = _answered(decision)
    if answered or decision.regime is Regime.OPT_IN:
        yield ("consent", "default", denied)
    elif decision.place:
        yield ("consent", "default", denied)
        yield ("consent", "default", {**states, "region": [decision.place]})
    else:
        yield ("consent", "default", states)
    if manifest.signals.ads_data_redaction:
        yield ("set", "ads_data_redaction", True)
    if manifest.signals.url_passthrough and decision.regime is not Regime.OPT_IN:
        yield ("set", "url_passthrough", True)
    if answered:
        yield ("consent", "update", states)


def _grants(manifest: Manifest, decision: Decision, services: list[Service], signal: str) -> bool:
    """Tell whether a signal is granted: by every purpose that names it, or by each tag of them allowed by itself."""
    if signal == "security_storage":
        return True
    purposes = {purpose.id for purpose in manifest.purposes if signal in purpose.consent_mode}
    if not purposes:
        return False
    tags = [service for service in services if purposes.intersection(service.purposes)]
    alone = bool(tags) and all(decision.allows_service(service.id) for service in tags)
    return alone or decision.purposes.issuperset(purposes)


def _uet(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    states = {"ad_storage": _word(_all_allowed(decision, services))}
    if not _answered(decision):
        yield ("consent", "default", states)
        return
    yield ("consent", "default", {"ad_storage": "denied"})
    yield ("consent", "update", states)


def _clarity(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    analytics = _all_allowed(decision, services)
    ads = analytics and _grants(manifest, decision, [], "ad_storage")
    yield ("consentv2", {"ad_Storage": _word(ads), "analytics_Storage": _word(analytics)})


def _meta(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    yield ("consent", "grant" if _all_allowed(decision, services) else "revoke")


def _matomo(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    """Require consent, which Matomo otherwise doesn't, and give it for this page; the choice is kept by us alone."""
    yield ("requireConsent",)
    if _all_allowed(decision, services):
        yield ("setConsentGiven",)
    elif _answered(decision):
        yield ("forgetConsentGiven",)


def _tiktok(manifest: Manifest, decision: Decision, services: list[Service]) -> Iterator[Call]:
    if _all_allowed(decision, services):
        yield ("grantConsent",)
    else:
        yield ("revokeConsent" if _answered(decision) else "holdConsent",)


def _all_allowed(decision: Decision, services: list[Service]) -> bool:
    return all(decision.allows_service(service.id) for service in services)


_SPEAKERS: dict[str, Callable[[Manifest, Decision, list[Service]], Iterator[Call]]] = dict(
    zip(get_args(ConsentApi), (_google, _uet, _clarity, _meta, _matomo, _tiktok), strict=True)
)
