"""One page view for the browser log, made from a visit; nothing in it tells a person from another."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consentkit.records.browserlog import BrowserEntry

if TYPE_CHECKING:
    from consentkit.asgi.visit import Visit

_LONGEST = 1024


def page_view(visit: Visit, status: int) -> None:
    """Hand a page view to the browser log; its user agent is parsed in the log's own thread."""
    visitor, time = visit.sender.visitor, visit.site.clock()
    method, path, referrer = visit.scope["method"], visit.path[:_LONGEST], _referrer(visit.header(b"referer"))

    def entry() -> BrowserEntry:
        agent = visitor.agent
        return BrowserEntry(
            time=time,
            address=visitor.address,
            method=method,
            path=path,
            status=status,
            referrer=referrer,
            language=visitor.language,
            country=visitor.country,
            browser=agent.browser,
            browser_version=agent.version,
            platform=agent.platform,
            device=agent.device,
            bot=agent.bot,
        )

    visit.site.records.browser_log.write_later(entry)


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
