"""A visitor's posted choice: read within limits, checked for its origin, turned into values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from consentkit.errors import ChoiceError
from consentkit.gate.urls import normal_host

if TYPE_CHECKING:
    from starlette.types import Receive

    from consentkit.asgi.visit import Visit

LARGEST_BODY = 16 * 1024
_MOST_FIELDS = 500
_COLLECTED = frozenset({"banner", "preferences", "placeholder", "api"})
ACTIONS = ("accept", "refuse", "save", "withdraw")


@dataclass(frozen=True, slots=True)
class PostedChoice:
    """What a visitor posted to the choice endpoint.

    Attributes:
        action: One of ``accept``, ``refuse``, ``save``, ``withdraw``.
        purposes: Ids ticked.
        services: Ids ticked one by one.
        objections: Ids of exempt audience measurement objected to.
        return_to: Where to go afterwards: a path of the same origin.
        language: The language the visitor was asked in.
        collected: How it was collected: ``banner``, ``preferences``, ``placeholder`` or ``api``.
    """

    action: str
    purposes: frozenset[str]
    services: frozenset[str]
    objections: frozenset[str]
    return_to: str
    language: str
    collected: str


async def read_body(receive: Receive, declared: bytes | None, *, largest: int = LARGEST_BODY) -> bytes:
    """Return a request's body.

    Raises:
        ChoiceError: It is larger than `largest` bytes (413), or the visitor left before its end (400).
    """
    too_large = ChoiceError("too_large", f"the body is larger than {largest} bytes", status=413)
    if declared is not None and declared.isdigit() and int(declared[:20]) > largest:
        raise too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ChoiceError("disconnected", "the connection ended before the body did")
        body += message.get("body", b"")
        if len(body) > largest:
            raise too_large
        if not message.get("more_body", False):
            return bytes(body)


def parse_fields(body: bytes, content_type: bytes) -> list[tuple[str, str]]:
    """Return the fields of an urlencoded form or a flat JSON object, lists as repeated fields.

    Raises:
        ChoiceError: The type is another (415), or the body is not of its type (400).
    """
    media = content_type.partition(b";")[0].strip().lower()
    try:
        if media == b"application/x-www-form-urlencoded":
            return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        if media == b"application/json":
            return list(_json_fields(json.loads(body)))
    except (ValueError, RecursionError) as error:
        message = f"the body is not {media.decode('latin-1')}: {error}"
        raise ChoiceError("malformed", message[:300]) from None
    message = "send application/x-www-form-urlencoded or application/json"
    raise ChoiceError("unsupported_type", message, status=415, where="content-type")


def _json_fields(data: object) -> list[tuple[str, str]]:
    if not isinstance(data, dict):
        message = 'an object was expected, e.g. {"action": "refuse"}'
        raise ValueError(message)
    fields = []
    for name, value in data.items():
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, str):
                message = f"{name!r} holds {json.dumps(item)[:40]}, and text was expected"
                raise ValueError(message)
            fields.append((name, item))
    return fields


def parse_choice(visit: Visit, fields: list[tuple[str, str]]) -> PostedChoice:
    """Check a posted choice against the manifest.

    Raises:
        ChoiceError: The action, a purpose or a service is unknown (400).
    """
    manifest = visit.site.manifest
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    action = values.get("action", [""])[-1]
    if action not in ACTIONS:
        message = f"{action[:40]!r} is no action; use one of {', '.join(ACTIONS)}"
        raise ChoiceError("unknown_action", message, where="action")
    purposes = _known(values.get("purposes", []), [purpose.id for purpose in manifest.purposes], "purpose")
    services = _known(values.get("services", []), [service.id for service in manifest.services], "service")
    collected = values.get("collected", ["api"])[-1]
    language = values.get("language", [""])[-1]
    return PostedChoice(
        action=action,
        purposes=purposes & frozenset(manifest.consent_purposes),
        services=services,
        objections=_known(values.get("objections", []), sorted(manifest.measuring_purposes), "objection"),
        return_to=safe_path(values.get("return_to", [""])[-1]) or _referring_path(visit) or "/",
        language=visit.site.spoken(language) or visit.sender.visitor.language,
        collected=collected if collected in _COLLECTED else "api",
    )


def _known(ids: list[str], declared: list[str], kind: str) -> frozenset[str]:
    for identifier in ids:
        if identifier not in declared:
            message = f"{identifier[:40]!r} is no {kind} of this site; known are {', '.join(declared) or 'none'}"
            raise ChoiceError(f"unknown_{kind}", message, where=f"{kind}s")
    return frozenset(ids)


def safe_path(text: str) -> str | None:
    """Return a same-origin path and query to redirect to, or None when it could leave the site.

    A browser takes two solidi as another host, and reads reverse solidi, and tabs and newlines between, in the same
    way (WHATWG URL 4.4); control characters would split the response header.
    """
    if not text.startswith("/") or len(text) > 2048 or not text.isascii() or not text.isprintable():
        return None
    if text.startswith("//") or "\\" in text or " " in text:
        return None
    return text


def _referring_path(visit: Visit) -> str | None:
    """Return the path of the page the form was on, when it told it and it is ours."""
    try:
        parts = urlsplit((visit.header(b"referer") or b"").decode("latin-1"))
    except ValueError:
        return None
    if normal_host(parts.netloc) != visit.sender.host:
        return None
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def check_origin(visit: Visit, *, grants: bool) -> None:
    """Refuse a choice posted from another site (cross-site request forgery).

    Sec-Fetch-Site decides where the browser sends it, then Origin, then Referer. A browser sends at least one of
    them with a cross-site POST, so without any the sender is no browser, or one that hides them: it may refuse or
    withdraw, but not allow.

    Raises:
        ChoiceError: It came from another site (403).
    """
    site = visit.header(b"sec-fetch-site")
    origin = visit.header(b"origin")
    referer = visit.header(b"referer")
    if site is not None:
        same = site == b"same-origin" or (site == b"none" and not grants)
    elif origin is not None:
        same = _is_ours(visit, origin)
    elif referer is not None:
        same = _is_ours(visit, referer)
    else:
        same = not grants
    if not same:
        message = "a choice can only be posted by a page of this site; programs send an Origin header naming it"
        raise ChoiceError("cross_site", message, status=403, where="origin")


def _is_ours(visit: Visit, url: bytes) -> bool:
    """Compare hosts with their ports; schemes may differ behind a proxy that ends TLS."""
    try:
        parts = urlsplit(url.decode("latin-1"))
    except ValueError:
        return False
    return bool(parts.netloc) and parts.netloc.lower() == (visit.header(b"host") or b"").decode("latin-1").lower()
