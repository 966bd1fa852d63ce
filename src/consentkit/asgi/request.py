"""What the site is let see of a request: its cookies filtered, its validators its own, its pages uncompressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.visit import Consent
from consentkit.gate.headers import unsalt_if_none_match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

    from consentkit.asgi.sender import Headers
    from consentkit.asgi.visit import Visit

_LONGEST_REMEMBERED = 4096
# What the site gets of a request for a page: no coding, so that the gate can read it, and neither a part of it nor "not
# modified" by date alone, which would pass by the gate: the page may have been made for another decision.
_OF_PAGES: dict[bytes, bytes | None] = {
    b"accept-encoding": b"identity",
    b"if-modified-since": None,
    b"range": None,
    b"if-range": None,
}


def inner_scope(visit: Visit) -> Scope:
    """Return the scope the site gets; the server's own is left as it is, but for what a request's state holds."""
    scope = dict(visit.scope)
    scope["consentkit"] = consent = Consent(visit)
    # Its own for each request (ASGI lifespan 2.0, "Lifespan State"), and shared by all that lies around the site.
    state = scope["state"] = scope.get("state", {})
    state["consent"] = consent
    headers = _inner_headers(visit)
    if headers is not None:
        scope["headers"] = list(headers)
    return scope


def _inner_headers(visit: Visit) -> Headers | None:
    """Return the headers the site gets where they aren't those that came; a sender's last are remembered."""
    sender, asked = visit.sender, (visit.scope["type"], tuple(visit.headers))
    if sender.last_inner is not None and sender.last_inner[0] == asked:
        return sender.last_inner[1]
    changes = _changes(visit)
    headers = tuple(_changed(visit.headers, changes)) if changes else None
    if sum(len(value) for _, value in visit.headers) <= _LONGEST_REMEMBERED:
        sender.last_inner = asked, headers
    return headers


def _changes(visit: Visit) -> dict[bytes, bytes | None]:
    """Return the headers the site gets otherwise than they came; None for those it doesn't get."""
    sender = visit.sender
    changes: dict[bytes, bytes | None] = {}
    if sender.cookie and sender.filtered_cookie != sender.cookie:
        changes[b"cookie"] = sender.filtered_cookie or None
    page = visit.scope["type"] == "http" and sender.may_be_page
    for name, value in visit.headers:
        if name == b"if-none-match":
            if page or b"--ck" in value:
                changes[name] = unsalt_if_none_match(value, sender.variant, keep_unsalted=not page)
        elif page and name in _OF_PAGES:
            changes[name] = _OF_PAGES[name]
    return changes


def _changed(headers: Sequence[tuple[bytes, bytes]], changes: dict[bytes, bytes | None]) -> list[tuple[bytes, bytes]]:
    changed = [field for field in headers if field[0] not in changes]
    changed += [(name, value) for name, value in changes.items() if value is not None]
    return changed
