"""Response headers that contact somebody, or that would let one visitor's page reach another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Headers = list[tuple[bytes, bytes]]

# RFC 8288 section 3: a link-value is <URI> and parameters; commas inside <> and quotes are no separators.
_LINK_VALUE = re.compile(rb'\s*<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*)(?:,|\Z)')
# What only names a relation is never fetched by a browser; every other relation might be.
INERT_RELATIONS = frozenset(
    "alternate author bookmark canonical describedby external help license me next nofollow noopener noreferrer "
    "prev privacy-policy related search self shortlink tag terms-of-service up".split()
)
_RELATION = re.compile(rb';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_IMAGE_CANDIDATES = re.compile(rb';\s*imagesrcset\s*=\s*(?:"([^"]*)")', re.IGNORECASE)
_REFRESH_URL = re.compile(r"""\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?(.*)""", re.IGNORECASE | re.DOTALL)
_ABSOLUTE = re.compile(r"""(?:[a-z][a-z0-9+.-]*:)?//[^\s"'<>,;\\]+""", re.IGNORECASE)
_SALT = re.compile(rb'(W/)?"(.*?)(?:--ck([\w.-]+))?"')


def fetches(relation: str) -> bool:
    """Tell whether a browser may fetch or connect for a link relation; an unknown one may."""
    tokens = relation.lower().split()
    return not tokens or not INERT_RELATIONS.issuperset(tokens)


def filter_link(value: bytes, blocked: Callable[[str], bool]) -> bytes | None:
    """Return a Link header without the links a browser would follow to a blocked URL; None when none is left.

    What can't be parsed is dropped: a browser may read it otherwise than we do.
    """
    kept, position = [], 0
    while match := _LINK_VALUE.match(value, position):
        relation = _RELATION.search(match[2])
        name = (relation[1] or relation[2] or b"").decode("latin-1") if relation else ""
        urls = [match[1], *b" ".join(_IMAGE_CANDIDATES.findall(match[2])).replace(b",", b" ").split()]
        if not (fetches(name) and any(blocked(url.decode("latin-1")) for url in urls)):
            kept.append(b"<" + match[1] + b">" + match[2].rstrip())
        position = match.end()
        if position == len(value):
            break
    return b", ".join(kept) or None


def urls_in(value: str) -> list[str]:
    """Return the absolute URLs a header names, in structured fields (RFC 9651) or JSON alike."""
    return _ABSOLUTE.findall(value.replace(r"\/", "/"))


def refresh_target(content: str) -> str:
    """Return the URL of a Refresh value (WHATWG HTML 4.2.5.3), empty when it reloads the page itself."""
    match = _REFRESH_URL.match(content)
    return match[1].strip().strip("\"'") if match else ""


def append_vary(headers: Headers, names: Sequence[bytes]) -> None:
    """Name more request headers in Vary, leaving what stands there as it is."""
    present = {part.strip().lower() for key, value in headers if key.lower() == b"vary" for part in value.split(b",")}
    missing = [name for name in names if name.lower() not in present]
    if missing and b"*" not in present:
        headers.append((b"vary", b", ".join(missing)))


def make_private(headers: Headers) -> None:
    """Keep a visitor's page out of shared caches and have the browser ask before it shows it again (RFC 9111)."""
    stronger = any(key.lower() == b"cache-control" and b"no-store" in value.lower() for key, value in headers)
    drop = {b"last-modified", b"accept-ranges", b"expires", b"surrogate-control", b"cdn-cache-control"}
    if not stronger:
        drop.add(b"cache-control")
    headers[:] = [(key, value) for key, value in headers if key.lower() not in drop]
    if not stronger:
        headers.append((b"cache-control", b"private, no-cache"))


def salt_etag(etag: bytes, salt: str) -> bytes:
    """Return an entity tag that names this variant of the page; ``"abc"`` becomes ``"abc--ckSALT"``."""
    match = _SALT.fullmatch(etag.strip())
    if match is None:
        return etag
    return (match[1] or b"") + b'"' + match[2] + b"--ck" + salt.encode("ascii") + b'"'


def unsalt_if_none_match(value: bytes, salt: str, *, keep_unsalted: bool) -> bytes | None:
    """Return If-None-Match as the site knows its tags; None when no tag is left to ask about.

    A tag with another salt names a page made for another decision: forwarding it could answer 304 for a page that
    shows what is no longer allowed. A page cached before the site was governed carries no salt, so for pages
    (``keep_unsalted=False``) those go too; for everything else they are the site's own and stay.
    """
    if value.strip() == b"*":
        return value
    kept = [
        (match[1] or b"") + b'"' + match[2] + b'"'
        for match in _SALT.finditer(value)
        if (keep_unsalted if match[3] is None else match[3] == salt.encode("ascii"))
    ]
    return b", ".join(kept) or None
