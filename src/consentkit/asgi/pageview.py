"""One page view for the browser log, made from a visit; nothing in it tells a person from another."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consentkit.gate.urls import normal_host
from consentkit.records.browserlog import BrowserEntry, as_stored

if TYPE_CHECKING:
    from datetime import datetime

    from consentkit.asgi.visit import Visit
    from consentkit.records.statistics import Statistics

_LONGEST = 1024
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+", re.ASCII)
"""A public name, as search engines and other sites have; an address could be somebody's."""


def page_view(visit: Visit, status: int) -> None:
    """Hand a page view to the browser log; what it says is worked out in the log's own thread."""
    records, time = visit.site.records, visit.site.clock()
    records.browser_log.write_later(partial(_seen, visit, status, time, records.statistics))


def _seen(visit: Visit, status: int, time: datetime, statistics: Statistics) -> BrowserEntry:
    sender, referrer = visit.sender, _referrer(visit.header(b"referer"))
    path = visit.path[:_LONGEST]
    entry = as_stored(BrowserEntry(time, sender.visitor.address, visit.method, path, status, referrer, *sender.traits))
    statistics.view(entry, source=_source(visit, referrer), asked=sender.decision.asks)
    return entry


def _source(visit: Visit, referrer: str | None) -> str | None:
    """Return the host of another site that a visitor comes from."""
    if not referrer:
        return None
    host = normal_host(urlsplit(referrer).netloc)
    own = host == visit.sender.host or visit.site.hosts.is_first_party(host)
    return None if own or not _HOST.fullmatch(host) else host.removeprefix("www.")


def _referrer(value: bytes | None) -> str | None:
    """Return a referrer's origin and path: a query may hold what somebody searched for, or a token."""
    if not value:
        return None
    try:
        parts = urlsplit(value.decode("latin-1")[:_LONGEST])
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme and host else parts.path or None
