"""What the site is let see of a request: its cookies filtered, its validators its own, its pages uncompressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.visit import Consent, Visit
from consentkit.gate.headers import unsalt_if_none_match

if TYPE_CHECKING:
    from starlette.types import Scope

_TOUCHED = frozenset({b"cookie", b"accept-encoding", b"if-none-match", b"if-modified-since", b"range", b"if-range"})


def variant(visit: Visit) -> str:
    """Return what tells this visitor's form of a page from others': the decision and the language."""
    return f"{visit.decision.key}.{visit.visitor.language}"


def inner_scope(visit: Visit) -> Scope:
    """Return the scope the site gets; the server's own is left as it is."""
    consent = Consent(visit)
    scope = {**visit.scope, "consentkit": consent}
    scope["state"] = {**(scope.get("state") or {}), "consent": consent}
    if any(name in _TOUCHED for name, _ in visit.headers):
        scope["headers"] = _inner_headers(visit)
    return scope


def _inner_headers(visit: Visit) -> list[tuple[bytes, bytes]]:
    page = visit.scope["type"] == "http" and visit.may_be_page
    headers = []
    cookie_done = False
    for name, value in visit.headers:
        if name == b"cookie":
            if not cookie_done and visit.filtered_cookie:
                headers.append((name, visit.filtered_cookie))
            cookie_done = True
        elif name == b"if-none-match":
            if (tags := _site_tags(visit, value, page=page)) is not None:
                headers.append((name, tags))
        elif not page:
            headers.append((name, value))
        elif name == b"accept-encoding":
            headers.append((name, b"identity"))
        # A part of a page, or "not modified" by date alone, would pass by the gate: the page may have been made for
        # another decision.
        elif name not in {b"if-modified-since", b"range", b"if-range"}:
            headers.append((name, value))
    return headers


def _site_tags(visit: Visit, value: bytes, *, page: bool) -> bytes | None:
    if b"--ck" not in value and not page:
        return value
    return unsalt_if_none_match(value, variant(visit), keep_unsalted=not page)
