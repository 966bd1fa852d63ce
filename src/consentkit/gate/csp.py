"""The second wall: a Content-Security-Policy built from the same Decision.

It governs hosts only. Inline code stays under the site's own policy (``'unsafe-inline' 'unsafe-eval'`` are in this
one, and policies intersect), so nothing first-party breaks. It is always an additional header: the site's own stays
byte-identical (CSP3 section 4.1: several policies are enforced together), unless it has browsers report to somebody who
may not be contacted.

The directives named besides ``default-src`` are those it is no fallback for (``base-uri``, ``form-action``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest

ENFORCE = b"content-security-policy"
REPORT_ONLY = b"content-security-policy-report-only"

# CSP3 section 6.8.3: the first of these that a policy has is asked about a script element.
_OF_SCRIPTS = (b"script-src-elem", b"script-src", b"default-src")
_GROUP = "consentkit"
_PORT = re.compile(r":\d+(?:/|\Z)")
_NONCE = re.compile(rb"(?:script-src(?:-elem)?|default-src)\s[^;,]*?'nonce-([A-Za-z0-9+/_=-]+)'", re.IGNORECASE)


def build_policy(manifest: Manifest, decision: Decision) -> bytes:
    """Return the policy's value for one decision.

    It names first-party hosts and the hosts of allowed services, and nothing else.
    """
    allowed = (host for service in manifest.services if service.id in decision.services for host in service.hosts)
    hosts = list(dict.fromkeys((*manifest.site.hosts, *allowed)))
    # On a page of http Chromium takes a host with a port for http alone: only ports 80 and 443 are upgraded together.
    secured = [f"https://{host}" for host in hosts if _PORT.search(host)]
    own = " ".join(("'self'", *hosts, *secured))
    # A host without a scheme covers http and https, never WebSockets (CSP3 section 6.7.2.9, scheme-part match).
    sockets = " ".join(f"{scheme}://{host}" for host in hosts for scheme in ("wss", "ws"))
    directives = (
        f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'",
        f"connect-src {own} data: blob: {sockets}".rstrip(),
        f"base-uri {own}",
        f"form-action {own}",
    )
    return "; ".join(directives).encode("ascii")


def reporting(policy: bytes, path: str, *, secure: bool) -> tuple[bytes, bytes | None]:
    """Return a policy that has its violations reported, and the Reporting-Endpoints value it needs, if any.

    Browsers ignore ``report-uri`` beside ``report-to``, and take endpoints only over https, so each is used where it
    works: both on https, for those that know one of them, and ``report-uri`` alone on http.

    Args:
        policy: As :func:`build_policy` made it.
        path: Where reports go: an absolute path of this origin, percent-encoded.
        secure: Whether the page is on https.
    """
    reported = policy + f"; report-uri {path}".encode("ascii")
    if not secure:
        return reported, None
    return reported + f"; report-to {_GROUP}".encode("ascii"), f'{_GROUP}="{path}"'.encode("ascii")


def without_reports(policies: bytes, blocked: Callable[[str], bool]) -> bytes | None:
    """Return a header of the site's own without the places for reports that may not be contacted; None if all goes.

    A report tells its receiver the page's address and the visitor's. Everything the policy enforces stays.
    """
    if b"report-uri" not in policies.lower():
        return policies
    kept = [_without_reports(policy, blocked) for policy in policies.split(b",")]
    return b",".join(policy for policy in kept if policy.strip()) or None


def _without_reports(policy: bytes, blocked: Callable[[str], bool]) -> bytes:
    kept = []
    for directive in policy.split(b";"):
        words = directive.split()
        if words[:1] and words[0].lower() == b"report-uri":
            places = [place for place in words[1:] if not blocked(place.decode("latin-1"))]
            if len(places) < len(words) - 1:
                if places:
                    kept.append(b" " + b" ".join((words[0], *places)))
                continue
        kept.append(directive)
    return b";".join(kept)


def header_name(manifest: Manifest) -> bytes:
    """Return the header a policy is sent in: while a site rolls out (``unlisted: report``), it only reports."""
    return REPORT_ONLY if manifest.unlisted == "report" else ENFORCE


def script_nonce(policies: Iterable[bytes]) -> str | None:
    """Return the nonce a site's own policies ask of scripts, so that our tags can carry it; None without one."""
    for policy in policies:
        if match := _NONCE.search(policy):
            return match[1].decode("ascii")
    return None


def refuses_scripts(policies: Iterable[bytes], nonce: str | None, digests: Iterable[str]) -> bool:
    """Tell whether a site's own policies surely refuse one of some scripts that its own host serves.

    Args:
        policies: Values of enforced policies.
        nonce: What the scripts' tags carry, if anything.
        digests: What the ``integrity`` of each says; a policy that lists it allows the script (CSP3 section 6.7.1.1).
    """
    named = [{f"'nonce-{nonce}'".encode(), f"'{digest}'".encode()} for digest in digests]
    return any(_refuses(policy, names) for header in policies for policy in header.split(b",") for names in named)


def _refuses(policy: bytes, named: set[bytes]) -> bool:
    directives: dict[bytes, list[bytes]] = {}
    for directive in policy.split(b";"):
        if words := directive.split():
            directives.setdefault(words[0].lower(), words[1:])
    sources = next((directives[name] for name in _OF_SCRIPTS if name in directives), None)
    if sources is None or not named.isdisjoint(sources):
        return False
    lower = [source.lower() for source in sources]
    # With 'strict-dynamic' hosts count for nothing; without it, one that is named may be ours.
    ours = any(source == b"'self'" or not source.startswith(b"'") for source in lower)
    return b"'strict-dynamic'" in lower or not ours
