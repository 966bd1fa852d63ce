"""What precedes a page's body: worked out once for all answers whose headers are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consentkit.asgi.coding import undone
from consentkit.asgi.contenttype import with_charset
from consentkit.asgi.fields import are_short, as_fields
from consentkit.gate import csp
from consentkit.gate.headers import append_vary, make_private, salt_etag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consentkit.asgi.fields import Fields
    from consentkit.asgi.visit import Visit


class PageStart(NamedTuple):
    """The headers of a page as visitors of one decision get them, and what they tell of its body.

    Attributes:
        as_it_is: Headers of a body that isn't changed.
        of_gated: Headers of one that is: without its length and coding.
        readable: Whether its coding can be undone; otherwise it passes as it is, under the CSP wall.
        content_type: Its Content-Type.
        coding: Its Content-Encoding, several lines joined.
        language: Its Content-Language, for a page whose markup does not tell its language.
        nonce: What the site's own policy asks of scripts, put on ours.
        variant: What the gated form depends on besides the page's own bytes.
    """

    as_it_is: Fields
    of_gated: Fields
    readable: bool
    content_type: bytes | None
    coding: bytes
    language: str
    nonce: str | None
    variant: str


def page_start(visit: Visit, headers: Iterable[tuple[bytes, bytes]]) -> PageStart:
    """Return a page's start for its headers, but for its cookies; the last ones are remembered."""
    site, variant, root = visit.site, visit.sender.page_variant, visit.root
    key = (variant, root, *headers)
    try:
        known = site.page_starts.get(key)
    except TypeError:  # they hold what can't be looked up
        key = (variant, root, *as_fields(headers))
        known = site.page_starts.get(key)
    if known is None:
        fields: Fields = key[2:]  # type: ignore[assignment]
        known = _worked_out(visit, fields)
        if are_short(fields):
            site.page_starts.put(key, known)
    return known


def _worked_out(visit: Visit, headers: Fields) -> PageStart:
    site, sender = visit.site, visit.sender
    enforced, reported = _values(headers, csp.ENFORCE), _values(headers, csp.REPORT_ONLY)
    nonce = csp.script_nonce([*enforced, *reported])
    if csp.refuses_scripts(enforced, nonce, [site.script_digest]):
        site.report_refused_scripts()
    changed = [*headers, *visit.policy_headers, *unsniffed(visit, headers)]
    append_vary(changed, site.varies_on)
    make_private(changed)
    salted = tuple((n, salt_etag(v, sender.variant) if n.lower() == b"etag" else v) for n, v in changed)
    coding, kinds = b", ".join(_values(headers, b"content-encoding")), _values(headers, b"content-type")
    told = with_charset(b", ".join(kinds)) if kinds else None
    language = b"".join(_values(headers, b"content-language")[:1]).decode("latin-1")
    return PageStart(
        as_it_is=salted,
        of_gated=without(salted, b"content-length", b"content-encoding"),
        readable=undone(coding) is not None,
        content_type=told,
        coding=coding,
        language=language,
        nonce=nonce,
        variant=f"{sender.page_variant}\n{visit.root}\n{told!r}\n{coding!r}\n{language}\n{nonce}",
    )


def unsniffed(visit: Visit, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return what keeps a browser to the type of a document, where the site doesn't say so itself.

    Only where the browser says that it wants a document: as a script or sheet an answer of the wrong type may be what a
    site relies on, and without a type there is nothing to keep to.
    """
    names = {name.lower() for name, _ in headers}
    if not visit.sender.names_document or b"content-type" not in names or b"x-content-type-options" in names:
        return []
    return [(b"x-content-type-options", b"nosniff")]


def without(headers: Fields, *names: bytes) -> Fields:
    """Return headers but for those of some names, in lower case."""
    return tuple([(name, value) for name, value in headers if name.lower() not in names])


def _values(headers: Fields, wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name.lower() == wanted]
