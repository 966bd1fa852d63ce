"""Requests that look like one before: who sent them and what the site gets of them, known at one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consentkit.asgi.fields import are_short, as_fields
from consentkit.asgi.sender import TELLING, Sender
from consentkit.gate.headers import unsalt_if_none_match
from consentkit.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

    from consentkit.asgi.fields import Fields
    from consentkit.asgi.site import Site

_REMEMBERED = 1024
# What the site gets of a request for a page: no coding, so that the gate can read it, and neither a part of it nor "not
# modified" by date alone, which would pass by the gate: the page may have been made for another decision.
_OF_PAGES: dict[bytes, bytes | None] = {
    b"accept-encoding": b"identity",
    b"if-modified-since": None,
    b"range": None,
    b"if-range": None,
}


class Arrival(NamedTuple):
    """How a request came.

    Attributes:
        sender: Who sent it.
        headers: As they came.
        inner: As the site gets them: cookies filtered, validators its own, pages uncompressed.
    """

    sender: Sender
    headers: Fields
    inner: Fields


class Arrivals:
    """Tell how requests came, and remember the last ones by what they sent, full address included: in memory only.

    Args:
        site: The site they come to.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._telling = TELLING | set(site.settings.place_headers)
        self._latest = site.records.latest
        self._changes_seen = 0
        self._senders: Recent[tuple[object, ...], Sender] = Recent(_REMEMBERED)
        self._known: Recent[tuple[object, ...], Arrival] = Recent(_REMEMBERED)

    def of(self, scope: Scope) -> Arrival:
        """Return how the request of an ASGI ``http`` or ``websocket`` scope came."""
        if self._changes_seen != self._latest.changes:
            self._changes_seen = self._latest.changes
            self.forget()
        client = scope.get("client")
        peer = client[0] if client else None
        key = (scope["type"], scope.get("scheme"), peer, *scope.get("headers", ()))
        try:
            known = self._known.get(key)
        except TypeError:  # they hold what can't be looked up
            key = (*key[:3], *as_fields(scope["headers"]))
            known = self._known.get(key)
        if known is not None and (known.sender.until is None or self._is_current(known.sender)):
            return known
        return self._worked_out(key, scope, peer)

    def forget(self) -> None:
        """Forget everything: decisions have to be made anew."""
        self._senders.clear()
        self._known.clear()

    def _is_current(self, sender: Sender) -> bool:
        return sender.until is None or self._site.clock() < sender.until

    def _worked_out(self, key: tuple[object, ...], scope: Scope, peer: str | None) -> Arrival:
        headers: Fields = key[3:]  # type: ignore[assignment]
        sender = self._sender(scope, peer, headers)
        changes = _changes(scope["type"], sender, headers)
        arrival = Arrival(sender, headers, _changed(headers, changes) if changes else headers)
        if are_short(headers):
            self._known.put(key, arrival)
        return arrival

    def _sender(self, scope: Scope, peer: str | None, headers: Fields) -> Sender:
        scheme = scope.get("scheme", "http")
        telling = tuple([field for field in headers if field[0] in self._telling])
        key = (scheme, peer, telling)
        sender = self._senders.get(key)
        if sender is None or not self._is_current(sender):
            sender = Sender(self._site, scheme, peer, telling)
            if are_short(telling):
                self._senders.put(key, sender)
        return sender


def _changes(kind: str, sender: Sender, headers: Fields) -> dict[bytes, bytes | None]:
    """Return the headers the site gets otherwise than they came; None for those it doesn't get."""
    changes: dict[bytes, bytes | None] = {}
    if sender.cookie and sender.filtered_cookie != sender.cookie:
        changes[b"cookie"] = sender.filtered_cookie or None
    page = kind == "http" and sender.may_be_page
    for name, value in headers:
        if name == b"if-none-match":
            if page or b"--ck" in value:
                changes[name] = unsalt_if_none_match(value, sender.variant, keep_unsalted=not page)
        elif page and name in _OF_PAGES:
            changes[name] = _OF_PAGES[name]
    return changes


def _changed(headers: Sequence[tuple[bytes, bytes]], changes: dict[bytes, bytes | None]) -> Fields:
    changed = [field for field in headers if field[0] not in changes]
    changed += [(name, value) for name, value in changes.items() if value is not None]
    return tuple(changed)
