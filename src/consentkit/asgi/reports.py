"""Violation reports of browsers: which hosts the second wall stopped, for the observed inventory.

Two formats carry the same (CSP3 section 5): ``report-uri`` posts one ``application/csp-report``, the Reporting API a
list as ``application/reports+json``. Of either only the host, the directive and the page's path are read; user agent,
referrer, samples and queries are never looked at. Anyone can post a report, so it counts as told, not as seen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import Response

from consentkit.asgi import answers
from consentkit.asgi.forms import read_body
from consentkit.errors import ChoiceError
from consentkit.gate.urls import normal_host
from consentkit.manifest.grammar import host_pattern
from consentkit.records.observed import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive

    from consentkit.asgi.visit import Visit

LARGEST_REPORT = 64 * 1024
"""Bytes: Chromium sends up to a minute's reports at once."""
_MOST_REPORTS = 100
_CONTACTING = frozenset({"http", "https", "ws", "wss"})
_TYPES = (b"application/csp-report", b"application/reports+json")
# CSP3 section 6; what a report calls otherwise isn't kept as it is, since anyone can write it.
_DIRECTIVES = frozenset(
    "base-uri child-src connect-src default-src fenced-frame-src font-src form-action frame-ancestors frame-src "
    "img-src manifest-src media-src object-src prefetch-src script-src script-src-attr script-src-elem style-src "
    "style-src-attr style-src-elem worker-src".split()
)


async def take_reports(visit: Visit, receive: Receive) -> Response:
    """Take one report, or a list of them; 204 whether or not they tell anything."""
    site = visit.site
    if not site.report_limits.admit(visit.sender.visitor.address, site.clock()):
        return answers.error("too_many", "too many reports; they may be left out", status=429)
    media = (visit.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if media not in _TYPES:
        message = f"send {' or '.join(kind.decode() for kind in _TYPES)}"
        return answers.error("unsupported_type", message, status=415, where="content-type")
    try:
        body = await read_body(receive, visit.header(b"content-length"), largest=LARGEST_REPORT)
        reports = list(_violations(json.loads(body)))
    except ChoiceError as problem:
        return answers.error(problem.code, str(problem), status=problem.status)
    except (ValueError, RecursionError):
        return answers.error("malformed", "the body is not a report", status=400)
    for blocked, page, directive in reports:
        _note(visit, blocked, page, directive)
    return Response(status_code=204, headers={"cache-control": "no-store"})


def _violations(data: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what was blocked, on which page and by which directive; what isn't a violation is left out."""
    if isinstance(data, dict):
        data = [{"type": "csp-violation", "body": data.get("csp-report")}]
    if not isinstance(data, list):
        return
    for report in data[:_MOST_REPORTS]:
        if not isinstance(report, dict) or report.get("type") != "csp-violation":
            continue
        body = report.get("body")
        if isinstance(body, dict):
            yield _text(body, "blockedURL", "blocked-uri"), _text(body, "documentURL", "document-uri"), _directive(body)


def _directive(body: dict[str, Any]) -> str:
    # Older browsers put the whole directive here.
    name = _text(body, "effectiveDirective", "effective-directive", "violated-directive").partition(" ")[0].lower()
    return name if name in _DIRECTIVES else "other"


def _text(body: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := body.get(name), str)), "")


def _note(visit: Visit, blocked: str, page: str, directive: str) -> None:
    site = visit.site
    try:
        to, of = urlsplit(blocked.strip()), urlsplit(page.strip())
    except ValueError:
        return
    host, page_host = normal_host(to.netloc.rpartition("@")[2]), normal_host(of.netloc.rpartition("@")[2])
    ours = page_host == visit.sender.host or site.hosts.is_first_party(page_host)
    if not ours or to.scheme not in _CONTACTING or host == page_host or site.hosts.is_first_party(host):
        return
    try:
        host = host_pattern(host).host
    except ValueError:
        return
    site.records.observed.note((Sighting("host", host, directive, reported=True),), of.path or "/")
